import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from tests.ui.driving import one_pixel
from tests.ui.picked.conftest import CONTROL, SHIFT, Bench, around, drag_with
from vae_explorer.state.picks import Picks
from vae_explorer.ui.picked.control import changed


def inside(bench: Bench, square: list[QPointF]) -> np.ndarray:
    """Which digits are in a square of pixels."""
    box = QRectF(square[0], square[2])
    return np.array(
        [i for i in range(len(bench.mu)) if box.contains(bench.map.pixel_at(bench.mu[i].astype(float)))]
    )


def test_a_click_picks_the_digit_and_moves_the_cursor(bench: Bench) -> None:
    (digit,) = bench.lonely()
    spot = bench.pixel(digit) + QPointF(3, 2)
    drag_with(bench.map, [spot])
    assert bench.picks.indices.tolist() == [digit]
    assert bench.picks.focus == digit
    np.testing.assert_allclose(bench.selection.z, bench.map.place_at(spot))
    assert bench.map._points.focus_mark.isVisible()


def test_what_a_click_does_is_one_step_to_undo(bench: Bench) -> None:
    one, other = bench.lonely(2)
    drag_with(bench.map, [bench.pixel(one)])
    z = bench.selection.z
    drag_with(bench.map, [bench.pixel(other)])
    bench.stack.undo()
    assert bench.picks.focus == one
    np.testing.assert_array_equal(bench.selection.z, z)
    bench.stack.undo()
    assert len(bench.picks.indices) == 0
    assert not bench.selection.z.any()
    assert not bench.stack.canUndo()
    bench.stack.redo()
    assert bench.picks.focus == one


def test_a_click_far_from_every_digit_leaves_them_as_they_are(bench: Bench) -> None:
    bench.picks.pick([1, 2])
    bench.map.zoom(-6)
    corner = (
        bench.map.mapFromScene(bench.map.getViewBox().sceneBoundingRect().topLeft())
        + QPointF(20, 20).toPoint()
    )
    drag_with(bench.map, [QPointF(corner)])
    assert bench.picks.indices.tolist() == [1, 2]
    assert bench.selection.z.any()


def test_a_drag_of_the_cursor_picks_nothing(bench: Bench) -> None:
    (digit,) = bench.lonely()
    start = bench.pixel(digit)
    drag_with(bench.map, [start, start + QPointF(40, 0), start])
    assert len(bench.picks.indices) == 0
    assert bench.stack.count() == 1


def test_ctrl_adds_and_removes_one_and_leaves_the_cursor(bench: Bench) -> None:
    one, other = bench.lonely(2)
    drag_with(bench.map, [bench.pixel(one)])
    z = bench.selection.z
    drag_with(bench.map, [bench.pixel(other)], CONTROL)
    assert bench.picks.indices.tolist() == sorted((one, other))
    assert bench.picks.focus == other
    drag_with(bench.map, [bench.pixel(other)], CONTROL)
    assert bench.picks.indices.tolist() == [one]
    assert bench.selection.z is z


@pytest.mark.parametrize("mode", [False, True])
def test_a_lasso_picks_what_it_encloses(bench: Bench, mode: bool) -> None:
    z = bench.selection.z
    square = around(bench.map.pixel_at(bench.mu.mean(0).astype(float)), 70)
    bench.map.set_lasso_mode(mode)
    drag_with(bench.map, square, Qt.KeyboardModifier.NoModifier if mode else SHIFT)
    expected = inside(bench, square)
    assert 5 < len(expected) < len(bench.mu)
    # A digit on the line itself is a matter of a pixel.
    assert len(np.setxor1d(bench.picks.indices, expected)) <= 0.05 * len(expected)
    assert bench.selection.z is z
    assert not bench.map._lasso.isVisible()
    bench.stack.undo()
    assert len(bench.picks.indices) == 0


def test_a_lasso_with_ctrl_adds(bench: Bench) -> None:
    middle = bench.map.pixel_at(bench.mu.mean(0).astype(float))
    drag_with(bench.map, around(middle, 30), SHIFT)
    first, focus = bench.picks.indices, bench.picks.focus
    drag_with(bench.map, around(middle + QPointF(50, 0), 30), SHIFT | CONTROL)
    assert np.isin(first, bench.picks.indices).all()
    assert len(bench.picks.indices) > len(first)
    assert bench.picks.focus == focus


def test_the_lasso_is_seen_while_it_is_drawn_and_escape_gives_it_up(bench: Bench, qtbot: QtBot) -> None:
    square = around(bench.map.pixel_at(bench.mu.mean(0).astype(float)), 60)
    viewport = bench.map.viewport()
    bench.map.set_lasso_mode(True)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=square[0].toPoint())
    for place in square[1:]:
        qtbot.mouseMove(viewport, place.toPoint())
    assert bench.map._lasso.isVisible()
    qtbot.keyClick(bench.map, Qt.Key.Key_Escape)
    assert not bench.map._lasso.isVisible()
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=square[0].toPoint())
    assert len(bench.picks.indices) == 0


def test_in_lasso_mode_a_click_still_picks_one(bench: Bench) -> None:
    z, (digit,) = bench.selection.z, bench.lonely()
    bench.map.set_lasso_mode(True)
    drag_with(bench.map, [bench.pixel(digit)])
    assert bench.picks.focus == digit
    assert bench.selection.z is z


def test_keys_pick_the_nearest_all_and_none(bench: Bench, qtbot: QtBot) -> None:
    bench.map.set_nearest(7)
    qtbot.keyClick(bench.map, Qt.Key.Key_Space)
    assert bench.picks.indices.tolist() == [7]
    bench.map.set_nearest(9)
    qtbot.keyClick(bench.map, Qt.Key.Key_Space, CONTROL)
    assert bench.picks.indices.tolist() == [7, 9]
    qtbot.keyClick(bench.map, Qt.Key.Key_A, CONTROL)
    assert len(bench.picks.indices) == len(bench.mu)
    qtbot.keyClick(bench.map, Qt.Key.Key_Escape)
    assert len(bench.picks.indices) == 0
    count = bench.stack.count()
    qtbot.keyClick(bench.map, Qt.Key.Key_Escape)
    assert bench.stack.count() == count


def test_digits_of_hidden_classes_are_not_picked(bench: Bench, qtbot: QtBot) -> None:
    assert bench.session.images is not None
    labels = bench.session.images.labels
    bench.map.set_class_shown(1, False)
    qtbot.keyClick(bench.map, Qt.Key.Key_A, CONTROL)
    np.testing.assert_array_equal(bench.picks.indices, np.flatnonzero(labels != 1))
    drag_with(bench.map, around(bench.map.pixel_at(bench.mu[labels == 1].mean(0).astype(float)), 60), SHIFT)
    assert not (labels[bench.picks.indices] == 1).any()
    hidden = int(np.flatnonzero(labels == 1)[0])
    drag_with(bench.map, [bench.pixel(hidden)])
    assert hidden not in bench.picks.indices


def test_an_empty_map_cannot_be_picked_from(bench: Bench, qtbot: QtBot) -> None:
    bench.map.set_points(np.empty((0, 2)), np.empty(0, np.uint8), ("z1", "z2"))
    drag_with(bench.map, around(QPointF(300, 300), 100), SHIFT)
    qtbot.keyClick(bench.map, Qt.Key.Key_A, CONTROL)
    assert len(bench.picks.indices) == 0


def test_a_picked_digit_stays_marked_when_the_points_move(bench: Bench) -> None:
    bench.picks.pick([4, 5])
    moved = bench.mu[::-1].astype(float)
    assert bench.session.images is not None
    bench.map.set_points(moved, bench.session.images.labels, ("z1", "z2"))
    mark = bench.map._points.focus_mark.pos()
    assert (mark.x(), mark.y()) == pytest.approx(tuple(moved[4]))


def test_everything_else_turns_gray_where_several_are_picked(bench: Bench) -> None:
    before = bench.map.grab().toImage()
    bench.picks.pick([3])
    cloud = bench.map._points.cloud
    assert cloud._picked is None
    bench.picks.pick([3, 8])
    assert cloud._picked is not None
    assert np.flatnonzero(cloud._picked).tolist() == [3, 8]
    assert one_pixel(bench.map) > 0
    bench.picks.pick([])
    assert bench.map.grab().toImage() == before


def test_what_toggling_leaves() -> None:
    picks = Picks()
    picks.pick([2, 5, 9], focus=5)
    indices, focus = changed(picks, np.array([5]), "toggle")
    assert (indices.tolist(), focus) == ([2, 9], None)
    indices, focus = changed(picks, np.array([7]), "toggle")
    assert (indices.tolist(), focus) == ([2, 5, 7, 9], 7)
    indices, focus = changed(picks, np.array([2]), "toggle")
    assert (indices.tolist(), focus) == ([5, 9], 5)
    indices, focus = changed(picks, np.array([1, 5]), "add")
    assert (indices.tolist(), focus) == ([1, 2, 5, 9], 5)
