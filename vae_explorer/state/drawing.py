"""The digit that the user drew, pasted or dropped."""

from __future__ import annotations

import numpy as np
from psygnal import Signal

from vae_explorer.core.data import ByteArray

#: Pixels a side, as MNIST has them.
SIDE = 28


class Drawing:
    """A picture of 28×28 gray levels, light on black. Only the window's thread may change it.

    Signals:
        changed: other pixels, or they are taken in another way.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._pixels: ByteArray = np.zeros((SIDE, SIDE), np.uint8)
        self._pixels.flags.writeable = False
        self._as_mnist = True

    @property
    def pixels(self) -> ByteArray:
        """Shape (28, 28), read-only."""
        return self._pixels

    @property
    def empty(self) -> bool:
        """Whether there is no ink."""
        return not self._pixels.any()

    @property
    def as_mnist(self) -> bool:
        """Whether the model gets it scaled and centred as the digits of MNIST are."""
        return self._as_mnist

    def set_as_mnist(self, on: bool) -> None:
        """Let the model have it scaled and centred, or as it is."""
        if on != self._as_mnist:
            self._as_mnist = on
            self.changed.emit()

    def set_pixels(self, pixels: ByteArray) -> None:
        """Take another picture of shape (28, 28).

        Raises:
            ValueError: it has another shape.
        """
        if pixels.shape != (SIDE, SIDE):
            raise ValueError(f"a drawing has {SIDE}×{SIDE} pixels, not {pixels.shape}")
        if np.array_equal(pixels, self._pixels):
            return
        self._pixels = np.array(pixels, np.uint8)
        self._pixels.flags.writeable = False
        self.changed.emit()
