"""Four plots side by side, or two above two where that shows more."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.ui.curves.plot_base import BasePlot
from vae_explorer.ui.theme import GRID, small_font, tabular

#: Least width of a plot in ems of the font: the labels of its axis, and some room to see a curve in.
_LEAST_EMS = 17
#: Least height of a plot in lines of text: three labels of its axis do not touch.
_LEAST_LINES = 5
#: A room that is taller than this part of its width has the plots in two rows.
_TALL = 0.45


class PlotCell(QWidget):
    """A plot with a line of text above it that never widens it."""

    def __init__(self, plot: BasePlot) -> None:
        super().__init__()
        self.plot = plot
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.title.setFont(tabular(small_font(self.font())))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._titles: tuple[str, ...] = ("",)
        plot.setMinimumHeight(_LEAST_LINES * self.title.fontMetrics().height())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.title)
        layout.addWidget(plot, 1)

    def say(self, *titles: str) -> None:
        """Write the first of these rich texts for which there is room, or else the last."""
        if titles != self._titles:
            self._titles = titles
            self._choose_title()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_title()

    def _choose_title(self) -> None:
        for title in self._titles:
            self.title.setText(title)
            if self.title.sizeHint().width() <= self.width():
                return


class PlotGrid(QWidget):
    """Cells in one, two or four columns, whatever fits."""

    def __init__(self, cells: list[PlotCell]) -> None:
        super().__init__()
        self._cells = cells
        self.columns = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(GRID)
        self._layout.setVerticalSpacing(GRID // 2)
        self._arrange(len(cells))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.choose_columns(self.width(), self.height())

    def choose_columns(self, width: int, height: int) -> None:
        """Arrange the cells for a room of this size."""
        least = _LEAST_EMS * self.fontMetrics().horizontalAdvance("m")
        if width >= 4 * least and height < _TALL * width:
            self._arrange(4)
        else:
            self._arrange(2 if width >= 2 * least else 1)

    def _arrange(self, columns: int) -> None:
        if columns == self.columns:
            return
        self.columns = columns
        rows = -(-len(self._cells) // columns)
        for place in range(len(self._cells)):
            self._layout.setColumnStretch(place, 0)
            self._layout.setRowStretch(place, 0)
        for number, cell in enumerate(self._cells):
            self._layout.addWidget(cell, number // columns, number % columns)
        for column in range(columns):
            self._layout.setColumnStretch(column, 1)
        for row in range(rows):
            self._layout.setRowStretch(row, 1)
