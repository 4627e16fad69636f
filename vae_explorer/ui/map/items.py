"""What is drawn on the latent map besides its points: grid lines, the cursor, and the ring around a digit."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vae_explorer.ui.widgets.view_item import ViewItem


class GridLines(ViewItem):
    """Lines at the labelled ticks of both axes.

    pyqtgraph's own grid has translucent lines for the minor ticks too and takes 13 of the 21 milliseconds of a frame.
    """

    def __init__(self, axes: tuple[pg.AxisItem, pg.AxisItem]) -> None:
        super().__init__(z=-100)
        self._axes = axes
        # To find the ticks takes longer than to draw the lines, and most paints are of the same view.
        self._ticks: tuple[list[float], list[float]] | None = None

    def set_color(self, color: str) -> None:
        """Draw in an opaque `color` from now on."""
        self.set_pen(pg.mkPen(color))

    def find_ticks(self) -> None:
        """Look for the ticks anew: the axes have others for the same view."""
        self._ticks = None
        self.update()

    def viewTransformChanged(self) -> None:
        self._ticks = None
        super().viewTransformChanged()

    def paint(self, painter: QPainter, *_args: object) -> None:
        if self._ticks is None:
            horizontal, vertical = self._axes
            self._ticks = _labelled_ticks(horizontal), _labelled_ticks(vertical)
        view = self.boundingRect()
        painter.setPen(self._pen)
        painter.drawLines([QLineF(x, view.top(), x, view.bottom()) for x in self._ticks[0]])
        painter.drawLines([QLineF(view.left(), y, view.right(), y) for y in self._ticks[1]])


def _labelled_ticks(axis: pg.AxisItem) -> list[float]:
    low, high = axis.range
    length = axis.width() if axis.orientation in ("top", "bottom") else axis.height()
    return [float(value) for _, values in axis.tickValues(low, high, length)[:2] for value in values]


class Mark(pg.GraphicsObject):  # type: ignore[misc]
    """A mark of `radius` pixels, drawn in `color` on a halo in `halo`, so that it shows on any background."""

    def __init__(self, radius: float, z_value: float) -> None:
        super().__init__()
        self._radius = radius
        self._color = QColor()
        self._halo = QColor()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(z_value)

    def set_colors(self, color: str, halo: str) -> None:
        """Draw in `color` on `halo` from now on."""
        self._color, self._halo = QColor(color), QColor(halo)
        self.update()

    def boundingRect(self) -> QRectF:
        reach = self._radius + 4
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((self._halo, 5.0), (self._color, 2.0)):
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """Draw the lines of the mark around the origin."""
        raise NotImplementedError


class CursorMark(Mark):
    """Cross hairs in a circle: the latent point that is decoded."""

    def __init__(self) -> None:
        super().__init__(radius=9, z_value=100)

    def draw(self, painter: QPainter) -> None:
        radius = self._radius
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(
                QPointF(dx * (radius - 4), dy * (radius - 4)), QPointF(dx * (radius + 3), dy * (radius + 3))
            )


class RingMark(Mark):
    """A ring around a digit: the one under the pointer, or the one nearest to the cursor."""

    def __init__(self, radius: float) -> None:
        super().__init__(radius, z_value=90)

    def draw(self, painter: QPainter) -> None:
        painter.drawEllipse(QPointF(0, 0), self._radius, self._radius)
