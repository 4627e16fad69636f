"""The dock with the bookmarks: named places of the latent space, and what the model draws there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QImage, QKeySequence, QShowEvent, QUndoStack
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.bookmarks import Bookmark, Bookmarks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.bookmarks.commands import change
from vae_explorer.ui.bookmarks.table import BookmarkDelegate, BookmarkTable
from vae_explorer.ui.bookmarks.view import BookmarkView
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.ui.widgets.image_view import to_image
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

_Pictures = dict[Bookmark, QImage]


class BookmarksPanel(QWidget):
    """A list with buttons above it; each change of it can be undone.

    Args:
        session: whose model draws the thumbnails.
        selection: the cursor, which can be bookmarked.
        bookmarks: what is listed.
        moves: how the cursor goes to a bookmark.
        stack: takes what can be undone.
        theme: colours.
        jobs: where thumbnails are decoded.

    Attributes:
        view: the list.
        actions_: by name: add, go, rename, up, down, delete.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        bookmarks: Bookmarks,
        moves: CursorMoves,
        stack: QUndoStack,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection = session, selection
        self._bookmarks, self._moves, self._stack = bookmarks, moves, stack
        self._theme = theme
        self._decoding: Newest[_Pictures] = Newest(jobs, parent=self)
        #: The model and the bookmarks that the thumbnails are of.
        self._drawn: tuple[ModelSnapshot | None, tuple[Bookmark, ...]] = (None, ())
        self.table = BookmarkTable(bookmarks)
        self.view = BookmarkView()
        self.actions_: dict[str, QAction] = {}
        self.buttons: dict[str, QToolButton] = {}
        self._icons: dict[str, str] = {}
        self._pages = QStackedWidget()
        self._set_up_view()
        self._make_actions()
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._on_bookmarks_changed()

    @property
    def row(self) -> int:
        """The selected bookmark, or −1."""
        index = self.view.currentIndex()
        return index.row() if index.isValid() else -1

    # What the user does

    def add(self) -> None:
        """Bookmark the place of the cursor."""
        if self._session.model is None:
            return
        name = self._bookmarks.free_name(self.tr("Point {number}"))
        z = self._selection.z
        self._change(self.tr("add bookmark “{name}”").format(name=name), lambda: self._bookmarks.add(name, z))
        self._select(len(self._bookmarks) - 1)
        if not self.isVisible():
            self.message.emit(self.tr("“{name}” is in the list of bookmarks.").format(name=name))

    def go(self) -> None:
        """Put the cursor on the selected bookmark."""
        if self.row >= 0 and self.table.fits(self.row):
            self._moves.move(self._bookmarks[self.row].point)

    def rename(self) -> None:
        """Let the user type another name for the selected bookmark."""
        if self.row >= 0:
            self.view.setFocus()
            self.view.edit(self.view.currentIndex())

    def delete(self) -> None:
        """Drop the selected bookmark."""
        row = self.row
        if row >= 0:
            text = self.tr("delete bookmark “{name}”").format(name=self._bookmarks[row].name)
            self._change(text, lambda: self._bookmarks.remove(row))
            self._select(min(row, len(self._bookmarks) - 1))

    def shift(self, by: int) -> None:
        """Move the selected bookmark up or down."""
        row = self.row
        if row >= 0 and 0 <= row + by < len(self._bookmarks):
            text = self.tr("move bookmark “{name}”").format(name=self._bookmarks[row].name)
            self._change(text, lambda: self._bookmarks.move(row, row + by))
            self._select(row + by)

    def _on_rename_requested(self, row: int, name: str) -> None:
        text = self.tr("rename bookmark “{name}”").format(name=self._bookmarks[row].name)
        self._change(text, lambda: self._bookmarks.rename(row, name))
        self._select(row)

    def _change(self, text: str, deed: Callable[[], object]) -> None:
        change(self._bookmarks, self._stack, text, deed)

    # Making

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(BookmarkDelegate(view))
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setUniformItemSizes(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(self.tr("Bookmarks"))
        view.setAccessibleDescription(
            self.tr("Enter goes to a bookmark, F2 renames it, Del deletes it, Alt + up or down moves it.")
        )

    def _make_actions(self) -> None:
        tr = self.tr
        self._action(
            "add", tr("Add"), tr("Bookmark the place of the cursor"), "", "bookmark-simple", self.add
        )
        self._action("go", tr("Go"), tr("Put the cursor there"), "Return", "arrow-right", self.go)
        self._action("rename", tr("Rename"), tr("Give it another name"), "F2", "pencil-simple", self.rename)
        self._action("up", tr("Up"), tr("Move it up"), "Alt+Up", "arrow-up", lambda: self.shift(-1))
        self._action("down", tr("Down"), tr("Move it down"), "Alt+Down", "arrow-down", lambda: self.shift(1))
        self._action("delete", tr("Delete"), tr("Delete it; this can be undone"), "Del", "trash", self.delete)

    def _action(
        self, name: str, text: str, tip: str, key: str, picture: str, deed: Callable[[], object]
    ) -> None:
        action = QAction(text, self)
        action.triggered.connect(lambda: deed())
        if key:
            action.setShortcuts([QKeySequence(k) for k in ([key, "Enter"] if key == "Return" else [key])])
            # While a name is typed, these keys belong to the text.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            tip += f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
        action.setToolTip(tip)
        self.view.addAction(action)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setAccessibleName(text)
        self.actions_[name], self.buttons[name], self._icons[name] = action, button, picture

    def _lay_out(self) -> None:
        empty = QLabel(
            self.tr("No bookmarks yet. Add one where the cursor is, and come back to it any time.")
        )
        empty.setWordWrap(True)
        empty.setProperty("muted", True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setMargin(2 * GRID)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.view)
        row = QHBoxLayout()
        row.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        row.setSpacing(2)
        for button in self.buttons.values():
            row.addWidget(button)
        row.insertStretch(1)
        self.buttons["add"].setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(row)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.table.rename_requested.connect(self._on_rename_requested)
        self.view.doubleClicked.connect(lambda _index: self.go())
        self.view.selectionModel().currentChanged.connect(lambda _now, _before: self._enable())
        self._bookmarks.changed.connect(self._on_bookmarks_changed)
        self._session.model_changed.connect(self._on_model_changed)
        self._theme.changed.connect(self._on_theme_changed)

    # Following

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def _on_bookmarks_changed(self) -> None:
        self._pages.setCurrentIndex(1 if len(self._bookmarks) else 0)
        self._enable()
        self._draw()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        self.table.show_model(0 if model is None else model.snapshot.config.latent)
        self._enable()
        in_training = before is not None and model is not None and before.posterior is model.posterior
        # While it trains, thumbnails move on with the map, and not with each of its steps.
        if not in_training:
            self._draw()

    def _draw(self) -> None:
        """Decode the bookmarks that the open model has, while anyone can see them."""
        model = self._session.model
        if model is None or not self.isVisible():
            return
        snapshot, latent = model.snapshot, model.snapshot.config.latent
        entries = tuple(entry for entry in self._bookmarks if entry.latent == latent)
        if (snapshot, entries) == self._drawn:
            return
        self._drawn = snapshot, entries
        if entries:
            self._decoding.want(lambda _cancelled: _decode(snapshot, entries), self.table.show_images)
        else:
            self._decoding.drop()

    def _enable(self) -> None:
        row, count = self.row, len(self._bookmarks)
        for name, possible in {
            "add": self._session.model is not None,
            "go": row >= 0 and self.table.fits(row),
            "rename": row >= 0,
            "up": row > 0,
            "down": 0 <= row < count - 1,
            "delete": row >= 0,
        }.items():
            self.actions_[name].setEnabled(possible)

    def _select(self, row: int) -> None:
        self.view.setCurrentIndex(self.table.index(row) if row >= 0 else QModelIndex())
        self._enable()

    def _on_theme_changed(self) -> None:
        for name, picture in self._icons.items():
            self.actions_[name].setIcon(icon(picture, self._theme.colors))


def _decode(snapshot: ModelSnapshot, entries: tuple[Bookmark, ...]) -> _Pictures:
    with np.errstate(over="ignore", invalid="ignore"):
        means = snapshot.decode(np.array([entry.z for entry in entries]))
    levels = gray_levels(np.nan_to_num(means, copy=False))
    return {entry: to_image(square(row)) for entry, row in zip(entries, levels, strict=True)}
