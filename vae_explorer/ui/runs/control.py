"""What can be done with runs: find them on disk, show any moment of them, resume, rename, delete, follow.

Reading happens on other threads; the newest wish counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QUndoStack
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_folder import (
    FoundRun,
    delete_run,
    is_busy,
    list_folders,
    load_snapshot,
    purge_deleted,
    read_run,
    rename_run,
    restore_run,
    runs_folder,
)
from vae_explorer.core.timeline import Moment
from vae_explorer.state.runs import Run, Runs
from vae_explorer.state.session import OpenModel, Session, open_model, show_on
from vae_explorer.ui.file_dialogs import ask_for_folder
from vae_explorer.ui.runs.commands import BringBack, Delete, Deletion, Rename
from vae_explorer.ui.runs.following import RunFollowing
from vae_explorer.ui.training.control import TrainingControl
from vae_explorer.ui.widgets.message_bar import MessageBar
from vae_explorer.workers.jobs import Jobs

if TYPE_CHECKING:
    from vae_explorer.ui.kept_session import KeptSession


class RunControl(QObject):
    """Does with runs what the panels ask for.

    Signals:
        opened: the user wants to see another moment; carries its `OpenModel`, just before it is shown.
        idle: what was to be shown is shown, or cannot be.
    """

    opened = Signal(object)
    idle = Signal()

    def __init__(
        self,
        window: QWidget,
        session: Session,
        runs: Runs,
        training: TrainingControl,
        jobs: Jobs,
        undo_stack: QUndoStack,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._runs = runs
        self._training = training
        self._jobs = jobs
        self._undo_stack = undo_stack
        self._messages = messages
        self._newest_wish = 0
        self._deletion_told = ""
        #: A run to be shown as soon as it has anything to show.
        self._awaited: str | None = None
        #: The wish that was the newest, and the epoch, when the map last began to go along with a run.
        self._along = (0, 0)
        self.following = RunFollowing(runs, jobs, self)
        self.following.new_epoch.connect(self._on_new_epoch)
        session.model_changed.connect(self._on_model_changed)

    # Finding

    def discover(self, kept: KeptSession | None = None) -> None:
        """Look for the runs on disk; what was interrupted is offered to be resumed, beside a session that was kept."""

        def look() -> list[_Found]:
            if kept is not None:
                kept.find()
            return _read_all(list_folders(runs_folder()))

        self._jobs.start(look, partial(self._on_discovered, kept), self.warn)

    def open_folder(
        self,
        folder: Path,
        then: Callable[[Run], object] | None = None,
        failed: Callable[[UserError], None] | None = None,
    ) -> None:
        """Take up one run folder, wherever it is, and show its newest model.

        Args:
            folder: where.
            then: what to do with the run instead.
            failed: what to do with the error of a folder that cannot be read, instead of showing it.
        """
        read = partial(self._on_folder_read, then or self.show)
        self._jobs.start(lambda: _read(folder), read, failed or self._on_failed)

    def ask_and_open_folder(self) -> None:
        """Let the user choose a run folder."""
        folder = ask_for_folder(self._window, self.tr("Open a run folder"), runs_folder())
        if folder is not None:
            self.open_folder(folder)

    def _on_discovered(self, kept: KeptSession | None, found: Sequence[_Found]) -> None:
        for entry in found:
            self._take_up(entry)
        interrupted = [run for run in self._runs if run.interrupted]
        if interrupted and not self._training.running:
            self._offer(interrupted[-1], len(interrupted), kept)
        elif kept is not None:
            kept.offer()

    def _offer(self, run: Run, count: int, kept: KeptSession | None) -> None:
        if run.info.status == "paused":
            text = self.tr("“{name}” is paused after epoch {epoch} of {epochs}.")
        else:
            text = self.tr("“{name}” was cut off after epoch {epoch} of {epochs}.")
        text = text.format(name=run.info.name, epoch=len(run.metrics.epochs), epochs=run.info.settings.epochs)
        if count > 1:
            text += " " + self.tr("There are {count} such runs; see the list of runs.").format(count=count)
        resume = (self.tr("Resume"), lambda: self.resume(run))
        other = kept.answer() if kept is not None else None
        self._messages.inform(text, resume, *([other] if other else []))
        if kept is not None:
            kept.on_offered()

    def _on_folder_read(self, then: Callable[[Run], object], entry: _Found) -> None:
        run = self._take_up(entry)
        if run.problems:
            self._messages.warn(" ".join(run.problems))
        then(run)

    def _take_up(self, entry: _Found) -> Run:
        found, folder = entry.found, entry.folder
        for known in self._runs:
            if known.folder == folder:
                self._bring_up_to_date(known, entry)
                return known
        info = found.info
        if self._runs.find(info.id) is not None:
            # Two folders in different places may have one name.
            info = replace(info, id=str(folder))
        run = Run(
            info,
            entry.folder,
            found.metrics,
            saved_epochs=found.saved_epochs,
            writer="elsewhere" if entry.busy else "nobody",
            problems=found.problems,
            can_resume=found.can_resume,
        )
        self._runs.add(run)
        return run

    def _bring_up_to_date(self, run: Run, entry: _Found) -> None:
        """Another process may have taken it up since it was read."""
        if run.writer != "nobody":
            return
        found = entry.found
        if (found.saved_epochs, found.metrics.epochs) == (run.saved_epochs, run.metrics.epochs):
            return
        run.metrics, run.saved_epochs, run.problems = found.metrics, found.saved_epochs, found.problems
        run.can_resume = found.can_resume
        # What is in memory may be from before it was taken up.
        run.timeline.cut(0)
        self._runs.set_info(run, replace(found.info, id=run.id))
        self._runs.set_writer(run, "elsewhere" if entry.busy else "nobody")
        self._runs.changed.emit(run)

    # Showing

    def show(self, run: Run) -> None:
        """Show the newest model of a run, and follow it if it is being trained."""
        self._awaited = None
        if run.writer == "here":
            self._newest_wish += 1
            self._training.follow()
        elif run.epochs:
            self.show_epoch(run, run.epochs[-1])
        elif run.writer == "elsewhere":
            self._awaited = run.id
            text = self.tr("“{name}” is in its first epoch; its map comes when that is done.")
            self._messages.inform(text.format(name=run.info.name))
            self.idle.emit()
        else:
            text = self.tr("“{name}” has no whole epoch yet, so there is nothing to show.")
            self._messages.inform(text.format(name=run.info.name))
            self.idle.emit()

    def show_epoch(self, run: Run, epoch: int) -> None:
        """Show a moment of a run, from memory or from disk."""
        self._newest_wish += 1
        self._with_moment(run, epoch, partial(self._show_moment, run))

    def model_at(self, run: Run, epoch: int, then: Callable[[OpenModel], object]) -> None:
        """Hand the model of an epoch to `then`, now or as soon as it is read."""
        self._newest_wish += 1
        self._with_moment(run, epoch, lambda moment: then(self._as_model(run, moment)))

    def _with_moment(self, run: Run, epoch: int, then: Callable[[Moment], object]) -> None:
        moment, images, folder = run.timeline.get(epoch), self._session.images, run.folder
        if moment is not None:
            then(moment)
        elif images is not None and folder is not None:
            number = self._newest_wish

            def read(moment: Moment) -> None:
                best = run.metrics.best
                run.timeline.add(moment, best.epoch if best else 0)
                # Only the newest wish counts: a scrub passes many epochs.
                if number == self._newest_wish:
                    then(moment)

            self._jobs.start(lambda: _read_moment(folder, epoch, images), read, self._on_failed)

    def _show_moment(self, run: Run, moment: Moment) -> None:
        model = self._as_model(run, moment)
        self.opened.emit(model)
        self._session.show(model)
        self.idle.emit()

    def _as_model(self, run: Run, moment: Moment) -> OpenModel:
        shown = self._session.model
        before = shown if shown is not None and shown.run == run.id else None
        plane, projection = show_on(self._session.plane_choice.plane, moment.posterior.mu, before)
        return OpenModel(
            moment.snapshot,
            moment.posterior,
            projection,
            run.info.name,
            "training",
            run=run.id,
            epoch=float(moment.epoch),
            saved=run.folder is not None,
            plane=plane,
        )

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if model is not None and before is not None and model.shares_run(before):
            # A run that only goes on is no newer wish.
            return
        # Whatever is still being read was wished for before this.
        self._newest_wish += 1

    def _on_new_epoch(self, run: Run, before: int) -> None:
        """A run that another process trains has a new snapshot; go along if its last one is on the map."""
        shown = self._session.model
        if run.id == self._awaited:
            self.show(run)
        elif shown is not None and shown.run == run.id and self._reached(shown) >= before and run.epochs:
            self._along = (self._newest_wish, run.epochs[-1])
            self._with_moment(run, run.epochs[-1], partial(self._go_along, run))

    def _reached(self, shown: OpenModel) -> float:
        """The epoch that the map has, or will have as soon as it is read."""
        wish, epoch = self._along
        return max(shown.epoch, epoch) if wish == self._newest_wish else shown.epoch

    def _go_along(self, run: Run, moment: Moment) -> None:
        shown = self._session.model
        # Two that are being read may arrive in any order.
        if shown is not None and shown.run == run.id and shown.epoch <= moment.epoch:
            self._session.show(self._as_model(run, moment))

    # Changing

    def resume(self, run: Run) -> None:
        """Go on with a run from where it is."""
        if run.writer == "here":
            self._training.go_on()
        elif self._training.running:
            self._messages.warn(self.tr("A training is under way. Stop it before you resume another."))
        else:
            self._training.resume(run)

    def rename(self, run: Run, name: str) -> None:
        """Give a run another name; can be undone."""
        name = " ".join(name.split())
        before = run.info.name
        if name and name != before and self.set_name(run, name):
            self._undo_stack.push(Rename(self, run, before, name))

    def delete(self, runs: Sequence[Run]) -> None:
        """Delete runs; can be undone until the application closes."""
        free = [run for run in runs if run.writer == "nobody"]
        if free:
            deletion = Deletion(self, free)
            deletion.delete()
            if not deletion.away:
                return
            gone = [run for run, _ in deletion.away]
            self._undo_stack.push(Delete(deletion, self._undo_text(gone)))
            text = self.tr("Deleted “{name}”.").format(name=gone[0].info.name)
            if len(gone) > 1:
                text = self.tr("Deleted {count} runs.").format(count=len(gone))
            if len(gone) < len(free):
                text += " " + self.tr("The rest could not be deleted; it may be in use.")
            self._messages.inform(text, (self.tr("Undo"), partial(self._take_back, deletion)))
            self._deletion_told = text

    def _undo_text(self, runs: Sequence[Run]) -> str:
        if len(runs) == 1:
            return self.tr("delete “{name}”").format(name=runs[0].info.name)
        return self.tr("delete {count} runs").format(count=len(runs))

    def _take_back(self, deletion: Deletion) -> None:
        """Undo a deletion, whatever was done since."""
        stack = self._undo_stack
        newest = stack.command(stack.index() - 1) if stack.index() else None
        if isinstance(newest, Delete) and newest.deletion is deletion:
            stack.undo()
        elif deletion.away:
            stack.push(BringBack(deletion, self.tr("bring back deleted runs")))

    def show_folder(self, run: Run) -> None:
        """Open the folder of a run in the system's file manager."""
        if run.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder)))

    def close(self) -> None:
        """The application ends: what was deleted is gone for good."""
        self.following.stop()
        purge_deleted(runs_folder())

    def set_name(self, run: Run, name: str) -> bool:
        """Rename on disk and on the screen; False, and a message, where that is not possible."""
        try:
            if run.writer == "here":
                self._training.rename(name)
            elif run.folder is not None:
                rename_run(run.folder, name)
        except UserError as error:
            self.warn(error)
            return False
        self._runs.set_info(run, replace(run.info, name=name))
        return True

    def take_away(self, run: Run) -> Path | None:
        """Take a run off the list and its folder aside; where the folder is now."""
        aside = delete_run(run.folder) if run.folder is not None else None
        self._runs.remove(run)
        return aside

    def bring_back(self, run: Run, aside: Path | None) -> None:
        """The inverse of `take_away`."""
        if aside is not None:
            run.folder = restore_run(aside)
        self._runs.add(run)
        if self._messages.text == self._deletion_told:
            # It offers to undo what is undone.
            self._messages.hide()

    def _on_failed(self, error: UserError) -> None:
        self.warn(error)
        self.idle.emit()

    def warn(self, error: UserError) -> None:
        """Show what went wrong."""
        self._messages.warn_about(error)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    folder: Path
    found: FoundRun
    busy: bool


def _read(folder: Path) -> _Found:
    # One folder may have several names; the window compares each with each.
    folder = folder.resolve()
    return _Found(folder, read_run(folder), is_busy(folder))


def _read_all(folders: Sequence[Path]) -> list[_Found]:
    found = []
    for folder in folders:
        try:
            found.append(_read(folder))
        except UserError:
            # A folder with nothing whole in it must not hide the others.
            continue
    return found


def _read_moment(folder: Path, epoch: int, images: ImageSet) -> Moment:
    model = open_model(load_snapshot(folder, epoch), images, folder.name, "training")
    return Moment(epoch, model.snapshot, model.posterior)
