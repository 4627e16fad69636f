"""Keeps what is open, a while after each change and when the window closes: a crash takes at most the newest seconds.

What is kept is offered at the next start by `ui.kept_session`; nobody has to remember to save.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.core.errors import UserError
from vae_explorer.core.kept_sessions import KeptSessions
from vae_explorer.state.session_changes import SessionChanges
from vae_explorer.state.training_form import TrainingForm
from vae_explorer.ui.session_files import OpenSession, SessionFiles
from vae_explorer.ui.widgets.message_bar import MessageBar, translated
from vae_explorer.workers.jobs import Jobs

_log = logging.getLogger(__name__)


class SessionKeeping(QObject):
    """Writes the session that nobody saved.

    Args:
        session_files: says what is open.
        files: where it is kept.
        changes: says when it is another.
        undo_stack: takes what is typed into the training form, which belongs to a session too.
        jobs: for the disk.
        messages: where to say that it cannot be kept.

    Attributes:
        files: the same.
        quiet_seconds: it is written when nothing has changed for so long…
        apart_seconds: …or has not ceased to change for so long, and not more often than that.

    Signals:
        kept: what is open is on the disk, or there is nothing of the user's in it any more.
    """

    kept = Signal()

    def __init__(
        self,
        session_files: SessionFiles,
        files: KeptSessions,
        changes: SessionChanges,
        undo_stack: QUndoStack,
        jobs: Jobs,
        messages: MessageBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session_files, self._jobs, self._messages = session_files, jobs, messages
        self.files = files
        self.quiet_seconds, self.apart_seconds = 2.0, 10.0
        #: What is on the disk of what is open.
        self._kept: OpenSession | None = None
        #: What the training form said at the start.
        self._form: TrainingForm | None = None
        self._watching = self._writing = self._told = False
        #: When something changed first and last since it was written, and when that was.
        self._first = self._newest = self._written = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_time)
        self._changes = changes
        changes.changed.connect(self._on_changed)
        undo_stack.indexChanged.connect(self._on_changed)

    def start(self) -> None:
        """Keep what is open from now on, whenever it has changed."""
        now = self._session_files.open_now()
        self._form = now.saved.form if now is not None else None
        self._watching = True
        # Something may have been opened meanwhile.
        self._on_changed()

    def finish(self) -> None:
        """Keep what is open when the window closes and no job runs; a full disk is only noted in the log."""
        self._watching = False
        self._timer.stop()
        now = self._session_files.open_now()
        try:
            self.files.finish(now.content() if now is not None and now.saved.has_work else None)
        except (UserError, OSError) as error:
            _log.warning("what was open was not kept: %s", str(error))

    def _on_changed(self, *_: object) -> None:
        if not self._watching:
            return
        self._newest = time.monotonic()
        # While the timer runs, changes only leave their time: they come with each move of the mouse.
        if not self._timer.isActive():
            self._first = self._newest
            self._wait_until(self._due)

    @property
    def _due(self) -> float:
        """When to write."""
        quiet = min(self._newest + self.quiet_seconds, self._first + self.apart_seconds)
        return max(quiet, self._written + self.apart_seconds)

    def _wait_until(self, due: float) -> None:
        self._timer.start(max(0, math.ceil(1000 * (due - time.monotonic()))))

    def _on_time(self) -> None:
        now = time.monotonic()
        if self._writing:
            self._wait_until(now + self.quiet_seconds)
        elif now < self._due:
            self._wait_until(self._due)
        else:
            self._keep()

    def _keep(self) -> None:
        """Write what is open, if there is anything of the user's in it that is not on the disk yet."""
        now = self._session_files.open_now()
        if now is None or now == self._kept:
            return
        if now.saved.has_work or now.saved.form != self._form:
            self._start_job(lambda: self.files.write(now.content()), now)
        elif self._kept is not None:
            self._start_job(self.files.forget, None)

    def _start_job(self, work: Callable[[], None], then_kept: OpenSession | None) -> None:
        self._writing = True
        self._jobs.start(work, lambda _result: self._on_kept(then_kept), self._on_failed)

    def _on_kept(self, kept: OpenSession | None) -> None:
        self._kept, self._written = kept, time.monotonic()
        self._writing = self._told = False
        self.kept.emit()

    def _on_failed(self, error: UserError) -> None:
        self._writing, self._written = False, time.monotonic()
        # Once, and not in place of something else.
        if not self._told and not self._messages.text:
            self._told = True
            _log.warning("what is open is not kept: %s", str(error))
            text = self.tr("If the program ended unexpectedly, what you have open would be lost. {problem}")
            self._messages.warn(text.format(problem=translated(error)))
