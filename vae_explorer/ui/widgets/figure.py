"""A number on the screen that changes with each move of the mouse: it is painted anew, and nothing laid out again.

A `QLabel` has its whole panel laid out for each new text.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui.numbers import MINUS, signed
from vae_explorer.ui.theme import tabular

#: What stands for a value that is no number.
NONE = "–"
#: From here on a number is written with an exponent.
_LARGEST = 1e6


class Figure(QWidget):
    """A short text at the right that is given its room once.

    Args:
        name: of what it is the value, for screen readers.
        widest: the widest text that it must have room for.
    """

    def __init__(self, name: str, widest: str) -> None:
        super().__init__()
        self._name, self._widest, self._text = name, widest, ""
        self.setFont(tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def set_text(self, text: str) -> None:
        """Say something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(f"{self._name}: {text}")
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._widest), metrics.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


def number(value: float, decimals: int) -> str:
    """A figure that fits its room: large ones have an exponent, and what is no number is a dash."""
    if not math.isfinite(value):
        return NONE
    if abs(value) >= _LARGEST:
        return f"{value:.1e}".replace("e+", "e").replace("e0", "e").replace("-", MINUS)
    return signed(value, decimals)
