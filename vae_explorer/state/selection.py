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
#: So many coordinates are compared at once: with 512 dimensions, memory for all would be had anew at each move.
_AT_ONCE = 2**17


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
        #: What the nearest digit was last looked for with, and what was found.
        self._nearest: tuple[FloatArray, ByteArray, Point, frozenset[int], Neighbour | None] | None = None

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

    def nearest(self, points: FloatArray, labels: ByteArray) -> Neighbour | None:
        """The digit of a class that is shown whose mean is nearest to the cursor.

        Several panels ask for it at each move of the cursor; the first one waits for the answer, which is then kept.

        Args:
            points: means of the digits, shape (n, latent).
            labels: their classes, shape (n,).

        Returns:
            None where no class is shown.
        """
        question = points, labels, self._z, self._classes
        if self._nearest is None or any(
            old is not new for old, new in zip(self._nearest, question, strict=False)
        ):
            self._nearest = *question, nearest(points, self._z, self.shows(labels))
        return self._nearest[-1]

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
    squares = _squared_distances(points, z.astype(np.float32))
    if allowed is not None:
        squares[~allowed] = np.inf
    index = int(squares.argmin()) if len(squares) else -1
    if index < 0 or not np.isfinite(squares[index]):
        return None
    return Neighbour(index, float(np.sqrt(squares[index])))


def _squared_distances(points: FloatArray, z: FloatArray) -> FloatArray:
    squares = np.empty(len(points), np.float32)
    chunk = max(1, _AT_ONCE // points.shape[1])
    for start in range(0, len(points), chunk):
        part = slice(start, start + chunk)
        offsets = points[part] - z
        np.einsum("nd,nd->n", offsets, offsets, out=squares[part])
    return squares
