import shutil
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.permissions import without_root_rights
from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    SHORT,
    Answers,
    click,
    drop,
    fill_in,
    model_unchanged,
    next_epoch,
    pixel,
    press_answer,
    raise_dock,
    train,
    type_path,
)
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.direction_sources import ClassPair, Component
from vae_explorer.core.planes import AxesPlane
from vae_explorer.core.run_folder import runs_folder
from vae_explorer.core.session_file import load_session
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.journey import ClassAnchor, DigitAnchor, PlaceAnchor, Plan
from vae_explorer.state.saved_session import SavedSession
from vae_explorer.state.session_reading import read_session
from vae_explorer.ui.main_window import MainWindow

FIVE = VAEConfig(hidden=(8,), latent=5)

#: Opens a window with a five-dimensional model in which much is set, and saves the session in a file.
SaveSession = Callable[[Path], MainWindow]


@pytest.fixture
def five(tmp_path: Path) -> Path:
    return save_random_model(tmp_path / "five.safetensors", FIVE)


@pytest.fixture
def session_file(tmp_path: Path) -> Path:
    return tmp_path / "mine.vaesession"


def save(window: MainWindow, path: Path, answers: Answers, qtbot: QtBot) -> None:
    answers.expect(type_path(path))
    window.actions_["save_session_as"].trigger()
    qtbot.waitUntil(lambda: f"Session saved as {path}" in window.map_panel.messages.text, timeout=SHORT)


def set_much(window: MainWindow, qtbot: QtBot) -> None:
    """Set what a user could set, on a map of five dimensions."""
    window.exploration.plane_control.choose(AxesPlane(1, 3))
    qtbot.waitUntil(lambda: shown(window).plane == AxesPlane(1, 3), timeout=SHORT)
    map_ = window.map_panel.map
    map_.zoom(3)
    cursor = window.selection.z
    click(map_.viewport(), pixel(map_, 0.02, 0.03))
    assert not np.array_equal(window.selection.z, cursor)
    window.exploration.bookmarks.add()
    window.looks.picks.pick([5, 7, 30], focus=7)
    window.actions_["layer_density"].trigger()
    window.map_panel.legend.button(3).click()
    fill_in(window, hidden="64, 32", latent=7, epochs=4)
    window.docks.named("training").close()


def shown(window: MainWindow) -> object:
    assert window.session.model is not None
    return window.session.model


def shown_mean(window: MainWindow, index: int) -> np.ndarray:
    assert window.session.model is not None
    return window.session.model.posterior.mu[index].astype(np.float64)


def open_session(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        window.files.open_file(path)


def saved_state(window: MainWindow) -> object:
    assert window.session.model is not None
    return window.session_files._taken(window.session.model)


def test_a_session_brings_everything_back(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    first = open_window(five)
    set_much(first, qtbot)
    save(first, session_file, answers, qtbot)
    before = saved_state(first)

    second = open_window(session_file)
    assert second.session.model is not None
    assert second.session.model.path == five
    assert second.windowTitle() == "five[*] – VAE Explorer"
    assert second.session.model.plane == AxesPlane(1, 3)
    assert second.docks.named("training").isHidden()
    assert second.looks.look.layer == "density"
    assert second.exploration.bookmarks.isEnabled()
    assert [bookmark.name for bookmark in second.looks.bookmarks] == [
        bookmark.name for bookmark in first.looks.bookmarks
    ]
    assert not second.undo_stack.canUndo()
    after = saved_state(second)
    np.testing.assert_allclose(after.view, before.view, rtol=0.1)
    for field in fields(SavedSession):
        name = field.name
        if name not in ("view", "layout", "bookmarks"):
            assert getattr(after, name) == getattr(before, name), name


def test_directions_and_the_journey_come_back_and_can_be_used(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    first = open_window(five)
    raise_dock(first, "attributes")
    edits, journey = first.looks.edits, first.looks.journey
    edits.add("first axis", Component(0))
    edits.add("from 3 to 8", ClassPair(3, 8))
    edits.update("from 3 to 8", still=("first axis",))
    edits.set_alphas({"first axis": 1.25, "from 3 to 8": -0.5})
    edits.set_base("digit")
    first.looks.picks.pick([5, 7], focus=7)
    qtbot.waitUntil(lambda: first.exploration.attributes.finder.up_to_date, timeout=SHORT)
    place = PlaceAnchor((0.1, 0.2, 0.3, 0.4, 0.5), "mine")
    plan = Plan((DigitAnchor(7), ClassAnchor(3), place), True, ("linear", "geodesic"), "linear", 12)
    journey.set(plan)
    before = first.exploration.attributes.editing.point
    assert before is not None
    save(first, session_file, answers, qtbot)

    second = open_window(session_file)
    raise_dock(second, "attributes")
    panel = second.exploration.attributes
    qtbot.waitUntil(lambda: panel.finder.up_to_date, timeout=SHORT)
    for entry, old in zip(second.looks.edits, edits, strict=True):
        assert (entry.name, entry.source, entry.still) == (old.name, old.source, old.still)
        assert entry.alpha == old.alpha
        assert entry.used is not None
        assert panel.list.row(entry.name).slider.isEnabled()
    assert second.looks.edits.base == "digit"
    assert panel.editing.point is not None
    np.testing.assert_allclose(panel.editing.point, before, rtol=1e-6)
    assert second.looks.journey.plan == plan
    raise_dock(second, "interpolation")
    worker = second.exploration.interpolation.worker
    qtbot.waitUntil(lambda: worker.found_of("linear") is not None, timeout=SHORT)
    found = worker.found_of("linear")
    assert found is not None
    assert found.path.points.shape == (12, 5)
    np.testing.assert_array_equal(found.path.points[0], shown_mean(second, 7))
    np.testing.assert_array_equal(found.anchors[2], place.z)


def test_saving_again_asks_no_more(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    window.looks.picks.pick([1, 2])
    old = session_file.read_bytes()
    window.actions_["save_session"].trigger()
    qtbot.waitUntil(lambda: session_file.read_bytes() != old, timeout=SHORT)
    assert load_session(session_file).values["picked"] == [1, 2]


def test_a_dropped_session_opens_and_a_button_brings_back_what_was_open(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    other = open_window(five)
    set_much(other, qtbot)
    save(other, session_file, answers, qtbot)

    window = open_window()
    click(window.map_panel.map.viewport(), pixel(window.map_panel.map, 0.5, 0.5))
    window.exploration.bookmarks.add()
    model, cursor = window.session.model, window.selection.z
    assert model is not None
    window.training.prepare(model.snapshot, "mine", TrainingConfig(epochs=9))
    asked = window.training_panel.entries()
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        drop(window, session_file)
    qtbot.waitUntil(lambda: window.windowTitle() == "five[*] – VAE Explorer")
    assert len(window.selection.z) == 5
    assert window.training_panel.form().hidden == "64, 32"
    assert not window.training_panel.start_note.text
    press_answer(window, "Back to what was open")
    assert window.session.model is model
    assert np.array_equal(window.selection.z, cursor)
    assert len(window.looks.bookmarks) == 1
    assert window.docks.named("training").isVisible()
    assert window.training_panel.entries() == asked
    assert window.training_panel.start_note.text == "mine"


def test_a_model_that_moved_is_kept_by_the_session(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    five.unlink()
    open_session(window, session_file, qtbot)
    qtbot.waitUntil(lambda: "not there any more" in window.map_panel.messages.text)
    assert str(five) in window.map_panel.messages.text
    assert window.session.model is not None
    assert window.session.model.path is None
    assert window.isWindowModified()


def test_a_model_that_was_written_anew_is_not_taken_for_the_old_one(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window(five)
    assert window.session.model is not None
    weights = window.session.model.snapshot.weights
    save(window, session_file, answers, qtbot)
    save_random_model(five, FIVE, seed=1)
    open_session(window, session_file, qtbot)
    qtbot.waitUntil(lambda: "holds another model by now" in window.map_panel.messages.text)
    assert np.array_equal(window.session.model.snapshot.weights["mu.bias"], weights["mu.bias"])
    assert window.session.model.path is None


def test_session_and_model_may_be_moved_together(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    there = tmp_path / "elsewhere"
    there.mkdir()
    for file in (five, session_file):
        shutil.move(file, there)
    open_session(window, there / session_file.name, qtbot)
    qtbot.waitUntil(lambda: "Opened the session" in window.map_panel.messages.text)
    assert window.session.model is not None
    assert window.session.model.path == there / five.name


def test_a_model_of_a_run_comes_back_with_its_run(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window()
    run = train(window, qtbot)
    save(window, session_file, answers, qtbot)
    again = open_window(session_file)
    assert again.session.model is not None
    assert again.session.model.run == run.id
    assert again.map_panel.timeline.isVisible()
    assert "Opened the session" in again.map_panel.messages.text


def test_a_run_that_is_gone_is_said(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window()
    train(window, qtbot)
    save(window, session_file, answers, qtbot)
    shutil.rmtree(runs_folder())
    again = open_window(session_file)
    assert "The run of the session's model is not there any more" in again.map_panel.messages.text
    assert again.session.model is not None
    assert again.session.model.run is None
    assert not again.map_panel.timeline.isVisible()


def test_a_run_that_goes_while_the_session_is_opened_is_said(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window()
    train(window, qtbot)
    save(window, session_file, answers, qtbot)
    again = open_window()
    assert again.session.images is not None
    qtbot.waitUntil(lambda: len(list(again.runs)) == 1, timeout=SHORT)
    again.runs.remove(next(iter(again.runs)))
    found = read_session(session_file, again.session.images)
    assert found.problem is None
    shutil.rmtree(runs_folder())
    with qtbot.waitSignal(again.session_files.opened, timeout=SHORT):
        again.session_files._on_read(again.files.new_wish(), found)
    qtbot.waitUntil(lambda: "is not there any more" in again.map_panel.messages.text, timeout=SHORT)
    assert again.session.model is not None
    assert again.session.model.run is None


@pytest.mark.parametrize("keep", [0, 100, 5000])
def test_a_damaged_session_changes_nothing(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot, keep: int
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    session_file.write_bytes(session_file.read_bytes()[:keep])
    window.looks.picks.pick([1, 2])
    with model_unchanged(window):
        window.files.open_file(session_file)
        qtbot.waitUntil(
            lambda: f"Cannot open {session_file}" in window.map_panel.messages.text, timeout=SHORT
        )
    assert window.looks.picks.indices.tolist() == [1, 2]


@pytest.mark.parametrize("latent", [1, 2, 512])
def test_a_session_of_a_model_of_any_size(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot, tmp_path: Path, latent: int
) -> None:
    path = save_random_model(tmp_path / "m.safetensors", VAEConfig(hidden=(8,), latent=latent))
    window = open_window(path)
    map_ = window.map_panel.map
    map_.zoom(2)
    click(map_.viewport(), pixel(map_, 0.1, 0.0))
    assert window.selection.z.any()
    window.exploration.bookmarks.add()
    save(window, session_file, answers, qtbot)
    before = saved_state(window)
    again = open_window(session_file)
    after = saved_state(again)
    assert after.cursor == before.cursor
    assert after.bookmarks == before.bookmarks
    np.testing.assert_allclose(after.view, before.view, rtol=0.1)


def test_a_session_saved_in_the_middle_of_a_training(
    busy: MainWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    assert busy.session.model is not None
    run, epoch = busy.session.model.run, busy.session.model.epoch
    save(busy, session_file, answers, qtbot)
    assert busy.training.following
    open_session(busy, session_file, qtbot)
    qtbot.waitUntil(lambda: "Opened the session" in busy.map_panel.messages.text, timeout=SHORT)
    assert not busy.training.following
    assert busy.session.model.run == run
    assert busy.session.model.epoch >= epoch
    press_answer(busy, "Back to what was open")
    assert busy.training.following
    next_epoch(busy, qtbot)


def test_of_two_files_chosen_in_a_row_the_second_is_shown(
    open_window: OpenWindow,
    five: Path,
    session_file: Path,
    answers: Answers,
    qtbot: QtBot,
    tmp_path: Path,
    tutorial_model: Path,
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    three = save_random_model(tmp_path / "three.safetensors", VAEConfig(hidden=(8,), latent=3))
    other = tmp_path / "other.vaesession"
    window.files.open_file(three)
    qtbot.waitUntil(lambda: len(window.selection.z) == 3, timeout=SHORT)
    save(window, other, answers, qtbot)
    titles = list[str]()
    window.session.model_changed.connect(lambda _before: titles.append(window.windowTitle()))
    for first, second, title in (
        (session_file, tutorial_model, "mnist-mlp-2d"),
        (tutorial_model, session_file, "five"),
        (session_file, other, "three"),
    ):
        titles.clear()
        window.files.open_file(first)
        window.files.open_file(second)
        qtbot.waitUntil(lambda: not window._workers.jobs._waiting, timeout=SHORT)
        assert {name.split("[")[0] for name in titles} == {title}, (first, second)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_session_that_cannot_be_written_is_said_and_the_old_one_stays(
    open_window: OpenWindow, five: Path, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    window = open_window(five)
    save(window, session_file, answers, qtbot)
    old = session_file.read_bytes()
    window.looks.picks.pick([1, 2])
    session_file.parent.chmod(0o555)
    with without_root_rights():
        window.actions_["save_session"].trigger()
        qtbot.waitUntil(lambda: "Cannot write" in window.map_panel.messages.text, timeout=SHORT)
    session_file.parent.chmod(0o755)
    assert session_file.read_bytes() == old
