"""`vae-explorer train`: training with a progress bar on stderr, figures on stdout and a model file at the end.

Apart from `commands`, because it imports PyTorch.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from vae_explorer.cli.commands import TrainingRequest
from vae_explorer.cli.terminal import INTERRUPTED, PROGRAM, announced, say
from vae_explorer.cli.train_settings import resumed_settings
from vae_explorer.cli.training_report import TrainingReport
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.controls import Controls
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.events import EpochDone, MemoryRanOut, Paused, RunEnded, RunEvent, StoppedEarly
from vae_explorer.core.run_folder import load_snapshot, new_run_id, read_run
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.runner import Beginning, Runner
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.training_config import TrainingConfig


def train(request: TrainingRequest, *, output: Path | None, as_json: bool) -> int:
    """Train, save the model of the last whole epoch, and return the exit code: 0, or 130 after Ctrl-C.

    With early stopping it is the model of the best epoch.

    Args:
        request: what to train.
        output: where the model goes; None where only the run folder is wanted.
        as_json: whether to print one JSON object an epoch.

    Raises:
        UserError: training cannot go on, or a file cannot be written. What was learned until then is saved.
    """
    recorder: RunRecorder | None
    if request.settings is None or request.model is None:
        # What cannot be resumed is said before the data is read.
        beginning, recorder = _take_up(request)
        train, test = load_images("train"), load_images("test")
    else:
        train, test = load_images("train"), load_images("test")
        beginning, recorder = _begin(request.model, request.settings, request.folder, train)
    return _CommandLineRun(beginning, output, recorder, as_json=as_json).train(train, test)


def _begin(
    model: VAEConfig, settings: TrainingConfig, folder: Path | None, train: ImageSet
) -> tuple[Beginning, RunRecorder | None]:
    now = datetime.now(UTC)
    name = folder.absolute().name if folder is not None else ""
    config = replace(model, input_size=train.pixels)
    info = RunInfo(name or new_run_id(now), name, now, config, settings, train.name)
    return Beginning(info), RunRecorder.create(folder, info) if folder is not None else None


def _take_up(request: TrainingRequest) -> tuple[Beginning, RunRecorder]:
    assert request.folder is not None
    # Asked before it is taken up, which mends what can be mended.
    problems = read_run(request.folder).problems
    recorder = RunRecorder.reopen(request.folder)
    try:
        state = recorder.take_up()
        settings = resumed_settings(state.settings, request.epochs, request.device)
    except BaseException:
        recorder.close()
        raise
    for problem in problems:
        say(problem)
    return Beginning(recorder.info, state=state.with_settings(settings)), recorder


class _CommandLineRun:
    """Follows one run; answers for the user, whom nobody can ask here."""

    def __init__(
        self, beginning: Beginning, output: Path | None, recorder: RunRecorder | None, *, as_json: bool
    ) -> None:
        self._beginning = beginning
        self._output = output
        self._recorder = recorder
        self._controls = Controls()
        self._settings = (beginning.state or beginning.info).settings
        folder = recorder.folder if recorder is not None else None
        self._report = TrainingReport(self._settings.epochs, folder, as_json=as_json)
        self._latest: ModelSnapshot | None = None
        self._best: EpochDone | None = None
        self._problem: Paused | None = None
        self._finished = False

    def train(self, train: ImageSet, test: ImageSet) -> int:
        runner = Runner(self._beginning, train, test, self._controls, self._recorder)
        state = self._beginning.state
        if state is not None and state.position.epoch > self._settings.epochs:
            self._report.say(f"all {self._settings.epochs} epochs are done; --epochs N gives the run more.")
        with _interruptible(self._controls):
            try:
                for event in runner.run():
                    self._report.show(event)
                    self._follow(event)
            finally:
                # Also when training diverges or fails: minutes of work are worth keeping.
                self._save()
        if self._problem is not None and self._problem.problem is not None:
            raise self._problem.problem
        return 0 if self._finished else INTERRUPTED

    def _follow(self, event: RunEvent) -> None:
        match event:
            case EpochDone():
                self._latest = event.snapshot
                if self._best is None or event.stats.judged.elbo > self._best.stats.judged.elbo:
                    self._best = event
            case StoppedEarly():
                self._latest = self._model_of(event.best)
            case MemoryRanOut():
                self._controls.answer("stop" if event.device == "cpu" else "cpu")
            case Paused() if event.problem is not None:
                self._problem = event
                self._controls.end("suspend")
            case RunEnded():
                self._finished = event.status == "finished"

    def _model_of(self, best: int) -> ModelSnapshot | None:
        if self._best is not None and self._best.stats.epoch == best:
            return self._best.snapshot
        # It was trained before the run was taken up; the best one always stays in the folder.
        return load_snapshot(self._recorder.folder, best) if self._recorder is not None else None

    def _save(self) -> None:
        self._say_where_the_run_is()
        if self._output is not None:
            self._save_model(self._output)

    def _say_where_the_run_is(self) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        # A run that diverged would do so again.
        if not self._finished and recorder.info.status != "failed":
            self._report.say(f"to go on later: {PROGRAM} train --resume {recorder.folder}")
        else:
            self._report.show_folder()

    def _save_model(self, output: Path) -> None:
        recorder = self._recorder
        if self._latest is None and recorder is not None and recorder.saved_epochs:
            # Nothing was left to train, or Ctrl-C came before the next epoch was over.
            self._latest = load_snapshot(recorder.folder, recorder.saved_epochs[-1])
        if self._latest is None:
            self._report.say("no epoch was finished, so nothing was saved.")
            return
        epoch = self._latest.record.history[-1].epoch
        with announced(f"the model of epoch {epoch}", output, self._report.say):
            save_model(self._latest, output)


@contextmanager
def _interruptible(controls: Controls) -> Iterator[None]:
    """The first Ctrl-C ends the run in good order. The second one acts as usual."""

    def catch(_number: int, _frame: FrameType | None) -> None:
        controls.end("suspend")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.getsignal(signal.SIGINT)
    # A shell that starts a job in the background has SIGINT ignored: leave that as it is.
    if before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, catch)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
