"""Deleting runs so that it can be undone until the application closes.

Each process has a bin of its own, named after it, and holds the bin's lock as long as it lives: so nobody empties the
bin of another window, and everybody may empty those of processes that are gone.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason, unwritable
from vae_explorer.core.run_lock import RunLock, hold, is_busy

_FOLDER = ".deleted"
#: The bins of this process and their locks, by the folder of the runs.
_bins: dict[Path, tuple[Path, RunLock]] = {}


def delete_run(folder: Path) -> Path:
    """Move a run folder out of sight; `restore_run` brings back what this returns.

    Raises:
        RunBusyError: somebody writes it.
        UserError: it cannot be moved.
    """
    lock = hold(folder)
    try:
        target = _bin(folder.resolve().parent) / folder.name
        _move(folder, target)
    finally:
        lock.release()
    return target


def restore_run(path: Path) -> Path:
    """Undo `delete_run`; returns the folder of the run, where it was before.

    Raises:
        UserError: it was purged, or something took its place.
    """
    target = path.parents[2] / path.name
    _move(path, target)
    return target


def purge_deleted(root: Path) -> None:
    """Really delete what this process and those that are gone deleted; what cannot be deleted now stays for later."""
    root = root.resolve()
    own, lock = _bins.pop(root, (None, None))
    if lock is not None:
        lock.release()
    # What begins with a dot is no bin.
    for there in (root / _FOLDER).glob("[!.]*"):
        if there == own or not is_busy(there):
            _purge(there)


def _purge(there: Path) -> None:
    """Delete a bin with its runs."""
    with suppress(OSError):
        for run in there.iterdir():
            shutil.rmtree(run, ignore_errors=True)
        there.rmdir()


def _bin(root: Path) -> Path:
    """The bin of this process, locked before it exists, so that nobody takes it for one that was left behind."""
    if root not in _bins:
        # The number of a process is used again, and its bin may still be there.
        path = root / _FOLDER / f"{os.getpid()}-{secrets.token_hex(4)}"
        _bins[root] = path, hold(path)
    path = _bins[root][0]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def _move(source: Path, target: Path) -> None:
    try:
        if target.exists():
            # A rename would replace an empty folder without a word.
            raise FileExistsError(f"{target} is there already")
        source.rename(target)
    except OSError as error:
        raise UserError("Cannot move {path}: {reason}.", path=source, reason=reason(error)) from error
