import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.processes import run_code
from tests.ui.driving import LEFT
from vae_explorer.ui.error_reporter import ErrorReporter

# pytest-qt puts a hook of its own in place of Python's while a test runs, and the reporter puts its own over that.


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[ErrorReporter]:
    window = QWidget()
    qtbot.addWidget(window)
    reporter = ErrorReporter(window, "/logs/app.log")
    yield reporter
    reporter.restore()


def fail(text: str = "a fault of ours") -> None:
    raise ZeroDivisionError(text)


def test_an_error_in_a_slot_is_shown_and_logged(
    reporter: ErrorReporter,
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    dialog = reporter.dialog
    assert dialog is not None
    text = dialog.findChild(QPlainTextEdit).toPlainText()
    assert "Traceback" in text
    assert "ZeroDivisionError: a fault of ours" in text
    assert text.rstrip() in caplog.text
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    dialog.close()


def test_the_text_can_be_copied(reporter: ErrorReporter, qtbot: QtBot) -> None:
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    dialog = reporter.dialog
    assert dialog is not None
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == "Copy text")
    qtbot.mouseClick(copy, LEFT)
    assert QGuiApplication.clipboard().text() == dialog.findChild(QPlainTextEdit).toPlainText()
    close = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close)
    qtbot.mouseClick(close, LEFT)
    qtbot.waitUntil(lambda: reporter.dialog is None)


def test_an_error_that_repeats_opens_one_dialog(reporter: ErrorReporter, qtbot: QtBot) -> None:
    for k in range(5):
        QTimer.singleShot(0, lambda k=k: fail(f"number {k}"))
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    QApplication.processEvents()
    dialogs = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Something went wrong"]
    assert dialogs == [reporter.dialog]
    dialogs[0].close()


def test_an_error_on_another_thread_is_shown_too(reporter: ErrorReporter, qtbot: QtBot) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    assert reporter.dialog is not None
    reporter.dialog.close()


def test_python_gets_its_hooks_back(qtbot: QtBot) -> None:
    before = sys.excepthook, threading.excepthook
    window = QWidget()
    qtbot.addWidget(window)
    reporter = ErrorReporter(window, "log")
    assert (sys.excepthook, threading.excepthook) != before
    reporter.restore()
    assert (sys.excepthook, threading.excepthook) == before


def test_the_application_goes_on_after_an_error_in_a_slot(tmp_path: Path) -> None:
    code = """
import sys
from PySide6.QtCore import QTimer
from vae_explorer import app
from vae_explorer.ui.main_window import MainWindow

def after_start(window):
    window.selection.z_changed.connect(lambda: 1 / 0, check_nargs=False)
    QTimer.singleShot(0, lambda: window.map_panel.map.cursor_moved.emit(window.map_panel.map.cursor_xy + 1))
    QTimer.singleShot(0, look)

def look():
    dialogs = [d for d in QApplication.topLevelWidgets() if d.windowTitle() == "Something went wrong" and d.isVisible()]
    if not dialogs:
        QTimer.singleShot(20, look)
        return
    print("division by zero" in dialogs[0].findChild(QPlainTextEdit).toPlainText())
    dialogs[0].close()
    print(window_of().session.model.name)
    window_of().close()

from PySide6.QtWidgets import QApplication, QPlainTextEdit
def window_of():
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))

build = app.build_window
def build_and_fail(*arguments, **more):
    window = build(*arguments, **more)
    window.ready.connect(lambda: after_start(window))
    return window
app.build_window = build_and_fail
sys.stderr = open(sys.argv[1], "w")
print(app.run_window())
"""
    printed = run_code(code, tmp_path / "stderr", QT_QPA_PLATFORM="offscreen")
    assert printed.split() == ["True", "mnist-deep-2d", "0"]
