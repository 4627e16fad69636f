"""Which plane of a latent space of many dimensions the user wants to see, and which digits could span one.

The wish is for all models: each shows it as far as it has such a plane.
"""

from __future__ import annotations

import numpy as np
from psygnal import Signal

from vae_explorer.core.planes import PRINCIPAL, Plane
from vae_explorer.state.picks import Picks


class PlaneChoice:
    """The plane that is wished for. Only the window's thread may change it; any may read it.

    Signals:
        changed: another one is.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._plane: Plane = PRINCIPAL

    @property
    def plane(self) -> Plane:
        """The plane that every model shall be shown on that has it."""
        return self._plane

    def choose(self, plane: Plane) -> None:
        """Wish for another plane."""
        if plane != self._plane:
            self._plane = plane
            self.changed.emit()


class LastPicked:
    """Remembers the digits that were picked last, one after the other or together.

    Signals:
        changed: others are.
    """

    changed = Signal()

    def __init__(self, picks: Picks) -> None:
        self._picks = picks
        self._before = picks.indices
        self._digits: tuple[int, ...] = ()
        picks.changed.connect(self._on_picks_changed)
        self._on_picks_changed()

    @property
    def digits(self) -> tuple[int, ...]:
        """Up to three different test digits, the newest last."""
        return self._digits

    def _on_picks_changed(self) -> None:
        picks = self._picks
        new = np.setdiff1d(picks.indices, self._before).tolist()
        self._before = picks.indices
        # Of many that were caught together, only the one that is looked at was meant.
        meant = new if len(new) <= 3 else []
        if picks.focus is not None:
            meant = [digit for digit in meant if digit != picks.focus] + [picks.focus]
        digits = tuple([digit for digit in self._digits if digit not in meant] + meant)[-3:]
        if digits != self._digits:
            self._digits = digits
            self.changed.emit()
