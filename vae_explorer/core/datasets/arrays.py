"""Reads images from one ``.npy`` file: a large one is mapped, so that it opens at once and is never copied whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from vae_explorer.core.datasets.array_shapes import as_rows, image_size
from vae_explorer.core.datasets.choices import MEMORY_BYTES, SMALL_BYTES, Choices
from vae_explorer.core.datasets.found import Found
from vae_explorer.core.datasets.label_files import read_labels
from vae_explorer.core.datasets.npy import Header, map_values, read_header, read_stream
from vae_explorer.core.datasets.pixels import Mapping
from vae_explorer.core.decoder_space import Cancelled
from vae_explorer.core.errors import DataError


def find_in_npy(path: Path, choices: Choices, cancelled: Cancelled = None) -> Found:
    """The images of a ``.npy`` file: above 256 MiB they stay on disk.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: it is not such a file, damaged, or its array is no array of images.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        header = read_header(file, str(path))
        size = image_size(header, str(path))
        _require_whole(file, header, path)
        values, mapping = _values(file, header, path, cancelled)
    stored = as_rows(values)
    labels = read_labels(choices.labels_path, len(stored)) if choices.labels_path else None
    return Found(path.stem, "npy", path, stored, size, labels, mapping=mapping)


def _require_whole(file: IO[bytes], header: Header, path: Path) -> None:
    if os.fstat(file.fileno()).st_size - file.tell() < header.nbytes:
        raise DataError("{name} is damaged: it ends before its last values.", name=path)


def _values(
    file: IO[bytes], header: Header, path: Path, cancelled: Cancelled
) -> tuple[NDArray[Any], Mapping | None]:
    if header.nbytes > SMALL_BYTES and not header.by_column:
        return map_values(file, header, path)
    if header.nbytes > MEMORY_BYTES:
        raise DataError(
            "{path} is stored column by column, which is too slow to use from the disk, and is larger than {most} GiB. "
            "Save numpy.ascontiguousarray of it.",
            path=path,
            most=MEMORY_BYTES // 2**30,
        )
    return read_stream(file, header, str(path), cancelled=cancelled), None
