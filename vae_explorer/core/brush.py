"""A soft round brush on a small gray picture, as a pen leaves it on paper that was scanned for MNIST."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray

Place = tuple[float, float]


def stroke(picture: ByteArray, start: Place, end: Place, radius: float, *, erase: bool = False) -> ByteArray:
    """`picture` with a straight stroke of the brush.

    A pixel is covered by the share of a soft edge one pixel wide that lies within the brush. Going over a place again
    adds nothing.

    Args:
        picture: gray levels, shape (height, width).
        start: x and y where the stroke begins, in pixels from the upper left corner.
        end: the same where it ends; a dot where it begins.
        radius: of the brush, in pixels.
        erase: take ink away rather than leave some.

    Returns:
        Another picture.
    """
    ink = np.rint(255 * np.clip(radius + 0.5 - _distances(picture.shape, start, end), 0, 1)).astype(np.uint8)
    covered: ByteArray = np.minimum(picture, 255 - ink) if erase else np.maximum(picture, ink)
    return covered


def _distances(shape: tuple[int, ...], start: Place, end: Place) -> NDArray[np.float64]:
    """From the middle of each pixel to the line between two places."""
    height, width = shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    along = np.subtract(end, start)
    length = float(along @ along)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length if length else np.zeros(x.shape)
    share = np.clip(share, 0, 1)
    distances: NDArray[np.float64] = np.hypot(
        x - start[0] - share * along[0], y - start[1] - share * along[1]
    )
    return distances
