from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import drag, retype
from vae_explorer.core.config import VAEConfig
from vae_explorer.ui.decoder.coordinates import Coordinates
from vae_explorer.ui.main_window import MainWindow


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
