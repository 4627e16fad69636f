"""Training from the window, with real digits and real epochs."""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    Answers,
    click,
    dismiss,
    drag,
    full_disk,
    looks_as,
    middle,
    model_unchanged,
    pixel,
    press,
    type_path,
)
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.images import gray_levels, square
from vae_explorer.state.settings import load_settings
from vae_explorer.ui.main_window import MainWindow


def fill_in(
    window: MainWindow, hidden: str = "16", epochs: int = 3, latent: int = 2, device: str = "cpu"
) -> None:
    panel = window.training_panel
    panel.hidden.setText(hidden)
    panel.epochs.setValue(epochs)
    panel.latent.setValue(latent)
    panel.device.setCurrentIndex(panel.device.findData(device))


def train(window: MainWindow, qtbot: QtBot) -> None:
    """A whole training, started with the button."""
    with qtbot.waitSignal(window._workers.trainer.finished, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)


@pytest.fixture
def busy(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window in which a training runs that would take for ever; its first epoch is shown."""
    fill_in(window, epochs=100_000)
    with qtbot.waitSignal(window._workers.trainer.epoch_done, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    return window


def stop(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window._workers.trainer.finished, timeout=SHORT):
        qtbot.mouseClick(window.training_panel.stop_button, LEFT)


def test_train_draws_each_epoch_on_map_curves_and_decoder(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=3)
    maps, pictures, titles = [], [], []

    def note(_model: object) -> None:
        maps.append(window.map_panel.map._xy.copy())
        pictures.append(window.decoder_panel.picture)
        titles.append(window.training_panel.curves.titles[0])

    window._workers.trainer.epoch_done.connect(note)
    train(window, qtbot)
    assert len(maps) == 3
    assert len(set(titles)) == 3
    for before, after in pairwise(maps):
        assert (before != after).any()
    for before, after in pairwise(pictures):
        assert (before != after).any()
    model = window.session.model
    assert model is not None
    assert model.origin == "training"
    np.testing.assert_array_equal(maps[-1], model.posterior.mu)
    expected = square(gray_levels(model.snapshot.decode(window.selection.z[None]))[0])
    np.testing.assert_array_equal(window.decoder_panel.picture, expected)
    assert window.windowTitle() == "Run 1: 784-16-2, seed 0[*] – VAE Explorer"
    assert window.isWindowModified()
    status = window.training_panel.status.text()
    assert status.startswith("Trained to epoch 3. Test ELBO −")
    assert window.status._device.text() == ""
    assert window.training_panel.train_button.isEnabled()
    assert not window.actions_["stop"].isEnabled()
    assert all(window.map_panel.map.is_in_view(place) for place in model.posterior.mu)


def test_stop_keeps_the_last_whole_epoch(busy: MainWindow, qtbot: QtBot) -> None:
    assert busy.actions_["stop"].isEnabled()
    assert not busy.actions_["train"].isEnabled()
    stop(busy, qtbot)
    model = busy.session.model
    assert model is not None
    assert model.last_epoch is not None
    assert busy.training_panel.status.text().startswith(f"Stopped after epoch {model.last_epoch.epoch}.")
    assert len(busy.training_panel.curves._plots[0]._test.getData()[0]) == model.last_epoch.epoch
    assert busy.session.unsaved == (model,)
    assert not busy.training_panel.stop_button.isEnabled()


def test_stop_before_the_first_epoch_leaves_the_open_model(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=1000)
    with model_unchanged(window), qtbot.waitSignal(window._workers.trainer.finished, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
        window.actions_["stop"].trigger()
    assert "no model to keep" in window.training_panel.status.text()
    assert not window.session.trained


def test_the_window_can_be_used_during_training(
    busy: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    map_ = busy.map_panel.map
    drag(map_.viewport(), [pixel(map_, x, 0.2) for x in np.linspace(-1, 1, 5)])
    np.testing.assert_allclose(busy.selection.z, map_.cursor_xy)
    model = busy.session.model
    assert model is not None
    expected = square(gray_levels(model.snapshot.decode(busy.selection.z[None]))[0])
    np.testing.assert_array_equal(busy.decoder_panel.picture, expected)
    assert busy.undo_stack.count() == 1
    map_.zoom(3)
    view = map_.getViewBox().viewRect()
    with qtbot.waitSignal(busy._workers.trainer.epoch_done, timeout=SHORT):
        pass
    assert looks_as(map_, view)  # the next epoch does not take the view away
    path = tmp_path / "in-between.safetensors"
    answers.expect(type_path(path))
    with qtbot.waitSignal(busy.files.recent_changed, timeout=SHORT):
        busy.actions_["save_as"].trigger()
    assert busy.training.running
    assert load_model(path).record.history
    assert looks_as(map_, view)


def test_another_model_can_be_opened_while_training_goes_on(
    busy: MainWindow, tutorial_model: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(busy.files.idle, timeout=SHORT):
        busy.files.open_file(tutorial_model)
    assert busy.training.running
    assert busy.map_panel.messages.text == "Training goes on in the background."
    opened = busy.session.model
    with qtbot.waitSignal(busy._workers.trainer.epoch_done, timeout=SHORT):
        pass
    assert busy.session.model is opened
    assert opened is not None
    assert opened.path == tutorial_model
    button = busy.map_panel.messages._button
    assert button.text() == "Show training"
    qtbot.mouseClick(button, LEFT)
    assert busy.session.model is not None
    assert busy.session.model.run == 1
    with qtbot.waitSignal(busy._workers.trainer.epoch_done, timeout=SHORT):
        pass
    assert busy.session.model is busy.session.trained[0]


def test_choosing_the_model_in_training_from_the_menu_is_not_leaving_it(
    busy: MainWindow, tutorial_model: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(busy.files.idle, timeout=SHORT):
        busy.files.open_file(tutorial_model)
    busy.menus.models.aboutToShow.emit()
    busy.menus.models.actions()[-1].trigger()
    with qtbot.waitSignal(busy.trainer.epoch_done, timeout=SHORT):
        pass
    assert busy.session.model is busy.session.trained[0]


def test_a_training_that_ends_unseen_offers_its_model(
    busy: MainWindow, tutorial_model: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(busy.files.idle, timeout=SHORT):
        busy.files.open_file(tutorial_model)
    stop(busy, qtbot)
    assert busy.map_panel.messages.text == "The training is over."
    qtbot.mouseClick(busy.map_panel.messages._button, LEFT)
    assert busy.session.model is busy.session.trained[0]


def test_a_model_saved_before_it_is_shown_again_stays_saved(
    window: MainWindow, answers: Answers, tutorial_model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    answers.expect(type_path(tmp_path / "mine.safetensors"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save"].trigger()
    assert not window.isWindowModified()
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(tutorial_model)
    window.training.follow()
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine")


def test_trained_models_stay_in_the_menu(window: MainWindow, qtbot: QtBot) -> None:
    for latent in (2, 3):
        fill_in(window, epochs=1, latent=latent)
        train(window, qtbot)
    assert window.selection.z.shape == (3,)
    window.menus.models.aboutToShow.emit()
    entries = {action.text(): action for action in window.menus.models.actions()}
    first = entries["Run 1: 784-16-2, seed 0 (not saved)"]
    assert entries["Run 2: 784-16-3, seed 0 (not saved)"].isChecked()
    first.trigger()
    assert window.session.model is window.session.trained[0]
    assert window.selection.z.shape == (2,)


@pytest.mark.parametrize("hidden", ["abc", "0", "-5", "1e9"])
def test_nothing_starts_with_widths_that_are_none(window: MainWindow, qtbot: QtBot, hidden: str) -> None:
    fill_in(window, hidden=hidden)
    with qtbot.assertNotEmitted(window._workers.trainer.preparing):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
        window.actions_["train"].trigger()
    assert hidden in window.training_panel.problem
    assert not window.training.running


def test_a_missing_device_is_said_and_the_cpu_trains(window: MainWindow, qtbot: QtBot) -> None:
    import torch

    missing = "mps" if torch.cuda.is_available() else "cuda"
    fill_in(window, epochs=1, device=missing)
    with qtbot.waitSignal(window.trainer.started, timeout=SHORT):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    assert window.status._device.text() == "training on CPU"
    with qtbot.waitSignal(window.trainer.finished, timeout=SHORT):
        pass
    assert window.map_panel.messages.text == (
        f"{missing.upper()} cannot be used: PyTorch finds no such device on this machine. Training goes on on CPU."
    )
    assert window.status._device.text() == ""


def test_training_that_diverges_says_so_and_keeps_the_epoch_before(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, hidden="64, 64, 64", epochs=200)
    window.training_panel.learning_rate.setValue(1.0)
    window.training_panel.batch_size.setValue(8)
    with qtbot.waitSignals([window._workers.trainer.failed], timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    assert "Training diverged" in window.map_panel.messages.text
    assert window.training_panel.status.text() == "Training ended with an error."
    assert window.training_panel.train_button.isEnabled()


# Closing


def test_closing_during_training_asks_and_cancel_goes_on(
    busy: MainWindow, answers: Answers, qtbot: QtBot
) -> None:
    answers.expect(press("Cancel"))
    assert not busy.close()
    assert busy.isVisible()
    assert busy.training.running
    with qtbot.waitSignal(busy._workers.trainer.epoch_done, timeout=SHORT):
        pass


def test_closing_during_training_stops_it_cleanly(busy: MainWindow, answers: Answers, qtbot: QtBot) -> None:
    thread = busy._workers.trainer._thread
    assert thread is not None
    answers.expect(press("Close without saving"))
    began = time.perf_counter()
    assert busy.close()
    assert thread.isFinished()
    assert time.perf_counter() - began < 10


def test_closing_before_the_first_epoch_offers_no_saving(
    window: MainWindow, answers: Answers, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1000)
    answers.expect(press("Stop training and close"))
    qtbot.mouseClick(window.training_panel.train_button, LEFT)
    assert window.close()


def test_closing_with_an_unsaved_model_can_save_it(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    path = tmp_path / "kept.safetensors"
    answers.expect(press("Save"), type_path(path))
    assert not window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=SHORT)
    assert load_model(path).record.history


def test_a_save_that_is_dismissed_or_fails_keeps_the_window_open(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    answers.expect(press("Save"), dismiss)
    assert not window.close()
    full = full_disk(tmp_path / "full.safetensors")
    answers.expect(press("Save"), type_path(full), press("Yes"))
    assert not window.close()
    qtbot.waitUntil(lambda: "No space left" in window.map_panel.messages.text, timeout=SHORT)
    assert window.isVisible()
    assert window.session.unsaved


def test_a_saved_model_closes_without_a_question(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    answers.expect(type_path(tmp_path / "kept.safetensors"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save"].trigger()
    assert window.close()


def test_the_form_is_remembered(open_window: OpenWindow) -> None:
    first = open_window()
    fill_in(first, hidden="32, 8", epochs=21, latent=5, device="cpu")
    form = first.training_panel.form()
    first.close()
    assert load_settings()[0].training == form
    assert open_window().training_panel.form() == form


def test_the_cursor_can_be_grabbed_while_epochs_arrive(busy: MainWindow, qtbot: QtBot) -> None:
    map_ = busy.map_panel.map
    spot = middle(map_).toPoint()
    qtbot.mousePress(map_.viewport(), LEFT, pos=spot)
    with qtbot.waitSignal(busy._workers.trainer.epoch_done, timeout=SHORT):
        pass
    qtbot.mouseMove(map_.viewport(), spot + QPoint(60, 0))
    qtbot.mouseRelease(map_.viewport(), LEFT, pos=spot + QPoint(60, 0))
    assert busy.undo_stack.count() == 1
    click(map_.viewport(), middle(map_))
    assert busy.undo_stack.count() == 2
