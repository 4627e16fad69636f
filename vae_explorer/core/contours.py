"""Lines on the map: where a density has one value, and where one class ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.map_plane import MapPlane, Values, lattice_lines
from vae_explorer.core.tiles import TileGrid

#: Shares of the data, or of the prior, that the lines of a density enclose.
CONTOUR_SHARES = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """Where a function has one value, or where one class ends.

    Attributes:
        lines: polylines on the plane, each of shape (n, 2).
        share: of what the line encloses, in [0, 1]; None for a border of classes.
    """

    lines: tuple[Values, ...]
    share: float | None = None


def density_contours(grid: TileGrid, values: Values, at_means: Values) -> tuple[Contour, ...]:
    """Lines above which half, 90 % and 99 % of the images lie.

    Args:
        grid: the places.
        values: log density there, shape (rows, columns).
        at_means: log density at the images' own means, as `AggregatePosterior.at_means` gives it.
    """
    levels = [(share, float(np.quantile(at_means, 1 - share))) for share in CONTOUR_SHARES]
    return _contours(grid, values, levels)


def prior_contours(plane: MapPlane, grid: TileGrid, values: Values) -> tuple[Contour, ...]:
    """Lines above which half, 90 % and 99 % of the prior lie, in all its dimensions."""
    from scipy.special import gammaincinv

    latent = len(plane.base)
    normalising = -0.5 * latent * math.log(2 * math.pi)
    # |z|² is χ² distributed: half of it is gamma distributed.
    levels = [(share, normalising - float(gammaincinv(0.5 * latent, share))) for share in CONTOUR_SHARES]
    return _contours(grid, values, levels)


def class_borders(grid: TileGrid, winners: NDArray[np.integer]) -> tuple[Contour, ...]:
    """Lines half-way between neighbouring places of different classes, given by `winners`, shape (rows, columns)."""
    present = np.unique(winners)
    if len(present) < 2:
        return ()
    lines = [line for digit in present for line in _isolines(grid, winners == digit, 0.5)]
    return (Contour(tuple(lines)),)


def _contours(grid: TileGrid, values: Values, levels: list[tuple[float, float]]) -> tuple[Contour, ...]:
    found = ((share, _isolines(grid, values, level)) for share, level in levels)
    return tuple(Contour(tuple(lines), share) for share, lines in found if lines)


def _isolines(grid: TileGrid, values: NDArray[np.generic], level: float) -> list[Values]:
    from contourpy import LineType, contour_generator

    if min(grid.rows, grid.columns) < 2:
        return []
    x, y = lattice_lines(grid)
    generator = contour_generator(x, y, values.astype(np.float64), line_type=LineType.Separate)
    return cast(list[Values], generator.lines(level))
