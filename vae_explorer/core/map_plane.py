"""The plane of the latent space that the map shows, and values at the places of a grid on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.projection import Projection
from vae_explorer.core.tiles import Rect, TileGrid

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MapPlane:
    """The places of the latent space that the map shows: base + x·axes[0] + y·axes[1].

    Attributes:
        base: the latent point at (0, 0), shape (latent,).
        axes: two orthonormal directions, shape (2, latent); the second is zero for one dimension.
    """

    base: Values
    axes: Values

    @property
    def is_line(self) -> bool:
        """Whether the latent space has one dimension, so that all rows are alike."""
        return not self.axes[1].any()

    @property
    def is_slanted(self) -> bool:
        """Whether both axes move the same latent coordinate: densities then take much longer."""
        return bool((self.axes[0] * self.axes[1]).any())

    @property
    def nearest_to_origin(self) -> Values:
        """The point of the plane where the prior is highest, shape (latent,)."""
        nearest: Values = self.base - (self.axes @ self.base) @ self.axes
        return nearest

    def places(self, xy: NDArray[np.floating]) -> Values:
        """Latent points, shape (n, latent), of places on the map, shape (n, 2)."""
        lifted: Values = self.base + xy @ self.axes
        return lifted


def plane_through(projection: Projection, z0: NDArray[np.floating]) -> MapPlane:
    """The plane of the map that agrees with `z0`, shape (latent,), in every direction off it."""
    return MapPlane(projection.lift(np.zeros(2), z0), projection.axes)


def off_plane(projection: Projection, z: NDArray[np.floating]) -> float:
    """How far `z`, shape (latent,), is from the plane that `projection` shows, latent units; 0 up to two dimensions.

    On the map it is drawn at the point of the plane that is nearest to it, so that this cannot be seen there.
    """
    nearest = projection.lift(projection.project(z), projection.origin)
    return float(np.linalg.norm(np.asarray(z, np.float64) - nearest))


def overlap(rect: Rect, view: Rect) -> float:
    """Share of `view` that lies within `rect`, in [0, 1]."""
    width = min(rect[2], view[2]) - max(rect[0], view[0])
    height = min(rect[3], view[3]) - max(rect[1], view[1])
    return max(width, 0.0) * max(height, 0.0) / ((view[2] - view[0]) * (view[3] - view[1]))


def lattice_lines(grid: TileGrid) -> tuple[Values, Values]:
    """Coordinates x of the columns and y of the rows of `grid`."""
    x = (grid.first_column + np.arange(grid.columns, dtype=np.float64)) * grid.spacing
    y = (grid.first_row + np.arange(grid.rows, dtype=np.float64)) * grid.spacing
    return x, y


def distinct_lines(grid: TileGrid, plane: MapPlane) -> tuple[Values, Values]:
    """Those of the columns, and of the rows that differ: one where all are alike."""
    x, y = lattice_lines(grid)
    return x, y[:1] if plane.is_line else y


def at_places(function: Callable[[Values], Values], plane: MapPlane, grid: TileGrid) -> Values:
    """`function` of the latent point at each place, shape (rows, columns)."""
    x, y = distinct_lines(grid, plane)
    places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    return all_rows(function(plane.places(places)).reshape(len(y), len(x)), grid)


def all_rows(values: Values, grid: TileGrid) -> Values:
    """Values of the rows that differ as those of all rows, shape (rows, columns)."""
    return np.broadcast_to(values, (grid.rows, grid.columns))


def extended(
    grid: TileGrid, known: tuple[TileGrid, Values] | None, compute: Callable[[TileGrid], Values]
) -> Values:
    """The values of `grid`, shape (rows, columns, …), of which those that are known are not computed again.

    Args:
        grid: the places.
        known: values of another grid; of use if it has the same spacing.
        compute: gives the values of a part of `grid`.
    """
    if known is None or grid.spacing != known[0].spacing:
        return compute(grid)
    other, values = known
    rows, there_rows = _shared(grid.first_row, grid.rows, other.first_row, other.rows)
    columns, there_columns = _shared(grid.first_column, grid.columns, other.first_column, other.columns)
    if rows.start == rows.stop or columns.start == columns.stop:
        return compute(grid)
    whole = np.empty((grid.rows, grid.columns, *values.shape[2:]))
    whole[rows, columns] = values[there_rows, there_columns]
    for part in (
        (slice(0, rows.start), slice(0, grid.columns)),
        (slice(rows.stop, grid.rows), slice(0, grid.columns)),
        (rows, slice(0, columns.start)),
        (rows, slice(columns.stop, grid.columns)),
    ):
        if part[0].start < part[0].stop and part[1].start < part[1].stop:
            whole[part] = compute(_part(grid, *part))
    return whole


def _part(grid: TileGrid, rows: slice, columns: slice) -> TileGrid:
    return TileGrid(
        grid.spacing,
        grid.first_column + columns.start,
        grid.first_row + rows.start,
        columns.stop - columns.start,
        rows.stop - rows.start,
    )


def _shared(first: int, count: int, other_first: int, other_count: int) -> tuple[slice, slice]:
    """The indices that both ranges have, counted from the start of each."""
    low = max(first, other_first)
    high = min(first + count, other_first + other_count)
    low = min(low, high)
    return slice(low - first, high - first), slice(low - other_first, high - other_first)
