"""Writing files so that they survive a power cut, and readers on Windows.

What `core.files` does protects against crashes of the program; a run folder also has to be whole after the machine
went down, and is read by other processes while it is written.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import write_atomically

#: On Windows a file cannot be replaced while somebody reads it, and nobody reads ours for long.
_TRIES = 20
_WAIT_SECONDS = 0.05


def write_durably(path: Path, content: bytes) -> None:
    """Put `content` at `path` atomically, and do not return before it would survive a power cut.

    Raises:
        UserError: the folder is missing, not writable or full; an older file stays whole.
    """
    for left in reversed(range(_TRIES)):
        try:
            write_atomically(path, content)
        except UserError as error:
            if not left or not _is_being_read(error):
                raise
            time.sleep(_WAIT_SECONDS)
        else:
            break
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut, where a system knows how; Windows keeps a journal of them."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        # The file itself is there; a folder that may not be opened is no reason to say that it is not.
        return
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network file systems cannot.
        pass
    finally:
        os.close(descriptor)


def _is_being_read(error: UserError) -> bool:
    return sys.platform == "win32" and isinstance(error.__cause__, PermissionError)
