from typing import get_args

import numpy as np
import pytest
from PySide6.QtGui import QColor

from vae_explorer.core.layers import SURE_LEVELS, LayerKind
from vae_explorer.ui.layers.palette import _to_oklab, faded, palette_for, picture, ramp
from vae_explorer.ui.theme import CLASS_COLORS, DARK, LIGHT, Colors

THEMES = pytest.mark.parametrize("colors", [LIGHT, DARK])


@THEMES
def test_the_steps_of_the_ramp_look_equally_large(colors: Colors) -> None:
    lab = np.array([_to_oklab(color.astype(float)) for color in ramp(colors)[::15]])
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() < 1.25 * steps.min()


@THEMES
def test_the_ramp_begins_as_the_canvas(colors: Colors) -> None:
    assert QColor(*ramp(colors)[0].tolist()) == QColor(colors.canvas)


@THEMES
@pytest.mark.parametrize("kind", get_args(LayerKind))
def test_there_is_a_colour_for_each_level(kind: LayerKind, colors: Colors) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = picture(levels, palette_for(kind, colors))
    assert (image.width(), image.height()) == (16, 16)


@THEMES
def test_the_points_of_all_but_one_or_two_classes_stand_out_from_the_strongest_colour(colors: Colors) -> None:
    strongest = _to_oklab(ramp(colors)[-1].astype(float))
    distances = [
        np.linalg.norm(_to_oklab(np.array(QColor(color).getRgb()[:3], float)) - strongest)
        for color in CLASS_COLORS
    ]
    assert sorted(distances)[1] > 0.08


def test_a_class_is_paler_where_it_is_less_sure() -> None:
    palette = palette_for("classes", LIGHT)
    alphas = [QColor.fromRgba(palette[3 * SURE_LEVELS + level]).alpha() for level in range(SURE_LEVELS)]
    assert alphas == sorted(alphas)
    assert alphas[0] < 20 < 100 < alphas[-1]


@pytest.mark.parametrize("kind", get_args(LayerKind))
def test_a_faded_colour_is_the_same_and_lets_more_through(kind: LayerKind) -> None:
    palette = palette_for(kind, LIGHT)
    for color, fainter in zip(palette, faded(palette, 0.6), strict=True):
        before, after = QColor.fromRgba(color), QColor.fromRgba(fainter)
        assert after.getRgb()[:3] == before.getRgb()[:3]
        assert after.alpha() == pytest.approx(0.6 * before.alpha(), abs=0.5)
    assert faded(palette, 1.0) == palette
