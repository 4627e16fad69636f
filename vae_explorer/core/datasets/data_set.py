"""One type for the data of anyone: what training, map and files need to know of them, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.checks import require_pixels
from vae_explorer.core.data import ByteArray
from vae_explorer.core.datasets.choices import Kind
from vae_explorer.core.datasets.pixels import PixelRows, Rows
from vae_explorer.core.datasets.remarks import Remark, Skipped
from vae_explorer.core.snapshot import FloatArray

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The train or the test images. Both parts share one store of pixels: none is copied.

    Attributes:
        pixels: the images of both parts.
        rows: which of them belong to this one, shape (n,), rising, read-only.
        labels: classes 0 to k − 1 by the data set's names, shape (n,), read-only; None without labels.
    """

    pixels: PixelRows
    rows: Rows
    labels: Labels | None

    def __len__(self) -> int:
        return len(self.rows)

    def floats(self, indices: Rows | slice) -> FloatArray:
        """Some images, by their place in this part, as gray values in [0, 1], shape (k, pixels).

        Raises:
            DataError: the file under them was shortened.
        """
        return self.pixels.floats(self.rows[indices])

    def levels(self, indices: Rows | slice) -> ByteArray:
        """The same as gray levels 0–255.

        Raises:
            DataError: the file under them was shortened.
        """
        return self.pixels.levels(self.rows[indices])

    def picture(self, index: int) -> ByteArray:
        """Image `index` of this part as a square picture of gray levels, shape (side, side)."""
        return self.levels(slice(index, index + 1)).reshape(self.pixels.side, self.pixels.side)


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Images for training and testing.

    Attributes:
        name: what to call them on the screen.
        kind: what they were read from.
        path: where that is.
        train: images to train on.
        test: images to test on, and to show on the map.
        class_names: one for each class; empty without labels.
        fingerprint: the same for the same images and labels, whatever their file is called; see
            `core.datasets.fingerprint`.
        skipped: what was left out, and why.
        remarks: what was done to the data.
    """

    name: str
    kind: Kind
    path: Path
    train: Part
    test: Part
    class_names: tuple[str, ...]
    fingerprint: str
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __len__(self) -> int:
        return len(self.train) + len(self.test)

    @property
    def side(self) -> int:
        """Of the square images, in pixels."""
        return self.train.pixels.side

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.side**2

    @property
    def labelled(self) -> bool:
        return bool(self.class_names)

    @property
    def in_memory(self) -> bool:
        """Whether the images are in memory rather than mapped from a file."""
        return self.train.pixels.mapping is None

    def require_pixels(self, expected: int) -> None:
        """Make sure that a model of images of so many pixels can take these.

        Raises:
            ConfigError: it cannot.
        """
        require_pixels(self.name, self.pixels, expected)
