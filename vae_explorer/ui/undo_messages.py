"""Says in the status line what was undone: it may be nothing that is to be seen at the moment."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QStatusBar

from vae_explorer.ui.training.commands import FormStep
from vae_explorer.ui.training.panel import TrainingPanel

_TOLD_MS = 4000


class UndoMessages(QObject):
    """Tells of each step that the user undoes or does again.

    Args:
        undo_stack: the steps.
        status: where they are told for a while.
        training_panel: shows no step in its form while it shows a training.
        parent: owner.
    """

    def __init__(
        self, undo_stack: QUndoStack, status: QStatusBar, training_panel: TrainingPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._stack, self._status, self._training_panel = undo_stack, status, training_panel

    def tell_undone(self) -> None:
        """The newest step was just undone."""
        text = self.tr("Undone: {step}").format(step=self._stack.redoText())
        self._tell(text, self._stack.index())

    def tell_redone(self) -> None:
        """A step was just done again."""
        text = self.tr("Done again: {step}").format(step=self._stack.undoText())
        self._tell(text, self._stack.index() - 1)

    def _tell(self, text: str, index: int) -> None:
        if self._training_panel.shows_training and isinstance(self._stack.command(index), FormStep):
            text = self.tr("{what}. The form shows it after this training.").format(what=text)
        self._status.showMessage(text, _TOLD_MS)
