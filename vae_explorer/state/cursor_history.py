"""Where the cursor has been, to go back and forward as in a browser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psygnal import Signal

from vae_explorer.state.selection import Point

#: The oldest places are forgotten.
MOST_PLACES = 200


class CursorHistory:
    """Places where the cursor rested, all of one latent size. Only the window's thread may change it.

    Signals:
        changed: there may be another place before or after.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._places: list[Point] = []
        self._at = -1

    def __len__(self) -> int:
        return len(self._places)

    @property
    def current(self) -> Point | None:
        """The place that was visited last, or gone back to; None at the very beginning."""
        return self._places[self._at] if self._places else None

    @property
    def places(self) -> tuple[Point, ...]:
        """All of them up to the current one, oldest first; to go on from with `restore`."""
        return tuple(self._places[: self._at + 1])

    def restore(self, places: Sequence[Point]) -> None:
        """Have visited these, all of one latent size, oldest first, and nothing else."""
        self._places, self._at = [], -1
        for place in places:
            self.visit(place)
        self.changed.emit()

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place before."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether one has gone back from a place."""
        return self._at < len(self._places) - 1

    def visit(self, z: Point) -> None:
        """The cursor rests at `z`: what one had gone back from is forgotten, and so is another latent size."""
        current = self.current
        if current is not None and np.array_equal(current, z):
            return
        if current is not None and current.shape != z.shape:
            self._places.clear()
        place = np.array(z, np.float64)
        place.flags.writeable = False
        self._places = [*self._places[: self._at + 1], place][-MOST_PLACES:]
        self._at = len(self._places) - 1
        self.changed.emit()

    def back(self) -> Point | None:
        """Go to the place before; None where there is none."""
        return self._go(-1) if self.can_go_back else None

    def forward(self) -> Point | None:
        """Go to the place that one went back from; None where there is none."""
        return self._go(1) if self.can_go_forward else None

    def _go(self, by: int) -> Point:
        self._at += by
        self.changed.emit()
        return self._places[self._at]
