"""Where what is open is kept although nobody saves it, so that the next start can offer it.

Each window keeps its session in a folder of its own while it is open, and holds the lock of that folder. The system
frees the lock however the process ends: a folder with a session that nobody holds was left behind by a crash. At an
orderly end the session gets the one name under which such a session is looked for, unless another window has put its
own there meanwhile; then it stays where it is, and is found like one of a crash. So no window destroys what another
one kept.
"""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from vae_explorer.core.files import unwritable
from vae_explorer.core.run_lock import RunLock, hold, is_busy
from vae_explorer.core.session_file import SESSION_SUFFIX, SessionContent, save_session

_PREFIX = "open-"
#: Of windows that crashed; older ones are dropped.
_MOST_LEFT_BEHIND = 10


class KeptSessions:
    """What one window keeps, and what it finds of others.

    Any thread may call it, but no two may write, forget or finish at once.

    Args:
        folder: where; need not exist yet.

    Attributes:
        last: the session that was kept at the last orderly end of a window.
        put_aside_path: the one that was opened again or dismissed last; it is there in case that was a mistake.
        own: what this window keeps while it is open.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.last = folder / f"last{SESSION_SUFFIX}"
        self.put_aside_path = folder / f"last-offered{SESSION_SUFFIX}"
        self.own = folder / f"{_PREFIX}{uuid.uuid4().hex}" / f"session{SESSION_SUFFIX}"
        self._lock: RunLock | None = None
        self._last_at_start = _version(self.last)

    def write(self, content: SessionContent) -> None:
        """Keep this until something else is kept, or the window ends.

        Raises:
            UserError: the folder cannot be written or is full; what was kept before stays whole.
        """
        if self._lock is None:
            # Before there is anything to find.
            self._lock = hold(self.own.parent)
        try:
            self.own.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(self.own, error) from error
        save_session(content, self.own)

    def forget(self) -> None:
        """There is nothing to keep any more."""
        shutil.rmtree(self.own.parent, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def finish(self, content: SessionContent | None) -> None:
        """The window ends in good order; None where there is nothing to keep.

        Raises:
            UserError: this cannot be kept; what was kept of it before still is.
        """
        if content is None:
            self.forget()
            return
        try:
            self.write(content)
        finally:
            self._leave()

    def _leave(self) -> None:
        others = _version(self.last) not in (None, self._last_at_start)
        if self.own.is_file() and not others:
            with suppress(OSError):
                self.own.replace(self.last)
        if not self.own.is_file():
            self.forget()
        elif self._lock is not None:
            self._lock.release()

    def find(self) -> Path | None:
        """The newest session that nobody works at any more; None where there is none."""
        left = sorted(self._left_behind(), key=time_kept, reverse=True)
        for path in left[_MOST_LEFT_BEHIND:]:
            shutil.rmtree(path.parent, ignore_errors=True)
        found = [path for path in (self.last, *left[:_MOST_LEFT_BEHIND]) if path.is_file()]
        return max(found, key=time_kept, default=None)

    def put_aside(self, path: Path) -> None:
        """What was found is not found any more.

        Raises:
            OSError: it has gone already, or cannot be moved.
        """
        path.replace(self.put_aside_path)
        if path != self.last:
            shutil.rmtree(path.parent, ignore_errors=True)

    def _left_behind(self) -> list[Path]:
        """Sessions of windows that are gone; folders without one are removed."""
        found = []
        for folder in self._folder.glob(f"{_PREFIX}*"):
            if folder == self.own.parent or is_busy(folder):
                continue
            path = folder / self.own.name
            if path.is_file():
                found.append(path)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return found


def _version(path: Path) -> tuple[int, int] | None:
    """What another file of this name would not have; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def time_kept(path: Path) -> float:
    """When a session was written, in seconds since 1970; 0 if it has just gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
