from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT, SHORT, drag, hold, retype
from vae_explorer.core.config import VAEConfig
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.decoder.coordinate_tools import CoordinateTools
from vae_explorer.ui.decoder.coordinates import Coordinates
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.undo import CursorMoves


@pytest.fixture
def coordinates(window: MainWindow) -> Coordinates:
    return window.decoder_panel.coordinates


@pytest.fixture
def ten(open_window: OpenWindow, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with a model of ten latent dimensions."""
    return open_window(save_random_model(tmp_path / "ten.safetensors", VAEConfig(hidden=(24,), latent=10)))


def test_typed_values_move_the_cursor(window: MainWindow, coordinates: Coordinates, qtbot: QtBot) -> None:
    retype(coordinates.field(0), "1.25")
    retype(coordinates.field(1), "-0.5")
    np.testing.assert_array_equal(window.selection.z, (1.25, -0.5))
    np.testing.assert_array_equal(window.map_panel.map.cursor_xy, (1.25, -0.5))
    assert window.undo_stack.count() == 2


def test_only_a_finished_number_moves_the_cursor(
    window: MainWindow, coordinates: Coordinates, qtbot: QtBot
) -> None:
    field = coordinates.field(0)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, "2.5")
    assert window.selection.z[0] == 0
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.selection.z[0] == 2.5


def test_letters_cannot_be_typed(window: MainWindow, coordinates: Coordinates) -> None:
    retype(coordinates.field(0), "abc")
    assert np.isfinite(window.selection.z).all()
    retype(coordinates.field(0), "nan")
    assert np.isfinite(window.selection.z).all()
    retype(coordinates.field(0), "1e5")
    assert np.abs(window.selection.z).max() <= 1000


def test_steps_of_a_field(window: MainWindow, coordinates: Coordinates, qtbot: QtBot) -> None:
    qtbot.keyClick(coordinates.field(1), Qt.Key.Key_Up)
    assert window.selection.z[1] == pytest.approx(0.05)


def test_the_fields_follow_the_cursor(window: MainWindow, coordinates: Coordinates) -> None:
    window.selection.move_to(np.array([0.1234, -2.0]))
    assert coordinates.field(0).value() == pytest.approx(0.123)
    assert coordinates.field(1).value() == -2


def test_showing_the_cursor_does_not_move_it(window: MainWindow, coordinates: Coordinates) -> None:
    point = np.array([1 / 3, 2 / 3])
    window.selection.move_to(point)
    np.testing.assert_array_equal(window.selection.z, point)


def test_two_dimensions_have_no_sliders(coordinates: Coordinates) -> None:
    assert not coordinates.findChildren(QSlider)


def test_more_dimensions_have_a_slider_each(ten: MainWindow) -> None:
    coordinates = ten.decoder_panel.coordinates
    assert len(coordinates.findChildren(QSlider)) == 10
    assert [coordinates.field(j).accessibleName() for j in (0, 9)] == ["z1", "z10"]


def test_a_slider_moves_its_own_dimension_only(ten: MainWindow, qtbot: QtBot) -> None:
    ten.selection.move_to(np.linspace(-1, 1, 10))
    before = ten.selection.z
    picture = ten.decoder_panel.picture
    coordinates = ten.decoder_panel.coordinates
    coordinates.ensureWidgetVisible(coordinates.slider(4))
    slide(coordinates.slider(4), 1.5)
    changed = ten.selection.z != before
    np.testing.assert_array_equal(np.flatnonzero(changed), [4])
    assert ten.selection.z[4] == pytest.approx(1.5, abs=0.2)
    assert coordinates.field(4).value() == pytest.approx(ten.selection.z[4])
    assert (ten.decoder_panel.picture != picture).any()


def test_sliding_is_one_step_to_undo(ten: MainWindow, qtbot: QtBot) -> None:
    slide(ten.decoder_panel.coordinates.slider(0), -2.0)
    assert ten.undo_stack.count() == 1
    ten.actions_["undo"].trigger()
    assert not ten.selection.z.any()
    assert ten.decoder_panel.coordinates.slider(0).value() == 0


def test_keys_move_a_slider(ten: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(ten.decoder_panel.coordinates.slider(2), Qt.Key.Key_PageUp)
    assert ten.selection.z[2] == pytest.approx(0.5)
    assert ten.undo_stack.count() == 1


@pytest.mark.parametrize("part", ["slider", "field"])
def test_a_key_that_is_held_is_one_step(ten: MainWindow, part: str) -> None:
    coordinates = ten.decoder_panel.coordinates
    widget = coordinates.slider(2) if part == "slider" else coordinates.field(2)
    widget.setFocus()
    hold(widget, Qt.Key.Key_Up, repeats=4)
    reached = ten.selection.z
    assert reached[2] > 0
    hold(widget, Qt.Key.Key_Up, repeats=4)
    assert ten.selection.z[2] > reached[2]
    assert ten.undo_stack.count() == 2
    ten.undo_stack.undo()
    np.testing.assert_array_equal(ten.selection.z, reached)
    ten.undo_stack.undo()
    assert not ten.selection.z.any()


def test_holding_the_groove_of_a_slider_is_one_step(ten: MainWindow, qtbot: QtBot) -> None:
    slider = ten.decoder_panel.coordinates.slider(0)
    place = QPoint(slider.width() - 3, slider.height() // 2)
    qtbot.mousePress(slider, LEFT, pos=place)
    first = ten.selection.z
    assert first[0] > 0
    qtbot.waitUntil(lambda: ten.selection.z[0] > first[0], timeout=SHORT)
    qtbot.mouseRelease(slider, LEFT, pos=place)
    assert ten.undo_stack.count() == 1


def test_a_key_that_is_let_go_elsewhere_ends_its_step(ten: MainWindow, qtbot: QtBot) -> None:
    first, second = (ten.decoder_panel.coordinates.slider(dimension) for dimension in (0, 1))
    first.setFocus()
    qtbot.keyPress(first, Qt.Key.Key_Up)
    second.setFocus()
    qtbot.keyClick(second, Qt.Key.Key_Up)
    assert ten.undo_stack.count() == 2


def test_a_value_beyond_the_slider_stays_as_it_is(ten: MainWindow) -> None:
    retype(ten.decoder_panel.coordinates.field(0), "17")
    assert ten.selection.z[0] == 17
    assert ten.decoder_panel.coordinates.slider(0).value() == 400
    assert ten.decoder_panel.coordinates.field(0).value() == 17


def test_the_map_moves_along_when_a_slider_does(ten: MainWindow) -> None:
    before = ten.map_panel.map.cursor_xy
    slide(ten.decoder_panel.coordinates.slider(0), 3)
    assert (ten.map_panel.map.cursor_xy != before).any()
    model = ten.session.model
    assert model is not None
    np.testing.assert_allclose(ten.map_panel.map.cursor_xy, model.projection.project(ten.selection.z))


def slide(slider: QSlider, value: float) -> None:
    """Drag the handle of a slider to a value, in several moves."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style, control = slider.style(), QStyle.ComplexControl.CC_Slider
    handle = style.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, slider)
    span = slider.width() - handle.width()
    start = QPointF(handle.center())
    fraction = (value * 100 - slider.value()) / (slider.maximum() - slider.minimum())
    end = start + QPointF(round(fraction * span), 0)
    drag(slider, [start, (start + end) / 2, end])


# Many dimensions


@pytest.fixture
def many(open_window: OpenWindow, tmp_path: Path) -> Coordinates:
    """The coordinates of a model of 512 latent dimensions."""
    path = save_random_model(tmp_path / "many.safetensors", VAEConfig(hidden=(8,), latent=512))
    return open_window(path).decoder_panel.coordinates


def visible_rows(coordinates: Coordinates) -> list[int]:
    """The dimensions, from 1, whose sliders can be seen."""
    seen = [
        slider
        for slider in coordinates.findChildren(QSlider)
        if not slider.visibleRegion().isEmpty()  # under the edge of the dock nothing is seen
    ]
    return sorted(int(slider.accessibleName()[1:]) for slider in seen)


def test_of_many_rows_only_those_in_sight_are_made(many: Coordinates) -> None:
    assert len(many.findChildren(QSlider)) < 60
    rows = visible_rows(many)
    assert rows == list(range(1, len(rows) + 1))


def test_rows_that_scroll_into_sight_show_the_cursor(many: Coordinates, qtbot: QtBot) -> None:
    window = many.window()
    assert isinstance(window, MainWindow)
    window.selection.move_to(np.linspace(-3, 3, 512))
    bar = many.verticalScrollBar()
    for place in (bar.maximum(), bar.maximum() // 2):
        bar.setValue(place)
        rows = visible_rows(many)
        assert rows
        assert rows == list(range(rows[0], rows[-1] + 1))
        for row in rows:
            assert many.field(row - 1).value() == pytest.approx(window.selection.z[row - 1], abs=1e-3)
            assert many.field(row - 1).width() > 40
    bar.setValue(bar.maximum())
    assert visible_rows(many)[-1] == 512
    # A row that went out of sight before the cursor moved is right when it comes back.
    window.selection.move_to(np.full(512, 1.5))
    bar.setValue(0)
    assert [many.field(row - 1).value() for row in visible_rows(many)] == [1.5] * len(visible_rows(many))


def test_the_last_of_many_can_be_typed_and_slid(many: Coordinates) -> None:
    window = many.window()
    assert isinstance(window, MainWindow)
    many.verticalScrollBar().setValue(many.verticalScrollBar().maximum())
    retype(many.field(511), "-0.75")
    assert window.selection.z[511] == -0.75
    assert np.count_nonzero(window.selection.z) == 1
    slide(many.slider(511), 2)
    assert window.selection.z[511] == pytest.approx(2, abs=0.2)


def test_the_tab_key_goes_down_the_rows(many: Coordinates, qtbot: QtBot) -> None:
    # Made from the end, they still come in their order.
    many.verticalScrollBar().setValue(many.verticalScrollBar().maximum())
    many.verticalScrollBar().setValue(0)
    many.window().activateWindow()
    many.field(0).setFocus()
    qtbot.waitUntil(many.field(0).hasFocus)
    for dimension in range(30):
        assert many.field(dimension).hasFocus()
        qtbot.keyClick(many.field(dimension), Qt.Key.Key_Tab)
        assert many.slider(dimension).hasFocus()
        qtbot.keyClick(many.slider(dimension), Qt.Key.Key_Tab)
    assert 30 in visible_rows(many)


def test_all_coordinates_to_zero_and_to_the_nearest_digit(ten: MainWindow, qtbot: QtBot) -> None:
    tools = CoordinateTools(ten.session, ten.selection, ten.moves, ten)
    model = ten.session.model
    assert model is not None
    start = model.posterior.mu[7].astype(float) + 1e-3
    ten.selection.move_to(start)
    qtbot.mouseClick(tools.digit, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(ten.selection.z, model.posterior.mu[7])
    qtbot.mouseClick(tools.origin, Qt.MouseButton.LeftButton)
    assert not ten.selection.z.any()
    ten.undo_stack.undo()
    ten.undo_stack.undo()
    np.testing.assert_array_equal(ten.selection.z, start)


def test_without_a_model_there_is_nowhere_to_jump(qtbot: QtBot) -> None:
    selection, stack = Selection(), QUndoStack()
    tools = CoordinateTools(Session(), selection, CursorMoves(selection, stack))
    assert not tools.origin.isEnabled()
    assert not tools.digit.isEnabled()
    tools.deleteLater()
