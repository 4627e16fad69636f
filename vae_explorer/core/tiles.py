"""The decoded manifold: the visible part of the map filled with what the decoder draws there.

While a user pans, a frame has 16 ms, and decoding 30×30 tiles one after the other would take ten times that. Three
things make it quick. Tiles lie on a fixed lattice of the plane whose spacing is a power of two, so panning and small
zooms keep them. Its points are the tiles' centres, so every second one stays when the spacing doubles or halves. And
tiles are decoded in blocks of neighbours: a ReLU unit that is off for a whole block is left out of the next product.
Units of other activations are never off.

Measured with ``mnist-deep-2d`` on 30×30 tiles, one thread: 14 ms in one batch, 5 to 7 ms in blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.activations import activate
from vae_explorer.core.data import ByteArray
from vae_explorer.core.projection import Projection
from vae_explorer.core.resampling import area_weights, shrink_squares
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

#: Most tiles across the longer side of a view; as spacings double, there are more than half as many. 21 to 40 tiles are
#: 20 to 60 pixels each on the screen, about the size of an MNIST digit.
TILES_ACROSS = 40
#: Tiles are kept no finer than this many pixels a side: 40 of them fill 2,560 pixels.
MAX_TILE_SIDE = 64
#: Decoded tiles are kept up to this many bytes, about 26 screens of 40×40 MNIST tiles; the newest grid always is.
CACHE_BYTES = 32 * 2**20

#: No finer than what float32 tells apart at a point of this size (2⁻²² of its coordinates) or, near 0, than this.
_FINEST_SPACING = 2.0**-24
_RESOLUTION = 2.0**-22
#: Tiles a side of a block. Small blocks have more units that are off throughout; large ones multiply better.
_BLOCK = 10
#: Above this share of units that are on, leaving out the others costs more than it saves.
_MOSTLY_ON = 0.8

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TileGrid:
    """A rectangle of tiles on the lattice: tile (row, column) is centred at ((first_column + column)·spacing, …).

    Attributes:
        spacing: distance between neighbouring centres, a power of two, in latent units.
        first_column: lattice index of the leftmost column; column k is centred at x = k·spacing.
        first_row: lattice index of the lowest row.
        columns: how many, at least 1.
        rows: how many, at least 1; rows are counted upwards, with y.
    """

    spacing: float
    first_column: int
    first_row: int
    columns: int
    rows: int

    def centres(self) -> NDArray[np.float64]:
        """Places of the tiles' centres on the plane, shape (rows · columns, 2), row by row from the lowest."""
        x = (self.first_column + np.arange(self.columns)) * self.spacing
        y = (self.first_row + np.arange(self.rows)) * self.spacing
        return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)

    @property
    def rect(self) -> Rect:
        """Outline (x0, y0, x1, y1) on the plane; half a spacing beyond the outer centres."""
        left, bottom = self.first_column - 0.5, self.first_row - 0.5
        h = self.spacing
        return left * h, bottom * h, (left + self.columns) * h, (bottom + self.rows) * h


def grid_for(view: Rect, tiles_across: int = TILES_ACROSS) -> TileGrid:
    """The tiles that cover a view.

    Args:
        view: (x0, y0, x1, y1) with x0 < x1 and y0 < y1, in latent units.
        tiles_across: most tiles across the longer side, at least 1 (one more where the view cuts two). There are more
            than half as many, except where they would lie nearer together than float32 can tell apart.

    Raises:
        ValueError: the view is empty or not finite.
    """
    x0, y0, x1, y1 = view
    longer = max(x1 - x0, y1 - y0)
    if not (x0 < x1 and y0 < y1 and math.isfinite(longer)) or tiles_across < 1:
        raise ValueError(f"no tiles for {tiles_across} across the view {view}")
    reach = max(abs(edge) for edge in view)
    return _cover(view, _power_of_two(max(longer / tiles_across, reach * _RESOLUTION, _FINEST_SPACING)))


def coarser(grid: TileGrid) -> TileGrid:
    """Twice the spacing over at least the same place: a quarter of the tiles, all of them of use to `grid`."""
    return _cover(grid.rect, 2 * grid.spacing)


class TileDecoder:
    """Decodes the tiles of one model on one plane, and keeps those it has.

    It holds a copy of the decoder's weights and at most `CACHE_BYTES` of tiles, or one grid if that is larger. It may
    be used on any thread, by one at a time.

    Args:
        snapshot: the model.
        projection: the plane of the map.
        z0: a latent point, shape (latent,); tiles agree with it in every direction off the plane.
        side: pixels of a tile's side; at most those of an image. None: those of an image, up to `MAX_TILE_SIDE`.
        decoder: that of the model, if there is one already; it may be shared.

    Raises:
        ValueError: `side` is not possible.
    """

    def __init__(
        self,
        snapshot: ModelSnapshot,
        projection: Projection,
        z0: NDArray[np.floating],
        side: int | None = None,
        decoder: BlockDecoder | None = None,
    ) -> None:
        own = snapshot.config.image_shape[0]
        self.side = min(own, MAX_TILE_SIDE) if side is None else side
        if not 1 <= self.side <= own:
            raise ValueError(f"a tile of {self.side} pixels a side does not fit images of {own}")
        self._snapshot = snapshot
        self._projection = projection
        # Where the plane is met from z0: the same for all z0 that differ only within the plane.
        self._base = projection.lift(np.zeros(2), z0)
        self._decoder = decoder or BlockDecoder(snapshot)
        self._shrinking = None if self.side == own else area_weights(own, self.side)
        self._kept: list[tuple[TileGrid, ByteArray]] = []

    def draws(self, snapshot: ModelSnapshot, projection: Projection, z0: NDArray[np.floating]) -> bool:
        """Whether this is the decoder for these too: the same model and plane, and z0 moved only within the plane."""
        if snapshot is not self._snapshot or projection is not self._projection:
            return False
        base = projection.lift(np.zeros(2), z0)
        return bool(np.allclose(base, self._base, rtol=1e-6, atol=1e-6))

    def missing(self, grid: TileGrid) -> int:
        """How many tiles of `grid` would have to be decoded."""
        found = np.zeros((grid.rows, grid.columns), np.bool_)
        for kept, _picture in self._kept:
            if (shared := _shared(grid, kept)) is not None:
                found[shared[0]] = True
        return found.size - int(found.sum())

    def render(self, grid: TileGrid, cancelled: Callable[[], bool] | None = None) -> ByteArray | None:
        """One picture of all tiles: gray levels, shape (rows · side, columns · side), read-only.

        Row 0 of the picture is at the TOP: it belongs to the largest y. Tiles are upright and touch each other. A tile
        is black where the decoder overflows.

        Args:
            grid: which tiles.
            cancelled: asked before each block of 100 tiles; then the result is None and what is kept stays as it was.
        """
        for index, (kept, picture) in enumerate(self._kept):
            if kept == grid:
                self._kept.append(self._kept.pop(index))
                return picture
        picture, found = self._from_kept(grid)
        places = grid.centres().reshape(grid.rows, grid.columns, 2)
        tiles = self._tiles(picture)
        for block in _blocks(grid):
            if cancelled is not None and cancelled():
                return None
            wanted = ~found[block]
            if wanted.any():
                tiles[block][wanted] = self._decode(places[block][wanted])
        picture.flags.writeable = False
        self._keep(grid, picture)
        return picture

    def _decode(self, xy: NDArray[np.float64]) -> ByteArray:
        """Tiles centred at `xy` of shape (n, 2), shape (n, side, side)."""
        means = self._decoder.means(self._base + xy @ self._projection.axes)
        pictures = means.reshape(-1, *self._snapshot.config.image_shape)
        if self._shrinking is not None:
            pictures = shrink_squares(pictures, self._shrinking)
        levels: ByteArray = (pictures * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return levels

    def _from_kept(self, grid: TileGrid) -> tuple[ByteArray, NDArray[np.bool_]]:
        """The picture of `grid` as far as its tiles are kept, and which are, shape (rows, columns)."""
        picture = np.zeros((grid.rows * self.side, grid.columns * self.side), np.uint8)
        found = np.zeros((grid.rows, grid.columns), np.bool_)
        tiles = self._tiles(picture)
        for kept, kept_picture in reversed(self._kept):
            if found.all():
                break
            if (shared := _shared(grid, kept)) is not None:
                here, there = shared
                tiles[here] = self._tiles(kept_picture)[there]
                found[here] = True
        return picture, found

    def _tiles(self, picture: ByteArray) -> ByteArray:
        """A view of `picture` by tile, shape (rows, columns, side, side), rows upwards."""
        rows, columns = picture.shape[0] // self.side, picture.shape[1] // self.side
        return picture.reshape(rows, self.side, columns, self.side).swapaxes(1, 2)[::-1]

    def _keep(self, grid: TileGrid, picture: ByteArray) -> None:
        self._kept.append((grid, picture))
        while len(self._kept) > 1 and sum(kept.nbytes for _, kept in self._kept) > CACHE_BYTES:
            del self._kept[0]


class BlockDecoder:
    """The decoder's forward pass for points that lie close together. To copy the weights takes a millisecond or two.

    Attributes:
        snapshot: the model.
    """

    def __init__(self, snapshot: ModelSnapshot) -> None:
        self.snapshot = snapshot
        self._activation = snapshot.config.activation
        names = [f"decoder.{layer}" for layer in range(len(snapshot.config.hidden))] + ["logits"]
        # Transposed, so that the weights of a unit lie side by side and those of some units are quickly picked out.
        self._layers = [
            (np.ascontiguousarray(snapshot.weights[f"{name}.weight"].T), snapshot.weights[f"{name}.bias"])
            for name in names
        ]

    def means(self, z: NDArray[np.float64]) -> FloatArray:
        """Pixel means in [0, 1], shape (n, pixels), as `ModelSnapshot.decode` gives them; 0 where it overflows."""
        with np.errstate(over="ignore", invalid="ignore"):
            (weight, bias), *later = self._layers
            values = z.astype(np.float32) @ weight
            values += bias
            for weight, bias in later:
                if self._activation == "relu":
                    values = _after_relu(values, weight)
                else:
                    values = activate(self._activation, values) @ weight
                values += bias
            if self.snapshot.config.likelihood == "continuous_bernoulli":
                return np.nan_to_num(self.snapshot.likelihood.means(values), copy=False)
            values *= np.float32(0.5)
            np.tanh(values, out=values)
        np.nan_to_num(values, copy=False, nan=-1.0)
        values *= np.float32(0.5)
        values += np.float32(0.5)
        return values


def _after_relu(values: FloatArray, weight: FloatArray) -> FloatArray:
    """max(values, 0) @ weight without the units that are off for all of `values`; these are overwritten."""
    np.maximum(values, 0, out=values)
    on = values.any(0)
    if on.mean() > _MOSTLY_ON:
        return values @ weight
    return values[:, on] @ weight[on]


def _cover(rect: Rect, spacing: float) -> TileGrid:
    x0, y0, x1, y1 = (edge / spacing for edge in rect)
    column, row = math.floor(x0 + 0.5), math.floor(y0 + 0.5)
    # An edge that lies on the border of two tiles needs only the inner one.
    columns, rows = (max(math.ceil(end - 0.5) - first + 1, 1) for end, first in ((x1, column), (y1, row)))
    return TileGrid(spacing, column, row, columns, rows)


def _power_of_two(least: float) -> float:
    """The smallest one that is not below `least`."""
    mantissa, exponent = math.frexp(least)
    return math.ldexp(1.0, exponent - (mantissa == 0.5))


def _blocks(grid: TileGrid) -> Iterator[tuple[slice, slice]]:
    for row in range(0, grid.rows, _BLOCK):
        for column in range(0, grid.columns, _BLOCK):
            yield slice(row, row + _BLOCK), slice(column, column + _BLOCK)


Slices = tuple[slice, slice]


def _shared(one: TileGrid, other: TileGrid) -> tuple[Slices, Slices] | None:
    """The rows and columns of tiles with the same centres in both grids; None if there are none."""
    if one.spacing < other.spacing:
        swapped = _shared(other, one)
        return None if swapped is None else (swapped[1], swapped[0])
    every = int(one.spacing / other.spacing)
    rows = _shared_indices(one.first_row, one.rows, other.first_row, other.rows, every)
    columns = _shared_indices(one.first_column, one.columns, other.first_column, other.columns, every)
    if rows is None or columns is None:
        return None
    return (rows[0], columns[0]), (rows[1], columns[1])


def _shared_indices(first: int, count: int, fine_first: int, fine_count: int, every: int) -> Slices | None:
    """Of `count` indices from `first`, which are multiplied by `every` among the fine ones; and of those the same."""
    low = max(first, -(-fine_first // every))
    high = min(first + count, (fine_first + fine_count - 1) // every + 1)
    if low >= high:
        return None
    start = low * every - fine_first
    return slice(low - first, high - first), slice(start, start + (high - low - 1) * every + 1, every)
