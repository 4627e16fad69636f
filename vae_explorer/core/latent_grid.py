"""The shortest way over a grid of the plane: where a geodesic in two dimensions begins.

To pull a line tight finds the nearest path that is shortest among its neighbours, not the shortest of all. On a graph
whose nodes lie all over the plane the shortest path of all is found in milliseconds.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, DecoderSpace, Progress, Values, check, norms
from vae_explorer.core.near_data import Emptiness

#: Nodes along each axis. Of 80 pairs of digits, the path found with 96 was up to 16 % longer than with 160; with 128 it
#: was at most 5 %, and 0.4 % in the mean.
_NODES = 128
#: What the grid reaches beyond the digits' means on each side, as a share of their extent.
_MARGIN = 0.15
#: Half of the sixteen neighbours of a node, as columns and rows; the others are seen from the other end.
_OFFSETS = ((1, 0), (0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2))
#: SciPy takes an edge of length 0 for none.
_LEAST_LENGTH = 1e-9
#: Sources of which the shortest paths to all nodes are kept, for the anchors that stay while one is dragged.
_TREES = 16


class LatentGrid:
    """A grid over the data in two latent dimensions, each node joined to sixteen neighbours.

    Making it takes about half a second for the models that come with the application, and is for a job; a path then
    takes a few milliseconds.

    Args:
        space: whose distances.
        cancelled: asked every few milliseconds.
        progress: told what share is done.

    Raises:
        CancelledError: `cancelled` said so.
    """

    def __init__(self, space: DecoderSpace, cancelled: Cancelled = None, progress: Progress = None) -> None:
        self._x, self._y = _axes(space.posterior.mu)
        self._starts, self._ends, self._lengths = _edges(space, self._x, self._y, cancelled, progress)
        self._emptiness: Values | None = None
        self._graphs: dict[float, object] = {}
        self._trees: dict[tuple[float, int], NDArray[np.int32]] = {}
        #: Nodes that were asked for last: one that comes again is an anchor that stays while another is dragged.
        self._asked: deque[int] = deque(maxlen=_TREES)

    def route(
        self, a: Values, b: Values, emptiness: Emptiness | None = None, strength: float = 0.0
    ) -> Values:
        """The shortest way over the nodes from nearest to a to nearest to b, shape (n, 2), both ends included.

        Args:
            a: a latent point, shape (2,); from outside the grid the nearest node is on its border.
            b: the other.
            emptiness: where the digits are not; with a strength above 0, lengths are longer there.
            strength: as for `NearData`.
        """
        start, end = self._node(a), self._node(b)
        backwards = (strength, start) not in self._trees and end in self._asked
        self._asked.extend((start, end))
        if backwards:
            return self._walk(end, start, emptiness, strength)
        return self._walk(start, end, emptiness, strength)[::-1]

    def _walk(self, source: int, target: int, emptiness: Emptiness | None, strength: float) -> Values:
        """Back from the target to the source."""
        before = self._tree(source, emptiness, strength)
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        rows, columns = np.divmod(nodes, len(self._x))
        return np.column_stack((self._x[columns], self._y[rows]))

    def _tree(self, source: int, emptiness: Emptiness | None, strength: float) -> NDArray[np.int32]:
        """The node before each on the shortest way from `source`."""
        from scipy.sparse.csgraph import dijkstra

        key = (strength, source)
        if key not in self._trees:
            graph = self._graph(emptiness, strength)
            while len(self._trees) >= _TREES:
                self._trees.pop(next(iter(self._trees)))
            self._trees[key] = dijkstra(graph, indices=source, return_predecessors=True)[1]
        return self._trees[key]

    def _graph(self, emptiness: Emptiness | None, strength: float) -> object:
        from scipy.sparse import csr_array

        if strength not in self._graphs:
            lengths = self._lengths
            if emptiness is not None and strength > 0:
                if self._emptiness is None:
                    self._emptiness = emptiness.on_grid(self._x, self._y).ravel()
                empty = self._emptiness[self._starts] + self._emptiness[self._ends]
                lengths = lengths * (1 + strength * empty / 2)
            both = np.concatenate((lengths, lengths))
            ends = np.concatenate((self._starts, self._ends)), np.concatenate((self._ends, self._starts))
            size = len(self._x) * len(self._y)
            self._graphs = {strength: csr_array((both, ends), shape=(size, size))}
        return self._graphs[strength]

    def _node(self, z: Values) -> int:
        column = int(np.abs(self._x - z[0]).argmin())
        row = int(np.abs(self._y - z[1]).argmin())
        return row * len(self._x) + column


def _axes(mu: NDArray[np.floating]) -> tuple[Values, Values]:
    low, high = mu.min(0).astype(np.float64), mu.max(0).astype(np.float64)
    # A dimension that the model does not use has hardly an extent.
    margin = np.maximum(_MARGIN * (high - low), 0.1)
    low, high = low - margin, high + margin
    return np.linspace(low[0], high[0], _NODES), np.linspace(low[1], high[1], _NODES)


def _edges(
    space: DecoderSpace, x: Values, y: Values, cancelled: Cancelled, progress: Progress
) -> tuple[NDArray[np.intp], NDArray[np.intp], Values]:
    """Nodes at both ends of each edge, and its length in decoder space. Row by row: φ of all nodes would be 50 MB."""
    nodes = np.arange(len(x) * len(y)).reshape(len(y), len(x))
    phi: dict[int, NDArray[np.float32]] = {}
    starts, ends, lengths = [], [], []
    for row, height in enumerate(y):
        check(cancelled)
        phi[row] = space.phi(np.column_stack((x, np.full_like(x, height))))
        phi.pop(row - 3, None)
        for right, up in _OFFSETS:
            if row < up:
                continue
            here, there = _overlap(right, len(x))
            starts.append(nodes[row - up, here])
            ends.append(nodes[row, there])
            lengths.append(norms(phi[row][there] - phi[row - up][here]))
        if progress is not None:
            progress((row + 1) / len(y))
    return (
        np.concatenate(starts),
        np.concatenate(ends),
        np.maximum(np.concatenate(lengths), _LEAST_LENGTH),
    )


def _overlap(shift: int, count: int) -> tuple[slice, slice]:
    """Columns that have another `shift` to the right, and those."""
    return slice(max(0, -shift), count - max(0, shift)), slice(max(0, shift), count - max(0, -shift))
