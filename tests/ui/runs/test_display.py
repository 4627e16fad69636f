"""Curves and timeline are always those of the model on the map, with the runs laid over them that are ticked."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model, some_history
from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT, SHORT, fill_in, next_epoch, raise_dock, run_of, start_training
from tests.ui.panels import points
from tests.ui.runs.folders import CONFIG, named, write_run
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def found(open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window that found a run of three epochs and one of five."""
    write_run("three", epochs=3)
    write_run("five", epochs=5)
    window = open_window()
    qtbot.waitUntil(lambda: len(window.runs) == 2, timeout=SHORT)
    return window


def show(window: MainWindow, id_: str, qtbot: QtBot) -> Run:
    with qtbot.waitSignal(window.run_control.idle, timeout=SHORT):
        window.run_control.show(named(window, id_))
    return named(window, id_)


def open_file(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(path)


def tick(window: MainWindow, run: Run, qtbot: QtBot) -> None:
    """Click the box that lays the curves of a run over the others."""
    view = window.runs_panel.view
    raise_dock(window, "runs")
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.cell(run, "overlaid")).center())
    raise_dock(window, "curves")


def marker_shown(window: MainWindow) -> bool:
    return window.curves.plots["kl"].marker.isVisible()


# The model on the map


def test_the_curves_are_those_of_the_run_on_the_map(found: MainWindow, qtbot: QtBot) -> None:
    for name, epochs in (("three", 3), ("five", 5), ("three", 3)):
        run = show(found, name, qtbot)
        assert points(found) == epochs
        np.testing.assert_array_equal(
            found.curves.plots["elbo"].lines[0, "test"].yData,
            [stats.test.elbo for stats in run.metrics.epochs],
        )
        assert found.map_panel.timeline.slider.epoch == epochs
        assert not marker_shown(found)


def test_a_model_from_a_file_brings_its_own_history(found: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    show(found, "three", qtbot)
    qtbot.keyClick(found.map_panel.timeline.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: marker_shown(found), timeout=SHORT)
    open_file(found, save_random_model(tmp_path / "m.safetensors", CONFIG, history=some_history(4)), qtbot)
    assert points(found) == 4
    assert not marker_shown(found)
    assert found.map_panel.timeline.isHidden()
    open_file(found, save_random_model(tmp_path / "n.safetensors", CONFIG), qtbot)
    assert found.curves.empty.text() == "No figures of n"
    assert found.curves.empty.isVisible()


def test_a_training_shows_its_curves_from_its_first_step(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, epochs=100_000, batch_size=64)
    run = start_training(window, qtbot)
    assert window.run_display.run is run
    qtbot.waitUntil(lambda: points(window) > 1, timeout=SHORT)
    before = points(window)
    next_epoch(window, qtbot)
    qtbot.waitUntil(lambda: points(window) > before, timeout=SHORT)


def test_a_new_name_comes_to_the_curves(found: MainWindow, qtbot: QtBot) -> None:
    run = show(found, "three", qtbot)
    tick(found, named(found, "five"), qtbot)
    found.run_control.rename(run, "better")
    assert found.curves._main is not None
    assert found.curves._main.name == "better"
    found.run_control.rename(named(found, "five"), "worse")
    assert [data.name for data in found.curves._overlays] == ["worse"]


def test_a_deleted_run_leaves_its_model_on_the_map_without_a_timeline(
    found: MainWindow, qtbot: QtBot
) -> None:
    run = show(found, "three", qtbot)
    model = found.session.model
    found.run_control.delete([run])
    assert found.session.model is model
    assert found.map_panel.timeline.isHidden()
    assert points(found) == 3  # the model's own history
    found.undo_stack.undo()
    assert found.map_panel.timeline.isVisible()
    assert found.map_panel.timeline.slider.epoch == 3


# Overlays


def test_ticked_runs_are_laid_over_whatever_is_shown(
    found: MainWindow, tutorial_model: Path, qtbot: QtBot
) -> None:
    show(found, "three", qtbot)
    five = named(found, "five")
    tick(found, five, qtbot)
    assert five.overlaid
    assert (points(found), points(found, number=1)) == (3, 5)
    open_file(found, tutorial_model, qtbot)
    assert points(found, number=1) == 5
    show(found, "five", qtbot)  # a run is not laid over itself
    assert (points(found), points(found, number=1)) == (5, 0)
    show(found, "three", qtbot)
    assert points(found, number=1) == 5
    tick(found, five, qtbot)
    assert points(found, number=1) == 0


def test_an_overlay_goes_with_its_run_and_comes_back_with_it(found: MainWindow, qtbot: QtBot) -> None:
    show(found, "three", qtbot)
    tick(found, named(found, "five"), qtbot)
    found.run_control.delete([named(found, "five")])
    assert points(found, number=1) == 0
    found.undo_stack.undo()
    assert points(found, number=1) == 5


def test_an_overlay_grows_while_it_trains(busy: MainWindow, tutorial_model: Path, qtbot: QtBot) -> None:
    open_file(busy, tutorial_model, qtbot)
    tick(busy, run_of(busy), qtbot)
    before = points(busy, number=1)
    assert before > 0
    next_epoch(busy, qtbot)
    qtbot.waitUntil(lambda: points(busy, number=1) > before, timeout=SHORT)
