"""What the user does with attribute directions as steps that can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand, QUndoStack

from vae_explorer.state.edits import FARTHEST_ALPHA, Base, Edits, Entry
from vae_explorer.ui.undo import SetValue


class ChangeDirections(QUndoCommand):
    """Directions are others now than before, or have other names.

    What is restored may have been found for an older model: `ui.attributes.finding` puts that right at once.
    """

    def __init__(self, edits: Edits, before: tuple[Entry, ...], after: tuple[Entry, ...], text: str) -> None:
        super().__init__(text)
        self._edits = edits
        self._before, self._after = before, after

    def undo(self) -> None:
        """Have the directions of before."""
        self._edits.restore(self._before)

    def redo(self) -> None:
        """Have those of after (again)."""
        self._edits.restore(self._after)


def change(edits: Edits, stack: QUndoStack, text: str, deed: Callable[[], object]) -> None:
    """Do `deed` with `edits` as a step of the stack; none if it changes nothing."""
    before = edits.entries
    deed()
    if edits.entries != before:
        stack.push(ChangeDirections(edits, before, edits.entries, text))


def set_alpha(edits: Edits, stack: QUndoStack, name: str, alpha: float, gesture: int | None = None) -> None:
    """Go so far along the direction `name`, in σ, as a step to undo; none where it is there already.

    Args:
        edits: the directions.
        stack: takes the step.
        name: of the direction; nothing happens where there is none.
        alpha: how far, or as far as one may.
        gesture: steps in a row with the same number are one, see `ui.widgets.gestures.Gesture`.
    """
    entry = edits.find(name)
    bounded = float(min(max(alpha, -FARTHEST_ALPHA), FARTHEST_ALPHA))
    if entry is not None and entry.alpha != bounded:
        text = _tr("α of “{name}”").format(name=name)
        before = edits.alphas
        stack.push(SetValue(text, edits.set_alphas, before, before | {name: bounded}, gesture))


def reset_alphas(edits: Edits, stack: QUndoStack) -> None:
    """Go along no direction any more, as one step to undo; none where it is so already."""
    before = edits.alphas
    after = dict.fromkeys(before, 0.0)
    if before != after:
        stack.push(SetValue(_tr("reset of all directions"), edits.set_alphas, before, after))


def set_base(edits: Edits, stack: QUndoStack, base: Base) -> None:
    """Move something else from now on, as a step to undo."""
    if base != edits.base:
        stack.push(SetValue(_tr("base of the edit"), edits.set_base, edits.base, base))


def _tr(text: str) -> str:
    return QCoreApplication.translate("DirectionCommands", text)
