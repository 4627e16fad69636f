"""Trainings that go otherwise than wanted, and how the window says so."""

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, LONG, fill_in, retype, start_training, train
from tests.ui.panels import cell
from tests.ui.training.models import last_model
from vae_explorer.ui.main_window import MainWindow


@pytest.mark.parametrize("hidden", ["abc", "0", "-5", "1e9"])
def test_nothing_starts_with_widths_that_are_none(window: MainWindow, qtbot: QtBot, hidden: str) -> None:
    fill_in(window, hidden=hidden)
    with qtbot.assertNotEmitted(window.trainer.preparing):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
        window.actions_["train"].trigger()
    assert hidden in window.training_panel.problem
    assert not window.training.running
    assert not len(window.runs)


def test_a_missing_device_is_said_and_the_cpu_trains(window: MainWindow, qtbot: QtBot) -> None:
    import torch

    missing = "mps" if torch.cuda.is_available() else "cuda"
    fill_in(window, epochs=1, device=missing)
    devices = []
    window.trainer.started.connect(lambda _event: devices.append(window.status._device.text()))
    run = train(window, qtbot)
    assert devices == ["training on CPU"]
    assert run.info.device == "cpu"
    assert window.map_panel.messages.text == (
        f"{missing.upper()} cannot be used: PyTorch finds no such device on this machine. Training goes on on CPU."
    )
    assert window.status._device.text() == ""


def test_a_training_that_diverges_says_where_and_what_to_try_and_keeps_the_epoch_before(
    window: MainWindow, qtbot: QtBot
) -> None:
    fill_in(window, hidden="64, 64, 64", epochs=200, batch_size=16)
    run = start_training(window, qtbot)
    with qtbot.waitSignal(window.trainer.failed, timeout=LONG):
        retype(window.training_panel.learning_rate, "1")
    last = run.metrics.epochs[-1].epoch
    message = window.map_panel.messages.text
    assert message.startswith(f"Training diverged in epoch {last + 1}: ")
    assert "Try a smaller learning rate" in message
    assert window.training_panel.status_text == "Training ended with an error."
    assert window.training_panel.train_button.isEnabled()
    assert cell(window, run, "status").startswith("failed: Training diverged")
    assert window.session.model is not None
    assert window.session.model.epoch == last
    assert window.session.model.snapshot is last_model(run)


def test_early_stopping_says_so(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=300, batch_size=1000)
    window.training_panel.fields.number("patience").setValue(1)
    window.training_panel.learning_rate.setValue(0.1)
    run = train(window, qtbot)
    best = run.metrics.best
    assert best is not None
    assert len(run.metrics.epochs) == best.epoch + 1 < 300
    text = f"Stopped early: no epoch after {best.epoch} was better. Test ELBO −"
    assert window.training_panel.status_text.startswith(text)
    assert run.info.status == "finished"


@pytest.mark.usefixtures("no_disk")
def test_a_run_that_cannot_be_kept_on_disk_trains_nevertheless(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=1)
    run = train(window, qtbot)
    assert "kept only until the application closes" in window.map_panel.messages.text
    assert run.folder is None
    assert window.isWindowModified()
    assert run.epochs == (1,)
