"""Undo and redo: of any value that the user sets, of moves of the cursor, and of the picked digits.

Commands that only one subject has stand beside it, as in `ui.bookmarks.commands`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from vae_explorer.state.picks import Indices, Picks
from vae_explorer.state.selection import Point, Selection

Value = TypeVar("Value")

#: Qt asks only commands with the same number whether they are one step; whether they are, the gesture says.
_MERGES, _NEVER_MERGES = 1, -1


class SetValue(QUndoCommand, Generic[Value]):
    """A value is another one than before.

    Args:
        text: what was set, translated.
        put: sets it.
        before: what to go back to.
        after: what it is from now on.
        gesture: steps in a row with the same number are one, see `Gesture`; None for a step of its own.
    """

    def __init__(
        self,
        text: str,
        put: Callable[[Value], object],
        before: Value,
        after: Value,
        gesture: int | None = None,
    ) -> None:
        super().__init__(text)
        self._put = put
        self._before, self._after = before, after
        self._gesture = gesture

    def undo(self) -> None:
        """Set the value of before."""
        self._put(self._before)

    def redo(self) -> None:
        """Set the other one (again)."""
        self._put(self._after)

    def id(self) -> int:
        return _NEVER_MERGES if self._gesture is None else _MERGES

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetValue) or other._gesture != self._gesture:
            return False
        self._after = other._after
        # Who slides a value back where it was has done nothing; Qt takes the step off the stack.
        self.setObsolete(bool(self._after == self._before))
        return True


class MoveCursor(QUndoCommand):
    """The cursor went from one latent point to another."""

    def __init__(self, selection: Selection, before: Point, after: Point) -> None:
        super().__init__(QCoreApplication.translate("MoveCursor", "move of the cursor"))
        self._selection = selection
        self._before = before
        self._after = after

    def undo(self) -> None:
        """Put the cursor back."""
        self._go_to(self._before)

    def redo(self) -> None:
        """Move the cursor (again)."""
        self._go_to(self._after)

    def _go_to(self, z: Point) -> None:
        # Qt asks that of the steps on the stack, but not of those that are part of another one.
        if not self.isObsolete():
            self._selection.move_to(z)


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
        stack.indexChanged.connect(self._on_index_changed)

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

    def drop(self) -> None:
        """The drag is over, and no step: somebody else has put the cursor elsewhere, or back."""
        self._began_at = None

    def forget(self) -> None:
        """Drop all moves of the cursor, and no other step: their points belong to another latent space."""
        self._began_at = None
        for index in range(self._stack.count()):
            _forget_moves(self._stack.command(index))
        self._drop_obsolete()

    def _on_index_changed(self, _index: int) -> None:
        # The stack says goodbye with this signal when its window is deleted.
        if isValid(self._stack):
            self._drop_obsolete()

    def _drop_obsolete(self) -> None:
        """Qt keeps obsolete steps until it comes to them, and would then do nothing at a press of the undo key."""
        stack = self._stack
        while stack.canUndo() and stack.command(stack.index() - 1).isObsolete():
            stack.undo()
        while stack.canRedo() and stack.command(stack.index()).isObsolete():
            stack.redo()

    def _push(self, before: Point, after: Point) -> None:
        if before.shape != after.shape or (before != after).any():
            self._stack.push(MoveCursor(self._selection, before, after))


def _forget_moves(command: QUndoCommand) -> None:
    """Mark a move of the cursor as obsolete, and also what is made of nothing else."""
    parts = [command.child(index) for index in range(command.childCount())]
    for part in parts:
        _forget_moves(part)
    if isinstance(command, MoveCursor) or (parts and all(part.isObsolete() for part in parts)):
        command.setObsolete(True)
