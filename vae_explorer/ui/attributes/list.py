"""The list of directions: how good each is, and how far to go along it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QUndoStack
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMenu,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.state.edits import Edits, Entry
from vae_explorer.ui.attributes.commands import change, set_alpha
from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.attributes.measuring_line import MeasuringLine
from vae_explorer.ui.attributes.row import DirectionRow
from vae_explorer.ui.attributes.row_filling import fill
from vae_explorer.ui.attributes.row_menu import RowMenu
from vae_explorer.ui.attributes.texts import direction_tip
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.form_scroll import FormScroll

#: Two rows, or one with what is said below it.
_LEAST_HEIGHT = 9 * GRID


class DirectionList(QWidget):
    """A row a direction; each change can be undone. One of the rows is the current one.

    Args:
        edits: the directions.
        finder: what is known of them.
        undo_stack: takes what the user does.
        theme: colours.

    Attributes:
        theme: the same.
        actions_: by name: rename, delete.
        measuring: says how far the measuring of the digits is, while it is done.

    Signals:
        current_changed: another direction is the current one; carries its name, empty where there is none.
        message: what to tell the user.
    """

    current_changed = Signal(str)
    message = Signal(object)

    def __init__(
        self,
        edits: Edits,
        finder: DirectionFinder,
        undo_stack: QUndoStack,
        theme: ThemeSwitch,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._edits, self._finder, self._stack = edits, finder, undo_stack
        self.theme = theme
        self._current = ""
        #: Whether to scroll to the current row as soon as there is room for it.
        self._reveal = False
        self._rows: list[DirectionRow] = []
        #: What each row shows; an entry is never changed, only replaced.
        self._shown: list[Entry] = []
        self.actions_: dict[str, QAction] = {}
        self._menu: RowMenu | None = None
        self._add_button = QPushButton(self.tr("Add a direction"))
        self.measuring = MeasuringLine(finder, self)
        self._lay_out()
        self._make_actions()
        self._connect()
        # Of a session that was opened before there was this list.
        kept = edits.current
        self._on_edits_changed()
        self.set_current(kept)

    @property
    def current(self) -> str:
        """Name of the current direction; empty where there is none."""
        return self._current

    def set_current(self, name: str) -> None:
        """Make this direction the current one; does nothing where it is not in the list."""
        if self._edits.find(name) is not None:
            self._choose(name)

    def row(self, name: str) -> DirectionRow:
        """The row of a direction.

        Raises:
            KeyError: there is none of that name.
        """
        for entry, row in zip(self._shown, self._rows, strict=True):
            if entry.name == name:
                return row
        raise KeyError(name)

    @property
    def rows(self) -> tuple[DirectionRow, ...]:
        """All rows, from top to bottom."""
        return tuple(self._rows)

    def put_above(self, widget: QWidget) -> None:
        """Show something above the rows, as long as it is visible itself."""
        self._above.addWidget(widget)
        widget.installEventFilter(self)

    def show_top(self) -> None:
        """Scroll to what is above the rows."""
        self._reveal = False
        self._scroll.verticalScrollBar().setValue(0)

    def offer(self, menu: QMenu) -> None:
        """What the button opens that is there while the list is empty."""
        self._add_button.setMenu(menu)

    # What the user does

    def rename(self) -> None:
        """Let the user type another name for the current direction."""
        if self._current:
            self.row(self._current).rename()

    def delete(self) -> None:
        """Drop the current direction."""
        name = self._current
        if name:
            self._change(self.tr("delete direction “{name}”"), name, lambda: self._edits.remove(name))

    def keep_still(self, name: str, other: str, *, still: bool) -> None:
        """Have a direction leave another one alone, or no longer."""
        entry = self._edits.find(name)
        if entry is None or self._edits.find(other) is None or (other in entry.still) == still:
            return
        names = (*entry.still, other) if still else tuple(each for each in entry.still if each != other)
        # In the order of the list, whatever was chosen first.
        kept = tuple(each.name for each in self._edits if each.name in names)
        text = self.tr("what “{name}” leaves unchanged")
        self._change(text, name, lambda: self._edits.update(name, still=kept))

    def menu_of(self, name: str) -> RowMenu:
        """What can be done with a direction; made anew each time."""
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = RowMenu(
            name, self._edits, self._finder.angles_to(name), list(self.actions_.values()), self
        )
        self._menu.still_wanted.connect(lambda other, still: self.keep_still(name, other, still=still))
        return self._menu

    def _open_menu(self, name: str, place: QPoint) -> None:
        self._choose(name)
        self.menu_of(name).popup(place)

    def _on_renamed(self, row: DirectionRow, text: str) -> None:
        name = self._name_of(row)
        if name and text.strip():
            was_current = name == self._current
            called = name

            def deed() -> None:
                nonlocal called
                called = self._edits.rename(name, text)

            self._change(self.tr("rename direction “{name}”"), name, deed)
            if was_current:
                self._choose(called)

    def _on_alpha_wanted(self, row: DirectionRow, alpha: float, gesture: int) -> None:
        set_alpha(self._edits, self._stack, self._name_of(row), alpha, gesture)

    def _on_left(self, row: DirectionRow, by: int) -> None:
        index = self._rows.index(row) + by
        if 0 <= index < len(self._rows):
            other = self._rows[index]
            self._focus(other)
            self._scroll.ensureWidgetVisible(other, 0, 0)

    def _focus(self, row: DirectionRow) -> None:
        row.take_keyboard(Qt.FocusReason.TabFocusReason)

    def _change(self, text: str, name: str, deed: Callable[[], object]) -> None:
        change(self._edits, self._stack, text.format(name=name), deed)

    # What is shown

    def minimumSizeHint(self) -> QSize:
        """As wide as it must be for its rows to be read, in two lines each; the rows can be scrolled to."""
        widths = [row.least_width for row in self._rows[:1]] or [self._add_button.minimumSizeHint().width()]
        return QSize(max(widths) + self._scroll_bar_width, _LEAST_HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        focused = QApplication.focusWidget()
        if (
            event.type() == QEvent.Type.Hide
            and isinstance(watched, QWidget)
            and watched.isHidden()
            and focused is not None
            and watched.isAncestorOf(focused)
        ):
            # Else Qt gives it to the first row, as if the user had gone there.
            self._focus_current()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _on_edits_changed(self) -> None:
        before = [entry.name for entry in self._shown]
        entries = list(self._edits)
        loses_focus = self._loses_focus({entry.name for entry in entries})
        if loses_focus:
            # Else Qt gives it to whatever comes next, which may be in another dock.
            self.setFocus()
        rows = self._rows_for([entry.name for entry in entries], before)
        self._show_entries(entries, rows)
        self._choose_after(before)
        self._empty.setVisible(not entries)
        if loses_focus:
            self._focus_current()

    def _loses_focus(self, names: set[str]) -> bool:
        """Whether what has the keyboard goes when only directions of these names are listed."""
        focused = QApplication.focusWidget()
        if focused is None:
            return False
        gone: list[QWidget] = [self._empty] if names else []
        if len(names) != len(self._shown):
            gone += [
                row for entry, row in zip(self._shown, self._rows, strict=True) if entry.name not in names
            ]
        return any(each.isAncestorOf(focused) for each in gone)

    def _focus_current(self) -> None:
        if self._current:
            self._focus(self.row(self._current))
        else:
            self._add_button.setFocus()

    def _rows_for(self, names: list[str], before: list[str]) -> list[DirectionRow]:
        """A row for each: the one it had, if it had one. With as many as before, one of them has a new name."""
        if len(names) == len(before):
            return self._rows
        old = dict(zip(before, self._rows, strict=True))
        rows = [old.pop(name) if name in old else self._new_row() for name in names]
        for row in old.values():
            self._content.removeWidget(row)
            row.hide()
            row.deleteLater()
        for index, row in enumerate(rows):
            if self._content.indexOf(row) != index:
                self._content.insertWidget(index, row)
        return rows

    def _show_entries(self, entries: list[Entry], rows: list[DirectionRow]) -> None:
        old = {id(entry) for entry in self._shown} if rows is self._rows else set()
        self._rows, self._shown = rows, entries
        for entry, row in zip(entries, rows, strict=True):
            if id(entry) not in old or row.name != entry.name or entry.still:
                fill(row, entry, self._finder)
        for above, below in pairwise(rows):
            QWidget.setTabOrder(above.more, below.slider)
        self._arrange()
        self.updateGeometry()

    def _show_all(self) -> None:
        """What is known of the directions is new, though they may be the same."""
        for entry, row in zip(self._shown, self._rows, strict=True):
            fill(row, entry, self._finder)

    def _on_alphas_changed(self) -> None:
        self._shown = list(self._edits)
        for entry, row in zip(self._shown, self._rows, strict=True):
            if row.alpha != entry.alpha:
                row.show_alpha(entry.alpha)
        if not any(entry.alpha for entry in self._shown):
            # As after “Reset all”, which is about what is typed too.
            for row in self._rows:
                row.give_up_typed()

    def _show_measuring(self) -> None:
        for entry, row in zip(self._shown, self._rows, strict=True):
            if entry.used is None:
                fill(row, entry, self._finder)

    def _show_tip(self, row: DirectionRow, place: QPoint) -> None:
        entry = self._edits.find(self._name_of(row))
        if entry is not None:
            tip = direction_tip(entry.source, entry.used, self._finder.angles_to(entry.name))
            row.show_tip(place, f"{entry.name}\n\n{tip}")

    def _on_theme_changed(self) -> None:
        for row in self._rows:
            row.paint(self.theme.colors)

    def _arrange(self) -> None:
        # With room for the scroll bar, whether it is there or not: the rows must not change because of it.
        room = self.width() - self._scroll_bar_width
        wide = bool(self._rows) and room >= max(row.wide_width for row in self._rows)
        for row in self._rows:
            row.arrange(wide=wide)

    @property
    def _scroll_bar_width(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)

    # The current row

    def _name_of(self, row: DirectionRow) -> str:
        return self._shown[self._rows.index(row)].name if row in self._rows else ""

    def _choose_after(self, before: list[str]) -> None:
        """The current direction stays, or is the new one, or the one that took its place."""
        names = [entry.name for entry in self._shown]
        new = [name for name in names if name not in before]
        if len(names) > len(before) and new:
            self._choose(new[-1])
            self._reveal = True
        elif self._current in names:
            self._choose(self._current)
        elif names:
            place = before.index(self._current) if self._current in before else 0
            self._choose(names[min(place, len(names) - 1)])
        else:
            self._choose("")

    def _choose(self, name: str) -> None:
        for entry, row in zip(self._shown, self._rows, strict=True):
            row.set_current(entry.name == name)
        for action in self.actions_.values():
            action.setEnabled(bool(name))
        if name != self._current:
            self._current = name
            self._edits.choose(name)
            self.current_changed.emit(name)

    def _on_current_chosen(self) -> None:
        """A session has it."""
        self.set_current(self._edits.current)

    def _on_refused(self, row: DirectionRow) -> None:
        """What it says below itself is to be read; where it said so before, there is room already."""
        self._reveal = self._name_of(row) == self._current
        self._scroll.ensureWidgetVisible(row, 0, 0)

    def _on_room_changed(self) -> None:
        if self._reveal and self._current:
            self._reveal = False
            self._scroll.ensureWidgetVisible(self.row(self._current), 0, 0)

    # Making

    def _new_row(self) -> DirectionRow:
        row = DirectionRow(self.theme.colors)
        row.entered.connect(lambda: self._choose(self._name_of(row)))
        row.alpha_wanted.connect(lambda alpha, gesture: self._on_alpha_wanted(row, alpha, gesture))
        row.renamed.connect(lambda text: self._on_renamed(row, text))
        row.menu_wanted.connect(lambda place: self._open_menu(self._name_of(row), place))
        row.left.connect(lambda by: self._on_left(row, by))
        row.tip_wanted.connect(lambda place: self._show_tip(row, place))
        row.refused.connect(lambda: self._on_refused(row))
        return row

    def _lay_out(self) -> None:
        self._empty, self._above, self._content = _empty_page(self._add_button), _column(), _column()
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GRID // 2)
        inner.addLayout(self._above)
        inner.addWidget(self._empty)
        inner.addLayout(self._content)
        inner.addStretch(1)
        self._scroll = FormScroll(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self._scroll, 1)
        # Below the rows, which stay where they are when it comes and goes.
        layout.addWidget(self.measuring)
        self.setAccessibleName(self.tr("Directions"))

    def _make_actions(self) -> None:
        for name, text, key, deed in (
            ("rename", self.tr("Rename"), "F2", self.rename),
            ("delete", self.tr("Delete"), "Del", self.delete),
        ):
            action = QAction(text, self)
            action.setShortcut(QKeySequence(key))
            # Where a name or a number is typed, this key belongs to the text.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(deed)
            self.addAction(action)
            self.actions_[name] = action

    def _connect(self) -> None:
        self._edits.changed.connect(self._on_edits_changed)
        self._edits.alphas_changed.connect(self._on_alphas_changed)
        self._edits.current_changed.connect(self._on_current_chosen)
        self._finder.found.connect(self._show_all)
        self._finder.progress.connect(self._show_measuring)
        self._finder.measures_changed.connect(self._show_measuring)
        self.theme.changed.connect(self._on_theme_changed)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_room_changed)


def _column() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


def _empty_page(button: QPushButton) -> QWidget:
    """What is there before the first direction."""
    text = QLabel(
        QCoreApplication.translate(
            "DirectionList",
            "No directions yet. Add one: more thickness or slant, say, or from a 3 towards an 8.",
        )
    )
    text.setWordWrap(True)
    text.setProperty("muted", True)
    text.setAlignment(Qt.AlignmentFlag.AlignCenter)
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(GRID, GRID, GRID, GRID)
    layout.setSpacing(GRID)
    layout.addWidget(text)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
    return page
