"""A real window for each test, with real digits, driven by real events."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.digits import digits_folder, few_digits
from tests.ui.driving import SHORT, Answers, discard, fill_in, start_training
from vae_explorer.app import build_window
from vae_explorer.core.data import ImageSet
from vae_explorer.resources import resource_path
from vae_explorer.state.settings import Theme
from vae_explorer.ui.main_window import MainWindow

__all__ = ["digits_folder", "few_digits"]

#: Opens a window as the application does, without or with a file; it is closed after the test.
OpenWindow = Callable[..., MainWindow]


@pytest.fixture(scope="session", autouse=True)
def dialogs_of_qt() -> None:
    """The system's own file dialogs cannot be driven from here."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)


@pytest.fixture
def tutorial_model() -> Path:
    """The file of the bundled 784-400-2 model."""
    return resource_path("models", "mnist-mlp-2d.safetensors")


@pytest.fixture
def answers(qtbot: QtBot) -> Iterator[Answers]:
    """Answers modal dialogs, in the order in which the test lists the answers."""
    answers = Answers()
    yield answers
    answers.check()


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, few_digits: ImageSet, tutorial_model: Path
) -> Iterator[OpenWindow]:
    windows: list[MainWindow] = []

    def open_one(path: Path | None = tutorial_model, theme: Theme | None = "light") -> MainWindow:
        window = build_window(qapp, theme)
        windows.append(window)
        with qtbot.waitSignal(window.ready, timeout=SHORT):
            window.first_painted.connect(lambda: window.open_first(path))
            window.show()
        QCoreApplication.processEvents()
        return window

    yield open_one
    for window in windows:
        _close(window, qtbot)
    windows.clear()
    gc.collect()


def _close(window: MainWindow, qtbot: QtBot) -> None:
    answers = Answers()
    training = window.training
    only_here = training.running and training.run is not None and training.run.folder is None
    if window.isVisible() and (window.runs.unsaved or only_here):
        answers.expect(discard)
    window.close()
    answers.check()
    qtbot.waitUntil(lambda: not window.training.running, timeout=SHORT)
    switch = window._theme
    window.deleteLater()
    switch.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # The test's report still holds the window, and what it knows would live on with it: menus of plots, for one.
    window.__dict__.clear()


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """The application's window with the tutorials' model and a few hundred digits on the map."""
    return open_window()


@pytest.fixture
def busy(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window in which a training runs that would take for ever; its first epoch is shown."""
    fill_in(window, epochs=100_000)
    start_training(window, qtbot)
    return window
