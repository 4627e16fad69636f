"""The table of runs: one row a run, and only the cells that changed are told to the view."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.icons import icon
from vae_explorer.ui.runs.columns import Column, run_columns
from vae_explorer.ui.runs.texts import best_tip, needs_attention, status_text
from vae_explorer.ui.theme import ThemeSwitch

#: What rows are sorted by.
SORT_ROLE = Qt.ItemDataRole.UserRole
#: The run of a row.
RUN_ROLE = Qt.ItemDataRole.UserRole + 1

AnyIndex = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RunTableModel(QAbstractTableModel):
    """The runs as rows, in the order in which they came; a proxy sorts them.

    Signals:
        rename_requested: a run and the name that the user typed; nothing is renamed here.
    """

    rename_requested = Signal(object, str)

    def __init__(self, runs: Runs, theme: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._theme = theme
        self.columns = run_columns()
        self._rows = list(runs)
        self._texts = {run.id: self._row_texts(run) for run in self._rows}
        #: How many epochs and changes of a run its texts tell of.
        self._told: dict[str, tuple[int, int]] = {}
        runs.added.connect(self._on_added)
        runs.removed.connect(self._on_removed)
        runs.changed.connect(self._on_changed)
        runs.grown.connect(self._on_grown)
        theme.changed.connect(self._on_theme_changed)

    def column(self, name: str) -> int:
        """Where a column is."""
        return next(k for k, column in enumerate(self.columns) if column.name == name)

    def row(self, run: Run) -> int:
        """Where a run is."""
        return self._rows.index(run)

    # Qt's part

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return column.tip
            case Qt.ItemDataRole.DecorationRole if not column.title:
                return icon("chart-line", self._theme.colors)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = 0) -> Any:
        run, column = self._rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._texts[run.id][index.column()]
            case Qt.ItemDataRole.EditRole:
                return run.info.name
            case Qt.ItemDataRole.CheckStateRole if column.name == "overlaid":
                return Qt.CheckState.Checked if run.overlaid else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(run, column)
            case Qt.ItemDataRole.TextAlignmentRole if column.number:
                return _RIGHT
            case Qt.ItemDataRole.ForegroundRole:
                return self._color(run, column)
            case Qt.ItemDataRole.AccessibleTextRole if column.name == "overlaid":
                return column.tip
            case _ if role == SORT_ROLE:
                return column.key(run)
            case _ if role == RUN_ROLE:
                return run
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        run = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self._runs.set_overlaid(run, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        name = str(value).strip()
        if role == Qt.ItemDataRole.EditRole and name and name != run.info.name:
            self.rename_requested.emit(run, name)
        return False

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        match self.columns[index.column()].name:
            case "overlaid":
                flags |= Qt.ItemFlag.ItemIsUserCheckable
            case "name" if self._rows[index.row()].writer != "elsewhere":
                flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    # Inside

    def _tip(self, run: Run, column: Column) -> str:
        match column.name:
            case "overlaid":
                return column.tip
            case "best":
                return best_tip(run)
            case "status":
                return "\n".join((status_text(run), *run.problems))
            case "name":
                parts = (run.info.name, run.info.data_set, str(run.folder or ""))
                return "\n".join(part for part in parts if part)
        return column.text(run)

    def _color(self, run: Run, column: Column) -> QColor | None:
        if column.name == "status" and needs_attention(run):
            return QColor(self._theme.colors.warning)
        if column.name in ("time", "created", "settings"):
            return QColor(self._theme.colors.muted)
        return None

    def _row_texts(self, run: Run) -> list[str]:
        return [column.text(run) for column in self.columns]

    def _on_added(self, run: Run) -> None:
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(run)
        self._texts[run.id] = self._row_texts(run)
        self.endInsertRows()

    def _on_removed(self, run: Run) -> None:
        row = self.row(run)
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._rows[row], self._texts[run.id]
        self._told.pop(run.id, None)
        self.endRemoveRows()

    def _on_changed(self, run: Run) -> None:
        # Its check box or its colours may be others, too.
        self._texts[run.id] = self._row_texts(run)
        row = self.row(run)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def _on_grown(self, run: Run) -> None:
        """Several times a second, but only epochs and changes are to be seen here."""
        told = len(run.metrics.epochs), len(run.metrics.changes)
        if self._told.get(run.id) == told:
            return
        before, after = self._texts[run.id], self._row_texts(run)
        self._texts[run.id] = after
        self._told[run.id] = told
        for column, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                cell = self.index(self.row(run), column)
                self.dataChanged.emit(cell, cell)

    def _on_theme_changed(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 0)
        if self._rows:
            last = self.index(len(self._rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.ForegroundRole])
