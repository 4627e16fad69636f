"""Many small coloured points, drawn in one call.

Ten of pyqtgraph's scatter items take 4.5 ms to draw 10,000 points, most of it outside the drawing itself, and draw all
of them however small the region is that has to be repainted. A drag of the cursor repaints a few hundred pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

#: Side of the square that one point is drawn in, in pixels; even, so that its corner falls on whole pixels.
_CELL = 8


class PointCloud(pg.GraphicsObject):  # type: ignore[misc]
    """Points in the plane, each of one of a few colours, as dots that keep their size in pixels.

    Args:
        colors: one a class.
        diameter: of a dot, in pixels; less than 8.
        alpha: opacity of a dot, 0 to 1.
    """

    def __init__(self, colors: Sequence[str], diameter: float, alpha: float) -> None:
        super().__init__()
        self._colors = [_translucent(color, alpha) for color in colors]
        self._diameter = diameter
        self._xy: NDArray[np.float64] = np.empty((0, 2))
        self._classes: NDArray[np.intp] = np.empty(0, np.intp)
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._shown = np.ones(len(colors), bool)
        self._dots = QPixmap()
        self._ratio = 0.0
        self._fragments = PrimitiveArray(QPainter.PixmapFragment, 10)
        # So that `paint` is told which part to draw.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_points(self, xy: NDArray[np.float64], classes: NDArray[np.integer]) -> None:
        """Show points of shape (n, 2), of classes of shape (n,); later classes lie on earlier ones."""
        self._order = np.argsort(classes, kind="stable")
        self._classes = classes[self._order].astype(np.intp)
        self.move_points(xy)

    def move_points(self, xy: NDArray[np.float64]) -> None:
        """Show the same points elsewhere, shape (n, 2)."""
        self._xy = xy[self._order]
        self.update()

    def set_shown(self, shown: NDArray[np.bool_]) -> None:
        """Which classes to draw."""
        self._shown = shown.copy()
        self.update()

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        return QRectF() if box is None else box.viewRect()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        self._draw_dots(ratio)
        transform = painter.worldTransform()
        pixels = _map(transform, self._xy)
        # PySide's type stubs lack this attribute.
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        region = transform.mapRect(exposed).adjusted(-_CELL, -_CELL, _CELL, _CELL)
        inside = self._shown[self._classes]
        inside &= (pixels[:, 0] > region.left()) & (pixels[:, 0] < region.right())
        inside &= (pixels[:, 1] > region.top()) & (pixels[:, 1] < region.bottom())
        self._place_fragments(np.rint(pixels[inside] * ratio) / ratio, self._classes[inside], ratio)
        painter.resetTransform()
        # The stubs know the form with a list only, which would cost an object a point.
        painter.drawPixmapFragments(*self._fragments.drawargs(), self._dots)  # type: ignore[call-arg]

    def _place_fragments(self, pixels: NDArray[np.float64], classes: NDArray[np.intp], ratio: float) -> None:
        """Lay out x, y, source x, source y, width, height, scale x, scale y, rotation, opacity."""
        side = _CELL * ratio
        self._fragments.resize(len(pixels))
        fragments = self._fragments.ndarray()
        fragments[:, :2] = pixels
        fragments[:, 2] = classes * side
        fragments[:, 3:] = (0, side, side, 1 / ratio, 1 / ratio, 0, 1)

    def _draw_dots(self, ratio: float) -> None:
        """Draw one dot of each colour side by side, for a screen with so many pixels to a point."""
        if ratio == self._ratio:
            return
        self._ratio = ratio
        self._dots = QPixmap(round(len(self._colors) * _CELL * ratio), round(_CELL * ratio))
        self._dots.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        painter.setPen(Qt.PenStyle.NoPen)
        for index, color in enumerate(self._colors):
            painter.setBrush(color)
            painter.drawEllipse(
                QPointF((index + 0.5) * _CELL, _CELL / 2), self._diameter / 2, self._diameter / 2
            )
        painter.end()


def _map(transform: QTransform, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.array([[transform.m11(), transform.m12()], [transform.m21(), transform.m22()]])
    mapped: NDArray[np.float64] = xy @ matrix + (transform.dx(), transform.dy())
    return mapped


def _translucent(color: str, alpha: float) -> QColor:
    drawn = QColor(color)
    drawn.setAlphaF(alpha)
    return drawn
