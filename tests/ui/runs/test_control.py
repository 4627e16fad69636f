"""What a window does with runs on disk: find, show, resume."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    Answers,
    drop,
    fill_in,
    run_of,
    stop_training,
    train,
    type_path,
)
from tests.ui.runs.folders import find_runs, named, select, write_run
from tests.ui.runs.lists import names
from vae_explorer.core.run_folder import load_snapshot, runs_folder
from vae_explorer.core.run_info import RunStatus
from vae_explorer.ui.main_window import MainWindow

# Finding


def test_runs_on_disk_are_listed_and_finished_ones_offer_nothing(found: MainWindow) -> None:
    assert sorted(names(found.runs_panel)) == ["A run", "A run"]
    one = named(found, "one")
    assert one.saved_epochs == (1, 2, 3)
    assert [stats.epoch for stats in one.metrics.epochs] == [1, 2, 3]
    assert one.writer == "nobody"
    assert found.map_panel.messages.text == ""
    assert found.session.model is not None
    assert found.session.model.run is None


@pytest.mark.parametrize(("status", "text"), [("running", "was cut off"), ("paused", "is paused")])
def test_an_interrupted_run_is_offered(
    open_window: OpenWindow, qtbot: QtBot, status: RunStatus, text: str
) -> None:
    write_run("one", status)
    window = open_window()
    find_runs(window, 1, qtbot)
    assert window.map_panel.messages.text == f"“A run” {text} after epoch 3 of 6."


def test_of_several_interrupted_runs_the_newest_is_offered(open_window: OpenWindow, qtbot: QtBot) -> None:
    write_run("one", "running")
    write_run("two", "paused")
    window = open_window()
    find_runs(window, 2, qtbot)
    assert window.map_panel.messages.text.endswith("There are 2 such runs; see the list of runs.")


def test_a_folder_with_nothing_whole_in_it_does_not_hide_the_others(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    (write_run("bad") / "run.json").write_text("{")
    for path in (runs_folder() / "bad").rglob("*.safetensors"):
        path.write_bytes(b"garbage")
    write_run("good")
    window = open_window()
    [run] = find_runs(window, 1, qtbot)
    assert run.id == "good"
    assert window.runs_panel.view.model().rowCount() == 1


# Opening


@pytest.mark.parametrize("how", ["dialog", "drop"])
def test_a_run_folder_from_elsewhere_is_opened_and_shown(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot, how: str
) -> None:
    folder = write_run("away", root=tmp_path)
    with qtbot.waitSignal(window.run_control.opened, timeout=SHORT):
        if how == "dialog":
            answers.expect(type_path(folder))
            window.actions_["open_run"].trigger()
        else:
            drop(window, folder)
    qtbot.waitUntil(lambda: window.session.model is not None and window.session.model.run == "away")
    [run] = window.runs
    assert run.folder == folder
    assert window.session.model is not None
    assert window.session.model.epoch == 3


def test_the_same_folder_is_not_taken_twice(found: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(found.run_control.opened, timeout=SHORT):
        found.run_control.open_folder(runs_folder() / "one")
    assert len(found.runs) == 2


def test_another_folder_of_the_same_name_is_another_run(
    found: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(found.run_control.idle, timeout=SHORT):
        found.run_control.open_folder(write_run("one", root=tmp_path, epochs=2))
    assert len(found.runs) == 3
    assert len(named(found, "one").metrics.epochs) == 3
    assert found.session.model is not None
    assert found.session.model.epoch == 2


def test_a_folder_that_is_no_run_is_said(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.run_control.idle, timeout=SHORT):
        window.run_control.open_folder(tmp_path)
    assert "Cannot open the run" in window.map_panel.messages.text
    assert not len(window.runs)


def test_a_damaged_run_opens_as_far_as_it_is_whole_and_says_so(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = write_run("hurt", root=tmp_path)
    (folder / "snapshots" / "epoch-00003.safetensors").write_bytes(b"garbage")
    with qtbot.waitSignal(window.run_control.idle, timeout=SHORT):
        window.run_control.open_folder(folder)
    assert "epoch-00003.safetensors is damaged" in window.map_panel.messages.text
    assert window.session.model is not None
    assert window.session.model.epoch == 2


# Showing


def test_enter_shows_the_newest_model_of_a_run(found: MainWindow, qtbot: QtBot) -> None:
    one = named(found, "one")
    select(found, one)
    with qtbot.waitSignal(found.run_control.idle, timeout=SHORT):
        qtbot.keyClick(found.runs_panel.view, Qt.Key.Key_Return)
    model = found.session.model
    assert model is not None
    assert (model.run, model.epoch) == ("one", 3)
    expected = load_snapshot(runs_folder() / "one", 3)
    for name, values in expected.weights.items():
        np.testing.assert_array_equal(model.snapshot.weights[name], values)
    assert found.selection.z.shape == (3,)


def test_a_run_without_a_whole_epoch_has_nothing_to_show(open_window: OpenWindow, qtbot: QtBot) -> None:
    write_run("none", "stopped", epochs=0)
    window = open_window()
    [run] = find_runs(window, 1, qtbot)
    before = window.session.model
    window.run_control.show(run)
    assert "has no whole epoch yet" in window.map_panel.messages.text
    assert window.session.model is before


def test_settings_are_used_again(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, hidden="24, 8", latent=3, epochs=1, batch_size=300)
    window.training_panel.beta.setValue(2)
    run = train(window, qtbot)
    fill_in(window, hidden="99")
    window.training_panel.beta.setValue(7)
    select(window, run)
    qtbot.mouseClick(window.runs_panel.buttons["settings"], LEFT)
    assert window.training_panel.form_config() == (run.info.config, run.info.settings)
    window.actions_["undo"].trigger()
    assert (window.training_panel.hidden.text(), window.training_panel.beta.value()) == ("99", 7)


# Resuming


def test_a_stopped_run_is_resumed_from_the_list(busy: MainWindow, qtbot: QtBot) -> None:
    stop_training(busy, qtbot)
    run = run_of(busy)
    epochs, step = run.metrics.epochs[-1].epoch, run.metrics.column("step")[-1]
    select(busy, run)
    with qtbot.waitSignal(busy.trainer.epoch_done, timeout=LONG):
        qtbot.mouseClick(busy.runs_panel.buttons["resume"], LEFT)
    assert run_of(busy) is run
    assert len(busy.runs) == 1
    assert run.info.status == "running"
    assert run.metrics.epochs[-1].epoch > epochs
    steps = run.metrics.column("step")
    assert steps[-1] > step
    assert (np.diff(steps) > 0).all()


def test_a_finished_run_is_trained_longer(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=2)
    run = train(window, qtbot)
    fill_in(window, epochs=3)
    select(window, run)
    with qtbot.waitSignal(window.trainer.ended, timeout=LONG):
        qtbot.mouseClick(window.runs_panel.buttons["resume"], LEFT)
    assert run.epochs == (1, 2, 3, 4, 5)
    assert run.info.settings.epochs == 5
    assert run.info.status == "finished"


def test_a_run_is_not_resumed_beside_another_training(busy: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(busy.run_control.idle, timeout=SHORT):
        busy.run_control.open_folder(write_run("away", "paused", root=tmp_path))
    away = named(busy, "away")
    select(busy, away)
    assert not busy.runs_panel.actions_["resume"].isEnabled()
    busy.run_control.resume(away)
    text = "A training is under way. Stop it before you resume another."
    assert busy.map_panel.messages.text == text
    assert away.writer == "nobody"
