"""Renaming and deleting runs as steps that can be undone.

What can fail is done before its command is put on the stack: one that has become obsolete by then is never freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from vae_explorer.core.errors import UserError
from vae_explorer.state.runs import Run

if TYPE_CHECKING:
    from vae_explorer.ui.runs.control import RunControl


class Rename(QUndoCommand):
    """Undo gives a run, which has its new name already, the old one again."""

    def __init__(self, control: RunControl, run: Run, before: str, after: str) -> None:
        super().__init__(control.tr("rename “{name}”").format(name=before))
        self._control, self._run = control, run
        self._before, self._after = before, after
        self._undone = False

    def redo(self) -> None:
        if self._undone:
            self.setObsolete(not self._control.set_name(self._run, self._after))

    def undo(self) -> None:
        self._undone = True
        self.setObsolete(not self._control.set_name(self._run, self._before))


class Deletion:
    """Some runs that were deleted, and are where they can be brought back from.

    Attributes:
        away: the runs that are gone at the moment, and where their folders are.
    """

    def __init__(self, control: RunControl, runs: Sequence[Run]) -> None:
        self._control = control
        self._runs = list(runs)
        self.away: list[tuple[Run, Path | None]] = []

    def delete(self) -> None:
        """Take away those that can be."""
        for run in self._runs:
            try:
                self.away.append((run, self._control.take_away(run)))
            except UserError as error:
                self._control.warn(error)

    def bring_back(self) -> None:
        """The inverse of `delete`."""
        while self.away:
            run, aside = self.away.pop()
            try:
                self._control.bring_back(run, aside)
            except UserError as error:
                self._control.warn(error)


class Delete(QUndoCommand):
    """Undo brings runs back that are deleted already."""

    def __init__(self, deletion: Deletion, text: str) -> None:
        super().__init__(text)
        self.deletion = deletion
        self._undone = False

    def redo(self) -> None:
        if self._undone:
            self.deletion.delete()
            self.setObsolete(not self.deletion.away)

    def undo(self) -> None:
        self._undone = True
        self.deletion.bring_back()


class BringBack(QUndoCommand):
    """Takes a deletion back that is no longer the newest thing to undo."""

    def __init__(self, deletion: Deletion, text: str) -> None:
        super().__init__(text)
        self._deletion = deletion

    def redo(self) -> None:
        self._deletion.bring_back()

    def undo(self) -> None:
        self._deletion.delete()
