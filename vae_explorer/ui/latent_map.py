"""The latent map: every test digit at its mean, ten colours, and a cursor that is placed, dragged and stepped.

It knows points in the plane and pixels, nothing of models: what a place means is for others to say.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.ui.axes import Axis
from vae_explorer.ui.label_layout import spread
from vae_explorer.ui.map_items import CursorMark, GridLines, RingMark
from vae_explorer.ui.point_cloud import PointCloud
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch

Plane = NDArray[np.float64]

_POINT_SIZE = 5
_POINT_ALPHA = 0.65
#: A digit farther from the pointer than this many pixels is not meant.
_HOVER_REACH = 30
#: An arrow key moves the cursor by this share of the view's width; with Shift ten times as far.
_KEY_STEP = 0.01
_ZOOM_STEP = 1.25
#: Pixels between the digits at the centres of two classes.
_CENTRES_APART = 26
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class _PanBox(pg.ViewBox):  # type: ignore[misc]
    """Left drags belong to the cursor; every other button pans."""

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:  # noqa: ARG002
        button = event.button()  # type: ignore[attr-defined]
        if button == Qt.MouseButton.LeftButton:
            event.ignore()  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        here, before = event.pos(), event.lastPos()  # type: ignore[attr-defined]
        moved = self.mapToView(before) - self.mapToView(here)
        self.translateBy(x=moved.x(), y=moved.y())
        self.sigRangeChangedManually.emit(self.state["mouseEnabled"])


class LatentMap(pg.PlotWidget):  # type: ignore[misc]
    """Scatter of labelled points with a cursor.

    Signals:
        cursor_grabbed: the user begins to move the cursor (mouse button or arrow key goes down).
        cursor_moved: to this place, shape (2,).
        cursor_released: the move is over.
        digit_hovered: index of the point under the pointer, or −1, and where the pointer is in this widget.
        digit_clicked: index of the point that was double-clicked.
    """

    cursor_grabbed = Signal()
    cursor_moved = Signal(object)
    cursor_released = Signal()
    digit_hovered = Signal(int, QPoint)
    digit_clicked = Signal(int)

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(
            parent,
            viewBox=_PanBox(enableMenu=False),
            axisItems={side: Axis(side) for side in ("bottom", "left")},
        )
        self._theme = theme
        self._xy: Plane = np.empty((0, 2))
        self._labels: ByteArray = np.empty(0, np.uint8)
        self._medians = np.zeros((CLASS_COUNT, 2))
        self._shown = np.ones(CLASS_COUNT, bool)
        self._cursor_xy = np.zeros(2)
        self._dragging = False
        self._stepping = False
        self._touched = False
        self._cloud = PointCloud(CLASS_COLORS, _POINT_SIZE, _POINT_ALPHA)
        self.addItem(self._cloud, ignoreBounds=True)
        self._centres = [self._new_centre(digit) for digit in range(CLASS_COUNT)]
        self._grid = GridLines((self.getAxis("bottom"), self.getAxis("left")))
        self._cursor = CursorMark()
        self._nearest_ring = RingMark(6)
        self._hover_ring = RingMark(6)
        self._set_up_view()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # What is shown

    def set_points(self, xy: Plane, labels: ByteArray, names: tuple[str, str]) -> None:
        """Show points of shape (n, 2) with classes of shape (n,) on axes called `names`."""
        self._xy, self._labels = xy, labels
        self._cloud.set_points(xy, labels)
        for digit in range(CLASS_COUNT):
            members = xy[labels == digit]
            self._medians[digit] = np.median(members, axis=0) if len(members) else 0
        self.setLabel("bottom", names[0])
        self.setLabel("left", names[1])
        self._show_classes()
        self._set_hover(-1, QPoint())
        if not self._touched:
            self.fit()

    def set_class_shown(self, digit: int, shown: bool) -> None:
        """Show or hide the points of one class."""
        self._shown[digit] = shown
        self._show_classes()

    def set_cursor(self, xy: Plane) -> None:
        """Put the cursor at `xy`, shape (2,)."""
        self._cursor_xy = np.array(xy, np.float64)
        self._cursor.setPos(float(xy[0]), float(xy[1]))
        self._cursor.setVisible(bool(len(self._xy)))

    def set_nearest(self, index: int) -> None:
        """Ring the digit that is nearest to the cursor; −1 for none."""
        self._place(self._nearest_ring, index)

    @property
    def cursor_xy(self) -> Plane:
        """Where the cursor is on the map, shape (2,)."""
        return self._cursor_xy.copy()

    @property
    def shown_points(self) -> NDArray[np.bool_]:
        """Which points belong to a class that is shown, shape (n,)."""
        return self._shown[self._labels]

    # The view

    def fit(self) -> None:
        """Show every point, with a margin, and keep doing so until the user pans or zooms."""
        self._touched = False
        if len(self._xy):
            (left, bottom), (right, top) = self._xy.min(0), self._xy.max(0)
            self.getViewBox().setRange(
                QRectF(left, bottom, max(right - left, 1e-6), max(top - bottom, 1e-6)), padding=0.04
            )

    def fit_next(self) -> None:
        """Fit the view when the next points are set, whatever the user did to it before."""
        self._touched = False

    def zoom(self, steps: float) -> None:
        """Zoom in around the cursor by so many steps; out for negative ones."""
        self._touched = True
        self.getViewBox().scaleBy((_ZOOM_STEP**-steps,) * 2, QPointF(*self._cursor_xy))

    def is_in_view(self, xy: Plane) -> bool:
        """Whether a place is inside the visible region."""
        return bool(self.getViewBox().viewRect().contains(QPointF(*xy)))

    def pixel_at(self, xy: Plane) -> QPointF:
        """Where a place is in this widget, in pixels."""
        scene = self.getViewBox().mapViewToScene(QPointF(*xy))
        return QPointF(self.mapFromScene(scene))

    def place_at(self, pixel: QPointF) -> Plane:
        """The place under a pixel of this widget, shape (2,)."""
        point = self.getViewBox().mapSceneToView(self.mapToScene(pixel.toPoint()))
        return np.array([point.x(), point.y()])

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (
            event.button() == Qt.MouseButton.LeftButton
            and self._is_on_plot(event.position())
            and len(self._xy)
        ):
            self._dragging = True
            self._set_hover(-1, QPoint())
            self.cursor_grabbed.emit()
            self.cursor_moved.emit(self.place_at(event.position()))
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.cursor_moved.emit(self.place_at(event.position()))
            event.accept()
            return
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.cursor_released.emit()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self._digit_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.digit_clicked.emit(index)
            event.accept()
            return
        self.mousePressEvent(event)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self._set_hover(-1, QPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _ARROWS.get(Qt.Key(event.key()))
        if direction is not None and len(self._xy):
            self._step(direction, event)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        else:
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

    def _hover_at(self, pixel: QPointF) -> None:
        index = self._digit_at(pixel) if self._is_on_plot(pixel) else -1
        self._set_hover(index, pixel.toPoint())

    def _digit_at(self, pixel: QPointF) -> int:
        """The shown digit nearest to a pixel and within reach, or −1."""
        shown = self.shown_points
        if not shown.any():
            return -1
        offsets = self._xy - self.place_at(pixel)
        squares = np.einsum("nd,nd->n", offsets, offsets)
        squares[~shown] = np.inf
        index = int(squares.argmin())
        reach = _HOVER_REACH * self.getViewBox().viewPixelSize()[0]
        return index if squares[index] <= reach**2 else -1

    def _set_hover(self, index: int, pixel: QPoint) -> None:
        self._place(self._hover_ring, index)
        self.digit_hovered.emit(index, pixel)

    def _place(self, ring: RingMark, index: int) -> None:
        ring.setVisible(index >= 0)
        if index >= 0:
            ring.setPos(*self._xy[index])

    def _show_classes(self) -> None:
        present = np.bincount(self._labels, minlength=CLASS_COUNT) > 0
        for digit in range(CLASS_COUNT):
            self._centres[digit].setVisible(bool(present[digit] and self._shown[digit]))
        self._cloud.set_shown(self._shown)
        self._place_centres()

    def _place_centres(self) -> None:
        """Write each shown class's digit at its centre, or beside it where another one stands."""
        shown = [digit for digit in range(CLASS_COUNT) if self._centres[digit].isVisible()]
        pixel = np.array(self.getViewBox().viewPixelSize())
        if shown and pixel.all():
            for digit, place in zip(shown, spread(self._medians[shown] / pixel, _CENTRES_APART), strict=True):
                self._centres[digit].setPos(*(place * pixel))

    def _new_centre(self, digit: int) -> pg.TextItem:
        centre = pg.TextItem(str(digit), anchor=(0.5, 0.5))
        centre.setZValue(50)
        font = QFont(self.font())
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        centre.setFont(font)
        centre.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.addItem(centre, ignoreBounds=True)
        return centre

    def _set_up_view(self) -> None:
        self.setAccessibleName(self.tr("Latent map"))
        self.setAccessibleDescription(
            self.tr("Every test digit at its place in the latent space. The arrow keys move the cursor.")
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.hideButtons()
        self.setMenuEnabled(False)
        self.setAspectLocked(True)
        self.addItem(self._grid, ignoreBounds=True)
        self.getViewBox().disableAutoRange()
        self.getViewBox().sigRangeChanged.connect(self._on_range_changed)
        self.getViewBox().sigRangeChangedManually.connect(self._on_touched)
        for mark in (self._nearest_ring, self._hover_ring, self._cursor):
            self.addItem(mark, ignoreBounds=True)
            mark.setVisible(False)

    def _on_range_changed(self) -> None:
        self._place_centres()
        # The digit has moved away from under the pointer.
        self._set_hover(-1, QPoint())

    def _on_touched(self) -> None:
        self._touched = True

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.setBackground(colors.canvas)
        for side in ("bottom", "left"):
            axis = self.getAxis(side)
            axis.setPen(colors.grid)
            axis.setTextPen(colors.muted)
        self._grid.set_color(colors.grid_line)
        for digit, centre in enumerate(self._centres):
            fill = QColor(colors.canvas)
            fill.setAlphaF(0.85)
            centre.fill = pg.mkBrush(fill)
            centre.border = pg.mkPen(CLASS_COLORS[digit], width=1.5)
            centre.setColor(colors.text)
        self._cursor.set_colors(colors.accent, colors.canvas)
        self._nearest_ring.set_colors(colors.text, colors.canvas)
        self._hover_ring.set_colors(colors.muted, colors.canvas)
        self._show_focus()

    def _show_focus(self) -> None:
        color = self._theme.colors.accent if self.hasFocus() else self._theme.colors.border
        self.getViewBox().setBorder(pg.mkPen(color, width=1))
