"""Keeps for the next start what the user set."""

from __future__ import annotations

import logging

from vae_explorer.core.errors import UserError
from vae_explorer.state.settings import Settings, save_settings
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.training.panel import TrainingPanel

_log = logging.getLogger(__name__)


class Remembering:
    """Writes the settings.

    Args:
        settings: the settings, which others change too.
        docks: where they are is one of them.
        training_panel: what its form says is another.
        on_disk: whether anything is written.
    """

    def __init__(
        self, settings: Settings, docks: Docks, training_panel: TrainingPanel, *, on_disk: bool
    ) -> None:
        self._settings, self._docks, self._training_panel = settings, docks, training_panel
        self.on_disk = on_disk

    def remember(self) -> None:
        """Take note of everything and write it; a form that cannot be used is not remembered."""
        if not self.on_disk:
            return
        if not self._training_panel.problem:
            self._settings.training = self._training_panel.form()
        self._docks.remember(self._settings)
        self.save()

    def save(self) -> None:
        """Write the settings as they are; a disk that does not take them is nothing that a user should see."""
        if not self.on_disk:
            return
        try:
            save_settings(self._settings)
        except UserError:
            _log.warning("the settings were not saved", exc_info=True)
