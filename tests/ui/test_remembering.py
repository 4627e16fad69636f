"""What is on the disk of the settings while a window is open, by a real process that is killed too."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.processes import environment
from tests.ui.conftest import OpenWindow
from tests.ui.driving import fill_in
from tests.ui.kept import discovered
from tests.waiting import SHORT
from vae_explorer.state.settings import Settings, load_settings, settings_path
from vae_explorer.ui.main_window import MainWindow

_CHOOSE_AND_WAIT = """
import sys
from pathlib import Path
from vae_explorer.app import build_window, start_qt

application = start_qt()
window = build_window(application)

def choose():
    window.showMaximized()
    window.set_theme("dark")
    window.files.remember(Path(sys.argv[1]))

window.first_painted.connect(lambda: window.open_first(None))
window.ready.connect(choose)
window.show()
application.exec()
"""


def on_disk() -> Settings:
    settings, problems = load_settings()
    assert problems == []
    return settings


def written(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until there is nothing to write any more."""
    remembering = window._remembering
    qtbot.waitUntil(lambda: not (remembering._timer.isActive() or remembering._writing), timeout=SHORT)


@pytest.fixture
def hasty(open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window that writes what was chosen at once, and of what it did on its way to the screen all."""
    window = open_window(None, theme=None)
    discovered(window, qtbot)
    window._remembering.quiet_seconds = window._remembering.apart_seconds = 0.0
    window._remembering.soon()
    written(window, qtbot)
    return window


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
def test_what_was_chosen_in_a_process_that_was_killed_is_known(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    model = str(tmp_path / "mine.safetensors")
    with subprocess.Popen([sys.executable, "-c", _CHOOSE_AND_WAIT, model], env=environment()) as process:
        try:
            qtbot.waitUntil(lambda: on_disk().theme == "dark", timeout=SHORT)
        finally:
            process.send_signal(signal.SIGKILL)
    window = open_window(None, theme=None)
    assert window._theme.dark
    assert window.settings.recent_files == [model]
    assert window.isMaximized()


def test_a_size_is_written_while_the_window_is_open(hasty: MainWindow, qtbot: QtBot) -> None:
    before = on_disk().window_geometry
    hasty.resize(hasty.width() + 50, hasty.height() - 50)
    qtbot.waitUntil(lambda: on_disk().window_geometry != before, timeout=SHORT)


def test_a_window_that_is_moved_on_and_on_does_not_write_on_and_on(hasty: MainWindow, qtbot: QtBot) -> None:
    remembering = hasty._remembering
    hasty.set_theme("dark")
    written(hasty, qtbot)
    remembering.apart_seconds = 1000.0
    hasty.resize(hasty.width() + 50, hasty.height() - 50)
    QCoreApplication.processEvents()
    assert remembering._timer.remainingTime() > 900_000
    # What is chosen meanwhile does not wait for that, and takes the size along.
    before = on_disk().window_geometry
    hasty.set_theme("light")
    written(hasty, qtbot)
    assert on_disk().theme == "light"
    assert on_disk().window_geometry != before


def test_what_is_the_same_again_is_not_written_again(hasty: MainWindow, qtbot: QtBot) -> None:
    hasty.set_theme("dark")
    written(hasty, qtbot)
    before = settings_path().stat()
    hasty.set_theme("dark")
    written(hasty, qtbot)
    assert settings_path().stat() == before


def test_a_form_waits_for_the_window_to_close(hasty: MainWindow, qtbot: QtBot) -> None:
    form = on_disk().training
    fill_in(hasty, epochs=form.epochs + 77)
    hasty.set_theme("dark")
    written(hasty, qtbot)
    assert on_disk().theme == "dark"
    assert on_disk().training == form
    hasty.close()
    assert on_disk().training.epochs == form.epochs + 77


def test_a_disk_that_takes_nothing_is_only_noted_in_the_log(
    hasty: MainWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    hasty.map_panel.messages.hide()
    settings_path().unlink()
    settings_path().mkdir()
    hasty.set_theme("dark")
    written(hasty, qtbot)
    assert "the settings were not saved" in caplog.text
    assert hasty.map_panel.messages.text == ""
    settings_path().rmdir()
    hasty.set_theme("light")
    written(hasty, qtbot)
    assert on_disk().theme == "light"


def test_a_window_that_is_closed_writes_nothing_more(hasty: MainWindow) -> None:
    hasty.close()
    hasty.set_theme("dark")
    hasty.resize(hasty.width() + 50, hasty.height())
    QCoreApplication.processEvents()
    assert not hasty._remembering._timer.isActive()
