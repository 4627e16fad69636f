"""The end of a long training calls somebody back who looks elsewhere."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT, fill_in, run_of, start_training, stop_training, train
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.training import control


@pytest.fixture
def elsewhere(qtbot: QtBot) -> Iterator[QWidget]:
    """The window of another application, as it were."""
    other = QWidget()
    qtbot.addWidget(other)
    return other


@pytest.fixture
def any_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits twenty seconds for a test."""
    monkeypatch.setattr(control, "_LONG_SECONDS", 0.0)


def look_at(widget: QWidget, qtbot: QtBot) -> None:
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow, timeout=SHORT)


@pytest.mark.usefixtures("any_is_long")
def test_who_looks_elsewhere_is_told_how_it_ended(
    window: MainWindow, elsewhere: QWidget, qtbot: QtBot
) -> None:
    fill_in(window, epochs=2)
    look_at(elsewhere, qtbot)
    run = train(window, qtbot)
    elbo = f"−{-run.metrics.epochs[-1].test.elbo:.2f}"
    text = f"Run 1: 784-16-2: Trained to epoch 2. Test ELBO {elbo} nats an image."
    assert window.notifier.last == text


@pytest.mark.usefixtures("any_is_long")
def test_who_looks_at_the_window_is_not_told(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=1)
    look_at(window, qtbot)
    with qtbot.waitSignal(window.training.over, timeout=SHORT):
        train(window, qtbot)
    assert window.notifier.last == ""


def test_a_short_training_is_not_worth_it(window: MainWindow, elsewhere: QWidget, qtbot: QtBot) -> None:
    fill_in(window, epochs=1)
    look_at(elsewhere, qtbot)
    with qtbot.assertNotEmitted(window.training.over):
        train(window, qtbot)
    assert window.notifier.last == ""


@pytest.mark.usefixtures("any_is_long")
def test_a_stop_is_told_too(window: MainWindow, elsewhere: QWidget, qtbot: QtBot) -> None:
    fill_in(window, epochs=100_000)
    start_training(window, qtbot)
    look_at(elsewhere, qtbot)
    stop_training(window, qtbot)
    assert f"Stopped after epoch {run_of(window).epochs[-1]}." in window.notifier.last
