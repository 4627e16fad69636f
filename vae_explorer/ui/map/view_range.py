"""Which part of the plane the map shows: every point, and the same part for as long as that will do.

The points of a model in training move with each of its snapshots. A view that followed each time would be as
restless as the points themselves, and nobody would see what it is that moves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Lower left and upper right corner, shape (2, 2).
Range = NDArray[np.float64]

#: Share of the points' extent that is left free on each side.
MARGIN = 0.04
#: The same while the points move: room for them to move in before the view has to follow.
ROOM = 0.1
#: The middle of the points may be off the middle of the view by this share of its size.
OFF_CENTRE = 0.15
_LEAST_SIZE = 1e-6


def fitted(xy: NDArray[np.float64], margin: float = MARGIN) -> Range:
    """The range that shows every point of shape (n, 2), n > 0, with a margin."""
    low, high = xy.min(0), xy.max(0)
    size = np.maximum(high - low, _LEAST_SIZE)
    return np.array([low - margin * size, low + size * (1 + margin)])


def still_fits(xy: NDArray[np.float64], view: Range) -> bool:
    """Whether points of shape (n, 2), n > 0, are all in the middle of `view`, and fill half of it in one direction."""
    low, high = fitted(xy, margin=0)
    size = view[1] - view[0]
    inside = (low >= view[0]).all() and (high <= view[1]).all()
    centred = (np.abs(low + high - view[0] - view[1]) <= 2 * OFF_CENTRE * size).all()
    return bool(inside and centred and (high - low >= size / 2).any())
