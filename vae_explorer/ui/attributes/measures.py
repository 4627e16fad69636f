"""The six measures before and after an edit, painted as one small table that changes while α slides.

A table of labels would be laid out anew for each of its texts.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.morphometry import ATTRIBUTES, Attribute, Values
from vae_explorer.ui.attributes.units import attribute_name, attribute_unit, explanation, value_text
from vae_explorer.ui.numbers import MINUS
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular

_UP, _DOWN, _TO = "▲", "▼", "→"
#: The widest values that need room.
_WIDEST = (f"{MINUS}88.8", "888.8")


class MeasuresTable(QWidget):
    """A line for each attribute: its value before, after, its unit, and whether it rose or fell.

    Args:
        theme: colours.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values: Values | None = None
        self._own: Attribute | None = None
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Measured attributes, before and after"))
        self.setToolTip(explanation())
        self._choose_fonts()
        theme.changed.connect(self.update)

    @property
    def lines(self) -> list[str]:
        """What it says, a line for each attribute."""
        return [" ".join(part for part in self._cells(row) if part) for row in range(len(ATTRIBUTES))]

    def show_values(self, values: Values | None) -> None:
        """Show measures of shape (2, 6), before and after; None for dashes."""
        self._values = values
        self.setAccessibleDescription("; ".join(self.lines))
        self.update()

    def mark(self, own: Attribute | None) -> None:
        """Write this attribute, which the direction is for, in the accent colour."""
        if own != self._own:
            self._own = own
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(sum(self._columns), len(ATTRIBUTES) * self._line)

    def minimumSizeHint(self) -> QSize:
        """Without the columns of the values before."""
        return QSize(sum(self._columns) - sum(self._columns[1:3]), len(ATTRIBUTES) * self._line)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._choose_fonts()
            self.updateGeometry()

    def _choose_fonts(self) -> None:
        self._plain = tabular(small_font(self.font()))
        self._bold = QFont(self._plain)
        self._bold.setBold(True)
        self._line = QFontMetrics(self._bold).height()
        # Kept: to measure all words takes longer than to paint them.
        self._columns = self._widths()

    def _widths(self) -> tuple[int, ...]:
        """Of the columns: name, before, arrow, after, unit, sign."""
        width = QFontMetrics(self._bold).horizontalAdvance
        value = max(map(width, _WIDEST))
        name = max(width(attribute_name(each)) for each in ATTRIBUTES)
        unit = max(width(attribute_unit(each)) for each in ATTRIBUTES)
        gap = GRID // 2
        return name + GRID, value, width(_TO) + GRID, value, gap + unit + gap, max(width(_UP), width(_DOWN))

    def _cells(self, row: int) -> tuple[str, ...]:
        attribute = ATTRIBUTES[row]
        pair = np.full(2, np.nan) if self._values is None else self._values[:, row]
        before, after = (value_text(attribute, float(value)) for value in pair)
        # What is equal on the screen has neither risen nor fallen.
        sign = "" if before == after or not np.isfinite(pair).all() else _UP if pair[1] > pair[0] else _DOWN
        return attribute_name(attribute), before, _TO, after, attribute_unit(attribute), sign

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = max(0, (self.height() - len(ATTRIBUTES) * self._line) // 2)
        for row in range(len(ATTRIBUTES)):
            self._paint_row(painter, row, top + row * self._line)
        painter.end()

    def _paint_row(self, painter: QPainter, row: int, top: int) -> None:
        colors = self._theme.colors
        own = ATTRIBUTES[row] == self._own
        painter.setFont(self._bold if own else self._plain)
        strong = colors.accent if own else colors.text
        tones = (strong if own else colors.muted, colors.muted, colors.muted, strong, colors.muted, strong)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        sides = (left, right, Qt.AlignmentFlag.AlignHCenter, right, left, left)
        x = 0
        narrow = self.width() < self.sizeHint().width()
        for number, (text, width, tone, side) in enumerate(
            zip(self._cells(row), self._columns, tones, sides, strict=True)
        ):
            if narrow and number in (1, 2):
                continue
            inset = GRID // 2 if number == 4 else 0
            painter.setPen(QColor(tone))
            place = QRect(x + inset, top, width - inset, self._line)
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, text)
            x += width
