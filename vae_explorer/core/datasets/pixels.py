"""Rows of pixels as a file holds them, made into images only when and as far as they are asked for.

A file of a million images is mapped into memory: its values stay on disk and in their type, and what scales, inverts or
pads them is done to each batch as it is taken.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import DataError
from vae_explorer.core.snapshot import FloatArray

Stored = NDArray[Any]
Rows = NDArray[np.intp]


#: By this share of the range may a float exceed it: what rounding and interpolation leave.
_SLACK = 1e-4


@dataclass(frozen=True, slots=True)
class Range:
    """The values that stand for black and white; white is the smaller one where an image is inverted."""

    black: float
    white: float

    @property
    def inverted(self) -> Range:
        return Range(self.white, self.black)

    def holds(self, values: Stored) -> NDArray[np.bool_]:
        """Which rows have finite values within it only, shape (n,)."""
        # A NaN is the least and the greatest of its row, and no comparison with it holds.
        inside: NDArray[np.bool_] = self.includes(values.min(1), values.max(1))
        return inside

    def includes(self, least: Any, greatest: Any) -> Any:
        """Whether values from `least` to `greatest` are within it, numbers or arrays."""
        low, high = sorted((self.black, self.white))
        slack = _SLACK * (high - low)
        return (least >= low - slack) & (greatest <= high + slack)

    def scaled(self, values: Stored) -> FloatArray:
        """`values` as numbers in [0, 1], from black to white."""
        scaled = values.astype(np.float32)
        if self.black:
            scaled -= np.float32(self.black)
        scaled /= np.float32(self.white - self.black)
        return np.clip(scaled, 0, 1, out=scaled)


BYTES = Range(0, 255)
UNIT = Range(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A file that is mapped into memory.

    Attributes:
        path: which.
        memory: the mapping.
    """

    path: Path
    memory: mmap.mmap

    def require_whole(self) -> None:
        """Make sure that the file was not shortened: the system ends a program that reads what is no longer there.

        Raises:
            DataError: it was.
        """
        if self.memory.size() < len(self.memory):
            raise DataError(
                "The data file {path} was shortened while it was in use. Open it again.", path=self.path
            )


@dataclass(frozen=True, slots=True, eq=False)
class PixelRows:
    """Images as rows of pixels, in memory or on disk.

    Attributes:
        stored: values as they are stored, shape (n, values), read-only.
        values: which of them stand for black and white.
        side: of the square images, in pixels.
        columns: which pixel each stored value is, where an image has more pixels than values; the others are black.
        mapping: the file on which `stored` lies; None in memory.
    """

    stored: Stored
    values: Range
    side: int
    columns: Rows | None = None
    mapping: Mapping | None = None

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.side**2

    def raw(self, rows: Rows | slice) -> Stored:
        """Some rows as they are stored, in memory.

        Raises:
            DataError: the file under them was shortened.
        """
        if self.mapping is not None:
            self.mapping.require_whole()
        return np.asarray(self.stored[rows])

    def floats(self, rows: Rows | slice) -> FloatArray:
        """Some images as gray values in [0, 1], shape (rows, pixels).

        Raises:
            DataError: the file under them was shortened.
        """
        return self._placed(self.values.scaled(self.raw(rows)))

    def levels(self, rows: Rows | slice) -> ByteArray:
        """Some images as gray levels 0–255, shape (rows, pixels).

        Raises:
            DataError: the file under them was shortened.
        """
        if self.stored.dtype == np.uint8 and self.values in (BYTES, BYTES.inverted):
            raw = self.raw(rows)
            return self._placed(raw if self.values == BYTES else 255 - raw)
        scaled = self.values.scaled(self.raw(rows)) * np.float32(255)
        return self._placed(np.rint(scaled).astype(np.uint8))

    def _placed(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.columns is None:
            return values
        images = np.zeros((len(values), self.pixels), values.dtype)
        images[:, self.columns] = values
        return images
