"""Starts the window: builds the objects, connects them, and runs Qt until the window is closed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from vae_explorer.core.errors import UserError
from vae_explorer.core.threads import import_numpy_with_one_thread, limit_spinning
from vae_explorer.logs import log_path, start_logging
from vae_explorer.platform_check import check_display, missing_library

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from vae_explorer.state.settings import Theme
    from vae_explorer.ui.main_window import MainWindow


#: Without a display there is no screen to fit into.
_SCREENSHOT_SIZE = (1400, 900)
#: How long a picture waits for what the map does not need: seconds for models with hundreds of dimensions.
_TRUST_PATIENCE_MS = 20_000


def run_window(
    file: Path | None = None,
    screenshot: Path | None = None,
    size: tuple[int, int] | None = None,
    theme: Theme | None = None,
) -> int:
    """Open the window and run until it is closed.

    Args:
        file: model to open instead of the default one.
        screenshot: render the loaded window into this PNG without a display, and end.
        size: of the window, in pixels.
        theme: instead of the one in the settings.

    Returns:
        The exit code.

    Raises:
        StartError: a system library or a display is missing; the message says which.
        UserError: the picture cannot be made.
    """
    limit_spinning(beside_a_window=True)
    import_numpy_with_one_thread()
    os.environ["QT_API"] = "pyside6"
    if screenshot is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    start_logging()
    _log_qt_messages()
    application = start_qt()
    window = build_window(application, theme, remember=screenshot is None)
    if screenshot is not None:
        size = size or _SCREENSHOT_SIZE
    if size is not None:
        window.resize(*size)
    window.first_painted.connect(lambda: window.open_first(file))
    if screenshot is not None:
        return _take_screenshot(application, window, screenshot)
    from vae_explorer.ui.error_reporter import ErrorReporter

    ErrorReporter(window, str(log_path()))
    window.show()
    return int(application.exec())


def build_window(
    application: QApplication, theme: Theme | None = None, *, remember: bool = True
) -> MainWindow:
    """All objects of the application, connected, with the window not yet shown.

    Args:
        application: Qt's.
        theme: instead of the one in the settings.
        remember: whether to use and keep this user's settings.
    """
    from vae_explorer.state.looks import Looks
    from vae_explorer.state.runs import Runs
    from vae_explorer.state.selection import Selection
    from vae_explorer.state.session import Session
    from vae_explorer.state.settings import Settings, load_settings
    from vae_explorer.ui.main_window import MainWindow, State, Workers
    from vae_explorer.ui.theme import ThemeSwitch
    from vae_explorer.workers.decoding import Decoder
    from vae_explorer.workers.jobs import Jobs
    from vae_explorer.workers.layers import Layers
    from vae_explorer.workers.training import Trainer

    settings, problems = load_settings() if remember else (Settings(hints_seen=True), [])
    switch = ThemeSwitch(application, theme or settings.theme)
    session = Session()
    workers = Workers(Decoder(), Jobs(), Trainer(plane_choice=session.plane_choice), Layers())
    state = State(session, Selection(), Runs(), settings, Looks())
    window = MainWindow(state, switch, workers, remember=remember)
    for problem in problems:
        window.map_panel.messages.warn(problem)
    return window


def _log_qt_messages() -> None:
    """Qt's own warnings belong in the log file; on a terminal they only puzzle."""
    try:
        from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
    except ImportError as error:
        raise missing_library(error) from error
    levels = {QtMsgType.QtInfoMsg: logging.INFO, QtMsgType.QtDebugMsg: logging.DEBUG}

    def handle(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(levels.get(kind, logging.WARNING), text)

    qInstallMessageHandler(handle)


def start_qt() -> QApplication:
    """Qt's application object.

    Raises:
        StartError: a system library or a display is missing.
    """
    try:
        from PySide6.QtCore import QLibraryInfo
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise missing_library(error) from error
    check_display(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)))
    QApplication.setApplicationName("VAE Explorer")
    QApplication.setDesktopFileName("vae-explorer")
    return QApplication(sys.argv[:1])


def _when_trust_is_read(window: MainWindow, then: Callable[[], None]) -> None:
    """Call `then` once, when the figures of the decoder dock are there, or have kept everybody waiting too long."""
    from PySide6.QtCore import Qt, QTimer

    if window.session.model is None:
        then()
        return
    meter = window.decoder_panel.meter
    late = QTimer(window, singleShot=True, interval=_TRUST_PATIENCE_MS)

    def go() -> None:
        if late.isActive():
            late.stop()
            then()

    # What is decoded at the end of the line of signals is drawn before the picture is taken.
    meter.measured.connect(go, Qt.ConnectionType.QueuedConnection)
    late.timeout.connect(then)
    late.start()


def _take_screenshot(application: QApplication, window: MainWindow, path: Path) -> int:
    from vae_explorer.core.files import write_atomically
    from vae_explorer.ui.widgets.image_view import png_bytes

    problems: list[str] = []
    pictures: list[bytes] = []

    def take() -> None:
        problems.append(window.map_panel.messages.text)
        # One more round lets the layout and the pictures that were just set settle.
        application.processEvents()
        pictures.append(png_bytes(window.grab().toImage()))
        window.close()

    def fail(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        # Nobody is there to close the window after a fault of ours.
        sys.__excepthook__(kind, error, trace)
        application.exit(1)

    sys.excepthook = fail
    window.ready.connect(lambda: _when_trust_is_read(window, take))
    window.show()
    code = int(application.exec())
    if any(problems) and window.fell_back:
        raise UserError("{problem}", problem=problems[0])
    if not pictures:
        return code or 1
    write_atomically(path, pictures[0])
    if any(problems):
        # It was opened as far as it is whole.
        sys.stderr.write(f"vae-explorer: {problems[0]}\n")
    return 0
