"""The whole traversal grid as a picture file, with what its rows and columns are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from vae_explorer.core.data import ByteArray
from vae_explorer.core.images import save_png
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.traversal import TRAVERSAL_VALUES, traversal
from vae_explorer.state.selection import Point
from vae_explorer.ui.numbers import signed

#: Pictures are enlarged to about so many pixels, unless that makes a sheet that is too high for programs to open.
_CELL = 56
_MOST_HEIGHT = 16_000
_GAP = 4
_LABELS = 160
_HEAD = 24


def save_sheet(
    path: Path, snapshot: ModelSnapshot, z: Point, order: Sequence[int], titles: Sequence[str]
) -> None:
    """Decode all rows and write them as a gray PNG; belongs on another thread than the window's.

    Args:
        path: where.
        snapshot: the model.
        z: the cursor, shape (latent,).
        order: the dimensions from top to bottom.
        titles: what is written before each row.

    Raises:
        UserError: the file cannot be written, or the picture would be too large.
    """
    levels = traversal(snapshot, z, order)
    assert levels is not None  # nothing cancels it
    save_png(path, sheet(levels, titles))


def sheet(levels: ByteArray, titles: Sequence[str]) -> ByteArray:
    """Pictures of shape (rows, columns, side, side) on white, with titles before the rows and values above."""
    rows, columns, side, _ = levels.shape
    scale = max(1, _CELL // side)
    while scale > 1 and rows * (scale * side + _GAP) > _MOST_HEIGHT:
        scale -= 1
    cell = side * scale + _GAP
    page = np.full((_HEAD + rows * cell, _LABELS + columns * cell), 255, np.uint8)
    for column, value in enumerate(TRAVERSAL_VALUES[:columns]):
        left = _LABELS + column * cell
        page[:_HEAD, left : left + cell] = _text(signed(value, 1), cell, _HEAD, Qt.AlignmentFlag.AlignHCenter)
    for row, (pictures, title) in enumerate(zip(levels, titles, strict=True)):
        top = _HEAD + row * cell
        page[top : top + cell, :_LABELS] = _text(title, _LABELS, cell, Qt.AlignmentFlag.AlignLeft)
        strip = np.full((side * scale, columns, cell), 255, np.uint8)
        strip[:, :, : side * scale] = pictures.repeat(scale, 1).repeat(scale, 2).transpose(1, 0, 2)
        page[top : top + side * scale, _LABELS:] = strip.reshape(side * scale, -1)
    return page


def _text(text: str, width: int, height: int, side: Qt.AlignmentFlag) -> ByteArray:
    """Black words on white, gray levels of shape (height, width)."""
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(QColor("white"))
    font = QFont()
    font.setPixelSize(12)
    painter = QPainter(image)
    painter.setFont(font)
    painter.drawText(QRect(4, 0, width - 4, height), side | Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return pixels[:, :width].copy()
