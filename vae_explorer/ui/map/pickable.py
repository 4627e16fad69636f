"""Points that can be picked: one with a click, many with a lasso, and both with keys; and how picked ones look."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.ui.map.lasso import Lasso, inside
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.map.points import Coloring
from vae_explorer.ui.theme import Colors

#: What becomes of the digits that are picked already.
PickMode = Literal["replace", "add", "toggle"]

#: A digit farther from a click than this many pixels is not meant.
_PICK_REACH = 8


class PickablePlot(PointPlot):
    """A plot whose points the user picks. It knows of presses, clicks and lassos; what else a drag does is for others.

    Signals:
        digits_picked: indices of the points that the user picks, and what becomes of those picked before
            (a `PickMode`).
        density_changed: whether the points are so many that an image of their density is drawn from now on.
    """

    digits_picked = Signal(object, str)
    density_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nearest = -1
        # Whether the left button is down on the map, and where it went down while that may become a click.
        self._down = False
        self._pressed_at: QPointF | None = None
        self._lasso_mode = False
        self._lassoing = False
        self._lasso = Lasso()
        self.addItem(self._lasso, ignoreBounds=True)
        self._points.cloud.density_changed.connect(self.density_changed)

    # How points look

    def set_picked(self, indices: NDArray[np.integer], focus: int | None) -> None:
        """Mark the digit `focus`, and turn all but those with these indices gray where they are several."""
        self._points.set_picked(indices, focus)

    def set_coloring(self, coloring: Coloring | None) -> None:
        """Let the colours of the points stand for something else; for their labels with None."""
        self._points.set_coloring(coloring)

    def set_dots(self, diameter: float, opacity: float) -> None:
        """How the points are drawn: diameter in pixels, and opacity, 0 to 1."""
        self._points.cloud.set_dots(diameter, opacity)

    def set_nearest(self, index: int) -> None:
        """Ring the digit that is nearest to the cursor, which the keyboard picks; −1 for none."""
        self._nearest = index
        self._points.set_ring(self._points.nearest_ring, index)

    def set_colors(self, colors: Colors) -> None:
        super().set_colors(colors)
        self._lasso.set_color(colors.accent)

    # Lasso

    @property
    def lasso_mode(self) -> bool:
        """Whether dragging draws a lasso and leaves the cursor where it is."""
        return self._lasso_mode

    def set_lasso_mode(self, on: bool) -> None:
        """Let dragging draw a lasso, as it does with Shift, or move the cursor."""
        self._lasso_mode = on
        self.viewport().setCursor(self.pointer_shape)

    @property
    def pointer_shape(self) -> Qt.CursorShape:
        """How the pointer looks where nothing is to be grabbed."""
        return Qt.CursorShape.CrossCursor if self._lasso_mode else Qt.CursorShape.ArrowCursor

    def end_lasso(self) -> NDArray[np.intp] | None:
        """The shown digits in the lasso that was drawn, shape (n,); None where none was."""
        if not self._lassoing:
            return None
        self._lassoing = False
        return np.flatnonzero(inside(self._lasso.end(), self._points.places) & self.shown_points)

    # The left button

    def begin_press(self, event: QMouseEvent) -> bool:
        """The left button went down; whether picking is what it is for, and not the cursor."""
        self._down = True
        self._pressed_at = event.position()
        if self._lasso_mode or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._lassoing = True
            self._lasso.begin(self.place_at(event.position()))
            return True
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)

    def move_press(self, pixel: QPointF) -> None:
        """The pointer is elsewhere with the button down: far from where it was, this is no click."""
        if self._pressed_at is not None:
            way = (pixel - self._pressed_at).manhattanLength()
            if way >= QApplication.startDragDistance():
                self._pressed_at = None
        if self._lassoing:
            self._lasso.extend(self.place_at(pixel))

    def end_press(self) -> int:
        """The button is up again; the shown digit that was clicked, or −1."""
        self._down = False
        clicked_at, self._pressed_at = self._pressed_at, None
        return -1 if clicked_at is None else self.digit_at(clicked_at, _PICK_REACH)

    def digit_at(self, pixel: QPointF, reach: float) -> int:
        """The shown digit nearest to a pixel and at most `reach` pixels away, or −1."""
        shown = self.shown_points
        if not shown.any():
            return -1
        offsets = self._points.places - self.place_at(pixel)
        squares = np.einsum("nd,nd->n", offsets, offsets)
        squares[~shown] = np.inf
        index = int(squares.argmin())
        farthest = reach * self.getViewBox().viewPixelSize()[0]
        return index if squares[index] <= farthest**2 else -1

    # Keys

    def pick_by_key(self, event: QKeyEvent) -> bool:
        """Pick digits, where a key asks for that; whether it did."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Space and self._nearest >= 0:
            self.digits_picked.emit(np.array([self._nearest]), "toggle" if control else "replace")
        elif event.key() == Qt.Key.Key_A and control:
            self.digits_picked.emit(np.flatnonzero(self.shown_points), "replace")
        elif event.key() == Qt.Key.Key_Escape and self._lassoing:
            self.end_lasso()
            self._pressed_at = None
        elif event.key() == Qt.Key.Key_Escape:
            self.digits_picked.emit(np.empty(0, np.intp), "replace")
        else:
            return False
        return True
