import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from vae_explorer.ui.digit.difference import DifferenceView, diverging
from vae_explorer.ui.theme import CLASS_COLORS, DARK, LIGHT

VALUES = np.array([[-1, 0], [1, -0.5]], np.float32)


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_the_ends_and_the_middle_have_their_colours(colors: type) -> None:
    image = diverging(VALUES, colors.canvas)  # type: ignore[attr-defined]
    assert image.pixelColor(0, 0).name() == CLASS_COLORS[0]
    assert image.pixelColor(1, 0).name() == colors.canvas  # type: ignore[attr-defined]
    assert image.pixelColor(0, 1).name() == CLASS_COLORS[6]
    assert image.pixelColor(1, 1).name() not in (CLASS_COLORS[0], colors.canvas)  # type: ignore[attr-defined]


def test_a_new_theme_paints_what_is_shown_anew(qtbot: QtBot) -> None:
    view = DifferenceView(112, "difference")
    qtbot.addWidget(view)
    view.set_neutral(LIGHT.canvas)
    view.show_difference(VALUES)
    view.set_neutral(DARK.canvas)
    assert view.image is not None
    assert view.image.pixelColor(1, 0).name() == DARK.canvas
    view.show_difference(None)
    assert view.image is None
