"""The lines of paths on the map, each on a halo, so that they show on points and on decoded images alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vae_explorer.ui.curves.style import LineStyle
from vae_explorer.ui.map.ellipses import clipped
from vae_explorer.ui.widgets.view_item import ViewItem

Places = NDArray[np.float64]

#: Above the points and the ellipses, below the rings and the cursor.
_Z = 82
#: So much wider than the line is its halo, in pixels; and so wide is the dot of a frame.
_HALO, _DOT = 2.5, 5.0
#: A line that reaches farther than so many views is cut off: Qt would draw all of its dashes, seen or not.
_REACH = 10.0
#: A corner that is off the straight way past it by less than this share of the line's extent is left out.
_FLAT = 2e-4


class MapLine:
    """Where a path lies on the map, made ready to be drawn many times.

    Args:
        curve: its corners, shape (n, 2).
        frames: places that are marked with dots, shape (m, 2).
    """

    def __init__(self, curve: Places, frames: Places) -> None:
        #: The corners that can be seen, shape (k, 2).
        self.corners = without_flat_corners(curve)
        self.polygon = QPolygonF([QPointF(x, y) for x, y in self.corners.tolist()])
        self.dots = [QPointF(x, y) for x, y in frames.tolist()]


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A path as it is drawn.

    Attributes:
        line: where.
        style: how the line looks.
        with_frames: whether there is a dot at each frame.
    """

    line: MapLine
    style: LineStyle
    with_frames: bool = False


class PathLines(ViewItem):
    """Draws paths over each other, the last one in front."""

    def __init__(self) -> None:
        super().__init__(_Z)
        self._paths: tuple[DrawnPath, ...] = ()
        self._halo = QColor()
        # Four long lines take two milliseconds, and mostly it is something else that moves: the cursor, for one.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        # So that `paint` is told which part to draw.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def paths(self) -> tuple[DrawnPath, ...]:
        """What is drawn."""
        return self._paths

    def set_paths(self, paths: tuple[DrawnPath, ...], halo: str) -> None:
        """Draw these, on a halo of this colour."""
        before, self._paths = self._paths, paths
        if QColor(halo) != self._halo:
            self._halo = QColor(halo)
            self.update()
        self.setVisible(bool(paths))
        # The whole view would take the points and the layer behind them with it.
        for path in (*before, *paths):
            if path not in before or path not in paths:
                self._update_around(path.line.polygon.boundingRect())

    def _update_around(self, box: QRectF) -> None:
        view = self.getViewBox()
        if view is not None:
            x, y = (2 * _DOT * size for size in view.viewPixelSize())
            # Of what is far out of sight Qt would still make a picture to draw it in.
            self.update(box.adjusted(-x, -y, x, y) & self.boundingRect())

    def viewRangeChanged(self) -> None:
        super().viewRangeChanged()
        # The item covers the same pixels as before, so that Qt would move them and not draw others.
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        # PySide's type stubs lack this attribute.
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        margin = 2 * _DOT / abs(painter.worldTransform().m11())
        exposed = exposed.adjusted(-margin, -margin, margin, margin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path in self._paths:
            if _meet(path.line.polygon.boundingRect(), exposed):
                self._draw(painter, path)

    def _draw(self, painter: QPainter, path: DrawnPath) -> None:
        style, color = path.style, QColor(path.style.color)
        # First all of the halo: that of a dot must not cut the line.
        for line, dot in (
            (_pen(self._halo, style.width + _HALO), _pen(self._halo, _DOT + _HALO)),
            (style.pen(), _pen(color, _DOT)),
        ):
            painter.setPen(line)
            self._draw_line(painter, path.line)
            if path.with_frames:
                painter.setPen(dot)
                painter.drawPoints(path.line.dots)

    def _draw_line(self, painter: QPainter, line: MapLine) -> None:
        view = self.boundingRect()
        middle = np.array([view.center().x(), view.center().y()])
        reach = _REACH * np.array([view.width(), view.height()])
        if QRectF(*(middle - reach), *(2 * reach)).contains(line.polygon.boundingRect()):
            painter.drawPolyline(line.polygon)
            return
        pieces = clipped(line.corners, middle - reach, middle + reach).tolist()
        painter.drawLines([QLineF(*start, *end) for start, end in pieces])


def without_flat_corners(line: Places) -> Places:
    """The corners of a line, shape (n, 2), at which it turns so that one can see it.

    Dashes are drawn from corner to corner, and a straight path has as many corners as any other. Every second corner
    is left out where it is hardly off the straight way between its neighbours, again and again.
    """
    kept = np.arange(len(line))
    tolerance = _FLAT * float(np.ptp(line, axis=0).max()) if len(line) else 0.0
    first, in_vain = 1, 0
    while len(kept) > 2 and in_vain < 2:
        middle = np.arange(first, len(kept) - 1, 2)
        start, place, end = (line[kept[middle + step]] for step in (-1, 0, 1))
        flat = middle[_off_the_way(place, start, end) <= tolerance]
        kept = np.delete(kept, flat)
        first, in_vain = 3 - first, 0 if len(flat) else in_vain + 1
    corners: Places = line[kept]
    return corners


def _off_the_way(place: Places, start: Places, end: Places) -> Places:
    """How far each place is from the straight way between two others, all of shape (n, 2)."""
    way, from_start = end - start, place - start
    squares = np.einsum("nd,nd->n", way, way)
    share = np.einsum("nd,nd->n", from_start, way) / np.where(squares > 0, squares, 1.0)
    off: Places = np.hypot(*(from_start - np.clip(share, 0, 1)[:, None] * way).T)
    return off


def _meet(box: QRectF, other: QRectF) -> bool:
    """Whether two boxes meet; unlike Qt's own, also where one is but a line."""
    return (
        box.left() <= other.right()
        and other.left() <= box.right()
        and box.top() <= other.bottom()
        and other.top() <= box.bottom()
    )


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
