"""How the threads of matrix products wait for each other, in PyTorch and in NumPy.

By default they spin for milliseconds, so two of them and a busy window on two cores starve each other: one training
step a second. Not to spin at all costs a system call at each of some twenty meetings a step. Seconds an epoch of
784-400-2 took on two cores, idle and with one of them taken by another program, measured with gradients by autograd:
no spinning 3.2 and 3.3, 1,000 rounds 1.9 and 4.8, 4,000 rounds 1.76 idle, 10,000 rounds 1.75 and 15.

The OpenBLAS of NumPy has threads of its own, which wait in the same way after each product. The window decodes with
NumPy several times a second: with two such threads a training took twice as long as with one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Rounds of the waiting loop of GNU's OpenMP, which PyTorch uses on Linux.
_ROUNDS_BESIDE_A_WINDOW = 1000
_ROUNDS_ALONE = 4000


def limit_spinning(*, beside_a_window: bool) -> None:
    """Set the waiting policy, unless the user did. Only has an effect before PyTorch is imported."""
    if "OMP_WAIT_POLICY" not in os.environ:
        rounds = _ROUNDS_BESIDE_A_WINDOW if beside_a_window else _ROUNDS_ALONE
        os.environ.setdefault("GOMP_SPINCOUNT", str(rounds))


@contextmanager
def one_numpy_thread() -> Iterator[None]:
    """Let NumPy's products take only the thread that asks for them; those of PyTorch are not touched.

    It holds for the whole process, and for as long as anybody is in here: several threads may be.
    """
    _single.enter()
    try:
        yield
    finally:
        _single.leave()


class _SingleThread:
    """Sets the limit for the first that comes, and takes it back after the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limit: Any = None

    def enter(self) -> None:
        from threadpoolctl import ThreadpoolController

        with self._lock:
            if not self._users:
                # Where PyTorch brings an OpenBLAS, it has another name.
                self._limit = ThreadpoolController().select(prefix="libscipy_openblas").limit(limits=1)
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._limit.restore_original_limits()


_single = _SingleThread()
