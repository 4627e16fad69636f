"""A picture of where very many points lie, for when single dots would cover each other and take too long to draw.

Every point counts: none is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

#: Bins along each side: more than half as many as a map has pixels.
_BINS = 512
#: Opacity of a bin with a single point.
_LEAST_ALPHA = 0.35


class PointDensity:
    """Bins over all points: each has the mean colour of its points, and is the more opaque the more they are.

    Args:
        x, y: where the points are, each of shape (n,), n > 0.
        colors: number of each point's colour, shape (n,).
        palette: the colours.

    Attributes:
        rect: the part of the plane that is covered.
        image: the bins, from the top of the picture to its bottom as `y` grows.
    """

    def __init__(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        colors: NDArray[np.integer],
        palette: list[QColor],
    ) -> None:
        self._low = np.array([x.min(), y.min()])
        size = np.array([x.max(), y.max()]) - self._low
        # Points in one place or on a line still need bins with a width.
        self._size = np.maximum(size, max(size.max(), 1.0) * 1e-6) * (1 + 1e-9)
        bins = self._bins(x, 0) + self._bins(y, 1) * _BINS
        counts = np.bincount(bins, minlength=_BINS * _BINS)
        self._sums = np.zeros((_BINS + 1, _BINS + 1), np.int64)
        self._sums[1:, 1:] = counts.reshape(_BINS, _BINS).cumsum(0).cumsum(1)
        self.rect = QRectF(*self._low, *self._size)
        self.image = _painted(bins, counts, colors, palette)

    def count_in(self, view: QRectF) -> int:
        """How many points lie in a part of the plane, to within a bin at its edges."""
        (left, top), (right, bottom) = (
            np.clip((np.array(corner) - self._low) / self._size * _BINS, 0, _BINS).round().astype(int)
            for corner in ((view.left(), view.top()), (view.right(), view.bottom()))
        )
        sums = self._sums
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    def _bins(self, values: NDArray[np.float64], axis: int) -> NDArray[np.int32]:
        scaled = (values - self._low[axis]) * (_BINS / self._size[axis])
        bins: NDArray[np.int32] = np.minimum(scaled, _BINS - 1).astype(np.int32)
        return bins


def _painted(
    bins: NDArray[np.int32],
    counts: NDArray[np.intp],
    colors: NDArray[np.integer],
    palette: list[QColor],
) -> QImage:
    channels = np.array([(color.blue(), color.green(), color.red()) for color in palette], np.float64)
    filled = np.maximum(counts, 1)
    # Logarithmic, or only the densest place would be seen.
    shares = np.log1p(counts) / np.log1p(counts.max())
    alpha = np.where(counts > 0, _LEAST_ALPHA + (1 - _LEAST_ALPHA) * shares, 0)
    pixels = np.empty((len(counts), 4), np.uint8)
    for channel in range(3):
        means = np.bincount(bins, channels[colors, channel], len(counts)) / filled
        pixels[:, channel] = means * alpha
    pixels[:, 3] = 255 * alpha
    image = QImage(pixels.data, _BINS, _BINS, 4 * _BINS, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()
