from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.driving import (
    LEFT,
    SHORT,
    click,
    drag,
    fill_in,
    hold,
    pixel,
    raise_dock,
    retype,
    start_training,
    stop_training,
)
from vae_explorer.core.config import VAEConfig
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.undo import CursorMoves, PickDigits, SetValue

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


def test_forget_ends_a_drag_and_drops_its_step() -> None:
    selection, stack = Selection(), QUndoStack()
    cursor = CursorMoves(selection, stack)
    cursor.move(np.array([1.0, 1.0]))
    cursor.begin()
    cursor.forget()
    cursor.end()
    assert not stack.count()


class Value:
    """A number, and the texts of what was done."""

    def __init__(self, stack: QUndoStack) -> None:
        self.now, self._stack = 0, stack

    def set(self, value: int, gesture: int | None = None) -> None:
        self._stack.push(SetValue("value", self._put, self.now, value, gesture))

    def _put(self, value: int) -> None:
        self.now = value


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_steps_of_one_gesture_are_one_step(deeds: list[tuple[int, int]]) -> None:
    stack = QUndoStack()
    value = Value(stack)
    # What the value was before and after each gesture, but for those that lead back to where they began.
    stops: list[tuple[int, int]] = []
    for number, gesture in deeds:
        if stops and stops[-1][1] == gesture:
            stops[-1] = (number, gesture)
        else:
            stops.append((number, gesture))
        before = stops[-2][0] if len(stops) > 1 else 0
        if number == before:
            del stops[-1]
        if number != value.now:
            value.set(number, gesture)
    assert value.now == (stops[-1][0] if stops else 0)
    for number, _gesture in [*reversed(stops[:-1]), (0, -1)] if stops else []:
        stack.undo()
        assert value.now == number
    assert not stack.canUndo()
    for number, _gesture in stops:
        stack.redo()
        assert value.now == number
    assert not stack.canRedo()


def test_without_a_gesture_each_is_a_step() -> None:
    stack = QUndoStack()
    value = Value(stack)
    for number in (1, 2, 3):
        value.set(number)
    assert stack.count() == 3


@given(st.lists(st.booleans(), max_size=10), st.data())
def test_forgetting_drops_only_moves_of_the_cursor(are_moves: list[bool], data: st.DataObject) -> None:
    """Wherever the stack stands, each press of undo and redo still does something, and says what."""
    selection, stack = Selection(), QUndoStack()
    cursor, value = CursorMoves(selection, stack), Value(stack)
    for number, is_move in enumerate(are_moves, 1):
        if is_move:
            cursor.move(np.array([number, 0.0]))
        else:
            value.set(number)
    stack.setIndex(data.draw(st.integers(0, stack.count())))
    cursor.forget()
    selection.move_to(np.zeros(5))
    kept = [0, *(number for number, is_move in enumerate(are_moves, 1) if not is_move)]
    here = kept.index(value.now)
    for number in reversed(kept[:here]):
        assert stack.undoText() == "value"
        stack.undo()
        assert value.now == number
    assert not stack.canUndo()
    for number in kept[1:]:
        assert stack.redoText() == "value"
        stack.redo()
        assert value.now == number
    assert not stack.canRedo()
    assert stack.count() == len(kept) - 1
    np.testing.assert_array_equal(selection.z, np.zeros(5))


def test_what_was_picked_with_a_move_is_kept_without_it() -> None:
    selection, picks, stack = Selection(), Picks(), QUndoStack()
    cursor = CursorMoves(selection, stack)
    stack.beginMacro("selection of digits")
    stack.push(PickDigits(picks, np.array([3]), 3))
    cursor.move(np.array([1.0, 1.0]))
    stack.endMacro()
    stack.beginMacro("click")
    cursor.move(np.array([2.0, 1.0]))
    stack.endMacro()
    cursor.forget()
    selection.move_to(np.zeros(5))
    assert stack.count() == 1
    stack.undo()
    assert picks.focus is None
    stack.redo()
    assert picks.focus == 3
    np.testing.assert_array_equal(selection.z, np.zeros(5))


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


# In the window


def told(window: MainWindow) -> str:
    return window.status.currentMessage()


def test_it_says_what_was_undone_and_done_again(window: MainWindow) -> None:
    retype(window.training_panel.epochs, "7")
    window.actions_["layer_density"].trigger()
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: background of the map"
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: change of “Epochs”"
    window.actions_["redo"].trigger()
    assert told(window) == "Done again: change of “Epochs”"
    assert window.training_panel.epochs.value() == 7


def test_another_latent_space_takes_only_moves_of_the_cursor(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    retype(window.decoder_panel.coordinates.field(1), "-1")
    qtbot.mouseClick(window.map_panel.legend.button(3), LEFT)
    retype(window.decoder_panel.coordinates.field(0), "1.5")
    retype(window.training_panel.epochs, "7")
    hold(window.map_panel.map, Qt.Key.Key_Left, repeats=3)
    epochs = window.settings.training.epochs
    path = save_random_model(tmp_path / "ten.safetensors", VAEConfig(hidden=(24,), latent=10))
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(path)
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: change of “Epochs”"
    assert window.training_panel.epochs.value() == epochs
    retype(window.decoder_panel.coordinates.field(9), "2")
    window.actions_["undo"].trigger()
    assert not window.selection.z.any()
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: digit 3 hidden"
    assert 3 in window.selection.classes
    assert not window.actions_["undo"].isEnabled()
    for _ in range(2):
        window.actions_["redo"].trigger()
    assert 3 not in window.selection.classes
    assert window.selection.z[9] == 2
    assert {len(place) for place in window.looks.history.places} == {10}


def test_undo_while_a_training_runs(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.training_panel
    fill_in(window, epochs=50_000)
    retype(panel.epochs, "100000")
    start_training(window, qtbot)
    shown = panel.fields.entries()
    retype(window.decoder_panel.coordinates.field(1), "-1")
    retype(panel.beta, "2")
    assert window.undo_stack.count() == 2
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: move of the cursor"
    window.actions_["undo"].trigger()
    assert told(window) == "Undone: change of “Epochs”. The form shows it after this training."
    assert panel.fields.entries() == shown | {"beta": 2}
    assert not window.actions_["undo"].isEnabled()
    stop_training(window, qtbot)
    assert panel.epochs.value() == 50_000
    assert panel.beta.value() == 1
    window.actions_["redo"].trigger()
    assert told(window) == "Done again: change of “Epochs”"
    assert panel.epochs.value() == 100_000


def test_the_view_is_no_edit(window: MainWindow) -> None:
    for name in ("zoom_in", "zoom_out", "fit", "theme"):
        window.actions_[name].trigger()
    raise_dock(window, "runs")
    assert not window.undo_stack.count()
