"""What the user does with bookmarks as steps that can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

from vae_explorer.state.bookmarks import Bookmark, Bookmarks


class ChangeBookmarks(QUndoCommand):
    """Bookmarks are others now than before, or in another order."""

    def __init__(
        self, bookmarks: Bookmarks, before: tuple[Bookmark, ...], after: tuple[Bookmark, ...], text: str
    ) -> None:
        super().__init__(text)
        self._bookmarks = bookmarks
        self._before, self._after = before, after

    def undo(self) -> None:
        """Have the bookmarks of before."""
        self._bookmarks.restore(self._before)

    def redo(self) -> None:
        """Have those of after (again)."""
        self._bookmarks.restore(self._after)


def change(bookmarks: Bookmarks, stack: QUndoStack, text: str, deed: Callable[[], object]) -> None:
    """Do `deed` with `bookmarks` as a step of the stack; none if it changes nothing."""
    before = bookmarks.entries
    deed()
    if bookmarks.entries != before:
        stack.push(ChangeBookmarks(bookmarks, before, bookmarks.entries, text))
