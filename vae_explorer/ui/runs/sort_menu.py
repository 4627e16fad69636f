"""Sorting the list of runs without a mouse: the header, which sorts at a click, never has the keyboard."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.ui.runs.view import RunView


class SortMenu(QMenu):
    """The columns by which a list of runs can be sorted; choosing the one with the tick turns the order round."""

    def __init__(self, view: RunView, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Sort by"))
        self._view = view
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        header = self._view.horizontalHeader()
        for number, column in enumerate(self._view.table.columns):
            if column.title:
                action = self.addAction(column.title, partial(self._sort, number))
                action.setCheckable(True)
                action.setChecked(header.sortIndicatorSection() == number)

    def _sort(self, number: int) -> None:
        header = self._view.horizontalHeader()
        upwards = header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        again = header.sortIndicatorSection() == number
        self._view.sortByColumn(
            number, Qt.SortOrder.DescendingOrder if again and upwards else Qt.SortOrder.AscendingOrder
        )
