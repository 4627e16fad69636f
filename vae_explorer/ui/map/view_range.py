"""Which part of the plane the map shows: every point, and the same part for as long as that will do.

The points of a model in training move with each of its snapshots. A view that followed each time would be as
restless as the points themselves, and nobody would see what it is that moves.

It is never much smaller than the prior: the points of a collapsed posterior are to look like the one point that they
nearly are, not like a cloud of noise.
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
#: From −2 to 2 standard deviations of the prior.
_LEAST_SIZE = 4.0


def fitted(xy: NDArray[np.float64], margin: float = MARGIN) -> Range:
    """The range that shows every point of shape (n, 2), n > 0, with a margin."""
    low, high = _extent(xy)
    size = high - low
    return np.array([low - margin * size, high + margin * size])


def still_fits(xy: NDArray[np.float64], view: Range) -> bool:
    """Whether points of shape (n, 2), n > 0, are all in the middle of `view`, and fill half of it in one direction."""
    inside = (xy >= view[0]).all() and (xy <= view[1]).all()
    low, high = _extent(xy)
    size = view[1] - view[0]
    centred = (np.abs(low + high - view[0] - view[1]) <= 2 * OFF_CENTRE * size).all()
    return bool(inside and centred and (high - low >= size / 2).any())


def _extent(xy: NDArray[np.float64]) -> Range:
    """Lower left and upper right corner of the points, as far apart as they have to be at least."""
    low, high = xy.min(0), xy.max(0)
    lacking = np.maximum(_LEAST_SIZE - (high - low), 0)
    return np.array([low - lacking / 2, high + lacking / 2])
