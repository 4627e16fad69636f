"""The difference between a digit and its reconstruction: in two colours for too little and too much, with a legend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.snapshot import FloatArray
from vae_explorer.ui.numbers import MINUS
from vae_explorer.ui.theme import CLASS_COLORS, GRID, Colors, small_font
from vae_explorer.ui.widgets.image_view import ImageView

#: Blue where the reconstruction has more ink, orange where the digit has; told apart by colour-blind eyes too.
_LESS, _MORE = CLASS_COLORS[0], CLASS_COLORS[6]
_BAR = 8


class DifferenceView(ImageView):
    """Shows numbers from −1 to 1 as colours."""

    def __init__(self, side: int, name: str) -> None:
        super().__init__(side, name)
        self._difference: FloatArray | None = None
        self._neutral = "#ffffff"

    def set_neutral(self, color: str) -> None:
        """The colour of 0, which is that of the plots' background."""
        self._neutral = color
        self.show_difference(self._difference)

    def show_difference(self, difference: FloatArray | None) -> None:
        """Show numbers in [−1, 1], shape (side, side), or nothing."""
        self._difference = difference
        self._image = None if difference is None else diverging(difference, self._neutral)
        self.update()


class DifferenceLegend(QWidget):
    """A bar with the colours of −1 to 1 and what they mean."""

    def __init__(self) -> None:
        super().__init__()
        self._neutral = QColor("#ffffff")
        self._names = (
            self.tr("{number} too much ink").format(number=MINUS + "1"),
            "0",
            self.tr("+1 too little"),
        )
        self.setFont(small_font(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Legend of the difference image"))
        self.setToolTip(
            self.tr(
                "Input − reconstruction from μ, pixel by pixel. Blue: the reconstruction has ink where the input has "
                "less. Orange: ink of the input is missing in the reconstruction."
            )
        )

    def set_colors(self, colors: Colors) -> None:
        """Draw on the background of a theme from now on."""
        self._neutral = QColor(colors.canvas)
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        low, middle, high = (metrics.horizontalAdvance(name) for name in self._names)
        # The middle one stands in the middle, however long the others are.
        width = 2 * max(low, high) + middle + 2 * GRID
        return QSize(width, _BAR + metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = QRectF(0.5, 0.5, self.width() - 1, _BAR)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, color in ((0.0, QColor(_LESS)), (0.5, self._neutral), (1.0, QColor(_MORE))):
            gradient.setColorAt(place, color)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(gradient)
        painter.drawRect(bar)
        painter.setPen(self.palette().placeholderText().color())
        room = QRectF(0, _BAR + 2, self.width(), self.height() - _BAR - 2)
        align = Qt.AlignmentFlag
        for name, where in zip(
            self._names, (align.AlignLeft, align.AlignHCenter, align.AlignRight), strict=True
        ):
            painter.drawText(room, where | align.AlignVCenter, name)
        painter.end()


def diverging(difference: FloatArray, neutral: str) -> QImage:
    """Numbers in [−1, 1], shape (height, width), as a picture: blue for −1, `neutral` for 0, orange for 1."""
    share: FloatArray = np.clip(difference, -1, 1)[..., None]
    end: NDArray[np.float64] = np.where(share < 0, _rgb(_LESS), _rgb(_MORE))
    pixels = np.rint(_rgb(neutral) + (end - _rgb(neutral)) * np.abs(share))
    data = np.ascontiguousarray(pixels, np.uint8)
    height, width = difference.shape
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _rgb(color: str) -> NDArray[np.float64]:
    shade = QColor(color)
    return np.array((shade.red(), shade.green(), shade.blue()), np.float64)
