import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import random_model
from tests.core.test_config import ACTIVATIONS, LIKELIHOODS
from vae_explorer.core import tiles
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.images import gray_levels
from vae_explorer.core.projection import Projection, plane_for
from vae_explorer.core.resampling import area_weights
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tiles import TileDecoder, TileGrid, coarser, grid_for

WIDE = random_model(VAEConfig(36, (24, 40), 7))
#: Latent sizes, depths and image sizes of every kind.
MODELS = {
    model.config.description: model
    for model in (
        WIDE,
        random_model(VAEConfig(16, (8, 5), 1)),
        random_model(VAEConfig(16, (), 2)),
        random_model(VAEConfig(16, (12,), 512)),
        *(random_model(VAEConfig(36, (24, 40), 3, name)) for name in ACTIVATIONS if name != "relu"),
        *(
            random_model(VAEConfig(36, (24,), 2, likelihood=name))
            for name in LIKELIHOODS
            if name != "bernoulli"
        ),
    )
}


def plane_of(model: ModelSnapshot) -> Projection:
    mu = np.random.default_rng(1).standard_normal((50, model.config.latent)).astype(np.float32)
    return plane_for(mu)


def point_of(model: ModelSnapshot, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(model.config.latent)


def decoder_of(model: ModelSnapshot, side: int | None = None) -> TileDecoder:
    return TileDecoder(model, plane_of(model), point_of(model), side)


def rendered(decoder: TileDecoder, grid: TileGrid) -> np.ndarray:
    """The tiles in the order of `grid.centres()`."""
    picture = decoder.render(grid)
    assert picture is not None
    side = decoder.side
    assert picture.shape == (grid.rows * side, grid.columns * side)
    rows = [np.split(row, grid.columns, 1) for row in np.split(picture, grid.rows)][::-1]
    return np.array([tile for row in rows for tile in row])


def expected(model: ModelSnapshot, grid: TileGrid, side: int | None = None) -> np.ndarray:
    z = plane_of(model).lift(grid.centres(), point_of(model))
    means = model.decode(z).reshape(-1, *model.config.image_shape)
    if side is not None:
        weights = area_weights(means.shape[1], side)
        means = weights @ means @ weights.T
    return gray_levels(means.astype(np.float32))


def assert_same_levels(one: np.ndarray, other: np.ndarray) -> None:
    assert one.dtype == other.dtype == np.uint8
    assert one.shape == other.shape
    assert np.abs(one.astype(int) - other).max() <= 1


def no_call(*_: object) -> np.ndarray:
    raise AssertionError("a tile was decoded that was there already")


spacings = st.integers(-6, 3).map(lambda exponent: 2.0**exponent)
grids = st.builds(
    TileGrid, spacings, st.integers(-30, 30), st.integers(-30, 30), st.integers(1, 23), st.integers(1, 12)
)
#: So near together that they share tiles.
near = st.builds(
    TileGrid,
    st.sampled_from([0.25, 0.5, 1.0]),
    st.integers(-9, 9),
    st.integers(-9, 9),
    st.integers(1, 15),
    st.integers(1, 12),
)
edges = st.floats(-1e6, 1e6)
views = st.tuples(edges, edges, edges, edges).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)
views = views.filter(lambda v: v[0] < v[2] and v[1] < v[3])


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(MODELS)), grids)
def test_a_tile_is_what_the_decoder_draws_at_its_centre(name: str, grid: TileGrid) -> None:
    model = MODELS[name]
    assert_same_levels(rendered(decoder_of(model), grid), expected(model, grid))


@settings(deadline=None, max_examples=40)
@given(st.lists(near, min_size=2, max_size=5))
def test_so_it_is_whatever_was_drawn_before(seen: list[TileGrid]) -> None:
    decoder = decoder_of(WIDE)
    for grid in seen:
        assert_same_levels(rendered(decoder, grid), expected(WIDE, grid))


@pytest.mark.parametrize("side", [1, 4, 5])
def test_small_tiles_are_averages_of_large_ones(side: int) -> None:
    grid = TileGrid(0.5, -3, 2, 12, 11)
    assert_same_levels(rendered(decoder_of(WIDE, side), grid), expected(WIDE, grid, side))


def test_the_model_that_comes_with_the_application() -> None:
    model = load_model(bundled_models()[0].path)
    grid = grid_for((-2.0, -3.0, 3.0, 1.5))
    assert_same_levels(rendered(decoder_of(model), grid), expected(model, grid))
    # The tiles show something: a test of black tiles would pass with any error.
    assert rendered(decoder_of(model), grid).std() > 30


def test_the_first_row_of_the_picture_is_the_highest() -> None:
    decoder = decoder_of(WIDE)
    grid = TileGrid(1.0, 0, 0, 1, 3)
    picture = decoder.render(grid)
    top = decoder.render(TileGrid(1.0, 0, 2, 1, 1))
    assert picture is not None
    assert top is not None
    np.testing.assert_array_equal(picture[:6], top)
    assert (picture[:6] != picture[12:]).any()


# The lattice


@given(views, st.integers(2, 60))
def test_the_tiles_cover_the_view_and_are_as_many_as_asked_for(
    view: tuple[float, float, float, float], across: int
) -> None:
    grid = grid_for(view, across)
    assert np.log2(grid.spacing) == int(np.log2(grid.spacing))
    x0, y0, x1, y1 = grid.rect
    slack = 1e-9 * grid.spacing
    assert x0 <= view[0] + slack
    assert y0 <= view[1] + slack
    assert x1 >= view[2] - slack
    assert y1 >= view[3] - slack
    # And no tile more: without its outer row or column, the view would not be covered.
    assert x0 + grid.spacing > view[0]
    assert x1 - grid.spacing < view[2] or grid.columns == 1
    longer = max(view[2] - view[0], view[3] - view[1])
    reach = max(map(abs, view))
    assert max(grid.columns, grid.rows) <= across + 1
    if longer / across > max(reach * 2**-22, 2**-24):
        assert longer / grid.spacing > across / 2


def test_a_view_has_as_many_tiles_as_asked_for_where_that_can_be() -> None:
    assert grid_for((0.0, 0.0, 40.0, 10.0)) == TileGrid(1.0, 0, 0, 41, 11)
    assert grid_for((-0.5, -0.5, 39.5, 9.5)) == TileGrid(1.0, 0, 0, 40, 10)
    assert grid_for((0.0, 0.0, 41.0, 1.0)).spacing == 2
    assert grid_for((0.0, 0.0, 40.0, 1.0), 10).spacing == 4


@given(views, st.floats(-1, 1))
def test_panning_keeps_the_lattice(view: tuple[float, float, float, float], share: float) -> None:
    shift = share * (view[2] - view[0])
    grid, moved = grid_for(view), grid_for((view[0] + shift, view[1], view[2] + shift, view[3]))
    # The spacing can only differ where adding the shift rounds the view's width across a power of two.
    if grid.spacing == moved.spacing:
        assert grid.first_row == moved.first_row
        assert grid.rows == moved.rows
        assert abs(moved.columns - grid.columns) <= 1


@given(grids)
def test_centres_lie_in_the_middle_of_their_tiles(grid: TileGrid) -> None:
    centres = grid.centres().reshape(grid.rows, grid.columns, 2)
    x0, y0, x1, y1 = grid.rect
    half = grid.spacing / 2
    np.testing.assert_array_equal(centres[0, 0], [x0 + half, y0 + half])
    np.testing.assert_array_equal(centres[-1, -1], [x1 - half, y1 - half])
    assert (centres[0, :, 1] == centres[0, 0, 1]).all()


@given(grids)
def test_a_coarser_grid_covers_the_same_with_a_quarter_of_the_tiles(grid: TileGrid) -> None:
    coarse = coarser(grid)
    assert coarse.spacing == 2 * grid.spacing
    (x0, y0, x1, y1), (a0, b0, a1, b1) = grid.rect, coarse.rect
    assert a0 <= x0
    assert b0 <= y0
    assert a1 >= x1
    assert b1 >= y1
    assert coarse.columns <= grid.columns // 2 + 2
    assert coarse.rows <= grid.rows // 2 + 2


@pytest.mark.parametrize(
    "view",
    [
        (0.0, 0.0, 0.0, 1.0),
        (1.0, 0.0, 0.0, 1.0),
        (0.0, 0.0, float("nan"), 1.0),
        (0.0, 0.0, float("inf"), 1.0),
        (-1.7e308, 0.0, 1.7e308, 1.0),
    ],
)
def test_a_view_that_is_none_has_no_tiles(view: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="no tiles"):
        grid_for(view)


@pytest.mark.parametrize(
    "view",
    [
        (1.0, 1.0, np.nextafter(1.0, 2), np.nextafter(1.0, 2)),
        (-1e-300, -1e-300, 1e-300, 1e-300),
        (1e30, 0.0, 1.0000001e30, 1.0),
        (-1e300, -1e300, 1e300, 1e300),
        (0.0, 0.0, 1e-9, 1e6),
    ],
)
def test_extreme_views_have_few_tiles_and_can_be_drawn(view: tuple[float, float, float, float]) -> None:
    grid = grid_for(view)
    assert grid.rows * grid.columns <= 41 * 41
    with warnings.catch_warnings(action="error"):
        assert decoder_of(WIDE).render(grid) is not None


# What is kept


def test_panning_decodes_only_what_comes_into_view() -> None:
    decoder = decoder_of(WIDE)
    grid = TileGrid(0.25, -5, 3, 20, 15)
    assert decoder.missing(grid) == 300
    decoder.render(grid)
    assert decoder.missing(grid) == 0
    assert decoder.missing(TileGrid(0.25, -3, 2, 20, 15)) == 300 - 18 * 14


def test_zooming_in_keeps_every_second_tile_and_zooming_out_all() -> None:
    decoder = decoder_of(WIDE)
    fine = TileGrid(0.25, -6, -6, 20, 20)
    decoder.render(fine)
    # Of the coarser grid, centres −1.5, −1, …, 3 are there, and its outer ones lie beyond.
    assert decoder.missing(TileGrid(0.5, -3, -3, 10, 10)) == 0
    assert decoder.missing(TileGrid(0.125, -12, -12, 20, 20)) == 300


@given(st.lists(near, min_size=1, max_size=3), near)
@settings(deadline=None, max_examples=50)
def test_what_is_missing_is_what_has_another_centre(seen: list[TileGrid], grid: TileGrid) -> None:
    decoder = decoder_of(MODELS["16-2"])
    for other in seen:
        decoder.render(other)
    there = {tuple(centre) for other in seen for centre in other.centres()}
    assert decoder.missing(grid) == len({tuple(centre) for centre in grid.centres()} - there)


def test_a_whole_picture_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = decoder_of(WIDE)
    grid = TileGrid(0.25, 0, 0, 4, 4)
    picture = decoder.render(grid)
    monkeypatch.setattr(TileDecoder, "_decode", no_call)
    assert decoder.render(grid) is picture
    assert picture is not None
    assert not picture.flags.writeable
    part = decoder.render(TileGrid(0.25, 1, 1, 2, 2))
    assert part is not None
    np.testing.assert_array_equal(part, picture[6:18, 6:18])


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = decoder_of(WIDE)
    # Ten pictures of 4×4 tiles of 6×6 pixels.
    monkeypatch.setattr(tiles, "CACHE_BYTES", 10 * 16 * 36)
    seen = [TileGrid(1.0, 10 * k, 0, 4, 4) for k in range(15)]
    for grid in seen:
        decoder.render(grid)
    decoder.render(seen[5])  # used again, so the next one goes
    decoder.render(TileGrid(1.0, -10, 0, 4, 4))
    missing = [k for k, grid in enumerate(seen) if decoder.missing(grid)]
    assert missing == [0, 1, 2, 3, 4, 6]


def test_a_grid_larger_than_the_memory_is_drawn_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "CACHE_BYTES", 10)
    decoder = decoder_of(WIDE)
    grid = TileGrid(1.0, 0, 0, 4, 4)
    decoder.render(grid)
    assert decoder.missing(grid) == 0


def after(calls: int) -> Callable[[], bool]:
    left = iter([False] * calls)
    return lambda: next(left, True)


def test_a_cancelled_picture_is_none_and_leaves_the_rest() -> None:
    decoder = decoder_of(WIDE)
    grid, other = TileGrid(1.0, 0, 0, 30, 30), TileGrid(1.0, 20, 20, 30, 30)
    decoder.render(grid)
    assert decoder.render(other, cancelled=after(3)) is None
    assert decoder.missing(grid) == 0
    assert decoder.missing(other) == 900 - 100
    assert_same_levels(rendered(decoder, other), expected(WIDE, other))


def test_a_decoder_is_good_until_the_model_or_the_plane_or_what_lies_off_it_changes() -> None:
    plane, z0 = plane_of(WIDE), point_of(WIDE)
    decoder = TileDecoder(WIDE, plane, z0)
    assert decoder.draws(WIDE, plane, plane.lift(np.array([3.0, -2.0]), z0))
    assert not decoder.draws(WIDE, plane, point_of(WIDE, 1))
    assert not decoder.draws(WIDE, plane_of(WIDE), z0)
    assert not decoder.draws(random_model(WIDE.config), plane, z0)


@pytest.mark.parametrize("side", [0, -1, 7])
def test_a_tile_has_no_more_pixels_than_an_image(side: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        decoder_of(WIDE, side)


def test_tiles_of_large_images_are_small() -> None:
    decoder = decoder_of(random_model(VAEConfig(128 * 128, (4,), 2)))
    assert decoder.side == 64
    assert rendered(decoder, TileGrid(1.0, 0, 0, 2, 2)).shape == (4, 64, 64)


def test_a_decoder_that_overflows_draws_black_without_a_warning() -> None:
    weights = {name: np.full(shape, 3e38, np.float32) for name, shape in WIDE.config.weight_shapes.items()}
    # ∞ − ∞: not a number.
    weights["logits.weight"][:, ::2] *= -1
    decoder = decoder_of(ModelSnapshot(WIDE.config, weights))
    with warnings.catch_warnings(action="error"):
        picture = decoder.render(TileGrid(1.0, 0, 0, 3, 3))
    assert picture is not None
    assert not picture.any()
