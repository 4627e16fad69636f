"""The legend of a layer: which colour stands for which number, or for which class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.layers import SURE_LEVELS, LayerKind, Span
from vae_explorer.ui.layers.palette import palette_for, picture
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular

_BAR_WIDTH = 12 * GRID
_LEAST_BAR_WIDTH = 6 * GRID
_BAR_HEIGHT = 12


class LayerScale(QWidget):
    """A bar of the layer's colours on the colour of the map, with the numbers of its ends and their unit."""

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind: LayerKind | None = None
        self._ends = ("", "")
        self._opacity = 1.0
        self.setFont(tabular(small_font(self.font())))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def ends(self) -> tuple[str, str]:
        """What stands at the two ends."""
        return self._ends

    def show_scale(self, kind: LayerKind, span: Span | None, unit: str) -> None:
        """Show the colours of a layer, with its span once that is known."""
        self._kind = kind
        self._ends = _ends(kind, span, unit)
        spoken = self.tr("Colours from {low} to {high}")
        self.setAccessibleName(spoken.format(low=self._ends[0], high=self._ends[1]))
        self.updateGeometry()
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """How much of the map's own colour shines through, as on the map; 0 to 1."""
        self._opacity = opacity
        self.update()

    def sizeHint(self) -> QSize:
        return self._size(_BAR_WIDTH)

    def minimumSizeHint(self) -> QSize:
        return self._size(_LEAST_BAR_WIDTH)

    def _size(self, bar: int) -> QSize:
        """With a bar of so many pixels at least."""
        metrics = self.fontMetrics()
        if self._kind == "classes":
            bar = max(bar, CLASS_COUNT * (metrics.horizontalAdvance("0") + 3))
        return QSize(bar + self._texts_width(), max(metrics.height(), _BAR_HEIGHT) + 4)

    def _texts_width(self) -> int:
        return sum(_text_width(self.fontMetrics(), end) for end in self._ends)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._kind is None:
            return
        painter = QPainter(self)
        left = _text_width(self.fontMetrics(), self._ends[0])
        width = self.width() - self._texts_width()
        bar = QRectF(left, (self.height() - _BAR_HEIGHT) / 2, width - 1, _BAR_HEIGHT)
        painter.setPen(QColor(self._theme.colors.muted))
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, left - GRID / 2, self.height()), flags, self._ends[0])
        rest = QRectF(bar.right() + GRID / 2, 0, self.width(), self.height())
        painter.drawText(rest, flags, self._ends[1])
        painter.fillRect(bar, QColor(self._theme.colors.canvas))
        painter.setOpacity(self._opacity)
        painter.drawImage(bar, self._colors(self._kind))
        painter.setOpacity(1)
        painter.setPen(QColor(self._theme.colors.border))
        painter.drawRect(bar)
        if self._kind == "classes":
            self._draw_digits(painter, bar)

    def _draw_digits(self, painter: QPainter, bar: QRectF) -> None:
        painter.setPen(QColor(self._theme.colors.text))
        width = bar.width() / CLASS_COUNT
        for digit in range(CLASS_COUNT):
            cell = QRectF(bar.left() + digit * width, bar.top() - 2, width, bar.height() + 4)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(digit))

    def _colors(self, kind: LayerKind) -> QImage:
        levels = np.arange(256, dtype=np.uint8)
        if kind == "classes":
            levels = (np.arange(1, CLASS_COUNT + 1) * SURE_LEVELS - 1).astype(np.uint8)
        return picture(levels[None], palette_for(kind, self._theme.colors))


def _ends(kind: LayerKind, span: Span | None, unit: str) -> tuple[str, str]:
    if kind == "classes":
        return "", ""
    if span is None:
        return "", unit
    low, high = span
    decimals = 0 if kind == "tiles" else 2 if high - low < 2 else 1
    return signed(low, decimals), f"{signed(high, decimals)} {unit}"


def _text_width(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + GRID // 2 if text else 0
