"""What was kept of the last window, and what the next one says of it."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.waiting import SHORT
from vae_explorer.core.kept_sessions import KeptSessions
from vae_explorer.ui.kept_session import kept_folder
from vae_explorer.ui.main_window import MainWindow

#: The button that opens it.
GO_ON = "Go on where you left off"


def kept_path() -> Path:
    """Of the last window that was closed."""
    return KeptSessions(kept_folder()).last


def put_aside_path() -> Path:
    """Of the one that was opened again or dismissed last."""
    return KeptSessions(kept_folder()).put_aside_path


def offered(window: MainWindow) -> list[str]:
    """The buttons of the message on the screen."""
    messages = window.map_panel.messages
    # What was offered before is deleted as soon as Qt comes to it.
    return [button.text() for button in messages.findChildren(QPushButton)] if messages.text else []


def discovered(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the runs on the disk were looked for, after which nothing more is offered."""
    qtbot.waitUntil(lambda: not window._workers.jobs._waiting, timeout=SHORT)
    QCoreApplication.processEvents()


def started(open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window that was opened without a file, and has offered what there is to offer."""
    window = open_window(None)
    discovered(window, qtbot)
    return window
