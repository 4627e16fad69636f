"""The looks of the lines are told apart in both themes."""

import pytest
from PySide6.QtGui import QColor

from vae_explorer.ui.curves.style import (
    OVERLAYS_DARK,
    OVERLAYS_LIGHT,
    main_style,
    overlay_style,
    weight_style,
)
from vae_explorer.ui.theme import CLASS_COLORS, DARK, LIGHT


def luminance(color: str) -> float:
    parts = [part / 255 for part in QColor(color).getRgb()[:3]]  # type: ignore[index]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_line_stands_out_from_the_canvas(dark: bool) -> None:
    colors = DARK if dark else LIGHT
    kinds = ("test", "validation", "train", "objective")
    styles = [main_style(kind, colors) for kind in kinds]  # type: ignore[arg-type]
    styles += [overlay_style(number, "test", colors, dark) for number in range(12)]
    for style in [*styles, weight_style(colors)]:
        assert contrast(style.color, colors.canvas) >= 3, style
    # Twelve overlays look different from each other and from the main run.
    assert len({(style.color, style.dashes) for style in styles}) == len(styles)
    assert not {*OVERLAYS_LIGHT, *OVERLAYS_DARK} & {*CLASS_COLORS}
