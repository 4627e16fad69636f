"""Runs that another process writes: the window opens their folder and follows them live."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.core.runs import CHANGE, STEPS_AN_EPOCH, add_epochs, info
from tests.processes import ROOT, environment
from tests.ui.driving import LEFT, LONG, SHORT, run_of
from tests.ui.panels import cell, points
from tests.ui.runs.folders import CONFIG
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.run_folder import is_busy, is_run_folder, read_run, snapshot_path
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow

#: Trains into a folder in a process of its own, for ever.
Start = Callable[[Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[RunRecorder]:
    """Somebody else who trains: the lock of the folder is theirs, and the test says when they write."""
    folder = tmp_path / "theirs"
    with RunRecorder.create(folder, info(folder, CONFIG)) as recorder:
        yield recorder


@pytest.fixture
def start(digits_folder: Path) -> Iterator[Start]:
    processes = []

    def train_into(folder: Path) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "vae_explorer", "train", "--run", str(folder), "--device", "cpu"]
        process = subprocess.Popen(
            [*command, "--epochs", "100000", "--hidden", "16", "--batch-size", "32"],
            env=environment(**{DATA_VARIABLE: str(digits_folder), "OMP_NUM_THREADS": "1"}),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        processes.append(process)
        return process

    yield train_into
    for process in processes:
        process.kill()
        process.wait()


def open_run(window: MainWindow, folder: Path, qtbot: QtBot) -> Run:
    with qtbot.waitSignal(window.run_control.idle, timeout=SHORT):
        window.run_control.open_folder(folder)
    [run] = window.runs
    return run


def shows(window: MainWindow, run: Run, epoch: int) -> bool:
    model = window.session.model
    return model is not None and (model.run, model.epoch) == (run.id, epoch)


# Somebody who writes when the test wants it


def test_new_epochs_come_to_map_timeline_curves_and_list(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    assert run.writer == "elsewhere"
    assert cell(window, run, "status") == "training elsewhere"
    assert shows(window, run, 1)
    bar = window.map_panel.timeline
    assert bar.live_button.isChecked()
    add_epochs(recorder, 2, 3, CONFIG)
    qtbot.waitUntil(lambda: shows(window, run, 3), timeout=SHORT)
    assert bar.slider.epoch == 3
    assert bar._text.text() == "Epoch 3 of 3 trained"
    assert window.runs_panel.view.cell(run, "epochs").data() == "3 / 6"
    qtbot.waitUntil(lambda: points(window) == 3, timeout=SHORT)
    assert run.metrics.step_count == 3 * STEPS_AN_EPOCH
    assert run.metrics.changes == [CHANGE]
    assert list(window.curves.plots["kl"].marks.places) == [CHANGE.epoch]


def test_a_snapshot_that_comes_after_its_figures_is_shown_too(
    window: MainWindow, recorder: RunRecorder, tmp_path: Path, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    with qtbot.waitSignal(window.session.model_changed, timeout=SHORT, raising=False) as shown:
        # Nobody looks at this moment.
        qtbot.waitUntil(window.run_control.following._timer.isActive, timeout=SHORT)
        add_epochs(recorder, 2, 2, CONFIG)
        snapshot = snapshot_path(recorder.folder, 2)
        aside = snapshot.rename(tmp_path / "written in a moment")
        qtbot.waitUntil(lambda: points(window) == 2, timeout=SHORT)
        assert not shown.signal_triggered
        aside.rename(snapshot)
    assert shows(window, run, 2)


def test_an_epoch_that_comes_while_the_one_before_is_read_is_shown(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    add_epochs(recorder, 2, 3, CONFIG)
    for before in (1, 2):
        # Nothing that is read comes here before both are told.
        run.saved_epochs = (*run.saved_epochs, before + 1)
        window.run_control.following.new_epoch.emit(run, before)
    qtbot.waitUntil(lambda: shows(window, run, 3), timeout=SHORT)


def test_when_they_are_done_it_says_so_and_follows_no_more(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    add_epochs(recorder, 2, 2, CONFIG)
    recorder.set_info(recorder.info.with_status("finished"))
    recorder.close()
    qtbot.waitUntil(lambda: run.writer == "nobody", timeout=SHORT)
    assert cell(window, run, "status") == "finished"
    qtbot.waitUntil(lambda: shows(window, run, 2), timeout=SHORT)
    assert run.metrics.epochs == read_run(recorder.folder).metrics.epochs
    assert not window.run_control.following._timer.isActive()


def test_in_its_first_epoch_there_is_no_map_yet_and_then_it_comes(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    before = window.session.model
    run = open_run(window, recorder.folder, qtbot)
    assert "is in its first epoch" in window.map_panel.messages.text
    assert window.session.model is before
    add_epochs(recorder, 1, 1, CONFIG)
    qtbot.waitUntil(lambda: shows(window, run, 1), timeout=SHORT)


def test_who_looks_back_is_left_there(window: MainWindow, recorder: RunRecorder, qtbot: QtBot) -> None:
    add_epochs(recorder, 1, 2, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    slider = window.map_panel.timeline.slider
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shows(window, run, 1), timeout=SHORT)
    add_epochs(recorder, 3, 3, CONFIG)
    qtbot.waitUntil(lambda: run.epochs == (1, 2, 3), timeout=SHORT)
    assert shows(window, run, 1)
    assert window.curves.plots["elbo"].marker.value() == 1
    qtbot.mouseClick(window.map_panel.timeline.live_button, LEFT)
    qtbot.waitUntil(lambda: shows(window, run, 3), timeout=SHORT)
    add_epochs(recorder, 4, 4, CONFIG)
    qtbot.waitUntil(lambda: shows(window, run, 4), timeout=SHORT)


def test_another_model_stays_on_the_map(
    window: MainWindow, recorder: RunRecorder, tutorial_model: Path, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(tutorial_model)
    opened = window.session.model
    add_epochs(recorder, 2, 2, CONFIG)
    qtbot.waitUntil(lambda: run.epochs == (1, 2), timeout=SHORT)
    assert window.session.model is opened


def test_it_is_not_touched_while_they_write(window: MainWindow, recorder: RunRecorder, qtbot: QtBot) -> None:
    add_epochs(recorder, 1, 1, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    window.runs_panel.view.select(run)
    actions = window.runs_panel.actions_
    assert not any(actions[name].isEnabled() for name in ("resume", "rename", "delete"))
    window.run_control.delete([run])
    assert list(window.runs) == [run]
    with qtbot.waitSignal(window.trainer.failed, timeout=LONG):
        window.run_control.resume(run)
    assert "is in use" in window.map_panel.messages.text
    assert run.writer == "elsewhere"
    assert run.info.status == "running"
    add_epochs(recorder, 2, 2, CONFIG)
    qtbot.waitUntil(lambda: run.epochs == (1, 2), timeout=SHORT)


def test_a_folder_that_goes_away_leaves_its_figures(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 2, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    recorder.close()
    recorder.folder.rename(recorder.folder.with_name("elsewhere"))
    qtbot.waitUntil(lambda: run.writer == "nobody", timeout=SHORT)
    assert len(run.metrics.epochs) == 2
    assert shows(window, run, 2)


def test_it_is_offered_at_the_next_start_when_nobody_writes_any_more(
    window: MainWindow, recorder: RunRecorder, qtbot: QtBot
) -> None:
    add_epochs(recorder, 1, 2, CONFIG)
    run = open_run(window, recorder.folder, qtbot)
    assert not run.interrupted
    recorder.close()
    qtbot.waitUntil(lambda: run.writer == "nobody", timeout=SHORT)
    assert cell(window, run, "status") == "interrupted"
    assert run.interrupted


# Another process


@pytest.mark.slow
def test_a_training_on_the_command_line_is_followed_live(
    window: MainWindow, start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "live"
    process = start(folder)
    qtbot.waitUntil(lambda: is_run_folder(folder) and is_busy(folder), timeout=LONG)
    window.run_control.open_folder(folder)
    qtbot.waitUntil(lambda: len(window.runs) == 1, timeout=SHORT)
    [run] = window.runs
    assert run.writer == "elsewhere"
    seen = []
    window.session.model_changed.connect(lambda _before: seen.append(window.session.model))
    qtbot.waitUntil(lambda: len(seen) >= 3, timeout=LONG)
    assert {model.run for model in seen if model is not None} == {run.id}
    epochs = [model.epoch for model in seen if model is not None]
    assert epochs == sorted(set(epochs))
    qtbot.waitUntil(lambda: points(window) >= 3, timeout=SHORT)
    process.send_signal(signal.SIGINT)
    assert process.wait(SHORT / 1000) == 130
    qtbot.waitUntil(lambda: run.writer == "nobody", timeout=SHORT)
    assert run.info.status == "paused"
    qtbot.waitUntil(lambda: shows(window, run, run.metrics.epochs[-1].epoch), timeout=SHORT)
    assert run.metrics.epochs == read_run(folder).metrics.epochs


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a process cannot be killed so hard here")
def test_a_killed_training_is_resumed_here(
    window: MainWindow, start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "killed"
    process = start(folder)
    qtbot.waitUntil(lambda: len(list(folder.glob("snapshots/epoch-*"))) >= 2, timeout=LONG)
    run = open_run(window, folder, qtbot)
    process.kill()
    process.wait()
    qtbot.waitUntil(lambda: run.writer == "nobody", timeout=SHORT)
    assert cell(window, run, "status") == "interrupted"
    epochs = len(run.metrics.epochs)
    with qtbot.waitSignal(window.trainer.epoch_done, timeout=LONG):
        window.run_control.resume(run)
    assert run_of(window) is run
    assert run.writer == "here"
    assert len(run.metrics.epochs) > epochs - 1
    numbers = [stats.epoch for stats in run.metrics.epochs]
    assert numbers == list(range(1, len(numbers) + 1))
    assert window.session.model is not None
    assert window.session.model.run == run.id
