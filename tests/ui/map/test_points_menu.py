from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QUndoStack
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT, choose, slide
from tests.ui.panels import shown, switch
from vae_explorer.state.map_look import DEFAULT_POINT_OPACITY, LARGEST_POINT, SMALLEST_POINT, MapLook
from vae_explorer.ui.map.points_menu import PointsMenu
from vae_explorer.ui.theme import ThemeSwitch

__all__ = ["switch"]


@pytest.fixture
def look() -> MapLook:
    return MapLook()


@pytest.fixture
def stack() -> QUndoStack:
    return QUndoStack()


@pytest.fixture
def menu(look: MapLook, stack: QUndoStack, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[PointsMenu]:
    window = QWidget()
    menu = PointsMenu(look, stack)
    QVBoxLayout(window).addWidget(menu)
    with shown(window, qtbot):
        qtbot.mouseClick(menu, LEFT)
        qtbot.waitUntil(menu.choices.isVisible, timeout=SHORT)
        yield menu
        menu.choices.close()


def test_the_keyboard_chooses_what_colours_stand_for(menu: PointsMenu, look: MapLook, qtbot: QtBot) -> None:
    for expected in ("predicted", "elbo", "reconstruction", "kl"):
        qtbot.keyClick(menu.choices.color_by, Qt.Key.Key_Down)
        assert look.color_by == expected


def test_sliders_set_size_and_opacity(menu: PointsMenu, look: MapLook, qtbot: QtBot) -> None:
    qtbot.keyClick(menu.choices.diameter, Qt.Key.Key_Right)
    assert look.point_size == 5.5
    qtbot.keyClick(menu.choices.diameter, Qt.Key.Key_End)
    assert look.point_size == LARGEST_POINT
    qtbot.keyClick(menu.choices.diameter, Qt.Key.Key_Home)
    assert look.point_size == SMALLEST_POINT
    qtbot.keyClick(menu.choices.opacity, Qt.Key.Key_End)
    assert look.point_opacity == 1


def test_it_shows_what_was_set_elsewhere(menu: PointsMenu, look: MapLook) -> None:
    look.set_color_by("kl")
    look.set_points(3, 0.4)
    assert menu.choices.color_by.currentText() == "KL"
    assert menu.choices.diameter.value() == 6
    assert menu.choices.opacity.value() == 40
    assert (look.point_size, look.point_opacity) == (3, 0.4)
    assert "3.0 px" in menu.choices._diameter_text.text()


def test_escape_closes_it(menu: PointsMenu, qtbot: QtBot) -> None:
    qtbot.keyClick(menu.choices, Qt.Key.Key_Escape)
    assert not menu.choices.isVisible()


def test_every_field_has_a_name(menu: PointsMenu) -> None:
    for field in (menu.choices.color_by, menu.choices.diameter, menu.choices.opacity):
        assert field.accessibleName()


# Undo


def test_each_dragging_of_a_slider_is_one_step(menu: PointsMenu, look: MapLook, stack: QUndoStack) -> None:
    for slider in (menu.choices.opacity, menu.choices.diameter):
        before, reached = (look.point_size, look.point_opacity), []
        for direction in (1, -1):
            slide(slider, direction * 0.2)
            reached.append((look.point_size, look.point_opacity))
        assert stack.count() == stack.index() == 2
        stack.undo()
        assert (look.point_size, look.point_opacity) == reached[0] != before
        stack.undo()
        assert (look.point_size, look.point_opacity) == before
        assert slider.value() == slider_of(slider, menu, look)
        stack.redo()
        assert (look.point_size, look.point_opacity) == reached[0]
        stack.undo()


def slider_of(slider: QSlider, menu: PointsMenu, look: MapLook) -> int:
    """Where a slider has to stand."""
    return round(100 * look.point_opacity) if slider is menu.choices.opacity else round(2 * look.point_size)


def test_keys_in_a_row_are_one_step(menu: PointsMenu, look: MapLook, stack: QUndoStack, qtbot: QtBot) -> None:
    size, opacity = look.point_size, look.point_opacity
    choices, right = menu.choices, Qt.Key.Key_Right
    for slider in (choices.diameter, choices.opacity, choices.diameter):
        for _ in range(2):
            qtbot.keyClick(slider, right)
    for _ in range(3):
        qtbot.keyClick(choices.color_by, Qt.Key.Key_Down)
    texts = [stack.text(index) for index in range(stack.count())]
    assert texts == [
        "size of the points",
        "opacity of the points",
        "size of the points",
        "colours of the points",
    ]
    stack.undo()
    assert look.color_by == "label"
    assert choices.color_by.currentText() == "Label"
    stack.undo()
    assert look.point_size == size + 1
    stack.setIndex(0)
    assert (look.point_size, look.point_opacity) == (size, opacity)


def test_who_comes_back_to_a_slider_does_another_thing(
    menu: PointsMenu, look: MapLook, stack: QUndoStack, qtbot: QtBot
) -> None:
    choices = menu.choices
    for slider in (choices.diameter, choices.opacity, choices.diameter):
        slider.setFocus()
        if slider is choices.diameter:
            qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert stack.count() == 2


def test_sliding_back_is_no_step(menu: PointsMenu, stack: QUndoStack, qtbot: QtBot) -> None:
    qtbot.keyClick(menu.choices.diameter, Qt.Key.Key_Right)
    assert stack.canUndo()
    qtbot.keyClick(menu.choices.diameter, Qt.Key.Key_Left)
    assert not stack.count()


def test_each_choice_from_the_list_is_a_step(
    menu: PointsMenu, look: MapLook, stack: QUndoStack, qtbot: QtBot
) -> None:
    for row in (2, 4):
        choose(menu.choices.color_by, row, qtbot)
    assert look.color_by == "kl"
    assert stack.count() == 2
    stack.undo()
    assert look.color_by == "elbo"
    stack.undo()
    assert look.color_by == "label"


def test_what_is_set_elsewhere_is_no_step(menu: PointsMenu, look: MapLook, stack: QUndoStack) -> None:
    look.set_color_by("kl")
    look.set_points(3, 0.4)
    assert not stack.count()


def test_the_keys_of_undo_and_redo(menu: PointsMenu, look: MapLook, stack: QUndoStack, qtbot: QtBot) -> None:
    slider = menu.choices.opacity
    slide(slider, 0.2)
    before, after = DEFAULT_POINT_OPACITY, look.point_opacity
    for key, expected in ((QKeySequence.StandardKey.Undo, before), (QKeySequence.StandardKey.Redo, after)):
        keys = QKeySequence(key)[0]
        qtbot.keyClick(slider, keys.key(), keys.keyboardModifiers())
        assert look.point_opacity == expected
    assert menu.choices.isVisible()
