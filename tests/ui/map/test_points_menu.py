from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT
from tests.ui.panels import shown, switch
from vae_explorer.state.map_look import LARGEST_POINT, SMALLEST_POINT, MapLook
from vae_explorer.ui.map.points_menu import PointsMenu
from vae_explorer.ui.theme import ThemeSwitch

__all__ = ["switch"]


@pytest.fixture
def look() -> MapLook:
    return MapLook()


@pytest.fixture
def menu(look: MapLook, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[PointsMenu]:
    window = QWidget()
    menu = PointsMenu(look)
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
