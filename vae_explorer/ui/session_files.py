"""Saving all that is open into one file, and opening such a file in place of it.

What was on the screen before is not lost: one button brings it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.session_file import SESSION_SUFFIX, SessionContent, save_session
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.looks import Looks
from vae_explorer.state.runs import Run, Runs
from vae_explorer.state.saved_session import SavedModel, SavedSession, taken
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.state.session_reading import ReadSession, read_session, without_run
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.model_files import ModelFiles, file_name
from vae_explorer.ui.runs.control import RunControl
from vae_explorer.ui.training.commands import Wish
from vae_explorer.ui.training.control import TrainingControl
from vae_explorer.ui.widgets.message_bar import MessageBar
from vae_explorer.workers.jobs import Jobs


@dataclass(frozen=True, slots=True)
class OpenSession:
    """What is open.

    Attributes:
        snapshot: the model.
        saved: all but the model.
    """

    snapshot: ModelSnapshot
    saved: SavedSession

    def content(self) -> SessionContent:
        """What a file says of it; some milliseconds."""
        return SessionContent(self.snapshot, self.saved.to_dict())


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What was open, to be brought back.

    Attributes:
        saved: all but the model.
        model: the model.
        following: whether the map followed a training.
        asked: what stood in the training form, sense or nonsense, and which model it would have begun with.
    """

    saved: SavedSession
    model: OpenModel
    following: bool
    asked: Wish


class SessionFiles(QObject):
    """What the File menu does with sessions.

    Args:
        session, selection, runs, looks: what there is to save.
        files: asks for files, and remembers them.
        run_control: takes up the run that a model belongs to.
        training: its form is a part of a session; whether the map followed it, of what comes back.
        docks: their layout is a part of a session.
        map_: so is the view of it.
        undo_stack: its steps are of one session.
        jobs: for the work off the window's thread.
        messages: where to say what happened.

    Signals:
        opened: a session's model is about to be shown; carries it.
    """

    opened = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        runs: Runs,
        looks: Looks,
        files: ModelFiles,
        run_control: RunControl,
        training: TrainingControl,
        docks: Docks,
        map_: LatentMap,
        undo_stack: QUndoStack,
        jobs: Jobs,
        messages: MessageBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._runs, self._looks = session, selection, runs, looks
        self._files, self._run_control, self._training = files, run_control, training
        self._docks, self._map = docks, map_
        self._undo_stack = undo_stack
        self._jobs, self._messages = jobs, messages
        #: Where the session was saved or opened.
        self._path: Path | None = None
        #: Whether the session that is being opened is in a file of the user's.
        self._own_file = True
        files.session_chosen.connect(self.open)

    # Saving

    def save(self) -> None:
        """Write the session into its own file, or ask for one."""
        if self._path is None:
            self.save_as()
        else:
            self._save(self._path)

    def save_as(self) -> None:
        """Ask for a file and write the session there."""
        model = self._session.model
        if model is None:
            return
        path = self._files.ask_where(
            self.tr("Save the session"),
            file_name(model.name) + SESSION_SUFFIX,
            self.tr("Sessions (*{suffix})").format(suffix=SESSION_SUFFIX),
        )
        if path is not None:
            self._save(path)

    def _save(self, path: Path) -> None:
        model = self._session.model
        if model is None:
            return
        content = OpenSession(model.snapshot, self._taken(model)).content()

        def done(_result: None) -> None:
            self._path = path
            self._files.remember(path)
            self._messages.inform(self.tr("Session saved as {path}").format(path=path))

        self._jobs.start(lambda: save_session(content, path), done, self._messages.warn_about)

    def open_now(self) -> OpenSession | None:
        """All that is open at this moment, without touching a disk; None while there is no model."""
        model = self._session.model
        return None if model is None else OpenSession(model.snapshot, self._taken(model))

    def _taken(self, model: OpenModel) -> SavedSession:
        run = self._runs.find(model.run)
        folder = str(run.folder) if run is not None and run.folder is not None else ""
        source = SavedModel.of(model, folder)
        view, layout = self._map.chosen_view, self._docks.layout
        form = self._training.form
        free_view = self._map.free_view
        return taken(source, self._session, self._selection, self._looks, view, layout, form, free_view)

    # Opening

    def open_kept(self, path: Path) -> None:
        """Open what was kept of itself; it is nobody's file, so it gets neither its name nor its place."""
        self._open(path, own=False)

    def open(self, path: Path) -> None:
        """Open a session in place of what is open; a bad file changes nothing, and a message says what is wrong."""
        self._open(path, own=True)

    def _open(self, path: Path, *, own: bool) -> None:
        self._own_file = own
        wish = self._files.new_wish()

        def read_with(images: ImageSet) -> None:
            self._jobs.start(
                lambda: read_session(path, images), partial(self._on_read, wish), self._on_failed
            )

        self._files.with_images(read_with)

    def _on_failed(self, error: UserError) -> None:
        self._messages.warn_about(error)
        self._files.idle.emit()

    def _on_read(self, wish: int, found: ReadSession) -> None:
        if not self._files.is_newest(wish):
            return
        source = found.saved.model
        known = self._runs.find(source.run or None)
        if known is None and source.folder and found.problem is None:
            self._run_control.open_folder(
                Path(source.folder),
                partial(self._show_found, wish, found),
                # It was there when the session was read, and what matters is in the session.
                lambda _error: self._show_found(wish, without_run(found), None),
            )
        else:
            self._show_found(wish, found, known)

    def _show_found(self, wish: int, found: ReadSession, run: Run | None) -> None:
        if not self._files.is_newest(wish):
            # While its run was read, the user chose another file.
            return
        model, problem = found.model, found.problem
        if run is not None:
            origin, saved = found.saved.model.origin, run.folder is not None
            model, problem = replace(model, run=run.id, origin=origin, saved=saved), None
        shown = self._session.model
        before = None
        if shown is not None:
            training = self._training
            before = _Before(self._taken(shown), shown, training.following, training.asked)
        self._show(found.saved, model)
        self._path = found.path if self._own_file else None
        if self._own_file:
            self._files.remember(found.path)
        self._tell(found.path, problem, before)
        self._files.idle.emit()

    def _show(self, saved: SavedSession, model: OpenModel) -> None:
        self.opened.emit(model)
        self._session.show(model)
        saved.give(self._session, self._selection, self._looks)
        self._docks.restore_layout(saved.layout)
        # When the docks have their places: the scale of both axes is one, so that the view depends on them.
        if saved.view is None and saved.free_view is not None:
            self._map.show_free_view(saved.free_view)
        else:
            self._map.choose_view(saved.view)
        if saved.form is not None:
            self._training.show_form(saved.form)
        # Its steps lead to another session.
        self._undo_stack.clear()

    def _tell(self, path: Path, problem: UserError | None, before: _Before | None) -> None:
        answers = [(self.tr("Back to what was open"), partial(self._bring_back, before))] if before else []
        if problem is not None:
            self._messages.warn_about(problem, *answers)
        elif self._own_file:
            self._messages.inform(self.tr("Opened the session {name}.").format(name=path.name), *answers)
        else:
            self._messages.inform(self.tr("Everything is as you left it."), *answers)

    def _bring_back(self, before: _Before) -> None:
        self._path = None
        self._show(before.saved, before.model)
        self._training.ask(before.asked)
        if before.following:
            self._training.follow()
