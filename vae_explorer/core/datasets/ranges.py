"""Which stored values stand for black and white: told by the values, as no file says it.

The rule: bytes are gray levels 0–255, unless they are all 0 or 1, black and white. Other numbers are 0–1 if none is
above 1, gray levels 0–255 if none is above 255, −1–1 if none is below −1 or above 1, and whole numbers above 255
are 0–65,535. Anything else is refused.
"""

from __future__ import annotations

import numpy as np

from vae_explorer.core.datasets.pixels import BYTES, UNIT, Range, Stored
from vae_explorer.core.datasets.remarks import Remark
from vae_explorer.core.errors import DataError

_SYMMETRIC = Range(-1, 1)
_WORDS = Range(0, 65_535)
_NAMES = {BYTES: "0–255", UNIT: "0–1", _SYMMETRIC: "−1–1", _WORDS: "0–65,535"}


def range_of(looked_at: Stored) -> Range:
    """Black and white by some rows of values, shape (n, values).

    Raises:
        DataError: no value is finite, or they fit none of the ranges.
    """
    finite = looked_at[np.isfinite(looked_at).all(1)]
    if not finite.size:
        raise DataError("None of the images looked at is without values that are no numbers (NaN, infinite).")
    low, high = float(finite.min()), float(finite.max())
    for values in (UNIT, BYTES, _SYMMETRIC):
        if values.includes(low, high):
            return values
    if finite.dtype.kind in "iu" and _WORDS.includes(low, high):
        return _WORDS
    raise DataError(
        "The values go from {low:.6g} to {high:.6g}. Images need values from 0 to 1, from −1 to 1, or from 0 to 255: "
        "scale them first.",
        low=low,
        high=high,
    )


def needs_scan(stored: Stored, values: Range) -> bool:
    """Whether any row could hold a value that is out of range: never so for bytes that are gray levels."""
    return not (stored.dtype.kind == "b" or (stored.dtype == np.uint8 and values in (BYTES, BYTES.inverted)))


def said(values: Range, inverted: bool) -> Remark:
    """What is done with values of a range."""
    text = (
        "Values {range} are taken from white to black."
        if inverted
        else "Values {range} are taken from black to white."
    )
    return Remark(text, {"range": _NAMES[values]})
