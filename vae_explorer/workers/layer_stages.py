"""Draws the layers of the map step by step: roughly at first, where nothing is there yet, then finely.

What takes long to prepare, the sum over all posteriors, the tree of neighbours, the tiles, is kept for as long as the
model, or only its posterior, stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.contours import Contour, density_contours, prior_contours
from vae_explorer.core.data import ByteArray
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.layers import (
    LayerImage,
    LayerKind,
    Span,
    class_image,
    class_shares,
    coarse_grid,
    density_values,
    entropy_values,
    fine_grid,
    home_grid,
    prior_span,
    prior_values,
    sensitivity_values,
    tile_image,
    value_image,
    value_span,
)
from vae_explorer.core.map_plane import MapPlane, Values, extended, plane_through
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.projection import Projection
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.tiles import BlockDecoder, Rect, TileDecoder, TileGrid, coarser

#: More tiles than this to decode, and some are shown before all are there: about a frame's time.
_MANY_TILES = 400
#: At most so many are a rough picture: two milliseconds. All come a frame later.
_ROUGH_TILES = 150


@dataclass(frozen=True, slots=True, eq=False)
class LayerRequest:
    """A layer of a model over a part of the map.

    Attributes:
        kind: which layer.
        snapshot: the weights.
        posterior: where the encoder puts the images.
        labels: their classes, shape (n,).
        projection: the plane of the map.
        z0: the cursor, shape (latent,): the layer agrees with it in every direction off the plane.
        view: what is seen, (x0, y0, x1, y1).
        coarse_first: whether a rough picture is better than what is shown now.
    """

    kind: LayerKind
    snapshot: ModelSnapshot
    posterior: Posterior
    labels: ByteArray
    projection: Projection
    z0: NDArray[np.float64]
    view: Rect
    coarse_first: bool = True

    @property
    def plane(self) -> MapPlane:
        """The places that the map shows."""
        return plane_through(self.projection, self.z0)

    def same_subject(self, other: LayerRequest) -> bool:
        """Whether both ask for the same picture, perhaps of another part of it."""
        return (
            self.kind == other.kind
            and self.posterior is other.posterior
            and self.projection is other.projection
            and (self.snapshot is other.snapshot or not needs_weights(self.kind))
            and self.same_base(other)
        )

    def same_base(self, other: LayerRequest) -> bool:
        """Whether both cursors lie on the same plane."""
        if self.z0 is other.z0:
            return True
        here, there = self.plane.base, other.plane.base
        return here.shape == there.shape and bool(np.allclose(here, there, rtol=1e-6, atol=1e-6))


def needs_weights(kind: LayerKind) -> bool:
    """Whether a layer changes with the weights, though the images stay where they are."""
    return kind in ("tiles", "sensitivity", "entropy")


class Stages:
    """Draws layers, and keeps what the next picture of the same model needs again. For one thread at a time."""

    def __init__(self) -> None:
        self._subject: LayerRequest | None = None
        self._tiles: TileDecoder | None = None
        self._decoder: BlockDecoder | None = None
        self._aggregate: tuple[Posterior, AggregatePosterior] | None = None
        self._prepared: Posterior | None = None
        self._neighbours: tuple[Posterior, Neighbours] | None = None
        self._span: Span | None = None
        #: The newest fine values of the subject.
        self._known: tuple[TileGrid, Values] | None = None

    def draw(
        self,
        request: LayerRequest,
        stale: Callable[[], bool],
        overtaken: Callable[[TileGrid], bool],
    ) -> Iterator[LayerImage]:
        """Pictures of `request`, each better than the one before; they end early where nobody wants them.

        Args:
            request: what to draw.
            stale: whether the subject is another one by now.
            overtaken: whether a grid is of no use any more.
        """
        if self._subject is None or not request.same_subject(self._subject):
            self._span = self._known = None
        self._subject = request
        draw = {"tiles": self._draw_tiles, "classes": self._draw_classes}.get(request.kind, self._draw_values)
        yield from draw(request, stale, overtaken)

    def _draw_tiles(
        self,
        request: LayerRequest,
        stale: Callable[[], bool],
        overtaken: Callable[[TileGrid], bool],
    ) -> Iterator[LayerImage]:
        decoder = self._tile_decoder_of(request)
        grid = fine_grid("tiles", request.plane, request.view)
        if request.coarse_first and decoder.missing(grid) > _MANY_TILES:
            rough = _rough(grid)
            picture = decoder.render(rough, stale)
            if picture is not None:
                yield tile_image(rough, picture, is_fine=False)
        picture = decoder.render(grid, lambda: stale() or overtaken(grid))
        if picture is not None:
            yield tile_image(grid, picture)

    def _draw_classes(
        self,
        request: LayerRequest,
        stale: Callable[[], bool],
        overtaken: Callable[[TileGrid], bool],
    ) -> Iterator[LayerImage]:
        neighbours, plane = self._neighbours_of(request), request.plane
        if request.coarse_first:
            rough = coarse_grid(request.view)
            shares = class_shares(neighbours, plane, rough, stale)
            if not _unfinished(shares):
                yield class_image(rough, shares, is_fine=False)
        grid = fine_grid("classes", plane, request.view)

        def cancelled() -> bool:
            return stale() or overtaken(grid)

        shares = extended(grid, self._known, lambda part: class_shares(neighbours, plane, part, cancelled))
        if not _unfinished(shares):
            self._known = grid, shares
            yield class_image(grid, shares)

    def _draw_values(
        self,
        request: LayerRequest,
        stale: Callable[[], bool],
        overtaken: Callable[[TileGrid], bool],
    ) -> Iterator[LayerImage]:
        span = self._span_of(request, stale)
        if span is None:
            return
        kind = request.kind
        # The finest picture of the prior takes no longer than a rough one of something else.
        if request.coarse_first and kind != "prior":
            rough = coarse_grid(request.view)
            values = self._evaluate(request, rough, stale)
            if not _unfinished(values):
                yield value_image(kind, rough, values, span, is_fine=False)
        grid = fine_grid(kind, request.plane, request.view)

        def cancelled() -> bool:
            return stale() or overtaken(grid)

        values = extended(grid, self._known, lambda part: self._evaluate(request, part, cancelled))
        if _unfinished(values):
            return
        self._known = grid, values
        # Lines may take a while longer the first time.
        if kind == "density" and self._prepared is not request.posterior:
            yield value_image(kind, grid, values, span, is_fine=False)
        contours = self._contours(request, grid, values, stale)
        if contours is not None:
            yield value_image(kind, grid, values, span, contours)

    def _span_of(self, request: LayerRequest, stale: Callable[[], bool]) -> Span | None:
        """What the colours stand for: measured where the images are, once for a model. None if it is stale."""
        if self._span is None and request.kind == "prior":
            self._span = prior_span(request.plane)
        if self._span is None:
            home = home_grid(request.projection.project(request.posterior.mu))
            values = self._evaluate(request, home, stale)
            if _unfinished(values):
                return None
            self._span = value_span(request.kind, values)
        return self._span

    def _evaluate(self, request: LayerRequest, grid: TileGrid, cancelled: Callable[[], bool]) -> Values:
        plane = request.plane
        if request.kind == "density":
            return density_values(self._aggregate_of(request), plane, grid, cancelled)
        if request.kind == "prior":
            return prior_values(plane, grid)
        values = sensitivity_values if request.kind == "sensitivity" else entropy_values
        return values(request.snapshot, plane, grid, cancelled)

    def _contours(
        self, request: LayerRequest, grid: TileGrid, values: Values, stale: Callable[[], bool]
    ) -> tuple[Contour, ...] | None:
        """The lines of a density; None if it is stale."""
        if request.kind == "prior":
            return prior_contours(request.plane, grid, values)
        if request.kind != "density":
            return ()
        aggregate = self._aggregate_of(request)
        aggregate.prepare(stale)
        if stale():
            return None
        self._prepared = request.posterior
        return density_contours(grid, values, aggregate.at_means)

    def _tile_decoder_of(self, request: LayerRequest) -> TileDecoder:
        decoder = self._tiles
        if decoder is None or not decoder.draws(request.snapshot, request.projection, request.z0):
            # A slider off the plane asks for one on another plane with each step.
            if self._decoder is None or self._decoder.snapshot is not request.snapshot:
                self._decoder = BlockDecoder(request.snapshot)
            decoder = TileDecoder(request.snapshot, request.projection, request.z0, decoder=self._decoder)
            self._tiles = decoder
        return decoder

    def _aggregate_of(self, request: LayerRequest) -> AggregatePosterior:
        if self._aggregate is None or self._aggregate[0] is not request.posterior:
            self._aggregate = request.posterior, AggregatePosterior(request.posterior)
        return self._aggregate[1]

    def _neighbours_of(self, request: LayerRequest) -> Neighbours:
        if self._neighbours is None or self._neighbours[0] is not request.posterior:
            self._neighbours = request.posterior, Neighbours(request.posterior.mu, request.labels)
        return self._neighbours[1]


def _rough(grid: TileGrid) -> TileGrid:
    """Fewer tiles over the same place, all of them of use to `grid`."""
    rough = coarser(grid)
    while rough.rows * rough.columns > _ROUGH_TILES:
        rough = coarser(rough)
    return rough


def _unfinished(values: Values) -> bool:
    """Whether some places were not reached."""
    return bool(np.isnan(values).any())
