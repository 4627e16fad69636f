"""The legend alone: what is painted, not only what it should say."""

from collections.abc import Iterator
from typing import get_args

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.panels import shown
from vae_explorer.state.map_look import Layer
from vae_explorer.ui.layers.bar import LayerBar
from vae_explorer.ui.layers.scale import LayerScale
from vae_explorer.ui.layers.texts import layer_texts
from vae_explorer.ui.theme import ThemeSwitch

LAYERS: tuple[Layer, ...] = tuple(layer for layer in get_args(Layer) if layer != "none")
#: Of the map at first, with letters of 200 % and of 100 %, and in a window of the least size.
WIDTHS = {2.0: 417, 1.0: 788, 0.99: 372}


@pytest.fixture(params=WIDTHS)
def width(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[int]:
    """A usual width of the map, with the letters for which it is usual."""
    usual, scaled = qapp.font(), qapp.font()
    scaled.setPointSizeF(request.param * usual.pointSizeF())
    qapp.setFont(scaled)
    yield WIDTHS[request.param]
    qapp.setFont(usual)


def at_the_right(scale: LayerScale, pixels: int) -> QImage:
    """The last columns of what is painted."""
    return scale.grab(QRect(scale.width() - pixels, 0, pixels, scale.height())).toImage()


@pytest.mark.parametrize("layer", LAYERS)
def test_the_unit_is_painted_whole_at_the_usual_width(
    width: int, switch: ThemeSwitch, qtbot: QtBot, layer: Layer
) -> None:
    usual, roomy = LayerBar(switch), LayerBar(switch)
    roomy.scale.setMinimumWidth(1000)
    with shown(usual, qtbot), shown(roomy, qtbot):
        for bar, room in ((usual, width), (roomy, 3000)):
            bar.show_layer(layer, (-13.1, -1.1))
            bar.resize(room, bar.heightForWidth(room))
        QApplication.processEvents()
        assert usual.rect().contains(usual.scale.geometry())
        end = usual.scale.ends[1]
        assert end.endswith(layer_texts()[layer].unit)
        text = usual.scale.fontMetrics().horizontalAdvance(end)
        assert roomy.scale.width() == 1000
        assert at_the_right(usual.scale, text) == at_the_right(roomy.scale, text)


@pytest.mark.parametrize("layer", ["density", "prior", "sensitivity"])
def test_logarithms_are_called_so_beside_their_numbers(layer: Layer) -> None:
    # The sentence that says so, too, ends in an ellipsis where the map is narrow.
    assert layer_texts()[layer].unit == "nats (log)"
    assert "log" in layer_texts()[layer].sentence
