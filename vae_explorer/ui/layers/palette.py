"""The colours of the layers: quiet enough for points of ten colours to be read above them, in both themes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.layers import SURE_LEVELS, LayerKind
from vae_explorer.ui.theme import CLASS_COLORS, Colors

#: One colour a level, 256 of them: ARGB as Qt's tables of colours have it.
Palette = list[int]

#: How far from the canvas towards the accent the highest value is: the points need contrast of their own.
_STRONGEST = 0.8
#: Opacity of a class's colour where all neighbours agree, and where none do.
_SURE, _UNSURE = 0.5, 0.03

#: From linear sRGB to the cones' responses, and from their cube roots to OKLab (Ottosson 2020), in which equal steps
#: look equally large.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@lru_cache(maxsize=32)
def palette_for(kind: LayerKind, colors: Colors) -> Palette:
    """The colour of each level of a `LayerImage`."""
    if kind == "tiles":
        levels = np.arange(256, dtype=np.uint32)
        return _argb(np.column_stack((levels, levels, levels)), np.full(256, 255))
    if kind == "classes":
        return _class_palette()
    return _argb(ramp(colors), np.full(256, 255))


def faded(palette: Palette, opacity: float) -> Palette:
    """The same colours, which cover only so much of what is behind them, 0 to 1."""
    return [round((color >> 24) * opacity) << 24 | color & 0xFFFFFF for color in palette]


def ramp(colors: Colors) -> NDArray[np.uint8]:
    """Red, green and blue from the canvas towards the accent in equal steps to the eye, shape (256, 3)."""
    start, end = (_to_oklab(_rgb(color)) for color in (colors.canvas, colors.accent))
    way = np.linspace(0, _STRONGEST, 256)[:, None]
    return _from_oklab(start + way * (end - start))


def _class_palette() -> Palette:
    rgb = np.zeros((256, 3))
    alpha = np.zeros(256)
    sure = np.linspace(0, 1, SURE_LEVELS)
    for digit in range(CLASS_COUNT):
        levels = slice(digit * SURE_LEVELS, (digit + 1) * SURE_LEVELS)
        rgb[levels] = _rgb(CLASS_COLORS[digit])
        alpha[levels] = 255 * (_UNSURE + (_SURE - _UNSURE) * sure)
    return _argb(rgb, alpha)


def _argb(rgb: NDArray[np.generic], alpha: NDArray[np.generic]) -> Palette:
    red, green, blue = rgb.astype(np.uint32).T
    opacity = np.rint(alpha.astype(np.float64)).astype(np.uint32)
    packed: Palette = ((opacity << 24) | (red << 16) | (green << 8) | blue).tolist()
    return packed


def _rgb(color: str) -> NDArray[np.float64]:
    parts = QColor(color)
    return np.array([parts.red(), parts.green(), parts.blue()], np.float64)


def _to_oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_CONES @ linear)
    return lab


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    cones = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(cones @ np.linalg.inv(_TO_CONES).T, 0, 1)
    share = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: NDArray[np.uint8] = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return rgb


def picture(levels: NDArray[np.uint8], palette: Palette) -> QImage:
    """`levels` of shape (rows, columns) in colours, in the form that is drawn soonest; independent of `levels`."""
    rows, columns = levels.shape
    image = QImage(np.ascontiguousarray(levels).data, columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(palette)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
