from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import drag, hold, slide
from tests.ui.panels import shown
from vae_explorer.ui.widgets.gestures import Gesture, Holding


@pytest.fixture
def sliders(qtbot: QtBot) -> Iterator[list[QSlider]]:
    """Two, of which the first has the focus."""
    window = QWidget()
    layout, sliders = QVBoxLayout(window), [QSlider(Qt.Orientation.Horizontal) for _ in range(2)]
    for slider in sliders:
        layout.addWidget(slider)
    window.resize(300, 80)
    with shown(window, qtbot):
        sliders[0].setFocus()
        yield sliders


def numbers_of(slider: QSlider, gesture: Gesture) -> list[int]:
    """The numbers with which its values change from now on."""
    numbers: list[int] = []
    slider.valueChanged.connect(lambda _value: numbers.append(gesture.number))
    return numbers


def test_a_drag_has_one_number_and_the_next_another(sliders: list[QSlider]) -> None:
    numbers = numbers_of(sliders[0], Gesture(sliders[0]))
    slide(sliders[0], 0.5)
    assert len(numbers) > 2
    assert len(set(numbers)) == 1
    slide(sliders[0], -0.2)
    assert len(set(numbers)) == 2


def test_keys_have_one_number_until_the_focus_was_elsewhere(sliders: list[QSlider], qtbot: QtBot) -> None:
    one, other = sliders
    numbers = numbers_of(one, Gesture(one))
    for _ in range(3):
        qtbot.keyClick(one, Qt.Key.Key_Right)
    assert len(set(numbers)) == 1
    other.setFocus()
    one.setFocus()
    qtbot.keyClick(one, Qt.Key.Key_Right)
    assert len(set(numbers)) == 2


def test_two_widgets_never_have_the_same_number(sliders: list[QSlider]) -> None:
    one, other = (Gesture(slider) for slider in sliders)
    seen = {one.number, other.number}
    one.end()
    assert one.number not in seen


def test_holding_a_key_or_the_mouse_is_told_once(sliders: list[QSlider], qtbot: QtBot) -> None:
    slider, told = sliders[0], []
    holding = Holding(slider)
    holding.began.connect(lambda: told.append("began"))
    holding.ended.connect(lambda: told.append("ended"))
    hold(slider, Qt.Key.Key_Right, repeats=3)
    assert told == ["began", "ended"]
    drag(slider, [QPointF(5, 8), QPointF(50, 8), QPointF(90, 8)])
    assert told == 2 * ["began", "ended"]
    qtbot.keyClick(slider, Qt.Key.Key_Control)
    assert told == 2 * ["began", "ended"]
    qtbot.keyPress(slider, Qt.Key.Key_Right)
    sliders[1].setFocus()
    assert told == 3 * ["began", "ended"]
