"""The attributes dock: directions on the left, and on the right what they do to the picture and to digits at large."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QUndoStack
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.state.edits import BASES, Base
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.attributes.add_menu import AddMenu
from vae_explorer.ui.attributes.arrow_tool import ArrowTool
from vae_explorer.ui.attributes.commands import reset_alphas, set_base
from vae_explorer.ui.attributes.editing import Editing
from vae_explorer.ui.attributes.files import DirectionFiles
from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.attributes.list import DirectionList
from vae_explorer.ui.attributes.map_arrow import EditArrow
from vae_explorer.ui.attributes.response import ResponseView
from vae_explorer.ui.attributes.sheet import EditSheet
from vae_explorer.ui.attributes.verdict import EditVerdict
from vae_explorer.ui.attributes.view import EditView
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.icons import icon
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.ui.widgets.flow_layout import FlowLayout
from vae_explorer.ui.widgets.form_scroll import FormScroll
from vae_explorer.ui.widgets.in_sight import InSight
from vae_explorer.workers.jobs import Jobs

#: What stands beside the list where there is no room for both.
Page = Literal["picture", "effect"]

#: Room, in average letters, from which picture and effect stand side by side.
_WIDE_LETTERS = 120
#: A panel that is so much higher than wide has the list above the rest.
_TALL = 1.2
#: Of a column; what does not fit is scrolled to.
_LEAST_HEIGHT = 12 * GRID


class AttributesPanel(QWidget):
    """Puts list, picture and effect together. While it is hidden, nothing of it follows anything.

    Args:
        session: the model and the digits.
        selection: the cursor.
        looks: directions, selection and drawing.
        encoding: of the drawing.
        moves: puts the cursor somewhere, as a step to undo.
        undo_stack: takes what is done here.
        map_: gets the arrow, and has arrows drawn on it.
        theme: colours.
        jobs: work on other threads.

    Attributes:
        editing: the edited point.
        verdict: how far to trust what the decoder draws there.
        finder: finds the directions.
        list, view, response: what is seen.
        arrow: on the map.
        sheet: the edit of the whole selection.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        looks: Looks,
        encoding: DrawingEncoding,
        moves: CursorMoves,
        undo_stack: QUndoStack,
        map_: LatentMap,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._looks, self._moves, self._stack, self._theme = looks, moves, undo_stack, theme
        edits = self._edits = looks.edits
        self.finder = DirectionFinder(session, edits, jobs, self)
        self.finder.set_active(False)
        self.editing = Editing(session, selection, looks, encoding, jobs, self)
        self.list = DirectionList(edits, self.finder, undo_stack, theme)
        self.verdict = EditVerdict(session, self.editing, jobs, self)
        self.view = EditView(self.editing, self.verdict, edits, undo_stack, theme, jobs)
        self.response = ResponseView(session, edits, self.finder, theme, jobs)
        self.arrow = EditArrow(map_, session, self.editing, theme)
        self.arrow_tool = ArrowTool(map_, session, theme, self)
        self.add_menu = AddMenu(session, looks.picks, edits, undo_stack, self.arrow_tool, self.list, self)
        self.add_menu.base_point = lambda: self.editing.base
        self.files = DirectionFiles(session, edits, undo_stack, jobs, self)
        self.sheet = EditSheet(session, looks.picks, edits, self.editing, theme, jobs, self)
        self.base_box = QComboBox()
        self._buttons: dict[str, QToolButton] = {}
        self._page: Page = "picture"
        self._sight = InSight(self)
        self._make_buttons()
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._follow()
        # A session may have brought directions before anybody looked at them.
        self._on_current_changed(self.list.current)

    def button(self, name: str) -> QToolButton:
        """One of "add", "load", "save", "reset", "apply", "picture" and "effect"."""
        return self._buttons[name]

    def stop(self) -> None:
        """The window closes."""
        self.sheet.close()
        self.verdict.watch(False)
        self.finder.stop()

    # Building

    def _make_buttons(self) -> None:
        tr = self.tr
        self._button("add", tr("Add"), tr("Add a direction"), "plus")
        self._button("load", "", tr("Load directions from a file"), "folder-open")
        self._button("save", "", tr("Save the directions to a file"), "download-simple")
        self._button(
            "reset", tr("Reset all"), tr("Set the α of all directions to 0"), "arrow-counter-clockwise"
        )
        self._button(
            "apply",
            tr("Apply to selection…"),
            tr("See all selected digits before and after the edit"),
            "squares-four",
        )
        self._button("picture", tr("Picture"), tr("Show the edited picture"), "image")
        self._button(
            "effect", tr("Effect"), tr("Show what the direction really does to digits"), "chart-line"
        )
        for name in ("picture", "effect"):
            self._buttons[name].setCheckable(True)
            self._buttons[name].setAutoExclusive(True)
        self._buttons["picture"].setChecked(True)
        self._buttons["add"].setMenu(self.add_menu)
        self._buttons["add"].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for base in BASES:
            self.base_box.addItem(self._base_name(base), base)
        self.base_box.setToolTip(self.tr("What is edited: the point of the cursor, a digit, or your drawing"))
        self.base_box.setAccessibleName(self.tr("What is edited"))

    def _button(self, name: str, text: str, tip: str, picture: str) -> None:
        button = self._buttons[name] = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        button.setAutoRaise(True)
        button.setProperty("picture", picture)
        button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        )

    def _base_name(self, base: Base) -> str:
        return {
            "cursor": self.tr("Cursor"),
            "digit": self.tr("Picked digit"),
            "drawing": self.tr("Drawing"),
        }[base]

    def _lay_out(self) -> None:
        label = QLabel(self.tr("Edit:"))
        label.setBuddy(self.base_box)
        tools = QWidget()
        row = self._tools = FlowLayout(tools, spacing=GRID // 2)
        for widget in (label, self.base_box, *self._buttons.values()):
            row.addWidget(widget)
        self._body = QWidget()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._body)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(GRID)
        self._scrolls = [_Column(self.view), _Column(self.response)]
        self._columns.addWidget(self.list, 8)
        self._columns.addWidget(self._scrolls[0], 8)
        self._columns.addWidget(self._scrolls[1], 6)
        layout = QVBoxLayout(self)
        # A floating dock may be as narrow as one page needs: the other one makes room then.
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(GRID // 2, 0, GRID // 2, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addWidget(tools)
        layout.addWidget(self._body, 1)

    def _connect(self) -> None:
        self._sight.changed.connect(self._on_sight_changed)
        self.base_box.activated.connect(self._on_base_chosen)
        self._edits.base_changed.connect(self._follow)
        self._edits.changed.connect(self._follow)
        self._edits.alphas_changed.connect(self._follow)
        self.list.current_changed.connect(self._on_current_changed)
        self.view.go_asked.connect(self.put_cursor_there)
        self._buttons["load"].clicked.connect(self.files.ask_and_load)
        self._buttons["save"].clicked.connect(self.files.ask_and_save)
        self._buttons["reset"].clicked.connect(lambda: reset_alphas(self._edits, self._stack))
        self._buttons["apply"].clicked.connect(self.show_sheet)
        self._buttons["picture"].clicked.connect(lambda: self.show_page("picture"))
        self._buttons["effect"].clicked.connect(lambda: self.show_page("effect"))
        for part in (self.list, self.add_menu, self.arrow_tool, self.files, self.sheet):
            part.message.connect(self.message)
        self._theme.changed.connect(self._on_theme_changed)

    def minimumSizeHint(self) -> QSize:
        """With one of the two pages only: the other one comes where there is room for it."""
        columns = [self.list.minimumSizeHint(), *(scroll.minimumSizeHint() for scroll in self._scrolls)]
        pages = columns[1].expandedTo(columns[2])
        width = columns[0].width() + pages.width() + 2 * GRID
        tools = self._tools.heightForWidth(width - GRID)
        body = min(max(columns[0].height(), pages.height()), _LEAST_HEIGHT)
        return QSize(width, tools + body + 2 * GRID)

    # Following

    def _on_sight_changed(self, seen: bool) -> None:
        if seen:
            self._arrange()
        else:
            self.arrow_tool.cancel()
        self.finder.set_active(seen)
        self.editing.watch(seen)
        self.verdict.watch(seen)
        self.arrow.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._arrange()

    @property
    def _tall(self) -> bool:
        return self.height() > _TALL * self.width()

    def _arrange(self) -> None:
        """Both pages side by side where there is room, else one of them."""
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.TopToBottom if self._tall else directions.LeftToRight)
        letters = self.width() / max(self.fontMetrics().averageCharWidth(), 1)
        both = self._tall or letters >= _WIDE_LETTERS
        for name, scroll in zip(("picture", "effect"), self._scrolls, strict=True):
            scroll.setVisible(both or self._page == name)
            self._buttons[name].setVisible(not both)

    def show_page(self, page: Page) -> None:
        """Show picture or effect, where there is no room for both."""
        self._page = page
        self._buttons[page].setChecked(True)
        self._arrange()

    def _on_current_changed(self, name: str) -> None:
        self.editing.set_current(name)
        self.response.set_current(name)

    def _follow(self) -> None:
        with QSignalBlocker(self.base_box):
            self.base_box.setCurrentIndex(self.base_box.findData(self._edits.base))
        self._buttons["reset"].setEnabled(any(self._edits.alphas.values()))
        self._buttons["save"].setEnabled(len(self._edits) > 0)
        self._buttons["apply"].setEnabled(len(self._edits) > 0)

    # What the user does

    def _on_base_chosen(self, row: int) -> None:
        set_base(self._edits, self._stack, self.base_box.itemData(row))

    def put_cursor_there(self) -> None:
        """Put the cursor at the edited point. Where it is the base itself, all αs go back to 0: the edit is done."""
        point = self.editing.point
        if point is None or not self.editing.moved:
            return
        self._stack.beginMacro(self.tr("cursor to the edited point"))
        if self._edits.base == "cursor":
            reset_alphas(self._edits, self._stack)
        self._moves.move(point)
        self._stack.endMacro()

    def show_sheet(self) -> None:
        """Show all selected digits before and after the edit, in a window beside the work."""
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()

    def _on_theme_changed(self) -> None:
        for button in self._buttons.values():
            button.setIcon(icon(button.property("picture"), self._theme.colors))


class _Column(FormScroll):
    """As wide as its content needs, and with a bar where that is higher than the dock."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        least = self.widget().minimumSizeHint()
        return QSize(least.width() + bar, min(least.height(), _LEAST_HEIGHT))
