"""Who may write a run folder: one process at a time, and nobody else after it was killed.

The system holds the lock and frees it when its process ends, however that ends. The lock file lies beside the folder:
not in it, as a folder with an open file in it cannot be moved on Windows; and not in one of the user's folders, as two
users or machines may write on a shared disk, and as runs whose parent folder is renamed take their lock files along.

It is there only while somebody writes: whoever holds the lock removes the file before letting go, and who gets a lock
whose file has gone in between tries again. What a killed process leaves behind goes when somebody asks for the run.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import unwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: Whoever only asks whether a folder is busy holds its lock for some microseconds.
_PATIENCE_SECONDS = 0.25
_POLL_SECONDS = 0.01


class RunBusyError(UserError):
    """Another window or process writes the run, or this one does elsewhere."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "The run {name} is in use: another window or process is writing it. "
            "Wait until its training ends, or stop it there.",
            name=folder.name,
        )


class RunLock:
    """A lock that is held; made with `hold`."""

    def __init__(self, lock: BaseFileLock, path: Path, identity: tuple[int, int]) -> None:
        self._lock = lock
        self._path = path
        self._identity = identity

    def release(self) -> None:
        """Give the lock back and remove its file; may be called again, and from another thread."""
        if not self._lock.is_locked:
            return
        # While it is still held: later the file could be somebody else's. And so it is if folders were moved meanwhile.
        # `filelock` removes none itself on POSIX from version 4 on; a second removal would hit that of the next.
        if _identity(self._path) == self._identity:
            # Windows lets nobody remove an open file; there `filelock` does it afterwards.
            with suppress(OSError):
                self._path.unlink()
        self._lock.release()


def hold(folder: Path) -> RunLock:
    """Take the lock of a run folder, which need not exist yet; `RunLock.release` gives it back.

    Raises:
        RunBusyError: somebody holds it.
        UserError: its file cannot be written.
    """
    path = lock_path(folder)
    latest = time.monotonic() + _PATIENCE_SECONDS
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while (lock := _try(path)) is None:
            if time.monotonic() > latest:
                raise RunBusyError(folder)
            time.sleep(_POLL_SECONDS)
    except OSError as error:
        raise unwritable(path, error) from error
    return lock


def is_busy(folder: Path) -> bool:
    """Whether somebody, here or in another process, writes the run folder at the moment."""
    path = lock_path(folder)
    try:
        if not path.exists():
            return False
        lock = _try(path)
    except OSError:
        # Somebody else's file: whether they write cannot be told, and this user could not.
        return False
    if lock is None:
        # Nobody does if it has just been given back.
        return path.exists()
    # It was left behind; this removes it.
    lock.release()
    return False


def lock_path(folder: Path) -> Path:
    """The lock file of a run folder; hidden, and not there unless somebody holds it."""
    place = folder.resolve()
    return place.parent / f".{place.name}.lock"


def _try(path: Path) -> RunLock | None:
    """The lock with this file, or None where it cannot be had now.

    Raises:
        OSError: the file cannot be written.
    """
    # Only whoever trains needs it, and it takes a while to import.
    from filelock import FileLock, Timeout

    # A recorder may be closed on another thread than the one that made it.
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    identity = _identity(path)
    if identity is None:
        # Whoever had it removed the file after it was opened here: such a lock keeps nobody out.
        lock.release()
        return None
    return RunLock(lock, path, identity)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever it is called; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
