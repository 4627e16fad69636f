"""Memory that is free goes back to the system.

What a timeline drops when it thins its snapshots lies in pieces between those that stay. The C library of Linux keeps
such pieces for later: a run of 300 epochs held 160 MiB of them, as much as its snapshots.
"""

from __future__ import annotations

import ctypes
import platform


def give_back_free_memory() -> bool:
    """Give free pages back to the system; takes some 10 ms for a gigabyte.

    Returns:
        Whether any were given back; never where the C library is not glibc, as the others do so by themselves.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).malloc_trim(0))
