"""Training on its own thread: iterates the runner of the core and reports to the window.

PyTorch is imported on that thread, when the first training starts, so that nobody who only looks at a model waits
for it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from vae_explorer.core.controls import Controls, Ending, Remedy
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.events import (
    BatchDone,
    Changed,
    DeviceFallback,
    EpochDone,
    Looked,
    MemoryRanOut,
    NotRecorded,
    Paused,
    Resumed,
    RunEnded,
    RunEvent,
    StepsDone,
    StoppedEarly,
    TrainingStarted,
)
from vae_explorer.core.planes import fitting
from vae_explorer.core.run_folder import FoundRun, read_run
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.statistics import EpochStats, Steered
from vae_explorer.core.torch_loading import LoadingAbandonedError, bring_torch_into_memory
from vae_explorer.core.training_clock import TrainingClock, TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.plane_choice import PlaneChoice
from vae_explorer.state.session import OpenModel, show_on

if TYPE_CHECKING:
    from vae_explorer.core.runner import Beginning

#: Nice value of the training threads on Linux: the window's thread goes first when both want a core.
_NICENESS = 5


@dataclass(frozen=True, slots=True, eq=False)
class RunRequest:
    """What to train.

    Attributes:
        info: architecture, settings and name of the run.
        folder: where to keep it; None to keep nothing on disk.
        start: a model whose weights to begin with, instead of random ones.
        resume: whether to go on with what is in the folder; `info` then only gives the name.
        epochs: how many to train in all, where a run that is resumed shall get more than it had.
    """

    info: RunInfo
    folder: Path | None
    start: ModelSnapshot | None = None
    resume: bool = False
    epochs: int | None = None

    @property
    def settings(self) -> TrainingConfig:
        """How to train, as far as `info` knows."""
        return self.info.settings if self.epochs is None else replace(self.info.settings, epochs=self.epochs)


@dataclass(frozen=True, slots=True, eq=False)
class EpochReport:
    """An epoch is over: its figures, the model after it, and the epochs whose snapshots are on disk."""

    stats: EpochStats
    model: OpenModel
    saved_epochs: tuple[int, ...]


class Trainer(QObject):
    """Trains one model at a time off the window's thread. All signals arrive on the thread that made this object.

    Signals:
        preparing: a training was asked for; PyTorch and the images are being loaded. Carries its `RunRequest`.
        taken_up: an interrupted run goes on; carries what its folder holds, a `FoundRun`.
        not_recorded: the run cannot be kept on disk; carries the error. It trains nevertheless.
        started: `TrainingStarted`; the first step begins.
        progressed: `TrainingProgress`, at most twenty times a second.
        steps_done: new entries of the table of steps, a tuple of `StepStats`.
        changed: a `Change` of the user's is in force.
        looked: an `OpenModel` in the middle of an epoch, a few times a second.
        epoch_done: an `EpochReport`.
        stopped_early: `StoppedEarly`; no more epochs follow.
        fell_back: `DeviceFallback`, training goes on elsewhere than wanted.
        memory_ran_out: `MemoryRanOut`; the training waits for `answer`.
        paused: it waits for `resume`; carries the problem that made it, or None where it was asked to.
        resumed: it goes on.
        ended: the training is over; carries its status.
        failed: it ended with an error; carries the exception. The last `epoch_done` stays valid.
    """

    preparing = Signal(object)
    taken_up = Signal(object)
    not_recorded = Signal(object)
    started = Signal(object)
    progressed = Signal(object)
    steps_done = Signal(object)
    changed = Signal(object)
    looked = Signal(object)
    epoch_done = Signal(object)
    stopped_early = Signal(object)
    fell_back = Signal(object)
    memory_ran_out = Signal(object)
    paused = Signal(object)
    resumed = Signal()
    ended = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None, plane_choice: PlaneChoice | None = None) -> None:
        super().__init__(parent)
        self._plane_choice = plane_choice or PlaneChoice()
        self._thread: _TrainingThread | None = None

    @property
    def running(self) -> bool:
        """Whether a training is under way, paused or not."""
        return self._thread is not None

    def start(self, request: RunRequest, test: ImageSet) -> None:
        """Begin or resume a run.

        Raises:
            RuntimeError: one is running already.
        """
        if self._thread is not None:
            raise RuntimeError("a training is running already")
        thread = _TrainingThread(request, test, self._plane_choice, self)
        thread.reported.connect(self._on_reported)
        thread.finished.connect(self._on_thread_finished)
        self._thread = thread
        self.preparing.emit(request)
        thread.start()

    def pause(self) -> None:
        """Wait after the step under way."""
        if self._thread is not None:
            self._thread.controls.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._thread is not None:
            self._thread.controls.resume()

    def steer(self, name: Steered, value: float) -> None:
        """Change β or the learning rate from the next step on."""
        if self._thread is not None:
            self._thread.controls.steer(name, value)

    def rename(self, name: str) -> None:
        """Give the run another name."""
        if self._thread is not None:
            self._thread.controls.rename(name)

    def answer(self, remedy: Remedy) -> None:
        """How to go on after memory ran out."""
        if self._thread is not None:
            self._thread.controls.answer(remedy)

    def stop(self) -> None:
        """End after the step under way."""
        self._end("stop")

    def suspend(self) -> None:
        """Put the run away to be resumed another time, and wait until that is done."""
        self._end("suspend")
        if self._thread is not None:
            self._thread.wait()

    def _end(self, ending: Ending) -> None:
        if self._thread is not None:
            self._thread.controls.end(ending)

    def _on_reported(self, report: object) -> None:
        match report:
            case TrainingProgress():
                self.progressed.emit(report)
            case StepsDone():
                self.steps_done.emit(report.stats)
            case OpenModel():
                self.looked.emit(report)
            case EpochReport():
                self.epoch_done.emit(report)
            case TrainingStarted():
                self.started.emit(report)
            case DeviceFallback():
                self.fell_back.emit(report)
            case _:
                self._on_turn(report)

    def _on_turn(self, report: object) -> None:
        match report:
            case Changed():
                self.changed.emit(report.change)
            case Paused():
                self.paused.emit(report.problem)
            case Resumed():
                self.resumed.emit()
            case StoppedEarly():
                self.stopped_early.emit(report)
            case MemoryRanOut():
                self.memory_ran_out.emit(report)
            case NotRecorded():
                self.not_recorded.emit(report.problem)
            case FoundRun():
                self.taken_up.emit(report)

    def _on_thread_finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.wait()
        error, status = thread.error, thread.status
        thread.deleteLater()
        if error is None:
            self.ended.emit(status)
        else:
            self.failed.emit(error)


class _TrainingThread(QThread):
    """One training. Reports go out through one signal, so that their order is kept."""

    reported = Signal(object)

    def __init__(
        self, request: RunRequest, test: ImageSet, plane_choice: PlaneChoice, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.controls = Controls()
        self.error: BaseException | None = None
        self.status = "stopped"
        self._request = request
        self._test = test
        self._plane_choice = plane_choice
        self._clock = TrainingClock()
        self._newest: OpenModel | None = None
        self._recorder: RunRecorder | None = None

    def run(self) -> None:
        """Train until the end; keep an error for the window's thread."""
        try:
            self._train()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the window's thread shows it
            self.error = error

    def _train(self) -> None:
        _give_way()
        try:
            bring_torch_into_memory(lambda: self.controls.ending is not None)
        except LoadingAbandonedError:
            # Before it began, so there is nothing to keep.
            return
        from vae_explorer.core.runner import Runner

        train = load_images("train")
        try:
            beginning = self._open_folder()
            self._clock.set_epochs((beginning.state or beginning.info).settings.epochs)
            runner = Runner(beginning, train, self._test, self.controls, self._recorder, looks=True)
            for event in runner.run():
                self._report(event)
        finally:
            if self._recorder is not None:
                self._recorder.close()

    def _open_folder(self) -> Beginning:
        from vae_explorer.core.runner import Beginning

        request = self._request
        if request.resume and request.folder is not None:
            recorder = self._recorder = RunRecorder.reopen(request.folder)
            state = recorder.take_up()
            if request.epochs is not None:
                state = state.with_settings(replace(state.settings, epochs=request.epochs))
            self.reported.emit(read_run(request.folder))
            return Beginning(recorder.info, state=state)
        if request.folder is not None:
            try:
                self._recorder = RunRecorder.create(request.folder, request.info)
            except UserError as error:
                self.reported.emit(NotRecorded(error))
        return Beginning(request.info, request.start)

    def _report(self, event: RunEvent) -> None:
        match event:
            case BatchDone():
                progress = self._clock.tick(event)
                if progress is not None:
                    self.reported.emit(progress)
            case EpochDone():
                model = self._open_model(event.snapshot, event.posterior, event.stats.epoch)
                saved = self._recorder.saved_epochs if self._recorder is not None else ()
                self.reported.emit(EpochReport(event.stats, model, saved))
            case Looked():
                self.reported.emit(self._open_model(event.snapshot, event.posterior, event.epoch))
            case RunEnded():
                self.status = event.status
            case _:
                if isinstance(event, TrainingStarted | Resumed):
                    self._clock.restart()
                self.reported.emit(event)

    def _open_model(self, snapshot: ModelSnapshot, posterior: Posterior | None, epoch: float) -> OpenModel:
        before, wished = self._newest, self._plane_choice.plane
        if posterior is None and before is not None:
            # The same places on the map, newer weights at the cursor.
            model = replace(before, snapshot=snapshot, epoch=epoch)
            if before.plane != fitting(wished, before.posterior.mu):
                plane, projection = show_on(wished, before.posterior.mu)
                model = replace(model, plane=plane, projection=projection)
        else:
            places = posterior or snapshot.encode(self._test.images)
            plane, projection = show_on(wished, places.mu, before)
            info = self._request.info
            model = OpenModel(
                snapshot,
                places,
                projection,
                info.name,
                "training",
                run=info.id,
                epoch=epoch,
                saved=self._recorder is not None,
                plane=plane,
            )
        self._newest = model
        return model


def _give_way() -> None:
    """Let the window's thread have a core first. Threads that PyTorch starts from here inherit this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
