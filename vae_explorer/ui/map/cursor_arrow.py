"""The arrow at the edge of the map that points to the cursor where panning or zooming has left it outside.

Without it, a user who zoomed in elsewhere has no idea where the image in the decoder comes from.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from vae_explorer.ui.theme import GRID

_SIZE = 4 * GRID
#: Between the arrow and the edge of what is visible.
_GAP = GRID // 2
#: The arrow points along x, twice as long as wide, so that no barb is taken for its tip; in shares of the radius.
_HEAD = ((0.76, 0.0), (0.12, -0.36), (0.12, -0.12), (-0.7, -0.12), (-0.7, 0.12), (0.12, 0.12), (0.12, 0.36))


class CursorArrow(QAbstractButton):
    """A round button that lies on the map. Its click is for the map to follow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._degrees = 0.0
        self._color, self._halo = QColor(), QColor()
        self.setFixedSize(_SIZE, _SIZE)
        # With the keyboard, the menu and its key do the same.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Show the cursor"))
        self.setToolTip(self.tr("The cursor is this way. Click to bring it to the middle of the map."))
        self.hide()

    @property
    def degrees(self) -> float:
        """Where it points: 0 to the right, 90 upwards, −180 to 180."""
        return self._degrees

    def set_colors(self, color: str, halo: str) -> None:
        """Draw in `color` on `halo` from now on."""
        self._color, self._halo = QColor(color), QColor(halo)
        self.update()

    def point_to(self, share: NDArray[np.float64], visible: QRectF) -> None:
        """Stand at the edge of the region that is visible, and point to the cursor outside of it.

        Args:
            share: where the cursor is, shape (2,), as shares of the region: (0, 0) its lower left corner, (1, 1) its
                upper right one; not in the middle.
            visible: the region, in pixels of the parent.
        """
        # From the middle, in pixels; y goes down on the screen.
        way = (share - 0.5) * (visible.width(), -visible.height())
        room = np.array([visible.width(), visible.height()]) / 2 - (_SIZE / 2 + _GAP)
        with np.errstate(divide="ignore"):
            middle = way * (np.maximum(room, 0) / np.abs(way)).min()
        place = visible.center() + QPointF(*middle) - QPointF(_SIZE / 2, _SIZE / 2)
        self._turn(math.degrees(math.atan2(-way[1], way[0])))
        self.move(place.toPoint())
        self.show()

    def sizeHint(self) -> QSize:
        return QSize(_SIZE, _SIZE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(_SIZE / 2, _SIZE / 2)
        filled = self.underMouse() or self.isDown()
        disc, head = (self._color, self._halo) if filled else (self._halo, self._color)
        painter.setPen(QPen(self._color, 2))
        painter.setBrush(disc)
        radius = _SIZE / 2 - 2
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        painter.rotate(-self._degrees)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(head)
        painter.drawPolygon(QPolygonF([QPointF(radius * x, radius * y) for x, y in _HEAD]))

    def _turn(self, degrees: float) -> None:
        if degrees != self._degrees:
            self._degrees = degrees
            self.update()
