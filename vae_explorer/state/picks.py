"""The test digits that the user picked: one to look at closely, or many to look at together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

Indices = NDArray[np.intp]


class Picks:
    """A set of test digits, and the one of them that is looked at closely. Only the window's thread may change it.

    Signals:
        changed: other digits are picked, or another one is looked at.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._indices: Indices = _frozen(())
        self._focus: int | None = None

    @property
    def indices(self) -> Indices:
        """The picked digits, ascending, read-only."""
        return self._indices

    @property
    def focus(self) -> int | None:
        """The digit that is looked at closely; one of the picked ones, or None where nothing is picked."""
        return self._focus

    def pick(self, indices: Iterable[int] | NDArray[np.integer], focus: int | None = None) -> None:
        """Pick these digits and no others.

        Args:
            indices: of test images.
            focus: the one to look at closely; the first one without it.

        Raises:
            ValueError: `focus` is not among them.
        """
        chosen = _frozen(indices)
        if focus is None and len(chosen):
            focus = int(chosen[0])
        if focus is not None and focus not in chosen:
            raise ValueError(f"digit {focus} is not among those picked")
        if np.array_equal(chosen, self._indices) and focus == self._focus:
            return
        self._indices, self._focus = chosen, focus
        self.changed.emit()


def _frozen(indices: Iterable[int] | NDArray[np.integer]) -> Indices:
    chosen = np.unique(np.fromiter(indices, np.intp) if not isinstance(indices, np.ndarray) else indices)
    chosen = chosen.astype(np.intp)
    chosen.flags.writeable = False
    return chosen
