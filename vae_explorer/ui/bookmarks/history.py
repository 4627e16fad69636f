"""Back and forward through the places where the cursor rested."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from vae_explorer.state.cursor_history import CursorHistory
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.undo import CursorMoves


class HistoryControl(QObject):
    """Notes each place where the cursor comes to rest, and goes back there.

    The cursor rests when a step of the undo stack is over: a click, a jump, the end of a drag. Going back is such a
    step itself, so that it can be undone.

    Args:
        session: tells when the cursor is in another latent space.
        selection: the cursor.
        moves: how it is moved.
        stack: where its steps are.
        history: where the places are kept.
        parent: owner.
    """

    def __init__(
        self,
        session: Session,
        selection: Selection,
        moves: CursorMoves,
        stack: QUndoStack,
        history: CursorHistory,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._selection, self._moves, self._history = selection, moves, history
        session.model_changed.connect(self._on_model_changed)
        stack.indexChanged.connect(self._on_step_done)

    def back(self) -> None:
        """Put the cursor where it rested before."""
        place = self._history.back()
        if place is not None:
            self._moves.move(place)

    def forward(self) -> None:
        """Put the cursor where one went back from."""
        place = self._history.forward()
        if place is not None:
            self._moves.move(place)

    def _on_step_done(self) -> None:
        self._history.visit(self._selection.z)

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        current = self._history.current
        if current is None or current.shape != self._selection.z.shape:
            self._history.visit(self._selection.z)
