"""Follows runs that another process is writing, by looking at their folders twice a second."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.run_folder import is_busy
from vae_explorer.core.run_follower import Growth, RunFollower
from vae_explorer.state.runs import Run, Runs
from vae_explorer.workers.jobs import Jobs

_MILLISECONDS = 500


class RunFollowing(QObject):
    """Keeps the runs whose writer is elsewhere up to date.

    Signals:
        new_epoch: a run has a new snapshot; carries the run and the last epoch it had before.
    """

    new_epoch = Signal(object, int)

    def __init__(self, runs: Runs, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._jobs = jobs
        self._followers: dict[str, RunFollower] = {}
        self._waiting = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        runs.added.connect(self._on_runs_changed)
        runs.changed.connect(self._on_runs_changed)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._runs.added.disconnect(self._on_runs_changed)
        self._runs.changed.disconnect(self._on_runs_changed)

    def _on_runs_changed(self, run: Run) -> None:
        if run.writer == "elsewhere" and not self._timer.isActive() and not self._waiting:
            self._timer.start()

    def _look(self) -> None:
        followed = [run for run in self._runs if run.writer == "elsewhere" and run.folder is not None]
        for run in followed:
            self._waiting += 1
            first = run.id not in self._followers
            if first:
                self._followers[run.id] = RunFollower(run.folder)  # type: ignore[arg-type]
            self._jobs.start(
                partial(_poll, self._followers[run.id]),
                partial(self._on_polled, run, first),
                partial(self._on_lost, run),
            )

    def _on_polled(self, run: Run, first: bool, polled: tuple[Growth, bool]) -> None:
        growth, busy = polled
        before = run.epochs[-1] if run.epochs else 0
        if first or growth.cut:
            # The follower begins at the beginning.
            run.metrics = Metrics()
        run.metrics.add_steps(growth.steps)
        run.metrics.epochs.extend(growth.epochs)
        run.metrics.changes.extend(growth.changes)
        run.saved_epochs = growth.saved_epochs
        if growth.info is not None:
            # Here it may be called otherwise, because another folder has the same name.
            self._runs.set_info(run, replace(growth.info, id=run.id))
        if growth.steps or growth.epochs or growth.changes:
            self._runs.grown.emit(run)
        # Figures are written before the snapshot that belongs to them: it may come with a later look.
        newest = run.epochs[-1] if run.epochs else 0
        if first or growth.cut or growth.epochs or newest != before:
            self._runs.changed.emit(run)
        if newest > before or (growth.cut and newest):
            self.new_epoch.emit(run, 0 if growth.cut else before)
        if not busy:
            self._followers.pop(run.id, None)
            run.can_resume |= bool(run.saved_epochs)
            self._runs.set_writer(run, "nobody")
        self._done()

    def _on_lost(self, run: Run, _error: UserError) -> None:
        """The folder went away; its figures stay on the screen."""
        self._followers.pop(run.id, None)
        self._runs.set_writer(run, "nobody")
        self._done()

    def _done(self) -> None:
        self._waiting -= 1
        if not self._waiting and any(run.writer == "elsewhere" for run in self._runs):
            self._timer.start()


def _poll(follower: RunFollower) -> tuple[Growth, bool]:
    # Asked before: what is written between the two is then found by the next look.
    busy = is_busy(follower.folder)
    return follower.poll(), busy
