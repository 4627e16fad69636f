"""Choosing another plane of the map as a step that can be undone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from vae_explorer.core.planes import Plane
from vae_explorer.state.plane_choice import PlaneChoice


class ChoosePlane(QUndoCommand):
    """The map shows another plane than before."""

    def __init__(self, choice: PlaneChoice, plane: Plane) -> None:
        super().__init__(QCoreApplication.translate("ChoosePlane", "plane of the map"))
        self._choice = choice
        self._before, self._after = choice.plane, plane

    def undo(self) -> None:
        """Wish for the plane before."""
        self._choice.choose(self._before)

    def redo(self) -> None:
        """Wish for the other one (again)."""
        self._choice.choose(self._after)
