"""Directions written to files and read from them, with plain words for what does not go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from vae_explorer.core.direction_file import (
    SUFFIX,
    DirectionFile,
    ForeignModel,
    load_directions,
    mark_of,
    save_directions,
)
from vae_explorer.core.directions import Direction
from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.edits import Edits
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.commands import change
from vae_explorer.ui.file_dialogs import ask_for_file, ask_where_to_save
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs


class DirectionFiles(QObject):
    """Asks for files and reads or writes them on another thread.

    Args:
        session: whose model the directions are of.
        edits: the directions.
        undo_stack: what is loaded can be undone in one step.
        jobs: where files are read and written.
        parent: owner of the dialogs.

    Attributes:
        folder: where the dialogs begin.

    Signals:
        message: what happened, or why it did not.
    """

    message = Signal(object)

    def __init__(
        self, session: Session, edits: Edits, undo_stack: QUndoStack, jobs: Jobs, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._edits, self._stack, self._jobs = session, edits, undo_stack, jobs
        self._window = parent
        self.folder = Path.home()

    def ask_and_save(self) -> None:
        """Ask for a file and write all directions that there are."""
        if not self._directions():
            self.message.emit(self.tr("There are no directions to save yet."))
            return
        start = self.folder / f"directions{SUFFIX}"
        path = ask_where_to_save(self._window, self.tr("Save the directions"), start, self._filter())
        if path is not None:
            self.save(path)

    def ask_and_load(self) -> None:
        """Ask for a file and add the directions that it holds."""
        if self._session.model is None:
            self.message.emit(self.tr("Open a model first: directions belong to the latent space of one."))
            return
        path = ask_for_file(self._window, self.tr("Load directions"), self.folder, self._filter())
        if path is not None:
            self.load(path)

    def save(self, path: Path) -> None:
        """Write all directions that there are, as they are used."""
        model, directions = self._session.model, self._directions()
        if model is None:
            return
        self.folder = path.parent
        left_out = [entry.name for entry in self._edits if entry.used is None]
        self._jobs.start(
            partial(_save, path, directions, model.name, model.snapshot),
            lambda _result: self._on_saved(path, len(directions), left_out),
            self._on_failed,
        )

    def load(self, path: Path) -> None:
        """Add the directions of a file, as one step to undo; a bad file changes nothing."""
        model = self._session.model
        if model is None:
            return
        self.folder = path.parent
        self._jobs.start(
            partial(_load, path, model.name, model.snapshot),
            partial(self._on_loaded, path, model),
            self._on_failed,
        )

    def _directions(self) -> list[Direction]:
        return [replace(entry.used, name=entry.name) for entry in self._edits if entry.used is not None]

    def _on_saved(self, path: Path, count: int, left_out: list[str]) -> None:
        text = (
            self.tr("Saved 1 direction as {path}")
            if count == 1
            else self.tr("Saved {count} directions as {path}")
        )
        lines = [text.format(count=count, path=path)]
        if left_out:
            names = ", ".join(left_out)
            lines.append(self.tr("Not saved, because they were not found: {names}.").format(names=names))
        self.message.emit("\n".join(lines))

    def _on_loaded(self, path: Path, model: OpenModel, file: DirectionFile) -> None:
        now = self._session.model
        if now is None or now.snapshot.config.latent != model.snapshot.config.latent:
            self.message.emit(
                self.tr("Another model was opened meanwhile. Load {path} again.").format(path=path)
            )
            return

        def deed() -> None:
            for direction in file.directions:
                self._edits.add(direction.name, direction.source, direction)

        count = len(file.directions)
        change(self._edits, self._stack, self.tr("directions from {name}").format(name=path.name), deed)
        text = (
            self.tr("Loaded 1 direction from {name}.")
            if count == 1
            else self.tr("Loaded {count} directions from {name}.")
        )
        lines = [text.format(count=count, name=path.name)]
        if file.warning is not None:
            lines.append(_warning_text(file.warning))
        self.message.emit("\n".join(lines))

    def _on_failed(self, error: UserError) -> None:
        self.message.emit(translated(error))

    def _filter(self) -> str:
        return self.tr("Directions (*{suffix})").format(suffix=SUFFIX)


def _save(path: Path, directions: list[Direction], name: str, snapshot: ModelSnapshot) -> None:
    save_directions(path, directions, mark_of(name, snapshot))


def _load(path: Path, name: str, snapshot: ModelSnapshot) -> DirectionFile:
    return load_directions(path, mark_of(name, snapshot))


def _warning_text(warning: ForeignModel) -> str:
    return QCoreApplication.translate("errors", warning.template).format(**warning.values)
