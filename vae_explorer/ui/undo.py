"""Undo and redo for what the user does with the cursor and with the picked digits."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand, QUndoStack

from vae_explorer.state.picks import Indices, Picks
from vae_explorer.state.selection import Point, Selection


class MoveCursor(QUndoCommand):
    """The cursor went from one latent point to another."""

    def __init__(self, selection: Selection, before: Point, after: Point) -> None:
        super().__init__(QCoreApplication.translate("MoveCursor", "move of the cursor"))
        self._selection = selection
        self._before = before
        self._after = after

    def undo(self) -> None:
        """Put the cursor back."""
        self._selection.move_to(self._before)

    def redo(self) -> None:
        """Move the cursor (again)."""
        self._selection.move_to(self._after)


class PickDigits(QUndoCommand):
    """Other digits are picked than before."""

    def __init__(self, picks: Picks, indices: Indices, focus: int | None = None) -> None:
        super().__init__(QCoreApplication.translate("PickDigits", "selection of digits"))
        self._picks = picks
        self._before = picks.indices, picks.focus
        self._after = indices, focus

    def undo(self) -> None:
        """Pick what was picked before."""
        self._picks.pick(*self._before)

    def redo(self) -> None:
        """Pick the others (again)."""
        self._picks.pick(*self._after)


class CursorMoves:
    """Turns moves of the cursor into steps of the undo stack: a whole drag is one step."""

    def __init__(self, selection: Selection, stack: QUndoStack) -> None:
        self._selection = selection
        self._stack = stack
        self._began_at: Point | None = None

    def begin(self) -> None:
        """A drag begins: what follows until `end` is one step."""
        if self._began_at is None:
            self._began_at = self._selection.z

    def move(self, z: Point) -> None:
        """Move the cursor, within a drag or as a step of its own."""
        if self._began_at is not None:
            self._selection.move_to(z)
        else:
            self._push(self._selection.z, z)

    def end(self) -> None:
        """The drag is over."""
        began_at, self._began_at = self._began_at, None
        if began_at is not None:
            self._push(began_at, self._selection.z)

    def forget(self) -> None:
        """Drop all steps: their points belong to another latent space."""
        self._began_at = None
        self._stack.clear()

    def _push(self, before: Point, after: Point) -> None:
        if before.shape != after.shape or (before != after).any():
            self._stack.push(MoveCursor(self._selection, before, after))
