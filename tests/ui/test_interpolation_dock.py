"""The Interpolation dock in the window: by mouse and keys, with the map beside it and while a model learns."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.driving import LEFT, LONG, SHORT, click, drag, next_epoch, pixel, stop_training
from tests.ui.opening import choose_from_menu, click_tab, redo, undo
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.journey import Anchor, DigitAnchor, PlaceAnchor
from vae_explorer.ui.interpolation.panel import InterpolationPanel
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def journey(window: MainWindow) -> MainWindow:
    """The window with the dock in front, which was never seen before."""
    window.resize(1440, 900)
    assert "interpolation" not in window.exploration.__dict__, "it is made when it is first seen"
    click_tab(window, "Interpolation")
    assert panel_of(window).isVisible()
    return window


def panel_of(window: MainWindow) -> InterpolationPanel:
    return window.exploration.interpolation


def anchors_of(window: MainWindow) -> list[Anchor]:
    return list(window.looks.journey.plan.anchors)


def pick_and_add(window: MainWindow, index: int) -> DigitAnchor:
    """Click a digit on the map, and add it as an anchor by the menu."""
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, *map_.places[index]))
    focus = window.looks.picks.focus
    assert focus is not None
    choose_from_menu(panel_of(window).anchors.add_button, "Selection: ")
    anchor = DigitAnchor(focus)
    assert anchors_of(window)[-1] == anchor
    return anchor


def far_apart(window: MainWindow) -> tuple[int, int]:
    """Two digits at different sides of the map, each with its place to itself."""
    places = window.map_panel.map.places
    middle = np.median(places, axis=0)
    near = np.flatnonzero(np.linalg.norm(places - middle, axis=1) < 2.0)
    return int(near[places[near, 0].argmin()]), int(near[places[near, 0].argmax()])


def add_two(window: MainWindow, qtbot: QtBot, kind: PathKind = "linear") -> tuple[DigitAnchor, DigitAnchor]:
    """Two picked digits as anchors, and the mouse on the name of a kind, which is chosen then."""
    first, second = (pick_and_add(window, index) for index in far_apart(window))
    qtbot.mouseClick(panel_of(window).view.rows.rows[kind].name, LEFT)
    assert window.looks.journey.plan.chosen == kind
    wait_found(window, qtbot)
    return first, second


def wait_found(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not panel_of(window).worker.busy, timeout=LONG)


def place_of(window: MainWindow, anchor: Anchor) -> NDArray[np.float64]:
    assert window.session.model is not None
    if isinstance(anchor, PlaceAnchor):
        return np.array(anchor.z)
    assert isinstance(anchor, DigitAnchor)
    return window.session.model.posterior.mu[anchor.index].astype(np.float64)


def points_of(window: MainWindow, kind: PathKind) -> NDArray[np.float64]:
    found = panel_of(window).worker.found_of(kind)
    assert found is not None, kind
    return found.path.points


def assert_straight(window: MainWindow) -> None:
    """The straight path hits both anchors exactly, and its strip shows it."""
    first, last = (place_of(window, anchor) for anchor in anchors_of(window))
    points = points_of(window, "linear")
    np.testing.assert_array_equal(points[0], first)
    np.testing.assert_array_equal(points[-1], last)
    np.testing.assert_allclose(points, np.linspace(first, last, 16), atol=1e-9)
    assert window.session.model is not None
    frames = decoded_frames(window.session.model.snapshot, points)
    np.testing.assert_array_equal(panel_of(window).view.rows.rows["linear"].strip.frames, frames)


def handle_at(window: MainWindow, row: int) -> QPointF:
    """The pixel of the map where a handle is."""
    place = panel_of(window).map_paths.handles.marks[row].pos()
    return pixel(window.map_panel.map, place.x(), place.y())


# Anchors and paths


def test_two_picked_digits_are_joined_by_all_kinds_of_paths(journey: MainWindow, qtbot: QtBot) -> None:
    first, second = add_two(journey, qtbot)
    assert anchors_of(journey) == [first, second]
    assert_straight(journey)
    for kind in PATH_KINDS:
        points = points_of(journey, kind)
        assert len(points) == 16
        np.testing.assert_array_equal(points[0], place_of(journey, first))
        np.testing.assert_array_equal(points[-1], place_of(journey, second))
        report = panel_of(journey).worker.report_of(kind)
        assert report is not None
        assert panel_of(journey).view.rows.rows[kind].words == ""
    undo(journey, qtbot)
    assert anchors_of(journey) == [first]
    assert panel_of(journey).worker.found_of("linear") is None


def test_a_handle_is_dragged_on_the_map_as_one_step(journey: MainWindow, qtbot: QtBot) -> None:
    first, second = add_two(journey, qtbot)
    map_, steps, cursor = journey.map_panel.map, journey.undo_stack.index(), journey.selection.z
    start = handle_at(journey, 1)
    straight: list[bool] = []
    journey.looks.journey.changed.connect(
        lambda _before: straight.append(
            np.array_equal(points_of(journey, "linear")[-1], place_of(journey, anchors_of(journey)[1]))
        )
    )
    drag(map_.viewport(), [start + QPointF(-8 * step, -5 * step) for step in range(6)])
    assert len(straight) > 1
    assert all(straight), "the path follows each move of the mouse"
    moved = anchors_of(journey)[1]
    assert isinstance(moved, PlaceAnchor)
    end = map_.pixel_at(journey.session.model.projection.project(place_of(journey, moved)))  # type: ignore[union-attr]
    np.testing.assert_allclose(end.toTuple(), (start + QPointF(-40, -25)).toTuple(), atol=2)
    assert_straight(journey)
    np.testing.assert_array_equal(journey.selection.z, cursor)
    assert journey.undo_stack.index() == steps + 1
    undo(journey, qtbot)
    assert anchors_of(journey) == [first, second]
    assert_straight(journey)
    redo(journey, qtbot)
    assert anchors_of(journey) == [first, moved]
    assert_straight(journey)


def test_a_play_takes_the_cursor_along_and_is_one_step(journey: MainWindow, qtbot: QtBot) -> None:
    add_two(journey, qtbot)
    panel, map_ = panel_of(journey), journey.map_panel.map
    before, steps = journey.selection.z, journey.undo_stack.index()
    seen = list[int]()
    problems = list[str]()
    points = points_of(journey, "linear")

    def look() -> None:
        frame = journey.looks.journey.frame
        seen.append(frame)
        if not np.array_equal(journey.selection.z, points[frame]):
            problems.append(f"cursor at frame {frame}")
        if not np.allclose(map_.cursor_xy, points[frame]):
            problems.append(f"map's cursor at frame {frame}")

    journey.selection.z_changed.connect(look)
    panel.player.speed.setValue(50)
    qtbot.mouseClick(panel.player.play_button, LEFT)
    qtbot.waitUntil(lambda: len(seen) > 20, timeout=SHORT)
    QTest.keyClick(panel.player.play_button, Qt.Key.Key_Space)
    assert not panel.player.playing
    journey.selection.z_changed.disconnect(look)
    assert problems == []
    assert set(seen) >= {*range(1, 16), 0}
    assert journey.undo_stack.index() == steps + 1
    undo(journey, qtbot)
    np.testing.assert_array_equal(journey.selection.z, before)


def test_behind_another_tab_nothing_is_on_the_map_and_nothing_plays(
    journey: MainWindow, qtbot: QtBot
) -> None:
    add_two(journey, qtbot)
    panel = panel_of(journey)
    qtbot.mouseClick(panel.player.play_button, LEFT)
    assert panel.map_paths.handles.marks
    click_tab(journey, "Runs")
    assert not panel.player.playing
    assert not panel.map_paths.handles.marks
    assert not panel.map_paths.point.isVisible()
    found = list[object]()
    panel.worker.found.connect(lambda kind, _found: found.append(kind))
    journey.looks.journey.add(PlaceAnchor((0.1, 0.2)))
    assert not panel.worker.busy
    assert found == []
    click_tab(journey, "Interpolation")
    wait_found(journey, qtbot)
    assert set(found) == set(PATH_KINDS)
    assert len(panel.map_paths.handles.marks) == 3


# While a model learns, other models, and the end


def test_paths_follow_a_model_that_learns(busy: MainWindow, qtbot: QtBot) -> None:
    busy.resize(1440, 900)
    click_tab(busy, "Interpolation")
    busy.looks.journey.add(DigitAnchor(7), DigitAnchor(2))
    worker = panel_of(busy).worker
    qtbot.waitUntil(lambda: worker.found_of("linear") is not None, timeout=SHORT)
    before = points_of(busy, "linear")
    next_epoch(busy, qtbot)
    qtbot.waitUntil(lambda: not np.array_equal(points_of(busy, "linear"), before), timeout=SHORT)
    assert_straight(busy)
    qtbot.waitUntil(lambda: worker.found_of("geodesic") is not None, timeout=LONG)
    stop_training(busy, qtbot)
    wait_found(busy, qtbot)
    for kind in PATH_KINDS:
        ends = points_of(busy, kind)[[0, -1]]
        np.testing.assert_array_equal(ends, [place_of(busy, each) for each in anchors_of(busy)])


@pytest.mark.parametrize("latent", [1, 3])
def test_a_model_of_another_latent_size_is_opened(
    journey: MainWindow, qtbot: QtBot, tmp_path: Path, latent: int
) -> None:
    add_two(journey, qtbot)
    path = save_random_model(tmp_path / "other.safetensors", VAEConfig(hidden=(8,), latent=latent))
    journey.files.open_file(path)
    qtbot.waitUntil(lambda: len(journey.selection.z) == latent, timeout=SHORT)
    wait_found(journey, qtbot)
    assert_straight(journey)
    for kind in PATH_KINDS:
        found = panel_of(journey).worker.found_of(kind)
        words = panel_of(journey).view.rows.rows[kind].words
        assert (found is None) == bool(words), "a path, or a sentence"
        assert found is None or found.path.points.shape == (16, latent)


def test_a_place_of_a_model_of_another_size_is_said(
    journey: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    add_two(journey, qtbot)
    map_ = journey.map_panel.map
    drag(map_.viewport(), [handle_at(journey, 1) + QPointF(-9 * step, 0) for step in range(4)])
    plan = journey.looks.journey.plan
    path = save_random_model(tmp_path / "other.safetensors", VAEConfig(hidden=(8,), latent=3))
    journey.files.open_file(path)
    qtbot.waitUntil(lambda: len(journey.selection.z) == 3, timeout=SHORT)
    panel = panel_of(journey)
    assert panel._refusal.isVisible()
    assert "3 latent dimension" in panel._refusal.text()
    assert not panel.player.play_button.isEnabled()
    assert list(panel.map_paths.handles.marks) == [0], "the digit has a place, the other anchor has none"
    assert journey.looks.journey.plan == plan, "nothing is lost"


def test_the_window_closes_while_a_geodesic_is_prepared(journey: MainWindow, qtbot: QtBot) -> None:
    """What the test leaves behind is looked at after each test."""
    for index in far_apart(journey):
        pick_and_add(journey, index)
    worker = panel_of(journey).worker
    assert worker.busy
    assert worker.found_of("geodesic") is None
    journey.close()
    assert worker.found_of("geodesic") is None
