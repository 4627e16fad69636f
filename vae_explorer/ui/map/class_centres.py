"""The digits at the centres of the classes, kept apart from each other.

They are one item: ten of pyqtgraph's text items take a millisecond or more of each frame.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap, QTransform

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.ui.map.label_layout import spread
from vae_explorer.ui.theme import CLASS_COLORS, LIGHT, Colors
from vae_explorer.ui.widgets.view_item import ViewItem

#: On the points and below the rings and the cursor.
_Z = 50
#: Between the middles of two digits, in heights of these digits.
_APART = 1.4
#: Between a digit and its box, and how thick the line of the box is, in pixels.
_MARGIN, _LINE = 4.0, 1.5
_FILL_ALPHA = 0.85
#: A digit under a ring is faint, so that the ring can be seen, and what is in it.
_FAINT = 0.3
#: How far from the middle of a ring that is, in heights of the digits.
_NEAR = 1.1


class ClassCentres(ViewItem):
    """Draws each shown class's digit at its centre, or beside it where another one stands.

    Args:
        text_font: the usual font.
    """

    def __init__(self, text_font: QFont) -> None:
        super().__init__(_Z)
        self._font = QFont(text_font)
        self._font.setBold(True)
        self._font.setPointSizeF(text_font.pointSizeF() * 1.3)
        self._colors = LIGHT
        self._centres = np.zeros((CLASS_COUNT, 2))
        self._digits: list[int] = []
        # By how many pixels each is off its centre, and for which scale of the map that is.
        self._aside = np.zeros((0, 2))
        self._aside_for = 0.0
        self._rings = np.zeros((0, 2))
        # One picture of each class, and for which screen that is.
        self._pictures: list[QPixmap] = []
        self._ratio = 0.0

    @property
    def digits(self) -> list[int]:
        """The classes that are drawn."""
        return self._digits

    def show_digits(self, digits: list[int]) -> None:
        """Draw these classes from now on."""
        self._digits = digits
        self._aside_for = 0.0
        self.update()

    def move_to(self, centres: NDArray[np.float64]) -> None:
        """Where the centres of all classes are, shape (10, 2)."""
        self._centres = centres
        self._aside_for = 0.0
        self.update()

    def make_way(self, rings: NDArray[np.float64]) -> None:
        """Where rings are, shape (n, 2): digits that lie under one are drawn faintly."""
        if not np.array_equal(rings, self._rings):
            self._rings = rings
            self.update()

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self._colors = colors
        self._ratio = 0.0
        self.update()

    def pixels(self, transform: QTransform) -> NDArray[np.float64]:
        """Where the digits are drawn, shape (n, 2), on a map with this transform, which does not turn it."""
        scale = transform.m11(), transform.m22()
        exact = self._centres[self._digits] * scale
        # Panning keeps the scale, but for what is lost in rounding.
        if not math.isclose(scale[0], self._aside_for):
            self._aside_for = scale[0]
            self._aside = spread(exact, _APART * QFontMetricsF(self._font).height()) - exact
        return exact + self._aside + (transform.dx(), transform.dy())

    def paint(self, painter: QPainter, *_args: object) -> None:
        if not self._digits:
            return
        self._draw_pictures(painter.device().devicePixelRatioF())
        places = self.pixels(painter.worldTransform())
        faint = self._under_rings(places, painter.worldTransform())
        painter.resetTransform()
        for digit, (x, y), covered in zip(self._digits, places.tolist(), faint, strict=True):
            painter.setOpacity(_FAINT if covered else 1.0)
            picture = self._pictures[digit]
            size = picture.deviceIndependentSize()
            # On whole pixels of the screen, as half ones would blur it.
            left = round((x - size.width() / 2) * self._ratio) / self._ratio
            top = round((y - size.height() / 2) * self._ratio) / self._ratio
            painter.drawPixmap(QPointF(left, top), picture)

    def _under_rings(self, places: NDArray[np.float64], transform: QTransform) -> list[bool]:
        """Which of the digits at these pixels, shape (n, 2), lie under a ring."""
        rings = self._rings * (transform.m11(), transform.m22()) + (transform.dx(), transform.dy())
        gaps = np.linalg.norm(places[:, None] - rings[None], axis=2)
        near: list[bool] = (gaps < _NEAR * QFontMetricsF(self._font).height()).any(1).tolist()
        return near

    def _draw_pictures(self, ratio: float) -> None:
        if ratio != self._ratio:
            self._ratio = ratio
            self._pictures = [self._picture(digit) for digit in range(CLASS_COUNT)]

    def _picture(self, digit: int) -> QPixmap:
        metrics = QFontMetricsF(self._font)
        box = QRectF(0, 0, metrics.horizontalAdvance(str(digit)), metrics.height())
        box = box.adjusted(0, 0, 2 * _MARGIN, 2 * _MARGIN)
        size = math.ceil((box.width() + _LINE) * self._ratio), math.ceil((box.height() + _LINE) * self._ratio)
        picture = QPixmap(*size)
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(Qt.GlobalColor.transparent)
        box.moveCenter(QRectF(QPointF(0, 0), picture.deviceIndependentSize()).center())
        fill = QColor(self._colors.canvas)
        fill.setAlphaF(_FILL_ALPHA)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(CLASS_COLORS[digit]), _LINE))
        painter.setBrush(fill)
        painter.drawRect(box)
        painter.setFont(self._font)
        painter.setPen(QColor(self._colors.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(digit))
        painter.end()
        return picture
