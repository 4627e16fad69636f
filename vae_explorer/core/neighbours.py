"""Which images lie nearest to a place of the latent space, and what their labels make of that place.

The share of a class among the k nearest images is the plainest estimate of p(class | z): it needs no training and says
nothing that the labels do not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import block_rows, product_block_bytes, row_blocks
from vae_explorer.core.data import CLASS_COUNT, ByteArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Values = NDArray[np.float64]
Rows = NDArray[np.intp]

#: In more dimensions a k-d tree looks at nearly all points, and one matrix product does that sooner.
_TREE_DIMENSIONS = 8
#: Points of a group in which a nearest one is looked for first.
_GROUP = 64
#: Queries of the tree between two questions whether to go on: some milliseconds.
_TREE_ROW_BYTES = 400
#: Squared distances of a block of points from one place: 1 MiB of float64.
_PLACE_BLOCK_BYTES = 2**20
#: A second class is close where it has at least this share of the first one's votes.
_CLOSE = 0.5


class NearestPoints:
    """Finds the nearest of a fixed set of points: a k-d tree in few dimensions, all distances in many.

    Args:
        points: shape (n, d).

    Raises:
        ValueError: there are no points.
    """

    def __init__(self, points: NDArray[np.floating]) -> None:
        if not len(points):
            raise ValueError("there must be at least one point")
        self._centre: Values = points.mean(0, dtype=np.float64)
        self._count = len(points)
        self._points: Values = points - self._centre
        self._tree = _tree(self._points) if points.shape[1] <= _TREE_DIMENSIONS else None
        self._block_bytes = product_block_bytes(points.shape[1])
        self._squares: Values = np.einsum("nd,nd->n", self._points, self._points)
        if self._tree is None:
            # Points at infinity make the groups of `_nearest` whole.
            missing = -len(points) % _GROUP
            self._points = np.pad(self._points, ((0, missing), (0, 0)))
            self._squares = np.pad(self._squares, (0, missing), constant_values=np.inf)

    def __len__(self) -> int:
        return self._count

    def query(
        self, z: NDArray[np.floating], k: int = 1, cancelled: Callable[[], bool] | None = None
    ) -> tuple[Values, Rows]:
        """Distances and rows of the k points nearest to each place, nearest first, each of shape (m, min(k, n)).

        Args:
            z: places, shape (m, d).
            k: how many points, at least 1.
            cancelled: asked every few milliseconds; after a yes, what was not reached has distance NaN and row −1.
        """
        return self._search(np.asarray(z, np.float64) - self._centre, min(k, len(self)), cancelled)

    def query_others(
        self, rows: Rows, k: int = 1, cancelled: Callable[[], bool] | None = None
    ) -> tuple[Values, Rows]:
        """The same for some of the points themselves, each without itself; shape (m, min(k, n − 1)).

        Args:
            rows: which points, shape (m,).
            k: how many others.
            cancelled: as for `query`.
        """
        k = min(k, len(self) - 1)
        distances, found = self._search(self._points[rows], k + 1, cancelled)
        # A point need not be the first of several in one place, or not be among them at all: then the last goes.
        itself = found == rows[:, None]
        itself[~itself.any(1), -1] = True
        return distances[~itself].reshape(len(rows), k), found[~itself].reshape(len(rows), k)

    def count_within(self, z: NDArray[np.floating], radius: float) -> Rows:
        """How many points are at most `radius` from each place, shape (m,), for `z` of shape (m, d)."""
        places = np.asarray(z, np.float64) - self._centre
        if self._tree is not None:
            counts: Rows = np.asarray(
                self._tree.query_ball_point(places, radius, return_length=True), np.intp
            )
            return counts
        counts = np.empty(len(places), np.intp)
        scratch = self._scratch(len(places))
        for rows in row_blocks(len(places), 8 * len(self._points), block_bytes=self._block_bytes):
            counts[rows] = (self._square_distances(places[rows], scratch) <= radius * radius).sum(1)
        return counts

    def _search(self, places: Values, k: int, cancelled: Callable[[], bool] | None) -> tuple[Values, Rows]:
        distances = np.full((len(places), k), np.nan)
        found = np.full((len(places), k), -1, np.intp)
        scratch = self._scratch(len(places))
        row_bytes = _TREE_ROW_BYTES if self._tree is not None else 8 * len(self._points)
        for rows in row_blocks(len(places), row_bytes, cancelled, self._block_bytes):
            distances[rows], found[rows] = self._nearest(places[rows], k, scratch)
        return distances, found

    def _nearest(self, places: Values, k: int, scratch: Values) -> tuple[Values, Rows]:
        if self._tree is not None:
            distances, found = self._tree.query(places, np.arange(1, k + 1))
            return distances, found
        # The k nearest of all are in the k groups whose nearest points are nearest: only these are looked through,
        # which takes a thirtieth of the time.
        groups = self._square_distances(places, scratch).reshape(len(places), -1, _GROUP)
        least = _least(groups.min(2), min(k, groups.shape[1]))
        candidates = np.take_along_axis(groups, least[:, :, None], 1).reshape(len(places), -1)
        found = (least[:, :, None] * _GROUP + np.arange(_GROUP)).reshape(len(places), -1)
        nearest = _least(candidates, k)
        distances = np.sqrt(np.take_along_axis(candidates, nearest, 1))
        return distances, np.take_along_axis(found, nearest, 1)

    def _scratch(self, places: int) -> Values:
        """Memory for the distances of a block, taken once: taking it for each can cost more than the distances."""
        rows = 0 if self._tree is not None else block_rows(8 * len(self._points), self._block_bytes)
        return np.empty((min(rows, places), len(self._points)))

    def _square_distances(self, places: Values, scratch: Values) -> Values:
        squares: Values = np.matmul(places, self._points.T, out=scratch[: len(places)])
        squares *= -2
        squares += self._squares
        squares += np.einsum("md,md->m", places, places)[:, None]
        return np.maximum(squares, 0, out=squares)


class Neighbours:
    """What the labels of the nearest images say.

    Args:
        points: the images' means, shape (n, d).
        labels: their classes 0–9, shape (n,).

    Raises:
        ValueError: there are no points, or not one label a point.
    """

    def __init__(self, points: NDArray[np.floating], labels: ByteArray) -> None:
        if len(labels) != len(points):
            raise ValueError(f"{len(labels)} labels do not fit {len(points)} points")
        self.points = NearestPoints(points)
        self._places = points
        self._labels = labels

    def class_probabilities(
        self, z: NDArray[np.floating], k: int = 15, cancelled: Callable[[], bool] | None = None
    ) -> Values:
        """Share of each class among the k images nearest to each place, all weighted equally; shape (m, 10).

        Args:
            z: places, shape (m, d).
            k: how many images; fewer where there are fewer.
            cancelled: as for `NearestPoints.query`; after a yes the shares that were not reached are NaN.
        """
        distances, found = self.points.query(z, k, cancelled)
        shares = _shares(self._labels[found])
        shares[np.isnan(distances[:, 0])] = np.nan
        return shares

    def on_grid(
        self,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        base: NDArray[np.floating],
        axes: NDArray[np.floating],
        k: int = 15,
        cancelled: Callable[[], bool] | None = None,
    ) -> Values:
        """`class_probabilities` at the places base + x·axes[0] + y·axes[1], shape (gy, gx, 10).

        Exact and, beyond a few dimensions, many times quicker: from a plane only three numbers of a point are seen, its
        two coordinates along the plane and its distance from it, so that the search is one in three dimensions.

        Args:
            x: coordinates of the columns, shape (gx,).
            y: coordinates of the rows, shape (gy,).
            base: the latent point at (0, 0), shape (latent,): `Projection.lift` of (0, 0).
            axes: two orthonormal directions, shape (2, latent), as in a `Projection`; the second is zero for one
                dimension.
            k: how many images.
            cancelled: as for `class_probabilities`.
        """
        offsets = self._places - np.asarray(base, np.float64)
        along = offsets @ np.asarray(axes, np.float64).T
        off_plane = np.einsum("nd,nd->n", offsets, offsets) - np.einsum("na,na->n", along, along)
        seen = Neighbours(np.column_stack((along, np.sqrt(np.maximum(off_plane, 0)))), self._labels)
        across, up = (grid.ravel() for grid in np.meshgrid(x, y))
        places = np.column_stack((across, up, np.zeros_like(up)))
        return seen.class_probabilities(places, k, cancelled).reshape(len(y), len(x), CLASS_COUNT)

    def predicted(self, z: NDArray[np.floating], k: int = 15) -> ByteArray:
        """The commonest class among the k images nearest to each place, shape (m,).

        Of classes that are equally common, the one whose images are nearer by rank.
        """
        return _commonest(self._labels[self.points.query(z, k)[1]])

    def predicted_for_points(self, k: int = 15, cancelled: Callable[[], bool] | None = None) -> ByteArray:
        """The same at each image's own mean, shape (n,), without counting the image itself.

        A single image has no others, and gets its own class. After a cancellation the result is of no use.
        """
        if len(self.points) == 1:
            return self._labels.copy()
        rows = np.arange(len(self.points))
        return _commonest(self._labels[self.points.query_others(rows, k, cancelled)[1]])

    def count_within(self, z: NDArray[np.floating], radius: float) -> Rows:
        """How many images' means are at most `radius` from each place, shape (m,)."""
        return self.points.count_within(z, radius)


@dataclass(frozen=True, slots=True)
class ClassVotes:
    """What the labels of the nearest images make of one place.

    Attributes:
        first: the commonest class, 0–9.
        votes: how many of the images are of it, at least 1.
        second: the next one, where it has at least half as many; else None.
        second_votes: how many are of that one; else 0.
        count: how many images were asked.
    """

    first: int
    votes: int
    second: int | None
    second_votes: int
    count: int


def votes_at(
    points: NDArray[np.floating], labels: ByteArray, z: NDArray[np.floating], k: int = 15
) -> ClassVotes | None:
    """How the k images nearest to one place vote; of equal classes the one whose images are nearer by rank comes first.

    The same as `Neighbours` says, without an index: for a single place and points that change with each epoch there is
    none that would be worth its making. Ten thousand points take about 0.3 ms in two dimensions.

    Args:
        points: the images' means, shape (n, d).
        labels: their classes 0–9, shape (n,).
        z: the place, shape (d,).
        k: how many images, at least 1.

    Returns:
        None without images, without a label for each, or at a place that is not finite.
    """
    if not len(points) or len(labels) != len(points) or not np.isfinite(z).all():
        return None
    nearest = labels[_least(_squares_from(points, z)[None], min(k, len(points)))]
    ranked = np.argsort(-_ranked_votes(nearest)[0], kind="stable")
    counts = np.bincount(nearest[0], minlength=CLASS_COUNT)
    first, second = int(ranked[0]), int(ranked[1])
    votes, second_votes = int(counts[first]), int(counts[second])
    if second_votes < _CLOSE * votes:
        return ClassVotes(first, votes, None, 0, nearest.shape[1])
    return ClassVotes(first, votes, second, second_votes, nearest.shape[1])


def import_scipy() -> None:
    """Import what it takes to find neighbours: a third of a second, in which Python hardly does anything else."""
    import scipy.spatial  # noqa: F401


def _tree(points: Values) -> cKDTree:
    # Only who looks for neighbours pays for it.
    from scipy.spatial import cKDTree

    return cKDTree(points)


def _least(values: Values, k: int) -> Rows:
    """Columns of the k least values of each row, the least first."""
    found = np.argpartition(values, k - 1, axis=1)[:, :k]
    order = np.take_along_axis(values, found, 1).argsort(1, kind="stable")
    return np.take_along_axis(found, order, 1)


def _shares(labels: ByteArray) -> Values:
    shares: Values = _votes(labels, np.ones(labels.shape)) / labels.shape[1]
    return shares


def _squares_from(points: NDArray[np.floating], z: NDArray[np.floating]) -> Values:
    """Squared distances of points, shape (n, d), from one place, shape (d,)."""
    squares = np.empty(len(points))
    for rows in row_blocks(len(points), 8 * points.shape[1], block_bytes=_PLACE_BLOCK_BYTES):
        offsets = points[rows] - np.asarray(z, np.float64)
        np.einsum("nd,nd->n", offsets, offsets, out=squares[rows])
    return squares


def _commonest(labels: ByteArray) -> ByteArray:
    """The commonest label of each row, shape (m,), of labels in the order of their distance, shape (m, k)."""
    commonest: ByteArray = _ranked_votes(labels).argmax(1).astype(np.uint8)
    return commonest


def _ranked_votes(labels: ByteArray) -> Values:
    """Votes of each class, shape (m, 10), for labels in the order of their distance, shape (m, k)."""
    k = labels.shape[1]
    # A little more for the nearer, together less than one vote: it decides only between equal numbers.
    weights = 1 + np.arange(k, 0, -1) / (k * (k + 1))
    return _votes(labels, np.broadcast_to(weights, labels.shape))


def _votes(labels: ByteArray, weights: Values) -> Values:
    """Sum of the weights of each class in each row, shape (m, 10)."""
    cells = labels + np.arange(len(labels))[:, None] * CLASS_COUNT
    votes: Values = np.bincount(cells.ravel(), weights.ravel(), len(labels) * CLASS_COUNT).astype(np.float64)
    return votes.reshape(-1, CLASS_COUNT)
