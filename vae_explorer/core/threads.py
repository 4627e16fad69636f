"""How the threads of PyTorch's matrix products wait for each other.

By default they spin for milliseconds, so two of them and a busy window on two cores starve each other: one training
step a second. Not to spin at all costs a system call at each of some twenty meetings a step: an epoch of 784-400-2
took 3.2 s instead of 1.9 s on two idle cores. Some microseconds are the middle: 2.0 s idle, 4.6 s with one of the two
cores taken.
"""

from __future__ import annotations

import os

#: Rounds of the waiting loop of GNU's OpenMP, which PyTorch uses on Linux.
_SPIN_COUNT = "1000"


def limit_spinning() -> None:
    """Set the waiting policy, unless the user did. Only has an effect before PyTorch is imported."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)
