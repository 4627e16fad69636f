"""Keeps for the next start what the user set: soon after it was set, and when the window closes.

Who chose a theme or made the window larger does not expect to do it again because the program or the power went off.
"""

from __future__ import annotations

import logging
import math
import time
from copy import deepcopy

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.state.settings import Settings, save_settings
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.workers.jobs import Jobs

_log = logging.getLogger(__name__)

_MOVES = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange})


class Remembering(QObject):
    """Writes the settings.

    Args:
        window: its place and size are some of them; owner.
        settings: the settings, which others change too.
        docks: where they are is one of them.
        training_panel: what its form says is another, from the moment when the window closes.
        jobs: for the disk, as long as the window is open.
        on_disk: whether anything is written.

    Attributes:
        on_disk: the same.
        quiet_seconds: what the user chose is written so long after it.
        apart_seconds: while the window is moved and made larger, it is not written more often than that.
    """

    def __init__(
        self,
        window: QWidget,
        settings: Settings,
        docks: Docks,
        training_panel: TrainingPanel,
        jobs: Jobs,
        *,
        on_disk: bool,
    ) -> None:
        super().__init__(window)
        self._window, self._settings, self._docks = window, settings, docks
        self._training_panel, self._jobs = training_panel, jobs
        self.on_disk = on_disk
        self.quiet_seconds, self.apart_seconds = 1.0, 10.0
        self._watching = self._writing = False
        #: What was read from the disk or written last, and when that was.
        self._known: Settings | None = None
        self._written = -math.inf
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """From now on write what changes; the window is on the screen."""
        if not self.on_disk:
            return
        self._watching = True
        self._docks.remember(self._settings)
        self._known = deepcopy(self._settings)
        self._window.installEventFilter(self)

    def soon(self) -> None:
        """The user chose something: write it in a moment."""
        self._wait(self.quiet_seconds)

    def remember(self) -> None:
        """Take note of everything and write it, as the window closes and no job runs.

        A form that cannot be used is not remembered.
        """
        if not self.on_disk:
            return
        self._watching = False
        self._timer.stop()
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
        except UserError as error:
            self._on_failed(error)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._wait(max(self.quiet_seconds, self._written + self.apart_seconds - time.monotonic()))
        return super().eventFilter(watched, event)

    def _wait(self, seconds: float) -> None:
        due = math.ceil(1000 * seconds)
        # While the timer runs, later changes are written with the first.
        if self._watching and not (self._timer.isActive() and self._timer.remainingTime() <= due):
            self._timer.start(due)

    def _on_time(self) -> None:
        if self._writing:
            # Two at once could come to the disk in the wrong order.
            self._wait(self.quiet_seconds)
            return
        self._docks.remember(self._settings)
        if self._settings == self._known:
            return
        self._known = known = deepcopy(self._settings)
        self._writing = True
        self._jobs.start(lambda: save_settings(known), self._on_saved, self._on_failed)

    def _on_saved(self, _result: None) -> None:
        self._writing, self._written = False, time.monotonic()

    def _on_failed(self, error: UserError) -> None:
        self._writing, self._written = False, time.monotonic()
        _log.warning("the settings were not saved", exc_info=error)
