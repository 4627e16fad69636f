"""Runs side by side: a column for each, and what differs on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.runs.texts import all_facts
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel

AnyIndex = QModelIndex | QPersistentModelIndex
_WIDEST = 32 * GRID


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the comparison: what it is about, and what each run has there."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs are not all the same."""
        return len(set(self.values)) > 1


class ComparisonModel(QAbstractTableModel):
    """One column a run, one row a setting or result; those that differ come first."""

    def __init__(self, runs: Sequence[Run], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = list(runs)
        self.rows: list[Comparison] = self._compare()

    def refresh(self) -> None:
        """The runs may have other figures or names now."""
        rows = self._compare()
        if [row.name for row in rows] != [row.name for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        self.rows = rows
        self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.runs) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.runs) - 1)

    def text(self) -> str:
        """The whole table, columns separated by tabs."""
        lines = [["", *(run.info.name for run in self.runs)]]
        lines += [[row.name, *row.values] for row in self.rows]
        return "\n".join("\t".join(line) for line in lines)

    # Qt's part

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.runs)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        across = orientation == Qt.Orientation.Horizontal
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self.runs[section].info.name if across else self.rows[section].name
            case Qt.ItemDataRole.FontRole:
                return _weighted(bold=across or self.rows[section].differs)
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = 0) -> Any:
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return row.values[index.column()]
            case Qt.ItemDataRole.FontRole:
                return _weighted(bold=row.differs)
        return None

    # Inside

    def _compare(self) -> list[Comparison]:
        tables = [dict(all_facts(run)) for run in self.runs]
        rows = [Comparison(name, tuple(table[name] for table in tables)) for name in tables[0]]
        return sorted(rows, key=lambda row: not row.differs)


class RunComparison(QWidget):
    """The page that compares runs. Ctrl+C copies it, Escape goes back to the list.

    Signals:
        closed: the user wants the list of runs again, or too few of the compared ones are left.
    """

    closed = Signal()

    def __init__(self, runs: Runs, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model: ComparisonModel | None = None
        self._epochs: dict[str, int] = {}
        self.back_button = QPushButton(self.tr("Back to the runs"))
        self.copy_button = QPushButton(self.tr("Copy"))
        self.table = QTableView()
        self._title = ElidedLabel()
        self._set_up()
        self._lay_out()
        self._on_theme_changed()
        theme.changed.connect(self._on_theme_changed)
        runs.changed.connect(self._on_changed)
        runs.grown.connect(self._on_grown)
        runs.removed.connect(self._on_removed)

    @property
    def runs(self) -> list[Run]:
        """What is compared."""
        return [] if self._model is None else list(self._model.runs)

    def compare(self, runs: Sequence[Run]) -> None:
        """Put these runs side by side; at least two."""
        self._model = ComparisonModel(runs, self)
        self._epochs = {run.id: len(run.metrics.epochs) for run in runs}
        self.table.setModel(self._model)
        self._title.setText(self.tr("{count} runs side by side").format(count=len(runs)))
        self._fit()
        self.table.setFocus()

    def copy(self) -> None:
        """Put the table on the clipboard, columns separated by tabs."""
        if self._model is not None:
            QGuiApplication.clipboard().setText(self._model.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _set_up(self) -> None:
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setFont(tabular(self.font()))
        self.table.setAccessibleName(self.tr("Comparison of runs"))
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + GRID)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setHighlightSections(False)
        self.back_button.clicked.connect(self.closed)
        self.copy_button.clicked.connect(self.copy)
        keys = QKeySequence(QKeySequence.StandardKey.Copy).toString(QKeySequence.SequenceFormat.NativeText)
        tip = self.tr("Copy the table as text, columns separated by tabs ({keys})")
        self.copy_button.setToolTip(tip.format(keys=keys))
        self.back_button.setToolTip(self.tr("Show the list of runs again (Esc)"))

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.addWidget(self.back_button)
        heading.addWidget(self._title, 1)
        note = ElidedLabel(self.tr("What differs is bold"))
        note.setProperty("muted", True)
        heading.addWidget(note)
        heading.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID)
        layout.setSpacing(GRID // 2)
        layout.addLayout(heading)
        layout.addWidget(self.table, 1)

    def _fit(self) -> None:
        """As wide as the texts, but a long one does not push the others away."""
        self.table.resizeColumnsToContents()
        for column in range(self.table.model().columnCount()):
            wanted = self.table.columnWidth(column) + GRID
            self.table.setColumnWidth(column, min(_WIDEST, wanted))

    def _on_theme_changed(self) -> None:
        """Flat headers: this is a table to read, with nothing to press in it."""
        colors = self._theme.colors
        self.table.setStyleSheet(
            f"QHeaderView {{ background: {colors.panel}; }}"
            f"QHeaderView::section {{ background: {colors.panel}; border: none; padding: 0 {GRID}px 0 4px; }}"
            f"QHeaderView::section:horizontal {{ border-bottom: 1px solid {colors.border}; }}"
            f"QTableCornerButton::section {{ background: {colors.panel}; border: none;"
            f" border-bottom: 1px solid {colors.border}; }}"
        )

    def _on_changed(self, run: Run) -> None:
        if self._model is not None and run in self._model.runs:
            self._model.refresh()

    def _on_grown(self, run: Run) -> None:
        # Steps come several times a second, but what is shown here is of whole epochs.
        if self._epochs.get(run.id, len(run.metrics.epochs)) != len(run.metrics.epochs):
            self._epochs[run.id] = len(run.metrics.epochs)
            self._on_changed(run)

    def _on_removed(self, run: Run) -> None:
        if self._model is None or run not in self._model.runs:
            return
        left = [other for other in self._model.runs if other is not run]
        if len(left) > 1:
            self.compare(left)
        else:
            self._model = None
            self.table.setModel(None)
            self.closed.emit()


def _weighted(*, bold: bool) -> QFont:
    font = tabular(QGuiApplication.font())
    font.setBold(bold)
    return font
