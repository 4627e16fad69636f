"""Colours for numbers: a perceptually uniform scale in a few steps, and its legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, small_font, tabular

#: So few colours that each can be drawn as a dot once, so many that no step is seen.
STEPS = 64
#: Percent of the images at each end whose values count as the end: single ones would take all colours for themselves.
_TAIL = 1.0
_BAR_WIDTH, _LEAST_WIDTH, _BAR_HEIGHT = 10 * GRID, 3 * GRID, 12


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Numbers as colours.

    Attributes:
        low, high: the ends; what lies beyond them has their colours.
        steps: number of each value's colour, 0 to 63, shape (n,).
    """

    low: float
    high: float
    steps: NDArray[np.intp]


def scale_of(values: NDArray[np.float64]) -> Scale:
    """The scale on which values of shape (n,) spread; what is not a number counts as the largest."""
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, (_TAIL, 100 - _TAIL)) if len(finite) else (0.0, 0.0)
    width = high - low or 1.0
    shares = np.clip((np.nan_to_num(values, nan=np.inf, posinf=high, neginf=low) - low) / width, 0, 1)
    return Scale(float(low), float(high), np.rint(shares * (STEPS - 1)).astype(np.intp))


def scale_palette(dark: bool) -> tuple[str, ...]:
    """64 colours from low to high (viridis), without those that are hard to see on the theme's background."""
    first, last = (0.22, 1.0) if dark else (0.0, 0.9)
    colors = pg.colormap.get("viridis").map(np.linspace(first, last, STEPS), mode="qcolor")
    return tuple(color.name() for color in colors)


class ScaleBar(QWidget):
    """The legend of a scale: what it shows, the number at each end, the colours between them, and the unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = self._after = ""
        self._palette: tuple[str, ...] = ()
        self.setFont(tabular(small_font(self.font())))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    @property
    def text(self) -> str:
        """What is written."""
        return f"{self._before} {self._after}"

    def show_scale(self, name: str, scale: Scale, palette: tuple[str, ...], unit: str) -> None:
        """Show another scale."""
        decimals = 0 if scale.high - scale.low >= 10 else 1
        self._before = f"{name} {signed(scale.low, decimals)}"
        self._after = f"{signed(scale.high, decimals)} {unit}"
        self._palette = palette
        self.setAccessibleName(f"{self._before} – {self._after}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._letters() + _BAR_WIDTH, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._letters() + _LEAST_WIDTH, self.fontMetrics().height())

    def _letters(self) -> int:
        """How much room the text takes, in pixels."""
        return self.fontMetrics().horizontalAdvance(self._before + self._after) + 3 * GRID

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        left = self.fontMetrics().horizontalAdvance(self._before) + GRID
        top = (self.height() - _BAR_HEIGHT) / 2
        bar = QRectF(left, top, self.width() - self._letters(), _BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for step, color in enumerate(self._palette):
            gradient.setColorAt(step / (STEPS - 1), QColor(color))
        painter.fillRect(bar, gradient)
        painter.setPen(self.palette().windowText().color())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, left, self.height()), middle, self._before)
        painter.drawText(
            QRectF(bar.right() + GRID, 0, self.width() - bar.right(), self.height()), middle, self._after
        )
