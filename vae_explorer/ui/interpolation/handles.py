"""The anchors of a journey as numbered handles on the map, and the mouse that takes hold of one."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem, QWidget

from vae_explorer.ui.map.items import Mark
from vae_explorer.ui.map.point_plot import Plane, PointPlot
from vae_explorer.ui.theme import Colors, small_font

#: Above the rings around digits, below the cursor. The moving point is below the handles: it would hide a number, and
#: so would the cursor that follows it.
_HANDLE_Z, _POINT_Z, _REACHED_Z = 92, 91, 101
_LEAST_RADIUS = 9.0
_HALO = 2.5
#: The pointer may be so many pixels beside a handle.
_REACH = 3.0
_POINT_RADIUS = 5.0
#: From a handle's disc to the ring around it that stands for the moving point.
_RING_GAP = 4.0


class HandleMark(Mark):
    """A disc with a number, at an anchor.

    Args:
        number: that the user counts it as, from 1.
        font: of the map.
    """

    def __init__(self, number: int, font: QFont) -> None:
        self._text = str(number)
        self._font = QFont(small_font(font))
        self._font.setBold(True)
        size = QFontMetricsF(self._font).boundingRect("88").size()
        super().__init__(max(_LEAST_RADIUS, 1 + max(size.width(), size.height()) / 2), _HANDLE_Z)
        self._current = self._reached = False
        self._number_color = QColor()

    @property
    def radius(self) -> float:
        """Of the disc, pixels."""
        return self._radius

    @property
    def current(self) -> bool:
        """Whether it is the one that is chosen in the list."""
        return self._current

    def set_current(self, current: bool) -> None:
        """Fill it with the accent colour, or with the map's own."""
        if current != self._current:
            self._current = current
            self.update()

    @property
    def reached(self) -> bool:
        """Whether the moving point is here, which a ring around the disc stands for."""
        return self._reached

    def set_reached(self, reached: bool) -> None:
        """Draw that ring, in front of the cursor, or leave it out."""
        if reached != self._reached:
            self._reached = reached
            self.setZValue(_REACHED_Z if reached else _HANDLE_Z)
            self.update()

    def boundingRect(self) -> QRectF:
        reach = self._radius + _RING_GAP + 2 * _HALO
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def set_theme(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self._number_color = QColor(colors.on_accent)
        self.set_colors(colors.accent, colors.canvas)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back, front = (self._color, self._number_color) if self._current else (self._halo, self._color)
        if self._reached:
            self._draw_ring(painter)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._halo)
        painter.drawEllipse(QPointF(0, 0), self._radius + _HALO, self._radius + _HALO)
        painter.setPen(QPen(self._color, 2))
        painter.setBrush(back)
        painter.drawEllipse(QPointF(0, 0), self._radius, self._radius)
        painter.setPen(front)
        painter.setFont(self._font)
        box = QRectF(-self._radius, -self._radius, 2 * self._radius, 2 * self._radius)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._text)

    def _draw_ring(self, painter: QPainter) -> None:
        radius = self._radius + _RING_GAP
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((self._halo, 2 * _HALO), (self._color, _HALO)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(0, 0), radius, radius)


class MovingPoint(Mark):
    """A dot where the current frame is."""

    def __init__(self) -> None:
        super().__init__(_POINT_RADIUS, _POINT_Z)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, radius in ((self._halo, self._radius + 2), (self._color, self._radius)):
            painter.setBrush(color)
            painter.drawEllipse(QPointF(0, 0), radius, radius)


class Handles(QObject):
    """The handles that are on a map. They are dragged; who has them is told where to.

    Args:
        plot: the map.
        parent: owner.

    Attributes:
        marks: by row of the anchors; only those that have a place on the map.

    Signals:
        pressed: the mouse went down on a handle; carries its row.
        dragged: a handle is to be elsewhere; carries its row and the place on the map, shape (2,).
        dropped: it was let go; carries its row, and whether it had been dragged.
    """

    pressed = Signal(int)
    dragged = Signal(int, object)
    dropped = Signal(int, bool)

    def __init__(self, plot: PointPlot, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plot = plot
        self.marks: dict[int, HandleMark] = {}
        self._visible = True
        self._reached: Plane | None = None
        self._held = -1
        #: Where the mouse went down, and from there to the middle of the handle.
        self._pressed_at: Plane = np.zeros(2)
        self._offset: Plane = np.zeros(2)
        self._moved = False

    def place(self, places: Sequence[NDArray[np.float64] | None], current: int, colors: Colors) -> None:
        """Have handles at these places of the map, each of shape (2,); none where a place is None.

        Args:
            places: by row.
            current: the row that is chosen in the list, or −1.
            colors: of the theme.
        """
        for row in [row for row in self.marks if row >= len(places) or places[row] is None]:
            self._plot.removeItem(self.marks.pop(row))
        for row, place in enumerate(places):
            if place is None:
                continue
            if row not in self.marks:
                self.marks[row] = HandleMark(row + 1, self._plot.font())
                self.marks[row].set_theme(colors)
                self.marks[row].setVisible(self._visible)
                self._plot.addItem(self.marks[row], ignoreBounds=True)
            self.marks[row].setPos(float(place[0]), float(place[1]))
        self.show_current(current)
        self.show_reached(self._reached)

    def color(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        for mark in self.marks.values():
            mark.set_theme(colors)

    def show_current(self, current: int) -> None:
        """Fill the handle of this row and no other; none for −1."""
        for row, mark in self.marks.items():
            mark.set_current(row == current)

    def show_reached(self, place: Plane | None) -> None:
        """Draw a ring around the handles where the moving point is, shape (2,); around none for None."""
        self._reached = place
        there = None if place is None else (float(place[0]), float(place[1]))
        for mark in self.marks.values():
            mark.set_reached(there is not None and _same(mark.pos().toTuple(), there))

    def set_visible(self, visible: bool) -> None:
        """Show all handles, or none."""
        self._visible = visible
        for mark in self.marks.values():
            mark.setVisible(visible)

    def row_at(self, pixel: QPointF) -> int:
        """The row whose handle is under a pixel of the map, or −1; of several the nearest, and then the last."""
        if not self._visible:
            return -1
        best, nearest = -1, np.inf
        for row, mark in self.marks.items():
            offset = self._plot.pixel_at(np.array(mark.pos().toTuple())) - pixel
            distance = float(np.hypot(offset.x(), offset.y()))
            if distance <= mark.radius + _REACH and distance <= nearest:
                best, nearest = row, distance
        return best

    # As `ui.map.grabbing.Grabber`

    shape = Qt.CursorShape.OpenHandCursor

    def would_grab(self, pixel: QPointF) -> bool:
        """Whether a handle is there."""
        return self.row_at(pixel) >= 0

    def grab(self, xy: Plane) -> None:
        """The button went down on a handle."""
        self._held = self.row_at(self._plot.pixel_at(xy))
        if self._held >= 0:
            self._pressed_at, self._moved = xy, False
            self._offset = np.array(self.marks[self._held].pos().toTuple()) - xy
            self.pressed.emit(self._held)

    def drag(self, xy: Plane) -> None:
        """The pointer moved: a little is no drag, so that a click leaves an anchor as it is."""
        if self._held < 0:
            return
        if not self._moved:
            way = self._plot.pixel_at(xy) - self._plot.pixel_at(self._pressed_at)
            self._moved = way.manhattanLength() >= QApplication.startDragDistance()
        if self._moved:
            self.dragged.emit(self._held, xy + self._offset)

    def drop(self, _xy: Plane) -> None:
        """The button was let go."""
        held, self._held = self._held, -1
        if held >= 0:
            self.dropped.emit(held, self._moved)


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two places differ by no more than rounding; NumPy would take a hundred times as long."""
    return all(isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in zip(one, other, strict=True))
