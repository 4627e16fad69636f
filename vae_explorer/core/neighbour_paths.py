"""Paths that go from one real digit to a similar one, and so never show what no digit looks like.

The digits' means are joined to their nearest, and the shortest way over that graph, measured in decoder space, leads
from anchor to anchor (the graph of Isomap, Tenenbaum et al. 2000, with the decoder's distances).
"""

from __future__ import annotations

import numpy as np

from vae_explorer.core.decoder_space import Cancelled, DecoderSpace, Progress, Values, check, norms
from vae_explorer.core.neighbours import NearestPoints, Rows

#: Neighbours that each digit is joined to, and those that an anchor is joined to.
_NEIGHBOURS = 10
_ENTRIES = 5
#: Digits at most; of more, an even part stands for all. The distances of 10,000 take a second.
_MOST_DIGITS = 10_000
#: Edges whose lengths are computed at once.
_EDGES = 2000
#: SciPy takes an edge of length 0 for none.
_LEAST_LENGTH = 1e-9
#: A digit this near to an anchor, as a share of the path, is the anchor.
_SAME = 1e-6


class NeighbourGraph:
    """The digits' means, each joined to the nearest others, and every part to the largest.

    Making it takes about a second for 10,000 digits, and is for a job; a path then takes a few milliseconds.

    Args:
        space: whose digits and distances.
        cancelled: asked every few milliseconds.
        progress: told what share is done.

    Raises:
        CancelledError: `cancelled` said so.
    """

    def __init__(self, space: DecoderSpace, cancelled: Cancelled = None, progress: Progress = None) -> None:
        from scipy.sparse import csr_array

        mu = space.posterior.mu
        self._rows = np.linspace(0, len(mu) - 1, min(len(mu), _MOST_DIGITS)).astype(np.intp)
        self._mu = mu[self._rows].astype(np.float64)
        self._points = NearestPoints(self._mu)
        starts, ends = _joined(self._mu, self._points, cancelled)
        lengths = _lengths(space, self._mu, starts, ends, cancelled, progress)
        both = np.concatenate((starts, ends)), np.concatenate((ends, starts))
        size = len(self._mu)
        self._graph = csr_array((np.concatenate((lengths, lengths)), both), shape=(size, size))

    def between(
        self, space: DecoderSpace, a: Values, b: Values, cancelled: Cancelled = None
    ) -> tuple[Values, tuple[int, ...]]:
        """The way from a to b: its points, shape (n, latent), both ends included, and the rows of the digits passed.

        Args:
            space: the one that the graph was made for.
            a: a latent point, shape (latent,).
            b: the other.
            cancelled: asked before the search.

        Raises:
            CancelledError: `cancelled` said so.
        """
        check(cancelled)
        ends = np.stack((a, b))
        found = self._points.query(ends, _ENTRIES)[1]
        phi = space.phi(np.concatenate((ends, self._mu[found.ravel()])))
        entries = norms(phi[2 : 2 + found.shape[1]] - phi[0])
        exits = norms(phi[2 + found.shape[1] :] - phi[1])
        digits = self._search(found[0], entries, found[1], exits)
        digits = _without_ends(self._mu, digits, ends)
        return np.concatenate((ends[:1], self._mu[digits], ends[1:])), tuple(
            int(row) for row in self._rows[digits]
        )

    def _search(self, entry: Rows, entries: Values, exits: Rows, out: Values) -> Rows:
        """Digits on the shortest way in by one of `entry` and out by one of `exits`."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        graph, size = self._graph, len(self._mu)
        order = np.argsort(entry)
        # The anchor is one node more, with edges that lead away from it only.
        widened = csr_array(
            (
                np.concatenate((graph.data, np.maximum(entries[order], _LEAST_LENGTH))),
                np.concatenate((graph.indices, entry[order])),
                np.append(graph.indptr, graph.indptr[-1] + len(entry)),
            ),
            shape=(size + 1, size + 1),
        )
        distances, before = dijkstra(widened, indices=size, return_predecessors=True)
        digits = [int(exits[(distances[exits] + out).argmin()])]
        while before[digits[-1]] != size:
            digits.append(int(before[digits[-1]]))
        return np.array(digits[::-1], np.intp)


def graph_of(space: DecoderSpace, cancelled: Cancelled = None, progress: Progress = None) -> NeighbourGraph:
    """The graph of a space, made when it is first asked for.

    Raises:
        CancelledError: `cancelled` said so.
    """
    return space.kept("neighbour graph", lambda: NeighbourGraph(space, cancelled, progress))


def _joined(mu: Values, points: NearestPoints, cancelled: Cancelled) -> tuple[Rows, Rows]:
    """Edges between digits that are neighbours, each once, such that there is a way from each to each."""
    if len(mu) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    rows = np.arange(len(mu))
    found = points.query_others(rows, _NEIGHBOURS, cancelled)[1]
    check(cancelled)
    starts, ends = np.repeat(rows, found.shape[1]), found.ravel()
    bridges = _bridges(mu, starts, ends, cancelled)
    starts, ends = np.concatenate((starts, bridges[0])), np.concatenate((ends, bridges[1]))
    pairs = np.unique(np.minimum(starts, ends) * len(mu) + np.maximum(starts, ends))
    return pairs // len(mu), pairs % len(mu)


def _bridges(mu: Values, starts: Rows, ends: Rows, cancelled: Cancelled) -> tuple[Rows, Rows]:
    """From each part of the graph but the largest the shortest edge to the largest."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(starts)), (starts, ends)), shape=(len(mu), len(mu)))
    parts, labels = connected_components(graph, directed=False)
    if parts == 1:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    largest = np.flatnonzero(labels == np.bincount(labels).argmax())
    rest = np.flatnonzero(labels != np.bincount(labels).argmax())
    distances, found = NearestPoints(mu[largest]).query(mu[rest], 1, cancelled)
    check(cancelled)
    order = np.argsort(distances[:, 0], kind="stable")
    first = order[np.unique(labels[rest][order], return_index=True)[1]]
    return rest[first], largest[found[first, 0]]


def _lengths(
    space: DecoderSpace, mu: Values, starts: Rows, ends: Rows, cancelled: Cancelled, progress: Progress
) -> Values:
    """Decoder-space lengths of edges, in two halves: both ends of a long one may look alike, and its middle not."""
    phi = space.phi(mu, cancelled)
    lengths = np.empty(len(starts))
    for first in range(0, len(starts), _EDGES):
        part = slice(first, first + _EDGES)
        middle = space.phi((mu[starts[part]] + mu[ends[part]]) / 2, cancelled)
        lengths[part] = norms(middle - phi[starts[part]]) + norms(phi[ends[part]] - middle)
        if progress is not None:
            progress(min(1.0, (first + _EDGES) / len(starts)))
    return np.maximum(lengths, _LEAST_LENGTH)


def _without_ends(mu: Values, digits: Rows, ends: Values) -> Rows:
    """The digits on the way that are not an anchor themselves, as when that is a digit."""
    scale = max(float(np.abs(ends).max()), 1e-30)
    apart = np.abs(mu[digits][:, None] - ends[None]).max(2) > _SAME * scale
    passed: Rows = digits[apart.all(1)]
    return passed
