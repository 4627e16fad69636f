"""The shortest paths in decoder space, along which the image changes as little as it can on the way from a to b.

In two dimensions a grid tells where the shortest path goes (`core.latent_grid`), and a spline through a few of its
points is pulled tight (`core.path_energy`). In more there is no grid: the straight line is pulled tight, or a path
through real digits where that is shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.core.decoder_space import (
    Cancelled,
    DecoderSpace,
    Progress,
    Values,
    along,
    check,
    evenly,
    norms,
)
from vae_explorer.core.near_data import NearData, near_data_of
from vae_explorer.core.neighbour_paths import graph_of
from vae_explorer.core.path_energy import tightened

if TYPE_CHECKING:
    from vae_explorer.core.latent_grid import LatentGrid

#: Straight pieces of a geodesic.
PIECES = 48
#: And of a coarse one.
_COARSE_PIECES = 24
#: A spline goes through so many points of the way over the grid, ends included: the grid's zigzag is smaller.
_KNOTS = 13


def geodesic(
    space: DecoderSpace,
    a: Values,
    b: Values,
    near_data: float = 0.0,
    coarse: bool = False,
    cancelled: Cancelled = None,
) -> Values:
    """Points of the shortest path from a to b in decoder space, shape (n, latent), ends hit exactly.

    Never longer than the straight line, by the lengths that it goes by: it is that line where nothing shorter is
    found. Its points are about evenly spaced in decoder space.

    Args:
        space: the metric's.
        a: a latent point, shape (latent,).
        b: the other.
        near_data: how strongly it keeps to where digits are, as for `NearData`. Above 0 it is the product of length
            and emptiness that is never more than the straight line's.
        coarse: whether the way over the grid will do, which takes milliseconds; in more dimensions the straight line.
        cancelled: asked every few milliseconds; what is not made yet (`prepare`) is then made first.

    Raises:
        CancelledError: `cancelled` said so.
    """
    pieces = _COARSE_PIECES if coarse else PIECES
    straight = np.linspace(0, 1, pieces + 1)[:, None] * (b - a) + a
    straight[-1] = b
    if space.latent == 1 or (a == b).all() or (coarse and space.latent > 2):
        return straight
    factor = near_data_of(space, near_data, cancelled)
    detour = _detour(space, a, b, factor, pieces, cancelled)
    if coarse:
        return min((straight, detour), key=lambda curve: _rough_length(space, curve, factor, cancelled))
    start = _shortest(space, [straight, detour], factor, cancelled)
    t, lengths = space.measured(lambda t: along(start, t), len(start), cancelled)
    tight = tightened(space, along(start, evenly(t, lengths, pieces + 1)), factor, cancelled)
    return _shortest(space, [straight, start, tight], factor, cancelled)


def prepare(
    space: DecoderSpace,
    near_data: float = 0.0,
    cancelled: Cancelled = None,
    progress: Progress = None,
) -> None:
    """Make what geodesics need and keep it in `space`: up to some seconds, and nothing where it is there already.

    Raises:
        CancelledError: `cancelled` said so.
    """
    near_data_of(space, near_data, cancelled)
    if space.latent == 2:
        _grid_of(space, cancelled, progress)
        # The first path builds the graph for this strength and imports what it takes: not while somebody drags.
        ends = space.posterior.mu[[0, -1]].astype(np.float64)
        geodesic(space, ends[0], ends[1] + 1, near_data, coarse=True, cancelled=cancelled)
    elif space.latent > 2:
        graph_of(space, cancelled, progress)


def weighted_length(
    space: DecoderSpace, curve: Values, factor: NearData | None, cancelled: Cancelled = None
) -> float:
    """Length of a curve, shape (n, latent), in decoder space, each piece times the factor in its middle."""
    t, lengths = space.measured(lambda t: along(curve, t), len(curve), cancelled)
    if factor is None:
        return float(lengths[-1])
    check(cancelled)
    factors = factor.factors(along(curve, (t[:-1] + t[1:]) / 2))
    return float(factors @ np.diff(lengths))


def _shortest(
    space: DecoderSpace, curves: list[Values], factor: NearData | None, cancelled: Cancelled
) -> Values:
    return min(curves, key=lambda curve: weighted_length(space, curve, factor, cancelled))


def _rough_length(space: DecoderSpace, curve: Values, factor: NearData | None, cancelled: Cancelled) -> float:
    """The same from the given points alone."""
    lengths = space.step_lengths(curve, cancelled)
    return float(lengths.sum() if factor is None else factor.factors((curve[:-1] + curve[1:]) / 2) @ lengths)


def _detour(
    space: DecoderSpace, a: Values, b: Values, factor: NearData | None, pieces: int, cancelled: Cancelled
) -> Values:
    """A smooth curve along the way over the grid, or over real digits; shape (pieces + 1, latent)."""
    if space.latent == 2:
        grid = _grid_of(space, cancelled)
        check(cancelled)
        route = grid.route(a, b) if factor is None else grid.route(a, b, factor.emptiness, factor.strength)
        # The nodes nearest to the ends would put a hook there, and every second one tells as much as all.
        way = np.concatenate((a[None], route[1:-1:2], b[None]))
    else:
        way = graph_of(space, cancelled).between(space, a, b, cancelled)[0]
    lengths = np.concatenate((np.zeros(1), np.cumsum(space.step_lengths(way, cancelled))))
    return _smooth(along(way, evenly(np.linspace(0, 1, len(way)), lengths, _KNOTS)), pieces)


def _smooth(knots: Values, pieces: int) -> Values:
    """A cubic spline through the knots, shape (k, latent), ends exact; shape (pieces + 1, latent)."""
    from scipy.interpolate import CubicSpline

    # By distance on the map: knots that lie close together would otherwise make loops.
    gaps = np.sqrt(norms(np.diff(knots, axis=0)))
    apart = np.concatenate(([True], gaps > 0))
    place = np.cumsum(np.concatenate((np.zeros(1), gaps)))[apart]
    if len(place) < 2:
        return np.repeat(knots[:1], pieces + 1, axis=0)
    curve: Values = CubicSpline(place, knots[apart], bc_type="natural")(np.linspace(0, place[-1], pieces + 1))
    curve[0], curve[-1] = knots[0], knots[-1]
    return curve


def _grid_of(space: DecoderSpace, cancelled: Cancelled, progress: Progress = None) -> LatentGrid:
    from vae_explorer.core.latent_grid import LatentGrid

    return space.kept("grid", lambda: LatentGrid(space, cancelled, progress))
