import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.ui.driving import click, drag, hold, pixel, retype
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.undo import CursorMoves, PickDigits

points = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(lambda p: np.array(p, float))
#: A click, or a drag through several points.
moves = st.one_of(points, st.lists(points, min_size=1, max_size=5))


@given(st.lists(moves, max_size=12), st.data())
def test_redo_after_undo_changes_nothing(
    steps: list[np.ndarray | list[np.ndarray]], data: st.DataObject
) -> None:
    selection, stack = Selection(), QUndoStack()
    cursor = CursorMoves(selection, stack)
    places = [selection.z]
    for step in steps:
        if isinstance(step, list):
            cursor.begin()
            for z in step:
                cursor.move(z)
            cursor.end()
        else:
            cursor.move(step)
        if (selection.z != places[-1]).any():
            places.append(selection.z)
    assert stack.count() == len(places) - 1
    for where in data.draw(st.lists(st.integers(0, len(places) - 1), max_size=6)):
        stack.setIndex(where)
        np.testing.assert_array_equal(selection.z, places[where])
    stack.setIndex(len(places) - 1)
    np.testing.assert_array_equal(selection.z, places[-1])


def test_forget_ends_a_drag_and_drops_all_steps() -> None:
    selection, stack = Selection(), QUndoStack()
    cursor = CursorMoves(selection, stack)
    cursor.move(np.array([1.0, 1.0]))
    cursor.begin()
    cursor.forget()
    cursor.end()
    assert not stack.count()


def test_a_drag_is_one_step(window: MainWindow) -> None:
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, -1, -1))
    start = window.selection.z
    drag(map_.viewport(), [pixel(map_, x, 0) for x in np.linspace(-1, 1, 9)])
    end, picture = window.selection.z, window.decoder_panel.picture
    assert window.undo_stack.count() == 2
    window.actions_["undo"].trigger()
    np.testing.assert_array_equal(window.selection.z, start)
    assert window.actions_["redo"].isEnabled()
    window.actions_["redo"].trigger()
    np.testing.assert_array_equal(window.selection.z, end)
    np.testing.assert_array_equal(window.decoder_panel.picture, picture)
    np.testing.assert_array_equal(map_.cursor_xy, end)


def test_a_click_where_the_cursor_is_already_is_no_step(window: MainWindow) -> None:
    map_ = window.map_panel.map
    for _ in range(3):
        click(map_.viewport(), pixel(map_, 1, 1))
    assert window.undo_stack.count() == 1


def test_clicks_keys_and_typed_values_undo_one_by_one(window: MainWindow) -> None:
    map_ = window.map_panel.map
    places = [window.selection.z]
    for act in (
        lambda: click(map_.viewport(), pixel(map_, 1, 1)),
        lambda: hold(map_, Qt.Key.Key_Left, repeats=3),
        lambda: retype(window.decoder_panel.coordinates.field(1), "-1.5"),
    ):
        act()
        places.append(window.selection.z)
    for place in reversed(places[:-1]):
        window.actions_["undo"].trigger()
        np.testing.assert_array_equal(window.selection.z, place)
    assert not window.actions_["undo"].isEnabled()


@pytest.mark.parametrize("focus", ["map", "field"])
def test_the_keys_of_undo_and_redo(window: MainWindow, qtbot: QtBot, focus: str) -> None:
    field = window.decoder_panel.coordinates.field(0)
    retype(field, "1.5")
    target = field if focus == "field" else window.map_panel.map
    target.setFocus()
    for name, expected in (("undo", 0), ("redo", 1.5)):
        keys = window.actions_[name].shortcut()[0]  # another on each system
        qtbot.keyClick(target, keys.key(), keys.keyboardModifiers())
        assert window.selection.z[0] == expected


def test_picking_digits_can_be_undone() -> None:
    picks, stack = Picks(), QUndoStack()
    stack.push(PickDigits(picks, np.array([3, 5]), 5))
    stack.push(PickDigits(picks, np.array([], int)))
    assert (picks.indices.tolist(), picks.focus) == ([], None)
    stack.undo()
    assert (picks.indices.tolist(), picks.focus) == ([3, 5], 5)
    stack.undo()
    assert picks.focus is None
    stack.redo()
    assert (picks.indices.tolist(), picks.focus) == ([3, 5], 5)
