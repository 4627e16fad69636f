"""What the timeline under the map does: go to a snapshot of the run, save it, train on from it."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial

from PySide6.QtCore import QObject

from vae_explorer.state.runs import Run
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.model_files import ModelFiles
from vae_explorer.ui.runs.control import RunControl
from vae_explorer.ui.runs.display import RunDisplay
from vae_explorer.ui.timeline.bar import TimelineBar
from vae_explorer.ui.training.control import TrainingControl
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.widgets.message_bar import MessageBar


class TimelineControl(QObject):
    """Does what the timeline and a click on the curves ask for."""

    def __init__(
        self,
        session: Session,
        display: RunDisplay,
        control: RunControl,
        training: TrainingControl,
        files: ModelFiles,
        form: TrainingPanel,
        messages: MessageBar,
    ) -> None:
        super().__init__(control)
        self._session = session
        self._display = display
        self._control = control
        self._training = training
        self._files = files
        self._form = form
        self._messages = messages

    def connect_to(self, timeline: TimelineBar, curves: CurvesPanel) -> None:
        """Listen to these."""
        timeline.epoch_chosen.connect(self.go_to)
        timeline.live_requested.connect(self.show_newest)
        timeline.save_requested.connect(self.save)
        timeline.continue_requested.connect(self.continue_from)
        curves.epoch_chosen.connect(self.go_to)

    def go_to(self, epoch: int) -> None:
        """Show the snapshot that is nearest to an epoch."""
        run = self._display.run
        if run is not None and run.epochs:
            self._control.show_epoch(run, min(run.epochs, key=lambda there: abs(there - epoch)))

    def step(self, steps: int) -> None:
        """Go so many snapshots on in the run on the map; back for a negative number."""
        run, model = self._display.run, self._session.model
        if run is None or model is None or model.run != run.id or not run.epochs:
            return
        here = bisect_right(run.epochs, model.epoch) - 1
        self._control.show_epoch(run, run.epochs[min(max(here + steps, 0), len(run.epochs) - 1)])

    def show_newest(self) -> None:
        """Show the newest snapshot of the run on the map, and follow its training."""
        run = self._display.run
        if run is not None:
            self._control.show(run)

    def save(self, epoch: int) -> None:
        """Save the model of an epoch to a file."""
        run = self._display.run
        if run is not None:
            self._control.model_at(run, epoch, self._files.save_as)

    def continue_from(self, epoch: int) -> None:
        """Offer to train on from the model of an epoch, as a new run with the same or other settings."""
        run = self._display.run
        if run is not None:
            self._control.model_at(run, epoch, partial(self._continue_from, run))

    def _continue_from(self, run: Run, model: OpenModel) -> None:
        if self._training.running:
            self._messages.warn(self.tr("A training is under way. Stop it before you start another."))
            return
        parent = self.tr("{name}, epoch {epoch:g}").format(name=model.name, epoch=model.epoch)
        self._training.prepare(model.snapshot, parent, run.settings_at(model.epoch))
        text = self.tr("The form has the settings of {parent}. Change what you like, then train on.")
        self._messages.inform(text.format(parent=parent), (self.tr("Train on"), self._form.request_training))
