"""Offers at the start what was open at the end before, whether that was in good order or not.

How it comes there is for `ui.session_keeping`.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from pathlib import Path

import platformdirs
from PySide6.QtCore import QDateTime, QLocale, QObject

from vae_explorer.core.kept_sessions import KeptSessions, time_kept
from vae_explorer.ui.session_files import SessionFiles
from vae_explorer.ui.widgets.message_bar import Answer, MessageBar

_log = logging.getLogger(__name__)


def kept_folder() -> Path:
    """Where this user's sessions are kept."""
    return Path(platformdirs.user_state_dir("vae-explorer", appauthor=False))


class KeptSession(QObject):
    """Offers the session that nobody saved.

    Args:
        session_files: opens it.
        files: finds it.
        messages: where it is offered; to dismiss the offer there is to be rid of it.
    """

    def __init__(
        self, session_files: SessionFiles, files: KeptSessions, messages: MessageBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session_files, self._files, self._messages = session_files, files, messages
        #: The session that is offered, and the message that does.
        self._found: Path | None = None
        #: When it was written, in seconds since 1970.
        self._time = 0.0
        self._offered = ""
        messages.dismissed.connect(self._on_dismissed)

    def find(self) -> None:
        """Look for what was kept; to be called from any thread, once, before the rest asks for it."""
        self._found = self._files.find()
        self._time = time_kept(self._found) if self._found is not None else 0.0

    def answer(self) -> Answer | None:
        """A button that opens what was kept; None where nothing was."""
        found = self._found
        return (self.tr("Go on where you left off"), partial(self._open, found)) if found else None

    def offer(self) -> None:
        """Say that something was kept, unless there is something else to read."""
        answer = self.answer()
        if answer is not None and not self._messages.text:
            self._messages.inform(self._what_was_kept(), answer)
            self.on_offered()

    def _what_was_kept(self) -> str:
        kept, locale = QDateTime.fromSecsSinceEpoch(int(self._time)), QLocale()
        days = kept.date().daysTo(QDateTime.currentDateTime().date())
        if days == 0:
            text = self.tr("What you had open today at {time} was kept.")
        elif days == 1:
            text = self.tr("What you had open yesterday at {time} was kept.")
        else:
            text = self.tr("What you had open on {date} at {time} was kept.")
        short = QLocale.FormatType.ShortFormat
        return text.format(date=locale.toString(kept.date(), short), time=locale.toString(kept.time(), short))

    def on_offered(self) -> None:
        """The message on the screen has our `answer`."""
        self._offered = self._messages.text

    def _on_dismissed(self) -> None:
        if self._found is not None and self._offered and self._messages.text == self._offered:
            with suppress(FileNotFoundError):
                self._put_aside(self._found)

    def _open(self, found: Path) -> None:
        try:
            path = self._put_aside(found)
        except FileNotFoundError:
            self._messages.inform(self.tr("It was opened or dismissed in another window."))
            return
        self._session_files.open_kept(path)

    def _put_aside(self, found: Path) -> Path:
        """From now on it is not offered any more; where it is now.

        Raises:
            FileNotFoundError: it is gone.
        """
        self._offered = ""
        try:
            self._files.put_aside(found)
        except FileNotFoundError:
            raise
        except OSError as error:
            _log.warning("what was kept could not be put aside: %s", str(error))
            return found
        return self._files.put_aside_path
