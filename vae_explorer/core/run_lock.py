"""Who may write a run folder: one process at a time, and nobody else after it was killed.

The system holds the lock and frees it when its process ends, however that ends. The lock file lies beside the folder
and not in it: a folder with an open file in it cannot be moved on Windows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason

if TYPE_CHECKING:
    from filelock import FileLock

_FOLDER = ".locks"
#: Whoever only asks whether a folder is busy holds its lock for some microseconds.
_PATIENCE_SECONDS = 0.25


class RunBusyError(UserError):
    """Another window or process writes the run, or this one does elsewhere."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "The run {name} is in use: another window or process is writing it. "
            "Wait until its training ends, or stop it there.",
            name=folder.name,
        )


def hold(folder: Path) -> FileLock:
    """Take the lock of a run folder, which need not exist yet; `FileLock.release` gives it back.

    Raises:
        RunBusyError: somebody holds it.
        UserError: its file cannot be written.
    """
    # Only whoever trains needs it, and it takes a while to import.
    from filelock import FileLock, Timeout

    path = lock_path(folder)
    # A recorder may be closed on another thread than the one that made it.
    lock = FileLock(path, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_PATIENCE_SECONDS, poll_interval=0.01)
    except Timeout as error:
        raise RunBusyError(folder) from error
    except OSError as error:
        raise UserError("Cannot write {path}: {reason}.", path=path, reason=reason(error)) from error
    return lock


def is_busy(folder: Path) -> bool:
    """Whether somebody, here or in another process, writes the run folder at the moment."""
    from filelock import FileLock, Timeout

    path = lock_path(folder)
    lock = FileLock(path, thread_local=False)
    try:
        if not path.exists():
            return False
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        # Somebody else's file: whether they write cannot be told, and this user could not.
        return False
    lock.release()
    return False


def lock_path(folder: Path) -> Path:
    """The lock file of a run folder."""
    place = folder.resolve()
    return place.parent / _FOLDER / f"{place.name}.lock"
