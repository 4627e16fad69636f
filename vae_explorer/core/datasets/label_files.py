"""Labels that come in a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.datasets.archive import Archive
from vae_explorer.core.datasets.archive_names import only_labels
from vae_explorer.core.datasets.npy import read_header, read_stream
from vae_explorer.core.errors import DataError
from vae_explorer.core.files import reason

#: A million labels of 64 characters; more is something else.
_MAX_BYTES = 64 * 2**20


def read_labels(path: Path, images: int) -> NDArray[Any]:
    """Labels from a ``.npy``, an ``.npz``, or a text with one a line (and a heading, if there is a line too many).

    Args:
        path: the file.
        images: how many labels there must be.

    Raises:
        DataError: it cannot be read, or holds no labels, or not one for each image; the message names it.
    """
    labels = _read(path, images)
    if labels.ndim == 0 or len(labels) != images:
        raise DataError(
            "{path} has {labels:,} labels for {images:,} images. There must be one for each.",
            path=path,
            labels=1 if labels.ndim == 0 else len(labels),
            images=images,
        )
    return labels


def _read(path: Path, images: int) -> NDArray[Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError("The file of labels {path} is larger than 64 MiB.", path=path)
        if path.suffix.lower() == ".npy":
            return _from_npy(path)
        if path.suffix.lower() == ".npz":
            return _from_npz(path)
        return _from_text(path, images)
    except OSError as error:
        raise DataError(
            "Cannot read the labels {path}: {reason}.", path=path, reason=reason(error)
        ) from error


def _from_npy(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        header = read_header(file, str(path))
        if header.nbytes > _MAX_BYTES:
            raise DataError("{name} is damaged: it ends before its last values.", name=path)
        return read_stream(file, header, str(path))


def _from_npz(path: Path) -> NDArray[Any]:
    with Archive(path) as archive:
        return archive.read(only_labels(archive.headers, path))


def _from_text(path: Path, images: int) -> NDArray[Any]:
    lines = [line.strip().strip('"') for line in path.read_text("utf-8-sig", "replace").splitlines()]
    if len(lines) == images + 1:
        lines = lines[1:]
    if not lines:
        raise DataError("There are no labels in {path}.", path=path)
    return np.array(lines)
