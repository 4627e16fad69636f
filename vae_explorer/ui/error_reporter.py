"""What happens to an error that nothing caught: it is logged and shown, and the application goes on where it can."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from vae_explorer.ui.dialogs import error_dialog

_log = logging.getLogger(__name__)


class ErrorReporter(QObject):
    """Takes over Python's hooks for uncaught errors, on any thread, until `restore`.

    Attributes:
        dialog: the window that shows the newest error; None once it is closed.
    """

    _reported = Signal(str)

    def __init__(self, window: QWidget, log_file: str) -> None:
        super().__init__(window)
        self._window = window
        self._log_file = log_file
        self.dialog: QDialog | None = None
        self._hooks = sys.excepthook, threading.excepthook
        # One dialog at a time, and never from inside the code that failed.
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)
        sys.excepthook = self._on_uncaught
        threading.excepthook = lambda about: self._on_uncaught(
            about.exc_type, about.exc_value, about.exc_traceback
        )

    def restore(self) -> None:
        """Give Python its own hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    def _on_uncaught(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, error or kind(), trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("uncaught error\n%s", text)
        sys.stderr.write(text)
        self._reported.emit(text)

    def _on_reported(self, text: str) -> None:
        # An error that repeats, in a timer or while painting, must not bury the screen in windows.
        if self.dialog is None:
            self.dialog = error_dialog(self._window, text, self._log_file)
            self.dialog.destroyed.connect(self._on_dialog_destroyed)
            self.dialog.show()

    def _on_dialog_destroyed(self) -> None:
        self.dialog = None
