"""Going back and forth through a run: map, decoder, reconstructions and curves follow the slider."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LEFT,
    LONG,
    SHORT,
    Answers,
    click,
    drag,
    fill_in,
    looks_as,
    next_epoch,
    press_answer,
    run_of,
    start_training,
    stop_training,
    train,
    type_path,
)
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.statistics import Change
from vae_explorer.state.runs import Run
from vae_explorer.ui.decoder.reconstructions import reconstruct
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.image_view import to_image

Key = Qt.Key
EPOCHS = 6


@pytest.fixture
def trained(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with a finished run of six epochs on the map."""
    fill_in(window, epochs=EPOCHS)
    train(window, qtbot)
    return window


def arrive(window: MainWindow, epoch: int, qtbot: QtBot) -> None:
    """Wait until this epoch is on the map."""
    qtbot.waitUntil(lambda: epoch_of(window) == epoch, timeout=SHORT)


def epoch_of(window: MainWindow) -> float:
    return window.session.model.epoch if window.session.model is not None else -1


def handle_at(window: MainWindow, epoch: int) -> QPoint:
    """Where the handle of the slider is at an epoch."""
    slider = window.map_panel.timeline.slider
    return QPoint(round(slider.x_of(epoch)), slider.height() // 2)


def marker_of(window: MainWindow) -> float | None:
    """Where all plots have the timeline's marker."""
    markers = {plot.marker.value() if plot.marker.isVisible() else None for plot in _plots(window)}
    [marker] = markers
    return marker


def _plots(window: MainWindow) -> list:  # type: ignore[type-arg]
    return list(window.curves.plots.values())


def assert_shows(window: MainWindow, run: Run, epoch: int) -> None:
    """Everything on the screen is that of this epoch."""
    moment, images = run.timeline.get(epoch), window.session.images
    assert moment is not None
    assert images is not None
    np.testing.assert_array_equal(window.map_panel.map._xy, moment.posterior.mu)
    decoded = square(gray_levels(moment.snapshot.decode(window.selection.z[None]))[0])
    np.testing.assert_array_equal(window.decoder_panel.picture, decoded)
    panel = window.decoder_panel.reconstructions
    outputs = reconstruct(moment.snapshot, panel._inputs)
    assert [output for _input, output in panel.pictures] == [to_image(square(y)) for y in outputs]
    bar = window.map_panel.timeline
    assert bar.slider.epoch == epoch
    assert bar._text.text() == f"Epoch {epoch} of {run.epochs[-1]} trained"
    elbo = next(stats for stats in run.metrics.epochs if stats.epoch == epoch).test.elbo
    assert f"−{-elbo:.2f}" in bar._score.text()
    assert f"−{-elbo:.2f} nats/image" in window.status._score.text()


# Scrubbing


def test_the_timeline_belongs_to_runs_only(window: MainWindow, tutorial_model: Path, qtbot: QtBot) -> None:
    bar = window.map_panel.timeline
    assert bar.isHidden()
    fill_in(window, epochs=2)
    run = train(window, qtbot)
    assert bar.isVisible()
    assert_shows(window, run, 2)
    assert marker_of(window) is None  # the newest needs no mark
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(tutorial_model)
    assert bar.isHidden()


def test_keys_scrub_and_everything_follows(trained: MainWindow, qtbot: QtBot) -> None:
    run, slider = run_of(trained), trained.map_panel.timeline.slider
    slider.setFocus()
    for epoch in (5, 4, 3):
        qtbot.keyClick(slider, Key.Key_Left)
        arrive(trained, epoch, qtbot)
        assert_shows(trained, run, epoch)
        assert marker_of(trained) == epoch
        assert trained.curves.bars.stats == run.metrics.epochs[epoch - 1]
    qtbot.keyClick(slider, Key.Key_Home)
    arrive(trained, 1, qtbot)
    assert_shows(trained, run, 1)
    qtbot.keyClick(slider, Key.Key_End)
    arrive(trained, EPOCHS, qtbot)
    assert_shows(trained, run, EPOCHS)
    assert marker_of(trained) is None
    assert not trained.undo_stack.count()


def test_the_mouse_scrubs(trained: MainWindow, qtbot: QtBot) -> None:
    run, slider = run_of(trained), trained.map_panel.timeline.slider
    qtbot.mouseClick(slider, LEFT, pos=handle_at(trained, 2))
    arrive(trained, 2, qtbot)
    assert_shows(trained, run, 2)
    assert marker_of(trained) == 2
    drag(slider, [QPointF(handle_at(trained, epoch)) for epoch in (2, 3, 5, 4)])
    arrive(trained, 4, qtbot)
    assert_shows(trained, run, 4)


def test_the_map_glides_and_its_view_stays(trained: MainWindow, qtbot: QtBot) -> None:
    map_ = trained.map_panel.map
    qtbot.waitUntil(lambda: not map_.gliding, timeout=SHORT)
    map_.zoom(3)
    view = map_.getViewBox().viewRect()
    before = map_.places.copy()
    qtbot.keyClick(trained.map_panel.timeline.slider, Key.Key_Home)
    arrive(trained, 1, qtbot)
    assert map_.gliding
    assert np.abs(map_.places - before).max() < np.abs(map_._xy - before).max()
    qtbot.waitUntil(lambda: not map_.gliding, timeout=SHORT)
    np.testing.assert_array_equal(map_.places, map_._xy)
    assert looks_as(map_, view)


def test_the_menu_and_its_keys_step(trained: MainWindow, qtbot: QtBot) -> None:
    for _ in range(2):
        trained.actions_["epoch_before"].trigger()
    arrive(trained, 4, qtbot)
    trained.actions_["epoch_after"].trigger()
    arrive(trained, 5, qtbot)
    trained.actions_["live"].trigger()
    arrive(trained, EPOCHS, qtbot)
    trained.actions_["epoch_after"].trigger()
    assert epoch_of(trained) == EPOCHS


def test_a_click_on_the_curves_goes_there(trained: MainWindow, qtbot: QtBot) -> None:
    plot = trained.curves.plots["kl"]
    qtbot.waitUntil(lambda: len(plot.lines[0, "test"].xData) == EPOCHS, timeout=SHORT)
    box = plot.getViewBox()
    middle = box.viewRect().center().y()
    place = plot.mapFromScene(box.mapViewToScene(QPointF(3.2, middle)))
    click(plot.viewport(), QPointF(place))
    arrive(trained, 3, qtbot)
    assert_shows(trained, run_of(trained), 3)


def test_play_shows_one_epoch_after_the_other(trained: MainWindow, qtbot: QtBot) -> None:
    bar, seen = trained.map_panel.timeline, []
    trained.session.model_changed.connect(lambda _before: seen.append(epoch_of(trained)))
    qtbot.mouseClick(bar.slider, LEFT, pos=handle_at(trained, 3))
    arrive(trained, 3, qtbot)
    qtbot.mouseClick(bar.play_button, LEFT)
    arrive(trained, EPOCHS, qtbot)
    assert seen == [3, 4, 5, 6]
    qtbot.waitUntil(lambda: not bar.playing, timeout=SHORT)


def test_epochs_of_an_older_run_are_read_from_disk(open_window: OpenWindow, qtbot: QtBot) -> None:
    first = open_window()
    fill_in(first, epochs=4)
    run = train(first, qtbot)
    first.close()
    second = open_window(run.folder)
    arrive(second, 4, qtbot)
    [found] = second.runs
    assert found.timeline.epochs == (4,)
    second.map_panel.timeline.slider.setFocus()
    qtbot.keyClick(second.map_panel.timeline.slider, Key.Key_Home)
    arrive(second, 1, qtbot)
    expected = run.timeline.get(1)
    assert expected is not None
    for name, values in expected.snapshot.weights.items():
        np.testing.assert_array_equal(found.timeline.get(1).snapshot.weights[name], values)  # type: ignore[union-attr]
    assert_shows(second, found, 1)
    assert marker_of(second) == 1


# While it trains


def test_scrubbing_while_it_trains_leaves_the_training_alone_and_stays_there(
    window: MainWindow, qtbot: QtBot
) -> None:
    fill_in(window, epochs=100_000, batch_size=32)
    run = start_training(window, qtbot)
    next_epoch(window, qtbot)
    bar = window.map_panel.timeline
    assert bar.live_button.isChecked()
    qtbot.keyClick(bar.slider, Key.Key_Home)
    arrive(window, 1, qtbot)
    epochs = len(run.metrics.epochs)
    next_epoch(window, qtbot)
    next_epoch(window, qtbot)
    assert len(run.metrics.epochs) >= epochs + 2
    assert_shows(window, run, 1)
    assert marker_of(window) == 1
    assert window.map_panel.messages.text == ""
    assert not bar.live_button.isChecked()
    qtbot.mouseClick(bar.live_button, LEFT)
    next_epoch(window, qtbot)
    assert bar.live_button.isChecked()
    assert epoch_of(window) > epochs
    assert marker_of(window) is None


def test_a_training_that_ends_while_one_looks_back_leaves_the_map_there(
    busy: MainWindow, qtbot: QtBot
) -> None:
    run = run_of(busy)
    next_epoch(busy, qtbot)
    qtbot.keyClick(busy.map_panel.timeline.slider, Key.Key_Home)
    arrive(busy, 1, qtbot)
    stop_training(busy, qtbot)
    assert_shows(busy, run, 1)
    press_answer(busy, "Show its model")
    assert_shows(busy, run, run.epochs[-1])


# What is done with a snapshot


def test_a_snapshot_is_saved(trained: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot) -> None:
    run, bar = run_of(trained), trained.map_panel.timeline
    qtbot.mouseClick(bar.slider, LEFT, pos=handle_at(trained, 2))
    arrive(trained, 2, qtbot)
    path = tmp_path / "second.safetensors"
    answers.expect(type_path(path))
    with qtbot.waitSignal(trained.files.recent_changed, timeout=SHORT):
        qtbot.mouseClick(bar.save_button, LEFT)
    saved, moment = load_model(path), run.timeline.get(2)
    assert moment is not None
    assert saved.record.history == tuple(run.metrics.epochs[:2])
    for name, values in moment.snapshot.weights.items():
        np.testing.assert_array_equal(saved.weights[name], values)


def test_continuing_from_a_snapshot_makes_a_new_run_that_begins_there(
    trained: MainWindow, qtbot: QtBot
) -> None:
    run, bar = run_of(trained), trained.map_panel.timeline
    qtbot.mouseClick(bar.slider, LEFT, pos=handle_at(trained, 2))
    arrive(trained, 2, qtbot)
    panel = trained.training_panel
    fill_in(trained, hidden="32", epochs=7)
    qtbot.mouseClick(bar.continue_button, LEFT)
    # Nothing is trained yet: the form has the settings of the run, and the user changes what is to be another.
    assert not trained.training.running
    assert panel.start_note.isVisible()
    assert panel.start_note.text == "Run 1: 784-16-2, epoch 2"
    assert (panel.hidden.text(), panel.epochs.value()) == ("16", EPOCHS)
    assert not panel.hidden.isEnabled()
    assert not panel.latent.isEnabled()
    trained.actions_["undo"].trigger()
    assert (panel.start_note.text, panel.hidden.text(), panel.epochs.value()) == ("", "32", 7)
    trained.actions_["redo"].trigger()
    assert (panel.start_note.text, panel.hidden.text()) == ("Run 1: 784-16-2, epoch 2", "16")
    panel.epochs.setValue(2)
    panel.beta.setValue(3)
    looked = []
    trained.trainer.looked.connect(looked.append)
    with qtbot.waitSignal(trained.trainer.ended, timeout=LONG):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert not panel.start_note.isVisible()
    assert panel.hidden.isEnabled()
    new, moment = run_of(trained), run.timeline.get(2)
    assert moment is not None
    assert list(trained.runs) == [run, new]
    assert new.info.parent == "Run 1: 784-16-2, epoch 2"
    assert new.info.name == "Run 2: 784-16-2"  # the snapshot's architecture, the form's settings
    assert new.info.settings.beta == 3
    assert run.epochs == tuple(range(1, EPOCHS + 1))
    assert looked[0].epoch == 0
    for name, values in moment.snapshot.weights.items():
        np.testing.assert_array_equal(looked[0].snapshot.weights[name], values)
    assert new.epochs == (1, 2)
    assert_shows(trained, new, 2)


def test_who_thinks_better_of_continuing_begins_with_random_weights(
    trained: MainWindow, qtbot: QtBot
) -> None:
    panel = trained.training_panel
    qtbot.mouseClick(trained.map_panel.timeline.continue_button, LEFT)
    assert panel.train_button.text() == "Train on"
    qtbot.mouseClick(panel.start_note.drop_button, LEFT)
    assert panel.train_button.text() == "Train"
    assert panel.hidden.isEnabled()
    panel.epochs.setValue(1)
    with qtbot.waitSignal(trained.trainer.ended, timeout=LONG):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert run_of(trained).info.parent == ""


def test_a_continuation_begins_with_what_was_steered_until_then(trained: MainWindow, qtbot: QtBot) -> None:
    run, panel = run_of(trained), trained.training_panel
    run.metrics.changes.append(Change(3, 1.5, "beta", 1.0, 4.0))
    for epoch, beta in ((1, 1.0), (2, 4.0)):
        trained.timeline.continue_from(epoch)
        qtbot.waitUntil(lambda epoch=epoch: panel.start_note.text.endswith(f"epoch {epoch}"), timeout=SHORT)
        assert panel.beta.value() == beta


def test_nothing_is_continued_while_another_training_runs(busy: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(busy.map_panel.timeline.continue_button, LEFT)
    assert busy.map_panel.messages.text == "A training is under way. Stop it before you start another."
    assert len(busy.runs) == 1
    assert busy.training.running
