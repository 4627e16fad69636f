"""Training on its own thread: iterates the generator of the core and reports to the window.

PyTorch is imported on that thread, when the first training starts, so that nobody who only looks at a model waits
for it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, Signal

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.events import BatchDone, DeviceFallback, EpochDone, TrainingEvent, TrainingStarted
from vae_explorer.core.projection import plane_for
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.session import OpenModel

#: At most this many progress signals a second; more would only keep the window busy.
_SIGNALS_A_SECOND = 20
#: Nice value of the training threads on Linux: the window's thread goes first when both want a core.
_NICENESS = 5


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is.

    Attributes:
        epoch: the epoch under way, from 1.
        epochs: how many there are.
        fraction: share of all steps that is done, 0 to 1.
        seconds_left: at the pace so far; None while nothing can be said.
    """

    epoch: int
    epochs: int
    fraction: float
    seconds_left: float | None


class Trainer(QObject):
    """Trains one model at a time off the window's thread. All signals arrive on the thread that made this object.

    Signals:
        preparing: a training was asked for; PyTorch and the images are being loaded.
        started: the first step begins; carries the device's name.
        progressed: `TrainingProgress`, at most twenty times a second.
        epoch_done: `OpenModel` with the newest weights.
        fell_back: `DeviceFallback`, training goes on elsewhere than wanted.
        finished: the training is over; True if it ran all its epochs, False if it was stopped.
        failed: it ended with an error; carries the exception. The last `epoch_done` stays valid.
    """

    preparing = Signal()
    started = Signal(str)
    progressed = Signal(object)
    epoch_done = Signal(object)
    fell_back = Signal(object)
    finished = Signal(bool)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _TrainingThread | None = None
        self._runs = 0

    @property
    def runs(self) -> int:
        """How many trainings were started."""
        return self._runs

    @property
    def running(self) -> bool:
        """Whether a training is under way."""
        return self._thread is not None

    def start(self, config: VAEConfig, settings: TrainingConfig, test: ImageSet, name: str) -> None:
        """Begin a training; its model is called `name`.

        Raises:
            RuntimeError: one is running already.
        """
        if self._thread is not None:
            raise RuntimeError("a training is running already")
        self._runs += 1
        thread = _TrainingThread(config, settings, test, name, self._runs, self)
        thread.reported.connect(self._on_reported)
        thread.finished.connect(self._on_thread_finished)
        self._thread = thread
        self.preparing.emit()
        thread.start()

    def stop(self) -> None:
        """Ask the training to end after the step under way."""
        if self._thread is not None:
            self._thread.cancel.set()

    def wait(self) -> None:
        """Stop and wait until the thread is over."""
        if self._thread is not None:
            self._thread.cancel.set()
            self._thread.wait()

    def _on_reported(self, report: object) -> None:
        match report:
            case TrainingProgress():
                self.progressed.emit(report)
            case OpenModel():
                self.epoch_done.emit(report)
            case TrainingStarted():
                self.started.emit(report.device)
            case DeviceFallback():
                self.fell_back.emit(report)

    def _on_thread_finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.wait()
        error, complete = thread.error, thread.complete
        thread.deleteLater()
        if error is None:
            self.finished.emit(complete)
        else:
            self.failed.emit(error)


class _TrainingThread(QThread):
    """One training. Reports go out through one signal, so that their order is kept."""

    reported = Signal(object)

    def __init__(
        self,
        config: VAEConfig,
        settings: TrainingConfig,
        test: ImageSet,
        name: str,
        run: int,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.cancel = threading.Event()
        self.error: BaseException | None = None
        self.complete = False
        self._config = config
        self._settings = settings
        self._test = test
        self._name = name
        self._run = run
        self._clock = _Clock(settings.epochs)

    def run(self) -> None:
        """Train until the last epoch or until cancelled; keep an error for the window's thread."""
        try:
            self._train()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the window's thread shows it
            self.error = error

    def _train(self) -> None:
        _give_way()
        from vae_explorer.core.training import fit

        train = load_images("train")
        for event in fit(self._config, self._settings, train, self._test):
            if self.cancel.is_set():
                break
            self._report(event)
        self.complete = not self.cancel.is_set()

    def _report(self, event: TrainingEvent) -> None:
        match event:
            case BatchDone():
                progress = self._clock.tick(event)
                if progress is not None:
                    self.reported.emit(progress)
            case EpochDone():
                self.reported.emit(self._open_model(event))
            case _:
                self._clock.restart()
                self.reported.emit(event)

    def _open_model(self, event: EpochDone) -> OpenModel:
        plane = plane_for(event.posterior.mu)
        return OpenModel(
            event.snapshot, event.posterior, plane, self._name, "training", run=self._run, saved=False
        )


class _Clock:
    """Turns steps into progress: thins them out, and estimates the time that is left."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self.restart()

    def restart(self) -> None:
        """The steps begin now, perhaps once more on another device."""
        self._began = time.perf_counter()
        self._done_before: float | None = None
        self._last_signal = -1.0

    def tick(self, step: BatchDone) -> TrainingProgress | None:
        """What to tell the window, or None if it was told something a moment ago."""
        now = time.perf_counter()
        if now - self._last_signal < 1 / _SIGNALS_A_SECOND:
            return None
        self._last_signal = now
        done = (step.epoch - 1 + step.batch / step.batches) / self._epochs
        if self._done_before is None:
            self._done_before, self._began = done, now
            return TrainingProgress(step.epoch, self._epochs, done, None)
        pace = (done - self._done_before) / (now - self._began)
        left = (1 - done) / pace if now - self._began > 1 and pace > 0 else None
        return TrainingProgress(step.epoch, self._epochs, done, left)


def _give_way() -> None:
    """Let the window's thread have a core first. Threads that PyTorch starts from here inherit this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
