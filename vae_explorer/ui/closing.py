"""Whether the window may close: a run that is not on disk would be lost with it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui import dialogs
from vae_explorer.ui.model_files import ModelFiles
from vae_explorer.ui.runs.control import RunControl
from vae_explorer.ui.training.control import TrainingControl


class Closing(QObject):
    """Asks about runs that could not be kept on disk; all others are.

    Args:
        window: is to close; it is told to once more after a model was saved.
        runs: all of them.
        training: one of them may be in training.
        run_control: brings the model of a run.
        files: saves it.
    """

    def __init__(
        self,
        window: QWidget,
        runs: Runs,
        training: TrainingControl,
        run_control: RunControl,
        files: ModelFiles,
    ) -> None:
        super().__init__(window)
        self._window, self._runs, self._training = window, runs, training
        self._run_control, self._files = run_control, files

    def allowed(self) -> bool:
        """Whether nothing is lost, or the user does not mind."""
        unsaved, run = self._runs.unsaved, self._training.run
        in_training = self._training.running and run is not None and not run.folder
        if not unsaved and not in_training:
            return True
        to_save = unsaved[-1] if unsaved else None
        answer = dialogs.ask_before_closing(
            self._window,
            training=in_training,
            unsaved=[run.info.name for run in unsaved],
            to_save=to_save.info.name if to_save else None,
        )
        if answer == "save" and to_save is not None:
            self._save(to_save)
        return answer == "discard"

    def _save(self, run: Run) -> None:
        self._run_control.model_at(
            run, run.epochs[-1], lambda model: self._files.save_as(model, self._window.close)
        )
