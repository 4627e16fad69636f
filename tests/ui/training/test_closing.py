"""Closing the window while a training goes on, and going on at the next start."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    Answers,
    dismiss,
    fill_in,
    full_disk,
    next_epoch,
    press,
    press_answer,
    run_of,
    start_training,
    stop_training,
    train,
    type_path,
)
from tests.ui.training.models import last_model
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.run_folder import is_busy, read_run
from vae_explorer.state.settings import load_settings
from vae_explorer.ui.main_window import MainWindow

# A run in a folder


def test_closing_during_a_training_puts_it_away_without_a_question(busy: MainWindow) -> None:
    thread, run = busy.trainer._thread, run_of(busy)
    assert thread is not None
    assert busy.close()
    assert thread.isFinished()
    assert run.folder is not None
    assert not is_busy(run.folder)
    found = read_run(run.folder)
    assert found.info.status == "paused"
    assert found.can_resume
    assert found.problems == ()


def test_the_next_window_offers_it_and_goes_on_as_if_never_closed(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    first = open_window()
    fill_in(first, epochs=12, batch_size=64)
    whole = train(first, qtbot)
    start_training(first, qtbot)
    first.close()

    second = open_window()
    qtbot.waitUntil(lambda: len(second.runs) == 2, timeout=SHORT)
    run = list(second.runs)[-1]
    epochs = len(run.metrics.epochs)
    assert 0 < epochs < 12
    text = f"“Run 2: 784-16-2” is paused after epoch {epochs} of 12."
    assert second.map_panel.messages.text == text
    with qtbot.waitSignal(second.trainer.ended, timeout=LONG):
        press_answer(second, "Resume")
    assert run_of(second) is run
    assert run.info.status == "finished"
    assert [stats.epoch for stats in run.metrics.epochs] == list(range(1, 13))
    for name, values in last_model(run).weights.items():
        np.testing.assert_array_equal(values, last_model(whole).weights[name])
    np.testing.assert_array_equal(run.metrics.column("step"), whole.metrics.column("step"))


def test_closing_out_of_a_pause(busy: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(busy.trainer.paused, timeout=SHORT):
        qtbot.mouseClick(busy.training_panel.pause_button, LEFT)
    run = run_of(busy)
    assert busy.close()
    assert run.folder is not None
    assert read_run(run.folder).info.status == "paused"


def test_after_a_training_the_window_closes_without_a_question(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    assert window.close()


# A run that is nowhere on disk


@pytest.mark.usefixtures("no_disk")
def test_closing_asks_and_cancel_goes_on(busy: MainWindow, answers: Answers, qtbot: QtBot) -> None:
    answers.expect(press("Cancel"))
    assert not busy.close()
    assert busy.isVisible()
    assert busy.training.running
    next_epoch(busy, qtbot)


@pytest.mark.usefixtures("no_disk")
def test_closing_without_saving_ends_the_thread(busy: MainWindow, answers: Answers) -> None:
    thread = busy.trainer._thread
    assert thread is not None
    answers.expect(press("Close without saving"))
    assert busy.close()
    assert thread.isFinished()


@pytest.mark.usefixtures("no_disk")
def test_closing_before_the_first_epoch_offers_no_saving(
    window: MainWindow, answers: Answers, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1000)
    answers.expect(press("Stop training and close"))
    with qtbot.waitSignal(window.trainer.not_recorded, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    assert window.close()


@pytest.mark.usefixtures("no_disk")
def test_closing_can_save_the_model_first(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    run = train(window, qtbot)
    path = tmp_path / "kept.safetensors"
    answers.expect(press("Save"), type_path(path))
    assert not window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=SHORT)
    assert load_model(path).record.history == tuple(run.metrics.epochs)


@pytest.mark.usefixtures("no_disk")
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
    assert window.runs.unsaved


@pytest.mark.usefixtures("no_disk")
def test_a_saved_model_closes_without_a_question(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    assert window.isWindowModified()
    answers.expect(type_path(tmp_path / "mine.safetensors"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save"].trigger()
    assert not window.isWindowModified()
    assert window.close()


@pytest.mark.usefixtures("no_disk")
def test_a_model_saved_before_it_is_shown_again_stays_saved(
    window: MainWindow, answers: Answers, tutorial_model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_in(window, epochs=1)
    train(window, qtbot)
    answers.expect(type_path(tmp_path / "mine.safetensors"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save"].trigger()
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(tutorial_model)
    window.training.follow()
    assert not window.isWindowModified()


@pytest.mark.usefixtures("no_disk")
def test_a_model_saved_in_the_middle_of_a_training_does_not_stand_for_its_end(
    busy: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(busy.trainer.paused, timeout=SHORT):
        qtbot.mouseClick(busy.training_panel.pause_button, LEFT)
    answers.expect(type_path(tmp_path / "early.safetensors"))
    with qtbot.waitSignal(busy.files.recent_changed, timeout=SHORT):
        busy.actions_["save_as"].trigger()
    with qtbot.waitSignal(busy.trainer.epoch_done, timeout=SHORT):
        qtbot.mouseClick(busy.training_panel.resume_button, LEFT)
    stop_training(busy, qtbot)
    answers.expect(press("Cancel"))
    assert not busy.close()


# The form


def test_the_form_is_remembered_as_it_was_left(open_window: OpenWindow, qtbot: QtBot) -> None:
    first = open_window()
    fill_in(first, hidden="32, 8", epochs=21, latent=5, batch_size=77)
    form = first.training_panel.form()
    first.close()
    assert load_settings()[0].training == form
    assert open_window().training_panel.form() == form


def test_what_was_steered_is_not_remembered(busy: MainWindow, qtbot: QtBot) -> None:
    form = busy.training_panel.form()
    with qtbot.waitSignal(busy.trainer.changed, timeout=SHORT):
        busy.training_panel.beta.stepUp()
    busy.close()
    assert load_settings()[0].training == form
