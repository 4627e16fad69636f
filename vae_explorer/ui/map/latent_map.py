"""The latent map: every test digit at its mean, ten colours, and a cursor that is placed, dragged and stepped.

It knows points in the plane and pixels, nothing of models: what a place means is for others to say.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.ui.map.cursor_arrow import CursorArrow
from vae_explorer.ui.map.grabbing import Grabbing
from vae_explorer.ui.map.items import CursorMark
from vae_explorer.ui.map.pickable import PickablePlot
from vae_explorer.ui.map.point_plot import Plane
from vae_explorer.ui.theme import ThemeSwitch

#: A digit farther from the pointer than this many pixels is not meant.
_HOVER_REACH = 30
#: An arrow key moves the cursor by this share of the view's width; with Shift ten times as far.
_KEY_STEP = 0.01
_ZOOM_STEP = 1.25
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class LatentMap(PickablePlot):
    """Scatter of labelled points with a cursor.

    Attributes:
        cursor_arrow: points to the cursor where that is outside of what is seen.
        grabbing: what the mouse takes hold of before the cursor.

    Signals:
        cursor_grabbed: the user begins to move the cursor (mouse button or arrow key goes down).
        cursor_moved: to this place, shape (2,).
        cursor_released: the move is over.
        digit_hovered: index of the point under the pointer, or −1, and where the pointer is in this widget.
        digit_clicked: index of the point that was double-clicked.
        click_began, click_over: around everything that is said when the mouse button is let go; a click moves the
            cursor and may pick a digit too.
    """

    cursor_grabbed = Signal()
    cursor_moved = Signal(object)
    cursor_released = Signal()
    digit_hovered = Signal(int, QPoint)
    digit_clicked = Signal(int)
    click_began = Signal()
    click_over = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cursor_xy = np.zeros(2)
        self._dragging = False
        self._stepping = False
        self._pointer: QPointF | None = None
        self._cursor = CursorMark()
        self.cursor_arrow = CursorArrow(self)
        self.grabbing = Grabbing()
        self._set_up()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # What is shown

    def set_points(
        self, xy: Plane, labels: ByteArray, names: tuple[str, str], *, glide: bool = False
    ) -> None:
        # The digit moves away from under the pointer.
        self._set_hover(-1, QPoint())
        super().set_points(xy, labels, names, glide=glide)

    def set_cursor(self, xy: Plane) -> None:
        """Put the cursor at `xy`, shape (2,)."""
        self._cursor_xy = np.array(xy, np.float64)
        self._cursor.setPos(float(xy[0]), float(xy[1]))
        self._cursor.setVisible(bool(len(self._xy)))
        self._point_to_cursor()

    @property
    def cursor_xy(self) -> Plane:
        """Where the cursor is on the map, shape (2,)."""
        return self._cursor_xy.copy()

    def zoom(self, steps: float) -> None:
        """Zoom in around the cursor by so many steps; out for negative ones."""
        self._on_touched()
        self.getViewBox().scaleBy((_ZOOM_STEP**-steps,) * 2, QPointF(*self._cursor_xy))

    def show_cursor(self) -> None:
        """Pan until the cursor is in the middle."""
        if len(self._xy):
            self._on_touched()
            center = self.getViewBox().viewRect().center()
            dx, dy = self._cursor_xy - center.toTuple()
            self.getViewBox().translateBy(x=dx, y=dy)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (
            event.button() == Qt.MouseButton.LeftButton
            and self._is_on_plot(event.position())
            and len(self._xy)
        ):
            self._pointer = None
            # What is under the pointer stays there while the button is down.
            self.hold_view()
            self._set_hover(-1, QPoint())
            if self.grabbing.press(event.position(), self.place_at(event.position())):
                pass
            elif not self.begin_press(event):
                self._dragging = True
                self.cursor_grabbed.emit()
                self.cursor_moved.emit(self.place_at(event.position()))
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.grabbing.move(self.place_at(event.position())):
            event.accept()
            return
        if self._down:
            self.move_press(event.position())
            if self._dragging:
                self.cursor_moved.emit(self.place_at(event.position()))
            event.accept()
            return
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._pointer = event.position()
            self._show_grabbable(self._pointer)
            self._hover_at(self._pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self.grabbing.release(self.place_at(event.position())):
            self.release_view()
            event.accept()
            return
        if self._down and left:
            self.move_press(event.position())
            self._end_drag(adds=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            self.release_view()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def _end_drag(self, *, adds: bool) -> None:
        moved = self._pressed_at is None
        clicked, lassoed = self.end_press(), self.end_lasso()
        dragged, self._dragging = self._dragging, False
        self.click_began.emit()
        if clicked >= 0:
            self.digits_picked.emit(np.array([clicked]), "toggle" if adds else "replace")
        elif lassoed is not None and moved:
            self.digits_picked.emit(lassoed, "add" if adds else "replace")
        if dragged:
            self.cursor_released.emit()
        self.click_over.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.digit_at(event.position(), _HOVER_REACH)
        # With Ctrl or Shift, with the lasso, and on what takes presses for itself, two quick clicks are two clicks.
        held = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        picks = bool(held) or self.lasso_mode or self.grabbing.at(event.position()) is not None
        if event.button() == Qt.MouseButton.LeftButton and index >= 0 and not picks:
            self.digit_clicked.emit(index)
            event.accept()
            return
        self.mousePressEvent(event)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self._set_hover(-1, QPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _ARROWS.get(Qt.Key(event.key()))
        if direction is not None and len(self._xy):
            self._step(direction, event)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        elif event.key() == Qt.Key.Key_Home:
            self.show_cursor()
        elif not self.pick_by_key(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._stepping and not event.isAutoRepeat() and Qt.Key(event.key()) in _ARROWS:
            self._end_stepping()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._end_stepping()
        self._show_focus()

    def _step(self, direction: tuple[int, int], event: QKeyEvent) -> None:
        if not self._stepping:
            self._stepping = True
            self.cursor_grabbed.emit()
        factor = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        width = self.getViewBox().viewRect().width()
        self.cursor_moved.emit(self._cursor_xy + np.array(direction) * (width * _KEY_STEP * factor))

    def _end_stepping(self) -> None:
        if self._stepping:
            self._stepping = False
            self.cursor_released.emit()

    # Inside

    def _is_on_plot(self, pixel: QPointF) -> bool:
        return bool(self.getViewBox().sceneBoundingRect().contains(self.mapToScene(pixel.toPoint())))

    def _show_grabbable(self, pixel: QPointF) -> None:
        grabber = self.grabbing.at(pixel)
        shape = self.pointer_shape if grabber is None else grabber.shape
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    def _hover_at(self, pixel: QPointF) -> None:
        index = self.digit_at(pixel, _HOVER_REACH) if self._is_on_plot(pixel) else -1
        self._set_hover(index, pixel.toPoint())

    def _set_hover(self, index: int, pixel: QPoint) -> None:
        self._points.set_ring(self._points.hover_ring, index)
        self.digit_hovered.emit(index, pixel)

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Latent map"))
        self.setAccessibleDescription(
            self.tr(
                "Every test digit at its place in the latent space. The arrow keys move the cursor, with Shift ten "
                "times as far. Plus and minus zoom, Home brings the cursor to the middle. Space picks the digit "
                "nearest to it, Ctrl+Space one more, Ctrl+A all digits, Escape none."
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.addItem(self._cursor, ignoreBounds=True)
        self._cursor.setVisible(False)
        self.getViewBox().sigRangeChanged.connect(self._on_range_changed)
        self.getViewBox().sigResized.connect(self._point_to_cursor)
        self.cursor_arrow.clicked.connect(self.show_cursor)
        self.rested.connect(self._on_rested)

    def _on_range_changed(self) -> None:
        # The digit has moved away from under the pointer.
        self._set_hover(-1, QPoint())
        self._point_to_cursor()

    def _point_to_cursor(self) -> None:
        x, y = self._cursor_xy.tolist()
        (left, right), (bottom, top) = self.getViewBox().viewRange()
        if not len(self._xy) or (left <= x <= right and bottom <= y <= top):
            self.cursor_arrow.hide()
            return
        share = np.array([(x - left) / (right - left), (y - bottom) / (top - bottom)])
        visible = self.mapFromScene(self.getViewBox().sceneBoundingRect()).boundingRect()
        self.cursor_arrow.point_to(share, QRectF(visible))

    def _on_rested(self) -> None:
        if self._pointer is not None:
            self._hover_at(self._pointer)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.set_colors(colors)
        self._cursor.set_colors(colors.accent, colors.canvas)
        self.cursor_arrow.set_colors(colors.accent, colors.canvas)
        self._show_focus()

    def _show_focus(self) -> None:
        color = self._theme.colors.accent if self.hasFocus() else self._theme.colors.border
        self.getViewBox().setBorder(pg.mkPen(color, width=1))
