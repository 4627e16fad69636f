"""Which actions can be used: those of the model where there is one, those of a training while it runs, and so on."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vae_explorer.state.cursor_history import CursorHistory
from vae_explorer.state.session import Session
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.training.control import TrainingControl
from vae_explorer.ui.training.panel import TrainingPanel

#: What there is nothing to do with before a model is open.
_OF_A_MODEL = (
    "save",
    "save_as",
    "save_session",
    "save_session_as",
    "export_model",
    "export_coordinates",
    "export_image",
    "copy_image",
    "fit",
    "zoom_in",
    "zoom_out",
    "show_cursor",
    "bookmark",
    "lasso",
)


class Availability(QObject):
    """Keeps actions enabled as long as they can be used.

    Args:
        actions: the actions.
        session: whether there is a model, and whether there are images.
        history: whether the cursor can go back or forward.
        training: whether one is under way.
        training_panel: its button is one of those that can be used or not.
        parent: owner.
    """

    def __init__(
        self,
        actions: ActionTable,
        session: Session,
        history: CursorHistory,
        training: TrainingControl,
        training_panel: TrainingPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions, self._session, self._history = actions, session, history
        self._training, self._training_panel = training, training_panel
        session.model_changed.connect(self._on_model_changed)
        session.images_changed.connect(self._on_training_changed)
        history.changed.connect(self._on_history_changed)
        training.running_changed.connect(self._on_training_changed)
        self._on_model_changed()
        self._on_history_changed()
        self._on_training_changed()

    def _on_model_changed(self) -> None:
        there = self._session.model is not None
        for name in _OF_A_MODEL:
            self._actions[name].setEnabled(there)

    def _on_history_changed(self) -> None:
        self._actions["back"].setEnabled(self._history.can_go_back)
        self._actions["forward"].setEnabled(self._history.can_go_forward)

    def _on_training_changed(self) -> None:
        running, trainable = self._training.running, self._session.images is not None
        self._actions["train"].setEnabled(trainable and not running)
        self._training_panel.set_available(trainable)
        for name in ("stop", "pause"):
            self._actions[name].setEnabled(running)
        self._actions["pause"].setText(
            self.tr("&Resume training") if self._training.paused else self.tr("&Pause training")
        )
