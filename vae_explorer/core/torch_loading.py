"""Brings PyTorch into memory before a thread beside the window imports it.

Python keeps its lock while a library is loaded. Where PyTorch's gigabyte is still on the disk, as after a start of the
machine, an import on any thread therefore keeps the window from moving for as long as the disk takes: a minute was
seen. Reading is all that takes so long, and another process can do that: a child imports PyTorch, this process waits
without the lock, and its own import then finds everything in memory.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from vae_explorer.core.errors import UserError

_log = logging.getLogger(__name__)

#: An import reads only this part of a large library as a whole, its beginning: tables, and code that runs at once.
_READ_PART = 0.12
#: So many pages, spread over that part, tell whether it is in memory; it is not where so many of them took that long.
#: Seconds measured: 1 to 6 µs from memory, 40 µs and more from the fastest disks.
_PAGES = 48
_SLOW_PAGES = _PAGES // 3
_SLOW = 20e-6
_PAGE_BYTES = 4096
_LIBRARIES = (".so", ".dll", ".dylib")
#: What the child does, after everybody else.
_CHILD = "import os\nif hasattr(os, 'nice'): os.nice(10)\nimport torch"
#: Between two looks whether anybody still waits, in seconds.
_POLL = 0.05
#: No disk takes longer; a child that does hangs.
_LONGEST = 300.0


class LoadingAbandonedError(UserError):
    """Nobody waits for PyTorch any more."""

    def __init__(self) -> None:
        super().__init__("PyTorch was not loaded: nobody waits for it any more.")


class _Waiting:
    """How often everybody was told to wait no longer."""

    def __init__(self) -> None:
        self.abandoned = 0


_waiting = _Waiting()


def abandon_loading() -> None:
    """The application closes: whoever waits for PyTorch gets a `LoadingAbandonedError`, within a tenth of a second."""
    _waiting.abandoned += 1


def bring_torch_into_memory(cancelled: Callable[[], bool] = lambda: False) -> None:
    """Wait until an import of PyTorch needs no disk; milliseconds where it needs none already.

    Does nothing on the main thread, where nobody else is kept from anything, and where it is not known how to.

    Args:
        cancelled: asked some twenty times a second while it takes long.

    Raises:
        LoadingAbandonedError: `cancelled`, or `abandon_loading` was called meanwhile.
    """
    if "torch" in sys.modules or threading.current_thread() is threading.main_thread():
        return
    before = _waiting.abandoned
    library = largest_library("torch")
    if library is not None and _can_start_python() and is_on_disk(library):
        _load_elsewhere(lambda: cancelled() or _waiting.abandoned != before)


def largest_library(package: str) -> Path | None:
    """The largest shared library of an installed package, which is not imported; None if there is none to find."""
    try:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            return None
        folders = [Path(place) / inner for place in spec.submodule_search_locations for inner in (".", "lib")]
        files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
        libraries = [file for file in files if file.suffix in _LIBRARIES]
        return max(libraries, key=lambda file: file.stat().st_size, default=None)
    except (ImportError, OSError, ValueError):
        return None


def is_on_disk(file: Path) -> bool:
    """Whether what an import reads of `file` is not in memory, by how long a few pages take; False if unreadable.

    All of them are read, and found in memory the next time, so that nobody waits twice for nothing.
    """
    slow = 0
    try:
        size = int(file.stat().st_size * _READ_PART)
        with file.open("rb", buffering=0) as opened:
            for page in range(_PAGES):
                began = time.perf_counter()
                opened.seek(size * page // _PAGES)
                opened.read(_PAGE_BYTES)
                slow += time.perf_counter() - began > _SLOW
    except OSError:
        return False
    return slow >= _SLOW_PAGES


def _can_start_python() -> bool:
    """Whether `sys.executable` is Python, and not this application in one file, which would open another window."""
    name = Path(sys.executable or "").name.lower()
    return not getattr(sys, "frozen", False) and name.startswith(("python", "pypy"))


def _load_elsewhere(cancelled: Callable[[], bool]) -> None:
    began = time.monotonic()
    try:
        # -P: nothing named torch in the folder where the application was started.
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=_creation_flags(),
        )
    except (OSError, ValueError):
        # Then it is read with the lock.
        _log.warning("no process to load PyTorch ahead", exc_info=True)
        return
    with child:
        try:
            while child.poll() is None and time.monotonic() - began < _LONGEST:
                if cancelled():
                    raise LoadingAbandonedError
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
        finally:
            child.kill()
    _log.info("PyTorch was loaded ahead in %.1f s, exit code %s", time.monotonic() - began, child.returncode)


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0
