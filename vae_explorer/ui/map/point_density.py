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

Values = NDArray[np.float64]


class PointDensity:
    """Bins over all points: each is the more opaque the more points it has.

    Args:
        x, y: where the points are, each of shape (n,), n > 0.

    Attributes:
        rect: the part of the plane that is covered.
    """

    def __init__(self, x: Values, y: Values) -> None:
        self._low = np.array([x.min(), y.min()])
        size = np.array([x.max(), y.max()]) - self._low
        # Points in one place or on a line still need bins with a width.
        self._size = np.maximum(size, max(size.max(), 1.0) * 1e-6) * (1 + 1e-9)
        self._bins = self._numbers(x, 0) + self._numbers(y, 1) * _BINS
        self._counts = counts = np.bincount(self._bins, minlength=_BINS * _BINS)
        # Logarithmic, or only the densest place would be seen.
        shares = np.log1p(counts) / np.log1p(counts.max())
        self._alpha = np.where(counts > 0, _LEAST_ALPHA + (1 - _LEAST_ALPHA) * shares, 0)
        # Of each point in the colour of its bin.
        self._weight = self._alpha / np.maximum(counts, 1)
        self._sums = np.zeros((_BINS + 1, _BINS + 1), np.int64)
        self._sums[1:, 1:] = counts.reshape(_BINS, _BINS).cumsum(0).cumsum(1)
        self.rect = QRectF(*self._low, *self._size)

    def picture(
        self, colors: NDArray[np.integer], palette: list[QColor], rows: NDArray[np.intp] | None = None
    ) -> QImage:
        """The bins, each in the mean colour of its points, from the top of the picture to its bottom as `y` grows.

        Args:
            colors: number of each point's colour, shape (n,).
            palette: the colours.
            rows: the points that have these colours, shape (m,), while all others have the last one; None for all.
        """
        bins, colors = (self._bins, colors) if rows is None else (self._bins[rows], colors[rows])
        pixels = np.empty((_BINS * _BINS, 4), np.uint8)
        # Blue, green, red: as they lie in a pixel.
        for channel, value in enumerate((QColor.blue, QColor.green, QColor.red)):
            values = np.array([value(color) for color in palette], np.float64)
            # What is different from the last colour, which takes less time than all where few points have others.
            sums = np.bincount(bins, (values - values[-1])[colors], len(pixels))
            pixels[:, channel] = (sums + values[-1] * self._counts) * self._weight
        pixels[:, 3] = 255 * self._alpha
        image = QImage(pixels.data, _BINS, _BINS, 4 * _BINS, QImage.Format.Format_ARGB32_Premultiplied)
        return image.copy()

    def count_in(self, view: QRectF) -> int:
        """How many points lie in a part of the plane, to within a bin at its edges."""
        (left, top), (right, bottom) = (
            np.clip((np.array(corner) - self._low) / self._size * _BINS, 0, _BINS).round().astype(int)
            for corner in ((view.left(), view.top()), (view.right(), view.bottom()))
        )
        sums = self._sums
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    def _numbers(self, values: Values, axis: int) -> NDArray[np.int32]:
        scaled = (values - self._low[axis]) * (_BINS / self._size[axis])
        bins: NDArray[np.int32] = np.minimum(scaled, _BINS - 1).astype(np.int32)
        return bins
