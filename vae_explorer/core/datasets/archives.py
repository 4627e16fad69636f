"""Reads images and labels from an ``.npz`` file, with the train and test parts that it may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.datasets.archive import Archive
from vae_explorer.core.datasets.archive_names import Named, names_in
from vae_explorer.core.datasets.array_shapes import as_rows, image_size
from vae_explorer.core.datasets.choices import MAX_CLASSES, Choices
from vae_explorer.core.datasets.found import Found
from vae_explorer.core.datasets.label_files import read_labels
from vae_explorer.core.datasets.remarks import Remark
from vae_explorer.core.decoder_space import Cancelled, Progress
from vae_explorer.core.errors import DataError


def find_in_npz(
    path: Path, choices: Choices, progress: Progress = None, cancelled: Cancelled = None
) -> Found:
    """The images of an ``.npz`` file, in memory.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: it is not such a file, damaged, too large, or none of its arrays are images.
        OSError: it cannot be read.
    """
    with Archive(path) as archive:
        named = names_in(archive.headers, choices, path)
        size = _common_size(archive, named)
        parts = [archive.headers[name] for name in named.images]
        archive.require_room(*named.images)
        stored = _read_images(archive, named, progress, cancelled)
        labels = _labels(archive, named, choices, len(stored))
        class_names = _class_names(archive, named)
    remarks = (_said(named), *_unused(archive, named))
    tests = parts[1].shape[0] if len(parts) == 2 else 0
    return Found(path.stem, "npz", path, stored, size, labels, class_names, tests, remarks=remarks)


def _common_size(archive: Archive, named: Named) -> tuple[int, int] | None:
    sizes = [image_size(archive.headers[name], archive.called(name)) for name in named.images]
    shapes = {
        (size, np.prod(archive.headers[name].shape[1:]))
        for name, size in zip(named.images, sizes, strict=True)
    }
    if len(shapes) > 1:
        raise DataError(
            "The images of {first} and {second} are of different sizes.",
            first=archive.called(named.images[0]),
            second=named.images[1],
        )
    return sizes[0]


def _read_images(archive: Archive, named: Named, progress: Progress, cancelled: Cancelled) -> NDArray[Any]:
    headers = [archive.headers[name] for name in named.images]
    total, done = max(1, sum(header.nbytes for header in headers)), 0

    def counted(read: int) -> None:
        nonlocal done
        done += read
        if progress is not None:
            progress(done / total)

    if len(headers) == 1:
        return as_rows(archive.read(named.images[0], counted, cancelled))
    rows = [header.shape[0] for header in headers]
    dtype = np.result_type(*(header.dtype for header in headers))
    both = np.empty((sum(rows), int(np.prod(headers[0].shape[1:]))), dtype)
    both[: rows[0]] = as_rows(archive.read(named.images[0], counted, cancelled))
    both[rows[0] :] = as_rows(archive.read(named.images[1], counted, cancelled))
    return both


def _labels(archive: Archive, named: Named, choices: Choices, images: int) -> NDArray[Any] | None:
    if choices.labelled and choices.labels_path is not None:
        return read_labels(choices.labels_path, images)
    parts = [archive.read(name) for name in named.labels]
    if not parts:
        return None
    if len(parts) == len(named.images):
        _require_pairs(archive, named)
    try:
        return np.concatenate(parts)
    except ValueError as error:
        raise DataError(
            "The labels of {name} do not fit each other.", name=archive.called(named.labels[0])
        ) from error


def _require_pairs(archive: Archive, named: Named) -> None:
    for name, label in zip(named.images, named.labels, strict=True):
        images, labels = archive.headers[name].shape[0], (*archive.headers[label].shape, 0)[0]
        if images != labels:
            raise DataError(
                "{name} has {labels:,} labels for {images:,} images. There must be one for each.",
                name=archive.called(label),
                labels=labels,
                images=images,
            )


def _class_names(archive: Archive, named: Named) -> tuple[str, ...]:
    name = named.class_names
    if name is None or len(archive.headers[name].shape) != 1 or archive.headers[name].shape[0] > MAX_CLASSES:
        return ()
    return tuple(
        word.decode("utf-8", "replace") if isinstance(word, bytes) else word
        for word in archive.read(name).tolist()
    )


def _said(named: Named) -> Remark:
    images, labels = " and ".join(named.images), " and ".join(named.labels)
    if not labels:
        return Remark(
            "Images are read from {images}; there are no labels with a usual name.", {"images": images}
        )
    return Remark(
        "Images are read from {images}, labels from {labels}.", {"images": images, "labels": labels}
    )


def _unused(archive: Archive, named: Named) -> tuple[Remark, ...]:
    """Other arrays that may be images, such as those of a validation part."""
    used = {*named.images, *named.labels}
    others = [name for name, header in archive.headers.items() if len(header.shape) > 2 and name not in used]
    return (Remark("Not used: {names}.", {"names": ", ".join(others)}),) if others else ()
