"""A line drawn freely around digits: which points it encloses, and how it looks while it is drawn."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

Plane = NDArray[np.float64]

#: Rows that points are sorted into: as many as a 16-bit number tells apart, which NumPy sorts in linear time.
_ROWS = 1 << 16


def inside(corners: Plane, points: Plane) -> NDArray[np.bool_]:
    """Which points are inside a polygon, shape (n,), by the even-odd rule.

    Each edge is compared only with the points at its own height. A million points take about 100 ms.

    Args:
        corners: of the polygon, in order, shape (m, 2), finite; it may cross itself, and is closed without saying so.
        points: shape (n, 2).
    """
    result = np.zeros(len(points), bool)
    if len(corners) < 3:
        return result
    low, high = corners.min(0), corners.max(0)
    x, y = points[:, 0], points[:, 1]
    near = np.flatnonzero((y >= low[1]) & (y <= high[1]) & (x >= low[0]) & (x <= high[0]))
    if len(near) and high[1] > low[1]:
        result[near] = _crossed_oddly(corners, points[near])
    return result


def _crossed_oddly(corners: Plane, points: Plane) -> NDArray[np.bool_]:
    """Whether a ray from each point to the right crosses the polygon's edges an odd number of times."""
    low, high = corners[:, 1].min(), corners[:, 1].max()
    rows = _rows(points[:, 1], low, high)
    order = np.argsort(rows, kind="stable")
    x, y = points[order, 0], points[order, 1]
    following = np.roll(corners, -1, axis=0)
    starts = np.searchsorted(rows[order], _rows(np.minimum(corners[:, 1], following[:, 1]), low, high))
    ends = np.searchsorted(rows[order], _rows(np.maximum(corners[:, 1], following[:, 1]), low, high), "right")
    odd = np.zeros(len(points), bool)
    slopes = _slopes(corners, following)
    for (x0, y0), y1, slope, start, end in zip(corners, following[:, 1], slopes, starts, ends, strict=True):
        if y0 != y1 and start < end:
            heights = y[start:end]
            crossed = (heights < y0) != (heights < y1)
            crossed &= x[start:end] < x0 + (heights - y0) * slope
            odd[start:end] ^= crossed
    result = np.empty(len(points), bool)
    result[order] = odd
    return result


def _slopes(corners: Plane, following: Plane) -> NDArray[np.float64]:
    """Way to the right for a way up along each edge, shape (m,); of no use for level edges."""
    ways = following - corners
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slopes: NDArray[np.float64] = ways[:, 0] / ways[:, 1]
    # An edge so flat that this overflows has no height in which a point could be.
    return np.nan_to_num(slopes, nan=0.0)


def _rows(heights: Plane, low: float, high: float) -> NDArray[np.uint16]:
    """The row of each height; a larger height has no smaller row, so that no point of an edge's height is missed."""
    shares = (heights - low) * ((_ROWS - 1) / (high - low))
    return np.clip(shares, 0, _ROWS - 1).astype(np.uint16)


class Lasso(QGraphicsPathItem):
    """The line while it is drawn, in the coordinates of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self._corners: list[tuple[float, float]] = []
        self.setZValue(95)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    @property
    def corners(self) -> Plane:
        """What was drawn so far, shape (m, 2)."""
        return np.array(self._corners, np.float64).reshape(-1, 2)

    def begin(self, place: Plane) -> None:
        """Start a line."""
        self._corners = []
        self.setPath(QPainterPath())
        self.show()
        self.extend(place)

    def extend(self, place: Plane) -> None:
        """Draw on to a place, shape (2,)."""
        corner = float(place[0]), float(place[1])
        if self._corners and corner == self._corners[-1]:
            return
        self._corners.append(corner)
        path = self.path()
        if len(self._corners) == 1:
            path.moveTo(QPointF(*corner))
        else:
            path.lineTo(QPointF(*corner))
        self.setPath(path)

    def end(self) -> Plane:
        """Take the line away; its corners, shape (m, 2)."""
        corners = self.corners
        self._corners = []
        self.hide()
        self.setPath(QPainterPath())
        return corners

    def set_color(self, color: str) -> None:
        """Draw in `color` from now on."""
        fill = QColor(color)
        fill.setAlphaF(0.12)
        self.setBrush(QBrush(fill))
        # A pen of pyqtgraph's keeps its width in pixels.
        self.setPen(pg.mkPen(color, width=1.5))
