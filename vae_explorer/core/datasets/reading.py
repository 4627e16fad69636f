"""The way in: what a path holds is shown with `preview`, and taken with `read`.

Reading leaves nothing behind: no file is written, and what is refused or cancelled changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vae_explorer.core.datasets.archives import find_in_npz
from vae_explorer.core.datasets.arrays import find_in_npy
from vae_explorer.core.datasets.choices import Choices, Kind
from vae_explorer.core.datasets.data_set import DataSet
from vae_explorer.core.datasets.folders import find_in_folder, preview_folder
from vae_explorer.core.datasets.preview import Preview
from vae_explorer.core.datasets.tables import find_in_table, find_in_table_head
from vae_explorer.core.datasets.taking import preview_of, take
from vae_explorer.core.decoder_space import Cancelled, Progress
from vae_explorer.core.errors import DataError
from vae_explorer.core.files import reason

_KINDS: dict[str, Kind] = {".npy": "npy", ".npz": "npz", ".csv": "csv", ".tsv": "csv", ".txt": "csv"}
_DEFAULT = Choices()


def kind_of(path: Path) -> Kind:
    """What a path holds, by its name.

    Raises:
        DataError: there is nothing, or nothing that can be read; the message lists what can.
    """
    if path.is_dir():
        return "folder"
    if not path.exists():
        raise DataError("There is no file or folder {path}.", path=path)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise DataError(
            "{path} cannot be read as data. Choose a folder of images, or a file .npy, .npz or .csv.",
            path=path,
        )
    if path.stat().st_size == 0:
        raise DataError("The file {path} is empty.", path=path)
    return kind


def preview(path: Path, choices: Choices = _DEFAULT, cancelled: Cancelled = None) -> Preview:
    """What is at `path`, and what would be done with it.

    Args:
        path: a folder of images, or a file ``.npy``, ``.npz``, ``.csv``, ``.tsv`` or ``.txt``.
        choices: how it would be taken.
        cancelled: asked every few MB or some dozens of pictures.

    Raises:
        CancelledError: nobody wants it any more.
        UserError: it cannot be read or would be refused; the message says why.
    """
    with _explained(path):
        kind = kind_of(path)
        if kind == "folder":
            return preview_folder(path, choices, cancelled)
        if kind == "csv":
            return preview_of(*find_in_table_head(path, choices, cancelled))
        found = (
            find_in_npy(path, choices, cancelled)
            if kind == "npy"
            else find_in_npz(path, choices, None, cancelled)
        )
        return preview_of(found, choices)


def read(
    path: Path, choices: Choices = _DEFAULT, progress: Progress = None, cancelled: Cancelled = None
) -> DataSet:
    """Take what is at `path`.

    Args:
        path: as for `preview`.
        choices: how it is taken.
        progress: told the share that is done.
        cancelled: asked every few MB or some dozens of pictures.

    Raises:
        CancelledError: nobody wants it any more.
        UserError: it cannot be read or is refused; the message says why.
    """
    with _explained(path):
        kind = kind_of(path)
        if kind == "folder":
            return take(find_in_folder(path, choices, progress, cancelled), choices, None, cancelled)
        if kind == "csv":
            return take(find_in_table(path, choices, progress, cancelled), choices, None, cancelled)
        if kind == "npz":
            return take(find_in_npz(path, choices, progress, cancelled), choices, None, cancelled)
        return take(find_in_npy(path, choices, cancelled), choices, progress, cancelled)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError("Cannot read {path}: {reason}.", path=path, reason=reason(error)) from error
    except MemoryError as error:
        raise DataError("There is not enough memory for the data of {path}.", path=path) from error
