"""Drives one training and keeps its run folder: pause, steering, autosave, and what to do when something fails.

The window's thread and the command line iterate the same generator; neither knows how a run is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from vae_explorer.core.controls import Controls, Remedy
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import OutOfMemoryError, TrainingError, UserError
from vae_explorer.core.events import (
    BatchDone,
    Changed,
    EpochDone,
    Looked,
    MemoryRanOut,
    Paused,
    Resumed,
    RunEnded,
    RunEvent,
    StepsDone,
    TrainingEvent,
    TrainingStarted,
)
from vae_explorer.core.run_info import RunInfo, RunStatus
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.statistics import Change
from vae_explorer.core.training import Training
from vae_explorer.core.training_state import TrainingState

#: The screen gets newer weights this often, in seconds…
_LOOK_SECONDS = 0.3
#: …and places of all test images so seldom that finding them costs at most this share of the time.
_POSTERIOR_SHARE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Where a run begins.

    Attributes:
        info: architecture, settings, name.
        start: a model whose weights to begin with, instead of random ones.
        state: where an interrupted run was; its settings count, not those of `info`.
    """

    info: RunInfo
    start: ModelSnapshot | None = None
    state: TrainingState | None = None


class Runner:
    """One run.

    Args:
        beginning: what to train.
        train: images to learn from.
        test: images for the test ELBO.
        controls: what the user wants while it runs.
        recorder: keeps the run on disk; None to keep nothing. Closed at the end.
        looks: whether to report the model several times a second, for a screen.
    """

    def __init__(
        self,
        beginning: Beginning,
        train: ImageSet,
        test: ImageSet,
        controls: Controls,
        recorder: RunRecorder | None = None,
        *,
        looks: bool = False,
    ) -> None:
        self._info = beginning.info
        self._start = beginning.start
        self._state = beginning.state
        self._train, self._test = train, test
        self._controls = controls
        self._recorder = recorder
        self._looks = _Looks() if looks else None

    def run(self) -> Iterator[RunEvent]:
        """Train until the end, whatever that is; the last event is `RunEnded`.

        Raises:
            DivergedError: the loss is no longer finite; the last whole epoch is kept.
            UserError: it cannot go on for another reason.
        """
        try:
            status = yield from self._run()
            yield from self._set_info(replace(self._info, status=status))
            yield RunEnded(status)
        except UserError as error:
            self._note_failure(error)
            raise
        except Exception:
            # A folder that nobody writes to any more must not say that it is in training.
            self._note_failure(TrainingError("A fault in VAE Explorer itself ended the training."))
            raise
        finally:
            if self._recorder is not None:
                self._recorder.close()

    def _run(self) -> Generator[RunEvent, None, RunStatus]:
        while True:
            training = self._training = self._begin()
            try:
                return (yield from self._drive(training))
            except OutOfMemoryError as error:
                yield MemoryRanOut(error.device, training.settings.batch_size)
                self._go_on_with(self._controls.wait_for_remedy(), error, training)

    def _begin(self) -> Training:
        if self._state is not None:
            return Training.resume(self._state, self._train, self._test)
        info = self._info
        return Training(info.config, info.settings, self._train, self._test, start=self._start)

    def _drive(self, training: Training) -> Generator[RunEvent, None, RunStatus]:
        for event in training.run():
            yield from self._keep(event, training)
            yield event
            if isinstance(event, StepsDone):
                continue
            if self._controls.news:
                status = yield from self._attend(training)
                if status is not None:
                    return status
            if self._looks is not None:
                yield from self._looks.after(event, training)
        return "finished"

    def _keep(self, event: TrainingEvent, training: Training) -> Iterator[RunEvent]:
        """Write what belongs on disk."""
        match event:
            case TrainingStarted():
                info = replace(self._info, device=event.device, settings=training.settings)
                yield from self._set_info(info.with_status("running"))
                # Whatever happens from now on, there is something to resume.
                yield from self._record(lambda recorder: recorder.save_state(training.state()))
            case StepsDone(entries):
                yield from self._record(lambda recorder: recorder.add_steps(entries))
            case EpochDone(stats, snapshot):
                state = training.state()
                yield from self._record(lambda recorder: recorder.add_epoch(stats, snapshot, state))

    # What the user wants

    def _attend(self, training: Training) -> Generator[RunEvent, None, RunStatus | None]:
        """Do what was asked for; the status to end with, if it was that."""
        yield from self._steer(training)
        name = self._controls.take_name()
        if name is not None:
            yield from self._set_info(replace(self._info, name=name))
        if self._controls.paused and self._controls.ending is None:
            yield from self._pause(training)
            yield from self._steer(training)
        if self._controls.ending is None:
            return None
        yield from self._save(training)
        return "stopped" if self._controls.ending == "stop" else "paused"

    def _steer(self, training: Training) -> Iterator[RunEvent]:
        for name, value in self._controls.take_steered():
            change = training.steer(name, value)
            if change is not None:
                yield from self._record(partial(_add_change, change=change))
                yield Changed(change)

    def _pause(self, training: Training) -> Iterator[RunEvent]:
        yield from self._save(training)
        yield from self._set_info(self._info.with_status("paused"))
        yield Paused()
        self._wait()
        if self._controls.ending is None:
            yield from self._set_info(self._info.with_status("running"))
            yield Resumed()

    def _save(self, training: Training) -> Iterator[RunEvent]:
        """Bring the folder up to this very step."""
        stats = training.flush()
        if stats:
            yield from self._record(lambda recorder: recorder.add_steps(stats))
            yield StepsDone(stats)
        state = training.state()
        yield from self._record(lambda recorder: recorder.save_state(state))

    def _wait(self) -> None:
        began = time.perf_counter()
        self._controls.wait_for_resume()
        self._training.exclude(time.perf_counter() - began)

    # What can go wrong

    def _record(self, write: Callable[[RunRecorder], None]) -> Iterator[RunEvent]:
        """Write to the folder; where that fails, wait until the user has made room, and try again."""
        while self._recorder is not None:
            try:
                write(self._recorder)
            except UserError as error:
                self._controls.pause()
                yield Paused(error)
                self._wait()
                if self._controls.ending is not None:
                    # What was written before is whole, and all that can be had.
                    return
                yield Resumed()
            else:
                return

    def _set_info(self, info: RunInfo) -> Iterator[RunEvent]:
        self._info = info
        yield from self._record(lambda recorder: recorder.set_info(info))

    def _go_on_with(self, remedy: Remedy, error: OutOfMemoryError, training: Training) -> None:
        """Prepare a training that takes less memory and goes on where this one was.

        Raises:
            OutOfMemoryError: the user wants to stop, or there is not even memory to save the state.
        """
        if remedy == "stop":
            raise error
        settings = training.settings
        if remedy == "cpu":
            settings = replace(settings, device="cpu")
        else:
            settings = replace(settings, batch_size=max(1, settings.batch_size // 2))
        self._info = replace(self._info, settings=settings)
        if not training.started:
            self._state = self._state and self._state.with_settings(settings)
            return
        try:
            self._state = training.state().with_settings(settings)
        except (RuntimeError, MemoryError):
            raise error from None

    def _note_failure(self, error: UserError) -> None:
        if self._recorder is not None:
            with suppress(UserError):
                self._recorder.set_info(self._info.with_status("failed", str(error)))


def _add_change(recorder: RunRecorder, change: Change) -> None:
    recorder.add_change(change)


class _Looks:
    """Decides when the screen gets a newer model: often enough to see it learn, seldom enough to cost little."""

    def __init__(self) -> None:
        self._last = self._last_posterior = -math.inf
        self._cost = 0.0

    def after(self, event: TrainingEvent, training: Training) -> Iterator[RunEvent]:
        """What to show after `event`, if it is time."""
        now = time.perf_counter()
        if isinstance(event, EpochDone):
            self._last = self._last_posterior = now
        elif isinstance(event, TrainingStarted):
            yield self._whole(training)
        elif isinstance(event, BatchDone) and now - self._last >= _LOOK_SECONDS:
            if now - self._last_posterior >= self._cost / _POSTERIOR_SHARE:
                yield self._whole(training)
            else:
                yield Looked(training.progress, training.snapshot(), None)
                self._last = now

    def _whole(self, training: Training) -> Looked:
        began = time.perf_counter()
        looked = Looked(training.progress, training.snapshot(), training.posterior())
        self._last = self._last_posterior = time.perf_counter()
        self._cost = self._last - began
        return looked
