"""Brings training and the rest of the window together: starts it, steers it, follows it, says how it ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.controls import Remedy
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.events import DeviceFallback, MemoryRanOut, StoppedEarly, TrainingStarted
from vae_explorer.core.run_folder import FoundRun, new_run_id, runs_folder
from vae_explorer.core.run_info import RunInfo, RunStatus
from vae_explorer.core.run_lock import RunBusyError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.statistics import Change, Steered, StepStats
from vae_explorer.core.timeline import Moment
from vae_explorer.core.training_clock import TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.runs import Run, Runs
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.state.training_form import TrainingForm
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.training.commands import FormEdits, Wish
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.widgets.message_bar import Answer, MessageBar, translated
from vae_explorer.workers.training import EpochReport, RunRequest, Trainer

#: The end of a training that took longer than this many seconds is worth calling somebody back for.
_LONG_SECONDS = 20.0
_RUN_NUMBER = re.compile(r"\w+ (\d+)\b")


class TrainingControl(QObject):
    """Follows the training on the map until the user opens another model; training then goes on unseen.

    Signals:
        running_changed: whether a training is under way.
        over: a long training ended; carries what to tell somebody who looks elsewhere.
    """

    running_changed = Signal(bool)
    over = Signal(str)

    def __init__(
        self,
        session: Session,
        runs: Runs,
        trainer: Trainer,
        panel: TrainingPanel,
        messages: MessageBar,
        undo_stack: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runs = runs
        self._trainer = trainer
        self._panel = panel
        self._messages = messages
        self._following = False
        self._paused = False
        self._began = 0.0
        self._progress: TrainingProgress | None = None
        self._run: Run | None = None
        self._newest: OpenModel | None = None
        self._stopped_early: StoppedEarly | None = None
        self._question: Callable[[], object] | None = None
        self._form = FormEdits(panel, undo_stack, self)
        self._connect()

    def _connect(self) -> None:
        panel, trainer = self._panel, self._trainer
        panel.train_requested.connect(self._on_train_requested)
        panel.start_dropped.connect(self._form.drop_start)
        panel.pause_requested.connect(self.pause)
        panel.resume_requested.connect(self.go_on)
        panel.stop_requested.connect(self.stop)
        panel.steered.connect(self.steer)
        trainer.preparing.connect(self._on_preparing)
        trainer.taken_up.connect(self._on_taken_up)
        trainer.not_recorded.connect(self._on_not_recorded)
        trainer.started.connect(self._on_started)
        trainer.progressed.connect(self._on_progressed)
        trainer.steps_done.connect(self._on_steps_done)
        trainer.changed.connect(self._on_changed)
        trainer.looked.connect(self._on_looked)
        trainer.epoch_done.connect(self._on_epoch_done)
        trainer.stopped_early.connect(self._on_stopped_early)
        trainer.fell_back.connect(self._on_fell_back)
        trainer.memory_ran_out.connect(self._on_memory_ran_out)
        trainer.paused.connect(self._on_paused)
        trainer.resumed.connect(self._on_resumed)
        trainer.ended.connect(self._on_ended)
        trainer.failed.connect(self._on_failed)
        self._session.model_saved.connect(self._on_model_saved)

    @property
    def running(self) -> bool:
        """Whether a training is under way, paused or not."""
        return self._trainer.running

    @property
    def paused(self) -> bool:
        """Whether a training is under way and waits."""
        return self.running and self._paused

    @property
    def run(self) -> Run | None:
        """The run that is trained now, or was trained last."""
        return self._run

    @property
    def following(self) -> bool:
        """Whether the map shows the training as it goes."""
        return self._following and self.running

    # What the user wants

    def start(
        self,
        config: VAEConfig,
        settings: TrainingConfig,
        start: ModelSnapshot | None = None,
        parent: str = "",
    ) -> None:
        """Train a new model and show it as it learns.

        Args:
            config: the architecture; the size of the images is filled in.
            settings: how to train.
            start: a model to begin with, called `parent`.
            parent: what to call it.
        """
        images = self._session.images
        if images is None or self._trainer.running:
            return
        try:
            config = replace(config, input_size=images.pixels)
        except ConfigError as error:
            self._messages.warn_about(error)
            return
        now = datetime.now(UTC)
        name = self.tr("Run {number}: {model}").format(number=self._next_number(), model=config.description)
        info = RunInfo(new_run_id(now), name, now, config, settings, images.name, parent=parent)
        folder = runs_folder().resolve() / info.id
        self._begin(RunRequest(info, folder, start), Run(info, folder))

    def prepare(self, start: ModelSnapshot, parent: str, settings: TrainingConfig) -> None:
        """Fill the form so that it asks to train a model on; the user may change it, and presses Train.

        Args:
            start: the model.
            parent: what to call it.
            settings: what to propose.
        """
        self._form.prepare(start, parent, settings)

    def use_settings(self, config: VAEConfig, settings: TrainingConfig) -> None:
        """Fill the form so that it asks for this training; can be undone."""
        self._form.use(config, settings)

    @property
    def form(self) -> TrainingForm:
        """The training form as the user left it; where a field makes no sense, as it was when it last did."""
        return self._panel.form()

    @property
    def asked(self) -> Wish:
        """What the form asks for; a value to go back to with `ask`."""
        return Wish(self._panel.entries(), self._form.start)

    def ask(self, wish: Wish) -> None:
        """Let the form ask for this (again); that is no step."""
        self._form.restore(wish)

    def show_form(self, form: TrainingForm) -> None:
        """Fill in the form of a session, which begins with random weights; that is no step."""
        self._form.forget_start()
        self._panel.show_form(form)

    def resume(self, run: Run) -> None:
        """Go on with a run that was paused, stopped or interrupted, bit for bit.

        One that is finished gets as many epochs more as the form says.
        """
        if run.folder is None or self._trainer.running:
            return
        more = self._panel.form().epochs if run.info.status == "finished" and run.epochs else 0
        epochs = run.epochs[-1] + more if more else None
        self._begin(RunRequest(run.info, run.folder, resume=True, epochs=epochs), run)

    def pause(self) -> None:
        """Wait after the step under way."""
        self._trainer.pause()

    def go_on(self) -> None:
        """Go on after a pause."""
        if self._question is None:
            self._trainer.resume()
        else:
            # It cannot go on without an answer.
            self._question()

    def toggle_pause(self) -> None:
        """Wait, or go on."""
        if self._paused:
            self.go_on()
        else:
            self.pause()

    def stop(self) -> None:
        """End the training after the step under way."""
        self._panel.show_stopping()
        self._trainer.stop()

    def steer(self, name: Steered, value: float) -> None:
        """Change β or the learning rate from the next step on."""
        self._trainer.steer(name, value)

    def rename(self, name: str) -> None:
        """Give the run that is being trained another name."""
        self._trainer.rename(name)

    def on_opened(self, model: OpenModel) -> None:
        """The user looks at `model` now, which may be a moment of the run in training."""
        if self._following and self._trainer.running and (self._run is None or model.run != self._run.id):
            self._messages.inform(
                self.tr("Training goes on in the background."), (self.tr("Show training"), self.follow)
            )
        self._following = False
        if not self._trainer.running:
            self._panel.show_idle("")

    def follow(self) -> None:
        """Show the model in training (again), or the one that was trained last."""
        self._following = True
        if self._newest is not None:
            self._session.show(self._newest)

    def _on_train_requested(self, config: VAEConfig, settings: TrainingConfig) -> None:
        if self._form.start is None:
            self.start(config, settings)
        else:
            snapshot, parent = self._form.start
            self.start(snapshot.config, settings, snapshot, parent)

    def _begin(self, request: RunRequest, run: Run) -> None:
        images = self._session.images
        if images is None:
            return
        self._form.forget_start()
        self._run, self._newest, self._stopped_early = run, None, None
        self._progress = None
        self._following, self._paused = True, False
        self._began = time.monotonic()
        # What was said or offered before is not what the user wants now, and would lie on the moving map.
        self._messages.hide()
        if self._runs.find(run.id) is None:
            self._runs.add(run)
        self._runs.set_writer(run, "here")
        self._trainer.start(request, images)

    def _next_number(self) -> int:
        """One more than the highest that any run here is named with."""
        numbers = [int(match[1]) for run in self._runs if (match := _RUN_NUMBER.match(run.info.name))]
        return max(numbers, default=0) + 1

    # What the trainer says

    def _on_preparing(self, request: RunRequest) -> None:
        self._panel.show_preparing(request.info.config, request.settings)
        self.running_changed.emit(True)

    def _on_taken_up(self, found: FoundRun) -> None:
        run = self._training_run()
        run.metrics, run.saved_epochs = found.metrics, found.saved_epochs
        run.timeline.cut(run.saved_epochs[-1] if run.saved_epochs else 0)
        self._runs.changed.emit(run)

    def _on_not_recorded(self, problem: UserError) -> None:
        run = self._training_run()
        run.folder = None
        self._runs.changed.emit(run)
        text = self.tr("{problem} The run goes on, but is kept only until the application closes.")
        self._messages.warn(text.format(problem=translated(problem)))

    def _on_started(self, event: TrainingStarted) -> None:
        run = self._training_run()
        self._show_steered(run)
        info = replace(run.info, device=event.device, settings=event.settings)
        self._runs.set_info(run, info.with_status("running"))

    def _on_progressed(self, progress: TrainingProgress) -> None:
        self._progress = progress
        if not self._paused:
            self._panel.show_running(progress)

    def _on_steps_done(self, stats: tuple[StepStats, ...]) -> None:
        run = self._training_run()
        run.metrics.add_steps(stats)
        self._runs.grown.emit(run)

    def _on_changed(self, change: Change) -> None:
        run = self._training_run()
        run.metrics.changes.append(change)
        self._show_steered(run)
        self._runs.grown.emit(run)

    def _on_looked(self, model: OpenModel) -> None:
        self._newest = model
        if self._following:
            self._session.show(model)

    def _on_epoch_done(self, report: EpochReport) -> None:
        run = self._training_run()
        run.metrics.epochs.append(report.stats)
        best = run.metrics.best
        moment = Moment(report.stats.epoch, report.model.snapshot, report.model.posterior)
        run.timeline.add(moment, best.epoch if best else 0)
        run.saved_epochs = report.saved_epochs
        # What was saved to a file is no longer its newest model.
        run.exported = False
        self._runs.grown.emit(run)
        self._runs.changed.emit(run)
        self._on_looked(report.model)

    def _on_stopped_early(self, event: StoppedEarly) -> None:
        self._stopped_early = event

    def _on_fell_back(self, event: DeviceFallback) -> None:
        text = self.tr("{wanted} cannot be used: {reason}. Training goes on on {used}.")
        self._messages.warn(
            text.format(wanted=event.wanted.upper(), reason=event.reason, used=event.used.upper())
        )

    def _on_memory_ran_out(self, event: MemoryRanOut) -> None:
        self._paused = True
        self._panel.show_paused(self.tr("Memory ran out. Choose on the map how to go on."))
        answers: list[Answer] = []
        if event.batch_size > 1:
            text = self.tr("Batches of {size}").format(size=event.batch_size // 2)
            answers.append((text, partial(self._answer, "smaller batch")))
        if event.device != "cpu":
            answers.append((self.tr("Train on the CPU"), partial(self._answer, "cpu")))
        answers.append((self.tr("Stop"), partial(self._answer, "stop")))
        text = self.tr("The memory of {device} ran out with batches of {size}. How shall training go on?")
        text = text.format(device=event.device.upper(), size=event.batch_size)
        self._question = partial(self._messages.warn, text, *answers)
        self._question()
        self.running_changed.emit(True)

    def _answer(self, remedy: Remedy) -> None:
        self._question, self._paused = None, False
        self._panel.show_resumed()
        self._trainer.answer(remedy)
        self.running_changed.emit(True)

    def _on_paused(self, problem: UserError | None) -> None:
        self._paused = True
        run = self._training_run()
        self._runs.set_info(run, run.info.with_status("paused"))
        if problem is None:
            self._panel.show_paused(self._where_paused(run))
        else:
            self._panel.show_paused(self.tr("Paused because of a problem."))
            text = self.tr("{problem} Training waits; nothing is lost.").format(problem=translated(problem))
            self._messages.warn(text, (self.tr("Try again"), self.go_on), (self.tr("Stop"), self.stop))
        self.running_changed.emit(True)

    def _on_resumed(self) -> None:
        self._paused = False
        run = self._training_run()
        self._runs.set_info(run, run.info.with_status("running"))
        self._panel.show_resumed()
        self.running_changed.emit(True)

    def _on_ended(self, status: RunStatus) -> None:
        run = self._training_run()
        self._panel.show_idle(self._how_it_ended(run, status))
        self._runs.set_info(run, run.info.with_status(status))
        if status != "finished":
            self._show_last_epoch(run)
        self._end(run)

    def _on_failed(self, error: BaseException) -> None:
        run = self._training_run()
        self._panel.show_idle(self.tr("Training ended with an error."))
        if not isinstance(error, RunBusyError):
            problem = translated(error) if isinstance(error, UserError) else str(error)
            self._runs.set_info(run, run.info.with_status("failed", problem))
        self._end(run)
        if isinstance(error, RunBusyError):
            # Nothing became of it here; from now on it is followed.
            self._runs.set_writer(run, "elsewhere")
        self._show_last_epoch(run)
        if not isinstance(error, UserError):
            raise error
        self._messages.warn_about(error)

    def _on_model_saved(self, model: OpenModel) -> None:
        run = self._runs.find(model.run)
        if run is not None and run.metrics.epochs and model.epoch >= run.metrics.epochs[-1].epoch:
            run.exported = True
        if self._newest is not None and model.snapshot is self._newest.snapshot:
            # So that it still counts as saved when it is shown again.
            self._newest = model

    # Inside

    def _training_run(self) -> Run:
        if self._run is None:
            raise RuntimeError("no run is being trained")
        return self._run

    def _show_steered(self, run: Run) -> None:
        """What the trainer really has: the settings, and what was changed since."""
        now = {"beta": run.info.settings.beta, "learning_rate": run.info.settings.learning_rate}
        now |= {change.name: change.after for change in run.metrics.changes}
        self._panel.show_steered(now["beta"], now["learning_rate"])

    def _where_paused(self, run: Run) -> str:
        if self._progress is None:
            # It was paused before there was anything to tell.
            epoch, epochs = (run.epochs[-1] if run.epochs else 0) + 1, run.info.settings.epochs
        else:
            epoch, epochs = self._progress.epoch, self._progress.epochs
        return self.tr("Paused in epoch {epoch} of {epochs}.").format(epoch=epoch, epochs=epochs)

    def _how_it_ended(self, run: Run, status: str) -> str:
        if not run.metrics.epochs:
            return self.tr("Stopped before the first epoch was complete.")
        last = run.metrics.epochs[-1]
        if self._stopped_early is not None:
            text = self.tr("Stopped early: no epoch after {best} was better.").format(
                best=self._stopped_early.best
            )
        elif status == "finished":
            text = self.tr("Trained to epoch {epoch}.").format(epoch=last.epoch)
        else:
            text = self.tr("Stopped after epoch {epoch}.").format(epoch=last.epoch)
        return text + " " + self.tr("Test ELBO {elbo} nats an image.").format(elbo=signed(last.test.elbo))

    def _show_last_epoch(self, run: Run) -> None:
        """The model on the map is one in the middle of an epoch; what is kept is that of the last whole one."""
        moment = run.timeline.get(run.timeline.epochs[-1]) if len(run.timeline) else None
        if self._newest is not None and moment is not None:
            self._newest = replace(
                self._newest,
                snapshot=moment.snapshot,
                posterior=moment.posterior,
                epoch=float(moment.epoch),
            )
            if self._following:
                self._session.show(self._newest)

    def _end(self, run: Run) -> None:
        self._paused, self._question = False, None
        self._runs.set_writer(run, "nobody")
        self.running_changed.emit(False)
        if self._newest is not None and not self._following:
            self._messages.inform(self.tr("The training is over."), (self.tr("Show its model"), self.follow))
        if time.monotonic() - self._began > _LONG_SECONDS:
            self.over.emit(f"{run.info.name}: {self._panel.status_text}")
