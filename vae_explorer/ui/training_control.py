"""Brings training and the rest of the window together: starts it, follows it, says how it ended."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.events import DeviceFallback
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.message_bar import MessageBar
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.training_panel import TrainingPanel
from vae_explorer.workers.training import Trainer


class TrainingControl(QObject):
    """Follows the training on the map until the user opens another model; training then goes on unseen.

    Signals:
        running_changed: whether a training is under way.
    """

    running_changed = Signal(bool)

    def __init__(
        self,
        session: Session,
        trainer: Trainer,
        panel: TrainingPanel,
        messages: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._trainer = trainer
        self._panel = panel
        self._messages = messages
        self._following = False
        self._newest: OpenModel | None = None
        panel.train_requested.connect(self.start)
        panel.stop_requested.connect(self.stop)
        trainer.preparing.connect(self._on_preparing)
        trainer.progressed.connect(panel.show_progress)
        trainer.fell_back.connect(self._on_fell_back)
        trainer.epoch_done.connect(self._on_epoch_done)
        trainer.finished.connect(self._on_finished)
        trainer.failed.connect(self._on_failed)
        session.model_changed.connect(self._on_model_changed)

    @property
    def running(self) -> bool:
        """Whether a training is under way."""
        return self._trainer.running

    def start(self, config: VAEConfig, settings: TrainingConfig) -> None:
        """Train a new model and show it epoch by epoch."""
        images = self._session.images
        if images is None or self._trainer.running:
            return
        try:
            config = replace(config, input_size=images.pixels)
        except ConfigError as error:
            self._messages.warn_about(error)
            return
        name = self.tr("Run {run}: {widths}, seed {seed}").format(
            run=self._trainer.runs + 1, widths=config.description, seed=settings.seed
        )
        self._following, self._newest = True, None
        self._trainer.start(config, settings, images, name)

    def stop(self) -> None:
        """End the training after the step under way; the last whole epoch stays."""
        self._panel.show_stopping()
        self._trainer.stop()

    def on_opened(self, model: OpenModel) -> None:
        """The user looks at `model` now: another one, or the one in training."""
        in_training = self._newest is not None and model.run == self._newest.run
        if self._following and not in_training and self._trainer.running:
            self._messages.inform(
                self.tr("Training goes on in the background."), self.tr("Show training"), self.follow
            )
        self._following = in_training
        if not self._trainer.running:
            self._panel.show_idle("")

    def follow(self) -> None:
        """Show the model in training (again), or the one that was trained last."""
        self._following = True
        if self._newest is not None:
            # The session knows whether it was saved since.
            newest = next(model for model in self._session.trained if model.run == self._newest.run)
            self._session.show(newest)

    def _on_preparing(self) -> None:
        self._panel.show_preparing()
        self.running_changed.emit(True)

    def _on_fell_back(self, event: DeviceFallback) -> None:
        text = self.tr("{wanted} cannot be used: {reason}. Training goes on on {used}.")
        self._messages.warn(
            text.format(wanted=event.wanted.upper(), reason=event.reason, used=event.used.upper())
        )

    def _on_epoch_done(self, model: OpenModel) -> None:
        self._newest = model
        self._session.keep_trained(model)
        self._panel.show_history(model.snapshot.record.history, model.name)
        if self._following:
            self._session.show(model)

    def _on_finished(self, complete: bool) -> None:
        newest = self._newest
        if newest is None or newest.last_epoch is None:
            self._panel.show_idle(
                self.tr("Stopped before the first epoch was complete; there is no model to keep.")
            )
        else:
            text = (
                self.tr("Trained to epoch {epoch}.") if complete else self.tr("Stopped after epoch {epoch}.")
            )
            score = self.tr("Test ELBO {elbo} nats an image.").format(
                elbo=signed(newest.last_epoch.test.elbo)
            )
            self._panel.show_idle(text.format(epoch=newest.last_epoch.epoch) + " " + score)
        self._end()

    def _on_failed(self, error: BaseException) -> None:
        self._panel.show_idle(self.tr("Training ended with an error."))
        self._end()
        if not isinstance(error, UserError):
            raise error
        self._messages.warn_about(error)

    def _end(self) -> None:
        if self._newest is None:
            # The curves of the model on the map made way for a training that left none.
            self._on_model_changed(None)
        self.running_changed.emit(False)
        if self._newest is not None and not self._following:
            self._messages.inform(self.tr("The training is over."), self.tr("Show its model"), self.follow)

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        """Show the curves of what is on the map, unless a training draws its own."""
        model = self._session.model
        if model is not None and not self._trainer.running:
            self._panel.show_history(model.snapshot.record.history, model.name)
