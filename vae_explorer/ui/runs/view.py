"""The list of runs on the screen: sorted, as wide as there is room, and driven by keys."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPointF,
    QRectF,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.runs.table import RUN_ROLE, SORT_ROLE, AnyIndex, RunTableModel
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.widgets.focus_frame import frame_viewport

#: What makes way first where there is too little room; name, best ELBO and status always stay.
_DISPENSABLE = ("created", "time", "model", "settings", "epochs")
#: Shares of the room that is left over.
_STRETCH = {"name": 3, "model": 1, "settings": 3, "status": 2}
#: Side of a check box.
_BOX = 14


class RunView(QTableView):
    """A table of `Runs`, newest first; the header sorts it otherwise.

    Attributes:
        table: the model behind the proxy that sorts.
    """

    def __init__(self, runs: Runs, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self.table = RunTableModel(runs, theme, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.table)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setItemDelegate(_Cells(self))
        self._boxes = _CheckBoxes(theme, self)
        self.setItemDelegateForColumn(self.table.column("overlaid"), self._boxes)
        self._set_up()
        self._sorted.rowsInserted.connect(self._fit_columns)

    def selected_runs(self) -> list[Run]:
        """The runs of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._sorted.index(row, 0).data(RUN_ROLE) for row in rows]

    def select(self, *runs: Run) -> None:
        """Select these runs and no others; the first one becomes the current one."""
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().clear()
        for run in reversed(runs):
            index = self.cell(run, "name")
            self.selectionModel().select(index, flag.Select | flag.Rows)
            self.selectionModel().setCurrentIndex(index, flag.NoUpdate)

    def cell(self, run: Run, column: str) -> QModelIndex:
        """Where something of a run stands."""
        return self._sorted.mapFromSource(self.table.index(self.table.row(run), self.table.column(column)))

    def edit_name(self, run: Run) -> None:
        """Let the user type another name in place."""
        index = self.cell(run, "name")
        self.scrollTo(index)
        self.edit(index)

    # Qt's part

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._toggle_overlays()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        if not by_mouse and not self.currentIndex().isValid() and self._sorted.rowCount():
            self.setCurrentIndex(self._sorted.index(0, self.table.column("name")))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        frame_viewport(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    # Inside

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setFont(tabular(self.font()))
        self.setAccessibleName(self.tr("Runs"))
        self.setAccessibleDescription(
            self.tr("Enter puts a run on the map, Space overlays its curves, F2 renames it, Del deletes it.")
        )
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + GRID)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(2 * GRID)
        header.setHighlightSections(False)
        self.setSortingEnabled(True)
        self.sortByColumn(self.table.column("created"), Qt.SortOrder.DescendingOrder)

    def _toggle_overlays(self) -> None:
        """Draw the curves of all selected runs, or of none if all are drawn already."""
        runs = self.selected_runs()
        show = not all(run.overlaid for run in runs)
        for run in runs:
            self._runs.set_overlaid(run, show)

    def _fit_columns(self) -> None:
        """Hide what there is no room for, and share out what is left over."""
        names = [column.name for column in self.table.columns]
        widths = {name: self._natural_width(k) for k, name in enumerate(names)}
        room = self.viewport().width()
        for name in _DISPENSABLE:
            if sum(widths.values()) <= room:
                break
            del widths[name]
        left = max(0, room - sum(widths.values()))
        shares = {name: share for name, share in _STRETCH.items() if name in widths}
        for name, share in shares.items():
            widths[name] += left * share // sum(shares.values())
        for k, name in enumerate(names):
            self.setColumnHidden(k, name not in widths)
            if name in widths:
                self.setColumnWidth(k, widths[name])

    def _natural_width(self, number: int) -> int:
        column = self.table.columns[number]
        if not column.title:
            return 4 * GRID
        metrics = self.fontMetrics()
        # Next to the title there is room for the arrow that shows the order.
        title = self.horizontalHeader().fontMetrics().horizontalAdvance(column.title) + 3 * GRID
        return max(title, metrics.horizontalAdvance(column.least) + 2 * GRID)


class _Cells(QStyledItemDelegate):
    """Cells whose text stays readable: the style would veil the current one of a selected row with the accent."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:  # noqa: N802 (Qt's name)
        super().initStyleOption(option, index)
        # Any, because the type information of Qt leaves out what these options hold.
        cell: Any = option
        if cell.state & QStyle.StateFlag.State_Selected:
            cell.state &= ~QStyle.StateFlag.State_HasFocus


class _CheckBoxes(_Cells):
    """Check boxes that can be seen in both themes, and that a click anywhere in their cell switches."""

    def __init__(self, theme: ThemeSwitch, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        # Any, because the type information of Qt leaves out what these options hold.
        cell: Any = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        checked = cell.checkState == Qt.CheckState.Checked
        cell.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        style = cell.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
        selected = bool(cell.state & QStyle.StateFlag.State_Selected)
        self._draw_box(painter, QRectF(cell.rect).center(), checked=checked, selected=selected)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, _option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        pressed = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton or not pressed:
            return False
        checked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
        other = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        return model.setData(index, other, Qt.ItemDataRole.CheckStateRole)

    def _draw_box(self, painter: QPainter, middle: QPointF, *, checked: bool, selected: bool) -> None:
        colors = self._theme.colors
        box, mark = (colors.on_accent, colors.accent) if selected else (colors.accent, colors.on_accent)
        line = box if checked or selected else colors.muted
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(line), 1.2))
        if checked:
            painter.setBrush(QColor(box))
        half = _BOX / 2
        painter.drawRoundedRect(QRectF(middle.x() - half, middle.y() - half, _BOX, _BOX), 3, 3)
        if checked:
            painter.setPen(QPen(QColor(mark), 2))
            corners = [(-3.5, 0), (-1, 2.5), (3.5, -3)]
            painter.drawPolyline([middle + QPointF(x, y) for x, y in corners])
        painter.restore()
