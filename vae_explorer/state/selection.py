"""What the user looks at: the cursor, one latent point that map, decoder and fields share, and the classes shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.core.snapshot import FloatArray

Point = NDArray[np.float64]

#: No cursor is further out in any coordinate: far beyond any posterior, and a decoder's float32 overflows in the end.
FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The real image whose mean is nearest to a latent point, and how far away it is (latent units)."""

    index: int
    distance: float


class Selection:
    """Where the cursor is, and which classes are shown. Only the window's thread may change it.

    Signals:
        z_changed: the cursor is somewhere else.
        classes_changed: other classes are shown.
    """

    z_changed = Signal()
    classes_changed = Signal()

    def __init__(self, latent: int = 2) -> None:
        self._z: Point = np.zeros(latent)
        self._z.flags.writeable = False
        self._classes = frozenset(range(CLASS_COUNT))

    @property
    def classes(self) -> frozenset[int]:
        """The classes that are shown."""
        return self._classes

    def show_class(self, digit: int, shown: bool) -> None:
        """Show or hide the digits of one class."""
        self.show_classes(self._classes | {digit} if shown else self._classes - {digit})

    def show_classes(self, classes: frozenset[int]) -> None:
        """Show the digits of these classes and of no others."""
        if classes != self._classes:
            self._classes = classes
            self.classes_changed.emit()

    def shows(self, labels: ByteArray) -> NDArray[np.bool_]:
        """Which digits with classes of shape (n,) are shown, shape (n,)."""
        shown = np.zeros(CLASS_COUNT, bool)
        shown[list(self._classes)] = True
        return shown[labels]

    @property
    def z(self) -> Point:
        """The cursor, shape (latent,), read-only."""
        return self._z

    def move_to(self, z: NDArray[np.floating]) -> None:
        """Put the cursor at `z`, shape (latent,), or as far out as it may be in that coordinate.

        Raises:
            ValueError: a coordinate is NaN or infinite.
        """
        point = np.array(z, np.float64).reshape(-1)
        if not np.isfinite(point).all():
            raise ValueError("a latent point must be finite")
        np.clip(point, -FARTHEST, FARTHEST, out=point)
        if np.array_equal(point, self._z):
            return
        point.flags.writeable = False
        self._z = point
        self.z_changed.emit()


def nearest(
    points: FloatArray, z: NDArray[np.floating], allowed: NDArray[np.bool_] | None = None
) -> Neighbour | None:
    """The row of `points`, shape (n, d), that is nearest to `z`, shape (d,).

    Ten thousand points in the plane take about 50 microseconds, so there is no index to build and keep.

    Args:
        points: where to look.
        z: from where.
        allowed: which rows count, shape (n,); all without it.

    Returns:
        None where no row is allowed.
    """
    offsets = points - z.astype(np.float32)
    squares = np.einsum("nd,nd->n", offsets, offsets)
    if allowed is not None:
        squares[~allowed] = np.inf
    index = int(squares.argmin()) if len(squares) else -1
    if index < 0 or not np.isfinite(squares[index]):
        return None
    return Neighbour(index, float(np.sqrt(squares[index])))
