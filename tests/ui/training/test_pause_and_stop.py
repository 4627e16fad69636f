"""Pausing, resuming and stopping a training by button and key."""

import numpy as np
from pytestqt.qtbot import QtBot

from tests.samples import same_weights
from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    fill_in,
    model_unchanged,
    next_epoch,
    run_of,
    start_training,
    stop_training,
    train,
)
from tests.ui.panels import cell, points
from tests.ui.training.models import last_model
from vae_explorer.ui.main_window import MainWindow


def test_pause_and_resume_by_button_end_where_an_uninterrupted_training_does(
    window: MainWindow, qtbot: QtBot
) -> None:
    fill_in(window, epochs=3, batch_size=32)
    panel = window.training_panel
    uninterrupted = train(window, qtbot)

    window.trainer.started.connect(lambda _event: qtbot.mouseClick(panel.pause_button, LEFT))
    with qtbot.waitSignal(window.trainer.paused, timeout=LONG):
        qtbot.mouseClick(panel.train_button, LEFT)
    run = run_of(window)
    assert len(run.metrics.epochs) < 3
    steps = run.metrics.step_count
    assert panel.status_text == "Paused in epoch 1 of 3."
    assert panel.resume_button.isVisible()
    assert not panel.pause_button.isVisible()
    assert window.actions_["pause"].text() == "&Resume training"
    assert cell(window, run, "status") == "paused"
    with qtbot.assertNotEmitted(window.trainer.steps_done, wait=150):
        pass
    with qtbot.waitSignal(window.trainer.ended, timeout=SHORT):
        qtbot.mouseClick(panel.resume_button, LEFT)
    assert run.metrics.step_count > steps
    assert run is not uninterrupted
    assert same_weights(last_model(run), last_model(uninterrupted))
    assert [stats.test for stats in run.metrics.epochs] == [
        stats.test for stats in uninterrupted.metrics.epochs
    ]


def test_pause_by_key(busy: MainWindow, qtbot: QtBot) -> None:
    pause = busy.actions_["pause"]
    assert pause.isEnabled()
    with qtbot.waitSignal(busy.trainer.paused, timeout=SHORT):
        pause.trigger()
    with qtbot.waitSignal(busy.trainer.resumed, timeout=SHORT):
        pause.trigger()
    assert pause.text() == "&Pause training"
    next_epoch(busy, qtbot)


def test_stop_keeps_the_last_whole_epoch(busy: MainWindow, qtbot: QtBot) -> None:
    assert busy.actions_["stop"].isEnabled()
    assert not busy.actions_["train"].isEnabled()
    stop_training(busy, qtbot)
    run, model = run_of(busy), busy.session.model
    last = run.metrics.epochs[-1]
    assert model is not None
    assert model.epoch == last.epoch == run.epochs[-1]
    assert model.last_epoch == last
    assert model.snapshot is last_model(run)
    assert busy.training_panel.status_text.startswith(f"Stopped after epoch {last.epoch}. Test ELBO −")
    assert cell(busy, run, "status") == "stopped"
    assert not busy.training_panel.stop_button.isVisible()
    qtbot.waitUntil(lambda: points(busy) == last.epoch, timeout=SHORT)


def test_stop_in_the_middle_of_an_epoch_goes_back_to_its_beginning(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, hidden="64", epochs=1000, batch_size=2)
    run = start_training(window, qtbot)
    with qtbot.waitSignal(window.trainer.looked, timeout=SHORT):
        pass
    model = window.session.model
    assert model is not None
    assert model.epoch % 1 > 0
    stop_training(window, qtbot)
    assert window.session.model is not None
    assert window.session.model.epoch == run.metrics.epochs[-1].epoch
    assert window.session.model.snapshot is last_model(run)
    np.testing.assert_array_equal(window.map_panel.map._xy, window.session.model.posterior.mu)


def test_stop_out_of_a_pause(busy: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(busy.trainer.paused, timeout=SHORT):
        qtbot.mouseClick(busy.training_panel.pause_button, LEFT)
    stop_training(busy, qtbot)
    assert run_of(busy).info.status == "stopped"


def test_stop_before_the_first_epoch_leaves_the_open_model(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=1000)
    with model_unchanged(window), qtbot.waitSignal(window.trainer.ended, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
        window.actions_["stop"].trigger()
        assert window.training_panel.status_text == "Stopping…"
    assert window.training_panel.status_text == "Stopped before the first epoch was complete."
    assert not run_of(window).epochs
