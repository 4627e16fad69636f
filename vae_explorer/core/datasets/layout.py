"""How a row of values becomes a square image."""

from __future__ import annotations

import math

import numpy as np

from vae_explorer.core.datasets.choices import MAX_SIDE, MIN_SIDE, Choices
from vae_explorer.core.datasets.pixels import Rows
from vae_explorer.core.datasets.remarks import Remark
from vae_explorer.core.errors import DataError

Layout = tuple[int, Rows | None, tuple[Remark, ...]]


def layout_of(size: tuple[int, int] | None, values: int, choices: Choices) -> Layout:
    """Side of the images, the pixel of each value (None: one after the other), and what is to be said of it.

    Images that are higher than wide, or wider than high, get black on both sides; vectors whose length is no square
    get black at the end, if that was chosen.

    Args:
        size: height and width; None for vectors.
        values: in a row.
        choices: whether vectors are padded.

    Raises:
        DataError: the images would be too small or too large, or a vector has no square length.
    """
    side, columns, remarks = _vectors(values, choices) if size is None else _images(*size)
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise DataError(
            "The images would be {side} pixels a side. They can have {least} to {most}.",
            side=side,
            least=MIN_SIDE,
            most=MAX_SIDE,
        )
    return side, columns, remarks


def _images(height: int, width: int) -> Layout:
    side = max(height, width)
    if height == width:
        return side, None, ()
    if side > MAX_SIDE:  # is refused anyway, and the list of pixels could be long
        return side, None, ()
    top, left = (side - height) // 2, (side - width) // 2
    rows, columns = np.indices((height, width))
    remark = Remark(
        "Images of {width}×{height} get black on both sides to be {side}×{side}.",
        {"width": width, "height": height, "side": side},
    )
    return side, ((rows + top) * side + columns + left).reshape(-1), (remark,)


def _vectors(values: int, choices: Choices) -> Layout:
    side = math.isqrt(values)
    if side**2 == values:
        return side, None, ()
    side += 1
    if not choices.pad_vectors:
        raise DataError(
            "Each row has {values} values, which do not fill a square image: {side}×{side} would take {more} more. "
            "Name the column of the labels if one of them is a label, or choose to fill up with black.",
            values=values,
            side=side,
            more=side**2 - values,
        )
    remark = Remark(
        "Rows of {values} values are filled up with black to {side}×{side}.", {"values": values, "side": side}
    )
    return side, np.arange(values), (remark,)
