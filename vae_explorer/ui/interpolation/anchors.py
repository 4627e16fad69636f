"""The anchors of the journey as a list: what it passes, in which order, and whether it returns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent, QUndoStack
from PySide6.QtWidgets import (
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.state.journey import Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.icons import icon
from vae_explorer.ui.interpolation.add_menu import AddMenu
from vae_explorer.ui.interpolation.anchor_edits import AnchorEdits
from vae_explorer.ui.interpolation.anchor_rows import AnchorRows
from vae_explorer.ui.interpolation.anchor_table import AnchorTable
from vae_explorer.ui.interpolation.anchor_view import AnchorView
from vae_explorer.ui.interpolation.place_clicks import PlaceClicks
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.flow_layout import FlowLayout
from vae_explorer.workers.jobs import Jobs


class AnchorList(QWidget):
    """A list with buttons above it; each change of it can be undone. Make it before the `MapPaths` of the same map.

    Args:
        session: the open model and its digits.
        selection: the cursor.
        looks: the journey, and what can become an anchor.
        encoding: of the drawing, likewise.
        undo_stack: takes the steps.
        map_: where clicks add anchors.
        theme: colours.
        jobs: where thumbnails are decoded and densities found.

    Attributes:
        view: the list.
        table: what it lists.
        menu: what can be added.
        clicks: whether a click on the map adds an anchor.
        edits: what can be done with the anchors.
        actions_: by name: clicks, reverse, loop, up, down, remove, go, cursor, end.
        add_button: opens the menu.

    Signals:
        message: what to tell the user.
        point_chosen: the user wants the cursor at an anchor; carries a latent point of shape (latent,).
        current_changed: another row is chosen, or none (−1).
    """

    message = Signal(object)
    point_chosen = Signal(object)
    current_changed = Signal(int)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        looks: Looks,
        encoding: DrawingEncoding,
        undo_stack: QUndoStack,
        map_: LatentMap,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._journey, self._theme, self._map = looks.journey, theme, map_
        self._current = -1
        self.clicks = PlaceClicks(map_, self)
        self.edits = AnchorEdits(session, selection, looks.journey, undo_stack, self.clicks, self)
        self.table = AnchorTable()
        self.view = AnchorView(self.table, theme)
        self._rows = AnchorRows(session, looks.journey, self.table, jobs, self)
        self.actions_: dict[str, QAction] = {}
        self.buttons: dict[str, QToolButton] = {}
        self._icons: dict[str, str] = {}
        self._make_actions()
        self.menu = AddMenu(session, selection, looks, encoding, self.actions_["clicks"], self)
        self.add_button = QToolButton()
        self._top, self._pages, self._note = QWidget(), QStackedWidget(), QLabel()
        self._set_up_view()
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._on_plan_changed(None)

    @property
    def wanted_width(self) -> int:
        """So wide that all names can be read, and the buttons stand in one line, pixels."""
        return max(self.view.wanted_width(), self._top.sizeHint().width())

    @property
    def row(self) -> int:
        """The chosen anchor, or −1."""
        index = self.view.currentIndex()
        return index.row() if index.isValid() else -1

    @property
    def busy(self) -> bool:
        """Whether a thumbnail, or what is known of a place, is still to come."""
        return self._rows.busy

    def select(self, row: int) -> None:
        """Choose the anchor in a row; none for −1."""
        self.view.setCurrentIndex(self.table.index(row) if row >= 0 else QModelIndex())

    # What the user does

    def go(self) -> None:
        """Have the cursor put on the chosen anchor."""
        z = self._rows.place(self.row)
        if z is not None:
            self.point_chosen.emit(z)

    def reverse(self) -> None:
        """Go the other way; the chosen anchor stays chosen."""
        row = self.row
        self.edits.reverse()
        if row >= 0:
            self.select(self.edits.count - 1 - row)

    def _add_cursor(self) -> None:
        self.edits.add(*self.menu.at_cursor())

    def _remove(self) -> None:
        self.edits.remove(self.row)

    def _toggle_clicks(self) -> None:
        self.clicks.set_on(self.actions_["clicks"].isChecked())

    def _toggle_loop(self) -> None:
        self.edits.set_loop(self.actions_["loop"].isChecked())

    def shift(self, by: int) -> None:
        """Pass the chosen anchor earlier or later."""
        self.edits.move(self.row, self.row + by)

    # Making

    def _make_actions(self) -> None:
        tr, do = self.tr, self._action
        tip = tr("Add an anchor wherever you click on the map; Esc ends it")
        do("clicks", tr("Click on the map"), tip, "", "map-pin-line", self._toggle_clicks)
        do("reverse", tr("Reverse"), tr("Go the other way round"), "R", "arrows-down-up", self.reverse)
        do(
            "loop",
            tr("Loop"),
            tr("Return from the last anchor to the first"),
            "L",
            "repeat",
            self._toggle_loop,
        )
        do("up", tr("Up"), tr("Pass it earlier"), "Alt+Up", "arrow-up", lambda: self.shift(-1))
        do("down", tr("Down"), tr("Pass it later"), "Alt+Down", "arrow-down", lambda: self.shift(1))
        do("remove", tr("Remove"), tr("Leave it out; this can be undone"), "Del", "trash", self._remove)
        do("go", tr("Put the cursor there"), "", "Return", "arrow-right", self.go)
        do("cursor", tr("Add the cursor"), "", "Ins", "plus", self._add_cursor)
        do("end", tr("End clicking on the map"), "", "Esc", "x", lambda: self.clicks.set_on(False))
        for name in ("clicks", "loop"):
            self.actions_[name].setCheckable(True)
        end = self.actions_["end"]
        end.setEnabled(False)
        end.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(end)

    def _action(
        self, name: str, text: str, tip: str, key: str, picture: str, deed: Callable[[], object]
    ) -> None:
        action = QAction(text, self)
        action.triggered.connect(lambda: deed())
        tip = tip or text
        if key:
            action.setShortcuts([QKeySequence(k) for k in ([key, "Enter"] if key == "Return" else [key])])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            tip += f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
        action.setToolTip(tip)
        self.actions_[name], self._icons[name] = action, picture

    def _set_up_view(self) -> None:
        listed = [action for name, action in self.actions_.items() if name not in ("clicks", "end")]
        self.view.addActions(listed)

    def _lay_out(self) -> None:
        self.add_button.setText(self.tr("Add"))
        self.add_button.setAccessibleName(self.tr("Add an anchor"))
        self.add_button.setToolTip(
            self.tr(
                "Add a place to pass: the cursor, selected digits, the drawing, a bookmark or a class mean"
            )
        )
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_button.setMenu(self.menu)
        flow = FlowLayout(self._top)
        self.add_button.setAutoRaise(True)
        flow.addWidget(self.add_button)
        for name in ("clicks", "reverse", "loop", "remove"):
            self.buttons[name] = self._button(self.actions_[name])
            flow.addWidget(self.buttons[name])
        empty = self._empty_page()
        self._pages.addWidget(empty)
        self._pages.addWidget(self.view)
        # Where there is little room, the list scrolls, and the buttons above it are whole.
        self._pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._note.setWordWrap(True)
        self._note.setProperty("muted", True)
        self._note.setFont(small_font(self.font()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self._top)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._note)

    def _empty_page(self) -> QLabel:
        text = self.tr(
            "Add two places or more to go between them: selected digits, the mean of a class, the cursor, or clicks on "
            "the map."
        )
        empty = QLabel(text)
        empty.setWordWrap(True)
        empty.setProperty("muted", True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setMargin(GRID)
        # It may have more room than it needs, and less.
        empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        empty.setToolTip(text)
        return empty

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setAccessibleName(action.text())
        return button

    def _connect(self) -> None:
        self.menu.chosen.connect(lambda anchors: self.edits.add(*anchors))
        self.table.move_requested.connect(self.edits.move)
        self.view.doubleClicked.connect(lambda _index: self.go())
        self.view.selectionModel().currentChanged.connect(lambda _now, _before: self._note_current())
        self.edits.touched.connect(self.select)
        self.edits.message.connect(self.message)
        self.clicks.changed.connect(self._on_clicks_changed)
        self._rows.changed.connect(self._say)
        self._journey.changed.connect(self._on_plan_changed)
        self._session.model_changed.connect(self._on_model_changed)
        self._theme.changed.connect(self._on_theme_changed)

    # Following

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._rows.follow(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.clicks.set_on(False)
        self._rows.follow(False)

    def _on_plan_changed(self, _before: Plan | None) -> None:
        plan = self._journey.plan
        self._pages.setCurrentIndex(1 if plan.anchors else 0)
        self.actions_["loop"].setChecked(plan.loop)
        # A list of another length has lost what was chosen in it.
        self.select(min(self._current, len(plan.anchors) - 1))
        self._note_current()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._enable()

    def _on_clicks_changed(self, on: bool) -> None:
        self.actions_["clicks"].setChecked(on)
        self.actions_["end"].setEnabled(on)
        self._say()
        if on:
            self._map.setFocus()

    def _note_current(self) -> None:
        self._enable()
        self._say()
        if self.row != self._current:
            self._current = self.row
            self.current_changed.emit(self._current)

    def _enable(self) -> None:
        row, count, there = self.row, len(self._journey.plan.anchors), self._session.model is not None
        for name, possible in {
            "clicks": there,
            "cursor": there,
            "reverse": count > 1,
            "loop": count > 1 or self._journey.plan.loop,
            "up": row > 0,
            "down": 0 <= row < count - 1,
            "remove": row >= 0,
            "go": self._rows.place(row) is not None,
        }.items():
            self.actions_[name].setEnabled(possible)
        self.add_button.setEnabled(there)

    def _say(self) -> None:
        """Below the list: what a click does at the moment, or what is wrong with the chosen anchor."""
        text = self._rows.sentence(self.row)
        if self.clicks.on:
            text = self.tr("Click on the map to add anchors. Esc ends this.")
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        for name, picture in self._icons.items():
            self.actions_[name].setIcon(icon(picture, colors))
        self.add_button.setIcon(icon("plus", colors))
