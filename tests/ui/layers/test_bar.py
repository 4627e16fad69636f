from itertools import combinations
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.panels import shown
from vae_explorer.state.map_look import Layer
from vae_explorer.ui.layers.bar import LayerBar
from vae_explorer.ui.layers.texts import layer_texts
from vae_explorer.ui.theme import ThemeSwitch

LAYERS: tuple[Layer, ...] = get_args(Layer)


def test_every_layer_has_words(qapp: QApplication) -> None:
    texts = layer_texts()
    assert tuple(texts) == LAYERS
    for text in texts.values():
        assert text.name
        assert text.sentence.endswith(".")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("width", [200, 440, 580, 720, 1400])
def test_everything_has_room(switch: ThemeSwitch, qtbot: QtBot, layer: Layer, width: int) -> None:
    bar = LayerBar(switch)
    with shown(bar, qtbot):
        bar.show_layer(layer, (-13.1, -1.1))
        bar.resize(width, bar.heightForWidth(width))
        QApplication.processEvents()
        parts = [part for part in (bar._title, bar.layers, bar.opacity, bar.scale) if part.isVisible()]
        assert bar.layers in parts
        for part in parts:
            assert bar.rect().contains(part.geometry())
            assert part.width() >= part.minimumSizeHint().width() or part is bar.layers
        for one, other in combinations(parts, 2):
            assert not one.geometry().intersects(other.geometry())
        assert bar.minimumSizeHint().width() <= 200
        assert bar.scale.isVisible() == bar.opacity.isVisible() == (layer != "none")
        # The title takes no line of its own.
        assert not bar._title.isVisible() or bar.height() <= bar.layers.sizeHint().height()


def test_the_whole_sentence_is_the_tool_tip(switch: ThemeSwitch, qtbot: QtBot) -> None:
    bar = LayerBar(switch)
    bar.resize(560, 32)
    with shown(bar, qtbot):
        bar.show_layer("density", (-13.1, -1.1))
        QApplication.processEvents()
        bar.grab()
        assert bar.sentence.toolTip() == layer_texts()["density"].sentence
        assert bar.scale.toolTip() == layer_texts()["density"].sentence


def test_the_keyboard_chooses(switch: ThemeSwitch, qtbot: QtBot) -> None:
    bar = LayerBar(switch)
    bar.resize(900, 32)
    with shown(bar, qtbot):
        bar.layers.setFocus()
        with qtbot.waitSignal(bar.layer_chosen) as chosen:
            QTest.keyClick(bar.layers, Qt.Key.Key_Down)
        assert chosen.args == ["tiles"]
        bar.show_layer("tiles")
        bar.opacity.setFocus()
        with qtbot.waitSignal(bar.opacity_chosen) as opacity:
            QTest.keyClick(bar.opacity, Qt.Key.Key_Left)
        assert opacity.args == [0.79]


def test_showing_is_not_choosing(switch: ThemeSwitch, qtbot: QtBot) -> None:
    bar = LayerBar(switch)
    with (
        shown(bar, qtbot),
        qtbot.assertNotEmitted(bar.layer_chosen),
        qtbot.assertNotEmitted(bar.opacity_chosen),
    ):
        bar.show_layer("entropy", (0, 1))
        bar.show_opacity(0.25)


def test_parts_have_names_for_a_screen_reader(switch: ThemeSwitch, qtbot: QtBot) -> None:
    bar = LayerBar(switch)
    with shown(bar, qtbot):
        bar.show_layer("entropy", (0, 0.5))
        assert bar.layers.accessibleName()
        assert bar.opacity.accessibleName()
        assert "0.50 bits" in bar.scale.accessibleName()
