"""What can lie behind the points of the map: pictures of a function of the place, with lines where they say more.

A layer is a picture of small integers, not of colours: the window gives them colours, and others when its theme
changes. Its pixels lie on the lattice of `core.tiles`, so that a picture of the view a moment later has the same places
where the two overlap, and nothing shimmers while a user pans.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.contours import Contour, class_borders
from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.map_plane import MapPlane, Values, all_rows, at_places, distinct_lines, overlap
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.sensitivity import log_magnification
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tiles import TILES_ACROSS, Rect, TileGrid, grid_for
from vae_explorer.core.uncertainty import pixel_entropy

Cancelled = Callable[[], bool]
Span = tuple[float, float]

#: The layers; see `LayerImage` for what their numbers are.
LayerKind = Literal["tiles", "density", "prior", "sensitivity", "classes", "entropy"]

#: Images that say which class a place belongs to.
NEIGHBOURS = 15
#: How sure the colour of a class can look: level 0 where the commonest class is as rare as it can be, the last where
#: all neighbours agree. Ten classes times 25 levels fit a byte.
SURE_LEVELS = 25

#: Densities are told apart down to e^−12 of the highest: the prior's out to 4.9 standard deviations.
_DENSITY_NATS = 12.0
#: Most samples across the longer side of a view; there are more than half as many. What takes long has fewer.
_ACROSS: dict[LayerKind, int] = {
    "tiles": TILES_ACROSS,
    "density": 160,
    "prior": 128,
    "sensitivity": 96,
    "classes": 256,
    "entropy": 128,
}
#: A density on a plane that is not separable takes a hundred times as long.
_ACROSS_SLANTED = 96
#: The first, rough picture: 17 to 32 samples across.
_ACROSS_COARSE = 32
#: Beyond each edge of the view, as a share of it, so that a small pan shows nothing empty.
_MARGIN = 0.15
#: What is seen before points spread: from −2 to 2 standard deviations of the prior.
_LEAST_SIZE = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class LayerImage:
    """One picture of a layer.

    Attributes:
        kind: which layer.
        grid: which places: each pixel is that of one of them, or, of tiles, each tile.
        levels: row 0 at the TOP. Of tiles gray levels, shape (rows · side, columns · side). Of classes, shape
            (rows, columns), class · `SURE_LEVELS` + how sure. Of others, 0 for the lower end of `span` and 255 for the
            upper.
        span: values of the first and the last level: nats (densities, sensitivity), bits (entropy), share of the
            neighbours (classes), gray (tiles).
        contours: lines upon it.
        is_fine: whether nothing better is to come.
    """

    kind: LayerKind
    grid: TileGrid
    levels: ByteArray
    span: Span
    contours: tuple[Contour, ...] = ()
    is_fine: bool = True

    @property
    def rect(self) -> Rect:
        """Outline (x0, y0, x1, y1) on the plane."""
        return self.grid.rect

    def serves(self, view: Rect, wanted: TileGrid) -> bool:
        """Whether there is no need to draw `view`, for which `wanted` would be drawn."""
        return self.is_fine and self.grid.spacing == wanted.spacing and overlap(self.rect, view) > 1 - 1e-9


def fine_grid(kind: LayerKind, plane: MapPlane, view: Rect) -> TileGrid:
    """The places of the best picture of `view`, (x0, y0, x1, y1), and of a margin around it (tiles have none)."""
    if kind == "tiles":
        return grid_for(view)
    slanted = kind == "density" and plane.is_slanted
    return _with_margin(grid_for(view, _ACROSS_SLANTED if slanted else _ACROSS[kind]))


def coarse_grid(view: Rect) -> TileGrid:
    """The places of a rough picture."""
    return _with_margin(grid_for(view, _ACROSS_COARSE))


def home_grid(xy: NDArray[np.floating]) -> TileGrid:
    """Places around points of shape (n, 2), n > 0, where the span of a layer is measured: it stays while one pans."""
    low, high = xy.min(0), xy.max(0)
    lacking = np.maximum(_LEAST_SIZE - (high - low), 0) / 2
    (x0, y0), (x1, y1) = (low - lacking).tolist(), (high + lacking).tolist()
    return grid_for((x0, y0, x1, y1), _ACROSS_COARSE)


# Values: arrays of shape (rows, columns), row 0 at the bottom


def density_values(
    aggregate: AggregatePosterior, plane: MapPlane, grid: TileGrid, cancelled: Cancelled | None = None
) -> Values:
    """log q(z), nats; NaN where it was cancelled."""
    x, y = distinct_lines(grid, plane)
    return all_rows(aggregate.on_grid(x, y, plane.base, plane.axes, cancelled), grid)


def prior_values(plane: MapPlane, grid: TileGrid) -> Values:
    """log N(z; 0, I), nats."""
    return at_places(prior_log_density, plane, grid)


def sensitivity_values(
    snapshot: ModelSnapshot,
    plane: MapPlane,
    grid: TileGrid,
    cancelled: Cancelled | None = None,
) -> Values:
    """Log magnification, nats; NaN where it was cancelled."""
    return at_places(lambda z: log_magnification(snapshot, z, plane.axes, cancelled), plane, grid)


def entropy_values(
    snapshot: ModelSnapshot,
    plane: MapPlane,
    grid: TileGrid,
    cancelled: Cancelled | None = None,
) -> Values:
    """Mean entropy of the decoded pixels, bits; NaN where it was cancelled."""

    def entropy(z: Values) -> Values:
        with np.errstate(over="ignore", invalid="ignore"):  # far out a decoder may overflow
            return pixel_entropy(snapshot, z, cancelled)

    return at_places(entropy, plane, grid)


def class_shares(
    neighbours: Neighbours, plane: MapPlane, grid: TileGrid, cancelled: Cancelled | None = None
) -> Values:
    """Share of each class among the `NEIGHBOURS` nearest images, shape (rows, columns, 10)."""
    x, y = distinct_lines(grid, plane)
    shares = neighbours.on_grid(x, y, plane.base, plane.axes, NEIGHBOURS, cancelled)
    return np.broadcast_to(shares, (grid.rows, *shares.shape[1:]))


# Spans


def value_span(kind: LayerKind, home: Values) -> Span:
    """The values of the first and the last colour, by the finite ones of those around the data."""
    values = home[np.isfinite(home)]
    if not len(values):
        return 0.0, 1.0
    if kind == "entropy":
        low, high = 0.0, float(values.max())
    elif kind == "sensitivity":
        low, high = (float(value) for value in np.percentile(values, (1, 99.5)))
    else:
        high = float(values.max())
        low = max(float(values.min()), high - _DENSITY_NATS)
    return low, max(high, low + 1e-6 * max(1.0, abs(low)))


def prior_span(plane: MapPlane) -> Span:
    """That of the prior's density: its highest value on the plane, and 12 nats less."""
    highest = float(prior_log_density(plane.nearest_to_origin[None])[0])
    return highest - _DENSITY_NATS, highest


# Pictures


def value_image(
    kind: LayerKind,
    grid: TileGrid,
    values: Values,
    span: Span,
    contours: tuple[Contour, ...] = (),
    *,
    is_fine: bool = True,
) -> LayerImage:
    """The picture of values of shape (rows, columns), row 0 at the bottom; what is not a number is level 0."""
    low, high = span
    scaled = np.clip((values[::-1] - low) * (255 / (high - low)), 0, 255)
    levels: ByteArray = (np.nan_to_num(scaled) + 0.5).astype(np.uint8)
    return LayerImage(kind, grid, levels, span, contours, is_fine)


def class_image(grid: TileGrid, shares: Values, *, is_fine: bool = True) -> LayerImage:
    """The commonest class of each place, and how common it is; with the borders of the classes if it is fine."""
    winners, sure = shares.argmax(2), shares.max(2)
    lowest = 1 / CLASS_COUNT
    how_sure = np.rint((sure - lowest) / (1 - lowest) * (SURE_LEVELS - 1))
    levels: ByteArray = (winners * SURE_LEVELS + how_sure)[::-1].astype(np.uint8)
    contours = class_borders(grid, winners) if is_fine else ()
    return LayerImage("classes", grid, np.ascontiguousarray(levels), (lowest, 1.0), contours, is_fine)


def tile_image(grid: TileGrid, picture: ByteArray, *, is_fine: bool = True) -> LayerImage:
    """The picture that a `TileDecoder` renders."""
    return LayerImage("tiles", grid, picture, (0.0, 1.0), (), is_fine)


def _with_margin(grid: TileGrid) -> TileGrid:
    columns, rows = math.ceil(_MARGIN * grid.columns), math.ceil(_MARGIN * grid.rows)
    return TileGrid(
        grid.spacing,
        grid.first_column - columns,
        grid.first_row - rows,
        grid.columns + 2 * columns,
        grid.rows + 2 * rows,
    )
