"""What is done on the drawing pad as steps that can be undone."""

from __future__ import annotations

from PySide6.QtGui import QUndoCommand

from vae_explorer.core.data import ByteArray
from vae_explorer.state.drawing import Drawing


class Redraw(QUndoCommand):
    """The drawing became another one.

    Args:
        drawing: that was changed, or will be.
        before: its pixels before, shape (28, 28).
        after: its pixels from now on.
        text: what was done, translated.
    """

    def __init__(self, drawing: Drawing, before: ByteArray, after: ByteArray, text: str) -> None:
        super().__init__(text)
        self._drawing = drawing
        self._before, self._after = before, after

    def undo(self) -> None:
        """Bring the old pixels back."""
        self._drawing.set_pixels(self._before)

    def redo(self) -> None:
        """Put the new pixels there (again)."""
        self._drawing.set_pixels(self._after)
