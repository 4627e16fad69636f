"""Training from the window, with real digits and real epochs."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    fill_in,
    model_unchanged,
    next_epoch,
    retype,
    run_of,
    start_training,
    stop_training,
    train,
)
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.run_folder import read_run
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow


def cell(window: MainWindow, run: Run, column: str) -> str:
    """What the list of runs says."""
    return str(window.runs_panel.view.cell(run, column).data())


def points(window: MainWindow, kind: str = "test") -> int:
    """How many points the main run's line of ELBOs has."""
    line = window.curves.plots["elbo"].lines.get((0, kind))
    return 0 if line is None else len(line.xData)


def last_model(run: Run) -> ModelSnapshot:
    moment = run.timeline.get(run.timeline.epochs[-1])
    assert moment is not None
    return moment.snapshot


def same(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    return all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())


# A whole training


def test_train_draws_each_epoch_on_map_decoder_and_list_of_runs(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=3)
    maps, pictures, entries = [], [], []

    def note(_report: object) -> None:
        maps.append(window.map_panel.map._xy.copy())
        pictures.append(window.decoder_panel.picture)
        entries.append((cell(window, run_of(window), "epochs"), cell(window, run_of(window), "status")))

    window.trainer.epoch_done.connect(note)
    run = train(window, qtbot)
    assert entries == [(f"{epoch} / 3", "training here") for epoch in (1, 2, 3)]
    for before, after in [*pairwise(maps), *pairwise(pictures)]:
        assert (before != after).any()
    model = window.session.model
    assert model is not None
    assert (model.origin, model.run, model.epoch) == ("training", run.id, 3)
    np.testing.assert_array_equal(maps[-1], model.on_map)
    expected = square(gray_levels(model.snapshot.decode(window.selection.z[None]))[0])
    np.testing.assert_array_equal(window.decoder_panel.picture, expected)
    assert cell(window, run, "status") == "finished"
    qtbot.waitUntil(lambda: not window.map_panel.map.gliding, timeout=SHORT)
    assert all(window.map_panel.map.is_in_view(place) for place in model.on_map)


def test_train_draws_the_curves(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=3)
    run = train(window, qtbot)
    qtbot.waitUntil(lambda: points(window) == 3, timeout=SHORT)
    line = window.curves.plots["elbo"].lines[0, "test"]
    np.testing.assert_array_equal(line.yData, [stats.test.elbo for stats in run.metrics.epochs])
    assert points(window, "train") == run.metrics.step_count
    title = window.curves.cells["elbo"].title.text()
    assert f"−{-run.metrics.epochs[-1].test.elbo:.2f}" in title


def test_after_a_training_the_window_says_how_it_went(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=2)
    run = train(window, qtbot)
    assert window.windowTitle() == "Run 1: 784-16-2[*] – VAE Explorer"
    assert not window.isWindowModified()  # it is in its folder
    elbo = f"−{-run.metrics.epochs[-1].test.elbo:.2f}"
    assert window.training_panel.status_text == f"Trained to epoch 2. Test ELBO {elbo} nats an image."
    assert f"test ELBO {elbo} nats/image" in window.status._score.text()
    assert window.status._device.text() == ""
    assert window.training_panel.train_button.isVisible()
    assert window.actions_["train"].isEnabled()
    assert not window.actions_["stop"].isEnabled()
    assert not window.actions_["pause"].isEnabled()


def test_the_untrained_model_is_shown_first(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=2)
    shown = []
    window.session.model_changed.connect(lambda _before: shown.append(window.session.model))
    train(window, qtbot)
    assert shown[0] is not None
    assert shown[0].epoch == 0
    assert shown[0].snapshot.config.description == "784-16-2"


def test_what_was_trained_is_on_disk(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=2)
    run = train(window, qtbot)
    assert run.folder is not None
    found = read_run(run.folder)
    assert found.info == run.info
    assert found.saved_epochs == run.saved_epochs == (1, 2)
    assert found.metrics.epochs == run.metrics.epochs
    assert found.problems == ()


def test_runs_are_counted(window: MainWindow, qtbot: QtBot) -> None:
    for latent in (2, 3):
        fill_in(window, epochs=1, latent=latent)
        train(window, qtbot)
    assert [run.info.name for run in window.runs] == ["Run 1: 784-16-2", "Run 2: 784-16-3"]
    assert window.selection.z.shape == (3,)
    window.menus.models.aboutToShow.emit()
    entries = {action.text(): action for action in window.menus.models.actions()}
    assert entries["Run 2: 784-16-3"].isChecked()
    entries["Run 1: 784-16-2"].trigger()
    assert window.session.model is not None
    assert window.session.model.name == "Run 1: 784-16-2"
    assert window.selection.z.shape == (2,)


# Steering


@pytest.mark.parametrize(
    ("name", "text", "value", "listed"),
    [("beta", "4", 4.0, "β 1 → 4"), ("learning_rate", "2e-4", 2e-4, "lr 1e-3 → 2e-4")],
)
def test_a_field_changed_while_it_trains_steers_it_and_is_marked(
    window: MainWindow, qtbot: QtBot, name: str, text: str, value: float, listed: str
) -> None:
    fill_in(window, epochs=100_000, batch_size=16)
    run = start_training(window, qtbot)
    field = window.training_panel.fields.number(name)
    before = field.value()
    with qtbot.waitSignal(window.trainer.changed, timeout=SHORT):
        retype(field, text)
    [change] = run.metrics.changes
    assert (change.name, change.before, change.after) == (name, before, value)
    assert change.epoch > 1
    assert field.value() == value
    next_epoch(window, qtbot)
    steps, values = run.metrics.column("step"), run.metrics.column(name)
    assert set(values[steps <= change.step]) == {before}
    assert values[steps > change.step][-1] == value
    for plot in window.curves.plots.values():
        qtbot.waitUntil(lambda plot=plot: list(plot.marks.places) == [change.epoch], timeout=SHORT)
    assert listed in cell(window, run, "settings")
    assert run.folder is not None
    assert read_run(run.folder).metrics.changes == [change]
    stop_training(window, qtbot)
    assert field.value() == before  # the form is again as the user left it
    assert last_model(run).record.changes == (change,)


def test_a_value_that_makes_no_sense_steers_nothing(busy: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(busy.trainer.changed):
        retype(busy.training_panel.learning_rate, "7")
        assert "not 7" in busy.training_panel.problem
        next_epoch(busy, qtbot)
        next_epoch(busy, qtbot)
    assert not run_of(busy).metrics.changes


# Pause and stop


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
    assert panel.status_text == "Paused."
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
    assert same(last_model(run), last_model(uninterrupted))
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


# What goes otherwise than wanted


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


def test_a_run_that_cannot_be_kept_on_disk_trains_nevertheless(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "file" / "runs"))
    fill_in(window, epochs=1)
    run = train(window, qtbot)
    assert "kept only until the application closes" in window.map_panel.messages.text
    assert run.folder is None
    assert window.isWindowModified()
    assert run.epochs == (1,)
