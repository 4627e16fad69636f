"""Keeps what was open when the window closes, and offers it at the next start; nobody has to remember to save."""

from __future__ import annotations

import logging
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject

from vae_explorer.core.errors import UserError
from vae_explorer.core.session_file import SESSION_SUFFIX, save_session
from vae_explorer.ui.session_files import SessionFiles
from vae_explorer.ui.widgets.message_bar import Answer, MessageBar

_log = logging.getLogger(__name__)


def kept_path() -> Path:
    """What was open when the window was closed last, of this user."""
    return _state_folder() / f"last{SESSION_SUFFIX}"


def put_aside_path() -> Path:
    """The same after it was opened again or dismissed; one of them is left, in case that was a mistake."""
    return _state_folder() / f"last-offered{SESSION_SUFFIX}"


def _state_folder() -> Path:
    return Path(platformdirs.user_state_dir("vae-explorer", appauthor=False))


class KeptSession(QObject):
    """Writes and offers the session that nobody saved.

    Args:
        session_files: says what is open, and opens what was.
        messages: where it is offered; to dismiss the offer there is to be rid of it.
    """

    def __init__(self, session_files: SessionFiles, messages: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._session_files, self._messages = session_files, messages
        self._offered = ""
        messages.dismissed.connect(self._on_dismissed)

    def keep(self) -> None:
        """Write what is open, if there is anything of the user's in it; a full disk is only noted in the log."""
        content = self._session_files.worth_keeping()
        if content is None:
            return
        try:
            kept_path().parent.mkdir(parents=True, exist_ok=True)
            save_session(content, kept_path())
        except (UserError, OSError) as error:
            _log.warning("what was open was not kept: %s", str(error))

    def answer(self) -> Answer | None:
        """A button that opens what was kept; None where nothing was."""
        return (self.tr("Go on where you left off"), self._open) if kept_path().is_file() else None

    def offer(self) -> None:
        """Say that something was kept, unless there is something else to read."""
        answer = self.answer()
        if answer is not None and not self._messages.text:
            self._messages.inform(self.tr("What you had open the last time was kept."), answer)
            self.on_offered()

    def on_offered(self) -> None:
        """The message on the screen has our `answer`."""
        self._offered = self._messages.text

    def _on_dismissed(self) -> None:
        if self._offered and self._messages.text == self._offered:
            self._put_aside()

    def _open(self) -> None:
        if self._put_aside():
            self._session_files.open_kept(put_aside_path())

    def _put_aside(self) -> bool:
        """From now on it is not offered any more."""
        self._offered = ""
        try:
            kept_path().replace(put_aside_path())
        except OSError as error:
            _log.warning("what was kept could not be put aside: %s", str(error))
            return False
        return True
