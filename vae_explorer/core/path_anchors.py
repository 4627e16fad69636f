"""What paths pass: places that are none are refused, and anchors at one place count as one.

Apart from the paths themselves: who asks for one can see beforehand whether there is a way to go.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import ConfigError, DataError

Values = NDArray[np.float64]

#: Farther out a float64 has no digits left for where on the map a place is, and a float32 layer may overflow.
_FARTHEST = 1e12


def checked(anchors: NDArray[np.floating], latent: int) -> Values:
    """A copy of what a path shall pass, once it is seen that these are places.

    Args:
        anchors: shape (k, latent).
        latent: size of the model's latent space.

    Raises:
        ConfigError: fewer than two anchors.
        DataError: an anchor has another number of dimensions, is not finite, or is farther out than 10¹².
    """
    places = np.array(anchors, np.float64)
    if places.ndim != 2 or len(places) < 2:
        raise ConfigError("A path needs at least two anchors.")
    if places.shape[1] != latent:
        raise DataError(
            "The anchors have {found} dimensions, but the latent space of this model has {latent}.",
            found=places.shape[1],
            latent=latent,
        )
    if not (np.abs(places) <= _FARTHEST).all():
        bad = 1 + int(np.flatnonzero(~(np.abs(places) <= _FARTHEST).all(1))[0])
        raise DataError(
            "Anchor {anchor} is not a place: its coordinates are not finite, or huge.", anchor=bad
        )
    return places


def apart(anchors: NDArray[np.floating], *, loop: bool) -> tuple[Values, NDArray[np.intp]]:
    """Anchors without those that are where the one before is, the first of a loop being after the last.

    Args:
        anchors: shape (k, latent) with k ≥ 1.
        loop: whether the last one is followed by the first.

    Returns:
        Those that stay, shape (m, latent), and which of them each anchor is, shape (k,).

    Raises:
        DataError: there are several, and all are at the same place.
    """
    places = np.asarray(anchors, np.float64)
    moved = (places[1:] != places[:-1]).any(1)
    kept = np.flatnonzero(np.concatenate(([True], moved)))
    which = np.concatenate((np.zeros(1, np.intp), np.cumsum(moved)))
    if loop and len(kept) > 1 and np.array_equal(places[kept[-1]], places[0]):
        kept = kept[:-1]
        which[which == len(kept)] = 0
    if len(kept) < min(len(places), 2):
        raise DataError(_nowhere(len(places)), count=len(places))
    return places[kept], which


def _nowhere(count: int) -> str:
    if count == 2:
        return "Anchors 1 and 2 are at the same place, so no way leads from one to the other. Choose another one."
    return "All {count} anchors are at the same place, so there is no way to go. Choose another one."
