"""Pictures from pixel means: 8-bit gray levels, grids and PNG files."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.snapshot import FloatArray

#: Black pixels between the pictures of a grid, as torchvision's ``save_image`` leaves them.
_GRID_GAP = 2
_MAX_SIDE = 20_000
#: Digits of 28 pixels are stamps on a screen: pictures that nobody gave a scale are enlarged so often, up to a size.
_USUAL_SCALE, _USUAL_SIDE = 8, 2000


def gray_levels(means: FloatArray) -> ByteArray:
    """round(255 · mean) for pixel means in [0, 1]."""
    levels: ByteArray = np.rint(means * np.float32(255)).astype(np.uint8)
    return levels


def square(pixels: ByteArray) -> ByteArray:
    """A flat image as a square picture, shape (side, side)."""
    side = math.isqrt(pixels.shape[-1])
    return pixels.reshape(side, side)


def grid(pictures: ByteArray, columns: int = 8) -> ByteArray:
    """Lay flat images (n, pixels) out row by row, with a gap around each."""
    side = math.isqrt(pictures.shape[1])
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    cell = side + _GRID_GAP
    sheet = np.zeros((rows * cell + _GRID_GAP, columns * cell + _GRID_GAP), np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (_GRID_GAP + cell * k for k in divmod(index, columns))
        sheet[top : top + side, left : left + side] = picture.reshape(side, side)
    return sheet


def usual_scale(picture: ByteArray) -> int:
    """How often each pixel is repeated where nobody says: 8 times, less where a side would exceed 2,000 pixels."""
    scale: int = min(_USUAL_SCALE, _USUAL_SIDE // max(picture.shape))
    return max(1, scale)


def save_png(path: Path, picture: NDArray[np.uint8], scale: int | None = 1) -> None:
    """Write an 8-bit gray PNG.

    Args:
        path: the file.
        picture: gray levels, shape (height, width).
        scale: each pixel is repeated so often in both directions; None for `usual_scale`.

    Raises:
        ConfigError: the picture would be larger than 20,000 pixels a side.
        UserError: the file cannot be written.
    """
    from PIL import Image

    scale = usual_scale(picture) if scale is None else scale
    most = _MAX_SIDE // max(picture.shape)
    if most < 1:
        raise ConfigError("The picture would be more than {most} pixels wide or high.", most=_MAX_SIDE)
    if not 1 <= scale <= most:
        raise ConfigError("The scale must be from 1 to {most}, not {scale}.", most=most, scale=scale)
    buffer = io.BytesIO()
    Image.fromarray(picture.repeat(scale, 0).repeat(scale, 1)).save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())
