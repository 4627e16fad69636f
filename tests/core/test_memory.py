import os
import platform
from pathlib import Path

import numpy as np

from vae_explorer.core.memory import give_back_free_memory

PIECE = 50_000
"""Bytes of an array: too small for the C library to ask the system for each alone."""


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_free_memory_between_used_pieces_goes_back_to_the_system() -> None:
    if platform.libc_ver()[0] != "glibc":
        assert not give_back_free_memory()
        return
    pieces: list[object] = [np.ones(PIECE, np.uint8) for _ in range(2000)]
    full = resident()
    pieces[::2] = [None] * 1000
    assert give_back_free_memory()
    assert full - resident() > 1000 * PIECE / 2
