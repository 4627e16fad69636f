"""How the threads of matrix products wait for each other, in PyTorch and in NumPy.

By default they spin for milliseconds, so two of them and a busy window on two cores starve each other: one training
step a second. Not to spin at all costs a system call at each of some twenty meetings a step. Seconds an epoch of
784-400-2 took on two cores, idle and with one of them taken by another program, measured with gradients by autograd:
no spinning 3.2 and 3.3, 1,000 rounds 1.9 and 4.8, 4,000 rounds 1.76 idle, 10,000 rounds 1.75 and 15.

The OpenBLAS of NumPy has threads of its own, which wait in the same way after each product. The window multiplies
several times a second: with a second thread for each product the waiting alone took a third of a core, and an epoch
of a training that it shows 2.45 s instead of 1.8.
"""

from __future__ import annotations

import os

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
#: Rounds of the waiting loop of GNU's OpenMP, which PyTorch uses on Linux.
_ROUNDS_BESIDE_A_WINDOW = 1000
_ROUNDS_ALONE = 4000


def limit_spinning(*, beside_a_window: bool) -> None:
    """Set the waiting policy, unless the user did. Only has an effect before PyTorch is imported."""
    if "OMP_WAIT_POLICY" not in os.environ:
        rounds = _ROUNDS_BESIDE_A_WINDOW if beside_a_window else _ROUNDS_ALONE
        os.environ.setdefault("GOMP_SPINCOUNT", str(rounds))


def import_numpy_with_one_thread() -> None:
    """Let NumPy's products take only the thread that asks for them, unless the user said otherwise.

    OpenBLAS is told while it is loaded, and by its environment: what was set later did not hold once SciPy had brought
    another OpenBLAS into the process. Those that other libraries bring are told nothing. Only has an effect before
    NumPy is imported.
    """
    if _BLAS_THREADS in os.environ:
        return
    os.environ[_BLAS_THREADS] = "1"
    import numpy as np  # noqa: F401

    del os.environ[_BLAS_THREADS]
