"""What else can be done in the window while a training goes on in it."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from tests.ui.driving import (
    LEFT,
    SHORT,
    Answers,
    click,
    drag,
    looks_as,
    middle,
    next_epoch,
    pixel,
    press_answer,
    run_of,
    stop_training,
    type_path,
)
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.images import gray_levels, square
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def unseen(busy: MainWindow, tutorial_model: Path, qtbot: QtBot) -> MainWindow:
    """A window in which another model was opened while a training runs."""
    with qtbot.waitSignal(busy.files.idle, timeout=SHORT):
        busy.files.open_file(tutorial_model)
    return busy


def follows(window: MainWindow) -> bool:
    model = window.session.model
    return model is not None and model.run == run_of(window).id


# The map


def test_the_cursor_can_be_dragged(busy: MainWindow) -> None:
    map_ = busy.map_panel.map
    drag(map_.viewport(), [pixel(map_, x, 0.2) for x in np.linspace(-1, 1, 5)])
    np.testing.assert_allclose(busy.selection.z, map_.cursor_xy)
    model = busy.session.model
    assert model is not None
    expected = square(gray_levels(model.snapshot.decode(busy.selection.z[None]))[0])
    np.testing.assert_array_equal(busy.decoder_panel.picture, expected)
    assert busy.undo_stack.count() == 1


def test_the_next_epochs_do_not_take_the_view_away(busy: MainWindow, qtbot: QtBot) -> None:
    map_ = busy.map_panel.map
    map_.zoom(3)
    view = map_.getViewBox().viewRect()
    next_epoch(busy, qtbot)
    next_epoch(busy, qtbot)
    assert looks_as(map_, view)


def test_the_cursor_can_be_held_while_epochs_arrive(busy: MainWindow, qtbot: QtBot) -> None:
    map_ = busy.map_panel.map
    spot = middle(map_).toPoint()
    qtbot.mousePress(map_.viewport(), LEFT, pos=spot)
    next_epoch(busy, qtbot)
    qtbot.mouseMove(map_.viewport(), spot + QPoint(60, 0))
    qtbot.mouseRelease(map_.viewport(), LEFT, pos=spot + QPoint(60, 0))
    assert busy.undo_stack.count() == 1
    click(map_.viewport(), middle(map_))
    assert busy.undo_stack.count() == 2


def test_the_decoder_and_the_reconstructions_follow_the_training(busy: MainWindow, qtbot: QtBot) -> None:
    def seen() -> tuple[bytes, bytes]:
        picture = busy.decoder_panel.picture
        assert picture is not None
        _input, output = busy.decoder_panel.reconstructions.pictures[0]
        return picture.tobytes(), bytes(output.constBits())

    before = seen()
    next_epoch(busy, qtbot)
    after = seen()
    assert before[0] != after[0]
    assert before[1] != after[1]


# Models


def test_the_model_of_the_moment_can_be_saved(
    busy: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "in-between.safetensors"
    answers.expect(type_path(path))
    with qtbot.waitSignal(busy.files.recent_changed, timeout=SHORT):
        busy.actions_["save_as"].trigger()
    assert busy.training.running
    assert load_model(path).record.history
    next_epoch(busy, qtbot)
    assert follows(busy)


def test_another_model_can_be_opened_while_training_goes_on(
    unseen: MainWindow, tutorial_model: Path, qtbot: QtBot
) -> None:
    assert unseen.training.running
    assert unseen.map_panel.messages.text == "Training goes on in the background."
    opened = unseen.session.model
    assert opened is not None
    epochs = len(run_of(unseen).metrics.epochs)
    next_epoch(unseen, qtbot)
    assert unseen.session.model is opened
    assert opened.path == tutorial_model
    assert len(run_of(unseen).metrics.epochs) > epochs
    assert unseen.map_panel.timeline.isHidden()
    press_answer(unseen, "Show training")
    assert follows(unseen)
    shown = unseen.session.model
    next_epoch(unseen, qtbot)
    assert follows(unseen)
    assert unseen.session.model is not shown


def test_choosing_the_run_in_training_from_the_menu_follows_it(unseen: MainWindow, qtbot: QtBot) -> None:
    unseen.menus.models.aboutToShow.emit()
    [action] = [action for action in unseen.menus.models.actions() if action.text().startswith("Run 1")]
    assert not action.isChecked()
    action.trigger()
    shown = unseen.session.model
    next_epoch(unseen, qtbot)
    assert follows(unseen)
    assert unseen.session.model is not shown


def test_a_training_that_ends_unseen_offers_its_model(unseen: MainWindow, qtbot: QtBot) -> None:
    opened = unseen.session.model
    stop_training(unseen, qtbot)
    assert unseen.session.model is opened
    assert unseen.map_panel.messages.text == "The training is over."
    press_answer(unseen, "Show its model")
    assert follows(unseen)
    assert unseen.session.model is not None
    assert unseen.session.model.epoch == run_of(unseen).metrics.epochs[-1].epoch
    assert unseen.windowTitle().startswith("Run 1")


def test_steering_works_unseen(unseen: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(unseen.trainer.changed, timeout=SHORT):
        unseen.training_panel.beta.stepUp()
    assert run_of(unseen).metrics.changes
    assert not any(len(plot.marks.places) for plot in unseen.curves.plots.values())


def test_a_run_is_renamed_while_it_trains(busy: MainWindow, qtbot: QtBot) -> None:
    run = run_of(busy)
    busy.run_control.rename(run, "wide net")
    stop_training(busy, qtbot)
    assert run.info.name == "wide net"
    assert run.folder is not None
    assert '"wide net"' in (run.folder / "run.json").read_text(encoding="utf-8")
