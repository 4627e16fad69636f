"""Training from the window, with real digits and real epochs: what it shows, and steering it."""

from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT, fill_in, next_epoch, retype, run_of, start_training, stop_training, train
from tests.ui.panels import cell, points
from tests.ui.training.models import last_model
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.run_folder import read_run
from vae_explorer.ui.main_window import MainWindow

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
