import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ByteArray, load_images
from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.layers import (
    CONTOUR_SHARES,
    NEIGHBOURS,
    SURE_LEVELS,
    LayerKind,
    MapPlane,
    Values,
    class_borders,
    class_image,
    class_shares,
    coarse_grid,
    density_contours,
    density_values,
    entropy_values,
    extended,
    fine_grid,
    home_grid,
    overlap,
    plane_through,
    prior_contours,
    prior_span,
    prior_values,
    sensitivity_values,
    value_image,
    value_span,
)
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.projection import plane_for
from vae_explorer.core.sensitivity import log_magnification
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.tiles import Rect, TileGrid, grid_for
from vae_explorer.core.uncertainty import pixel_entropy

VIEW: Rect = (-3.0, -2.0, 3.0, 2.0)
LATENTS = (1, 2, 20)

coordinates = st.floats(-50, 50)
sizes = st.floats(0.1, 30)
views = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), coordinates, coordinates, sizes, sizes)


def model(latent: int) -> tuple[ModelSnapshot, Posterior, ByteArray, MapPlane]:
    snapshot = random_model(VAEConfig(hidden=(24,), latent=latent), seed=latent)
    images = load_images("test")
    posterior = snapshot.encode(images.images[:400])
    plane = plane_through(plane_for(posterior.mu), posterior.mu[7])
    return snapshot, posterior, images.labels[:400], plane


def place_of(grid: TileGrid, plane: MapPlane, row: int, column: int) -> Values:
    xy = np.array([[grid.first_column + column, grid.first_row + row]]) * grid.spacing
    return plane.places(xy)


# Where


@given(views, st.sampled_from(get_args(LayerKind)))
def test_a_picture_covers_its_view_and_serves_it(view: Rect, kind: LayerKind) -> None:
    plane = MapPlane(np.zeros(2), np.eye(2))
    for grid in (fine_grid(kind, plane, view), coarse_grid(view)):
        assert overlap(grid.rect, view) == pytest.approx(1)
    grid = fine_grid(kind, plane, view)
    image = value_image("prior", grid, np.zeros((grid.rows, grid.columns)), (0, 1))
    assert image.serves(view, grid)


def test_a_picture_serves_a_small_pan_but_neither_a_large_one_nor_a_zoom() -> None:
    plane = MapPlane(np.zeros(2), np.eye(2))
    grid = fine_grid("prior", plane, VIEW)
    image = value_image("prior", grid, prior_values(plane, grid), (0, 1))
    rough = value_image("prior", grid, prior_values(plane, grid), (0, 1), is_fine=False)

    def served(view: Rect) -> bool:
        return image.serves(view, fine_grid("prior", plane, view))

    assert served((-2.8, -1.9, 3.2, 2.1))
    assert not served((-1.0, -2.0, 5.0, 2.0))
    assert not served((-0.5, -0.5, 0.5, 0.5))
    assert not rough.serves(VIEW, grid)


@given(views, views)
def test_overlap_is_a_share(one: Rect, other: Rect) -> None:
    assert 0 <= overlap(one, other) <= 1 + 1e-9
    assert overlap(one, one) == pytest.approx(1)


@given(views, st.integers(-40, 40), st.integers(-40, 40))
def test_what_is_known_is_not_computed_again_and_all_is_right(view: Rect, right: int, up: int) -> None:
    grid = grid_for(view, 24)
    moved = TileGrid(grid.spacing, grid.first_column + right, grid.first_row + up, grid.columns, grid.rows)
    computed: list[int] = []

    def compute(part: TileGrid) -> Values:
        computed.append(part.rows * part.columns)
        return part.centres().reshape(part.rows, part.columns, 2)

    known = grid, compute(grid)
    computed.clear()
    np.testing.assert_array_equal(
        extended(moved, known, compute), moved.centres().reshape(moved.rows, moved.columns, 2)
    )
    shared = max(0, grid.columns - abs(right)) * max(0, grid.rows - abs(up))
    assert sum(computed) == grid.rows * grid.columns - shared


# What


@pytest.mark.parametrize("latent", LATENTS)
def test_values_are_those_of_their_places(latent: int) -> None:
    snapshot, posterior, _, plane = model(latent)
    grid = grid_for(VIEW, 8)
    aggregate = AggregatePosterior(posterior)
    found = {
        "density": density_values(aggregate, plane, grid),
        "prior": prior_values(plane, grid),
        "sensitivity": sensitivity_values(snapshot, plane, grid),
        "entropy": entropy_values(snapshot, plane, grid),
    }
    for row, column in ((0, 0), (1, 3), (grid.rows - 1, grid.columns - 1)):
        z = place_of(grid, plane, row, column)
        true = {
            "density": aggregate.log_density(z),
            "prior": prior_log_density(z),
            "sensitivity": log_magnification(snapshot, z, plane.axes),
            "entropy": pixel_entropy(snapshot, z),
        }
        for kind, values in found.items():
            assert values.shape == (grid.rows, grid.columns)
            assert values[row, column] == pytest.approx(true[kind][0], abs=1e-3), kind


@pytest.mark.parametrize("latent", LATENTS)
def test_the_classes_are_those_of_the_nearest_images(latent: int) -> None:
    _, posterior, labels, plane = model(latent)
    neighbours = Neighbours(posterior.mu, labels)
    grid = grid_for(VIEW, 16)
    image = class_image(grid, class_shares(neighbours, plane, grid))
    levels = image.levels[::-1].astype(int)
    places = plane.places(grid.centres())
    shares = neighbours.class_probabilities(places, NEIGHBOURS).reshape(grid.rows, grid.columns, 10)
    np.testing.assert_array_equal(levels // SURE_LEVELS, shares.argmax(2))
    sure = levels % SURE_LEVELS / (SURE_LEVELS - 1)
    np.testing.assert_allclose(sure, (shares.max(2) - 0.1) / 0.9, atol=0.5 / (SURE_LEVELS - 1) + 1e-9)


def test_the_first_row_of_a_picture_is_the_highest_on_the_map() -> None:
    grid = grid_for(VIEW, 8)
    heights = grid.centres()[:, 1].reshape(grid.rows, grid.columns)
    image = value_image("prior", grid, heights, (-2, 2))
    assert image.levels[0, 0] == 255
    assert image.levels[-1, 0] == 0


def test_what_is_beyond_the_span_has_the_colour_of_its_end() -> None:
    grid = TileGrid(1.0, 0, 0, 5, 1)
    image = value_image("density", grid, np.array([[-99.0, 0, 5, 10, 99]]), (0, 10))
    assert image.levels.tolist() == [[0, 0, 128, 255, 255]]


def test_what_is_not_a_number_has_a_colour_too() -> None:
    grid = TileGrid(1.0, 0, 0, 3, 1)
    image = value_image("entropy", grid, np.array([[np.nan, -np.inf, np.inf]]), (0, 1))
    assert image.levels.tolist() == [[0, 0, 255]]


@pytest.mark.parametrize("latent", LATENTS)
def test_spans_have_the_values_around_the_data(latent: int) -> None:
    snapshot, posterior, _, plane = model(latent)
    home = home_grid(plane_for(posterior.mu).project(posterior.mu))
    density = density_values(AggregatePosterior(posterior), plane, home)
    low, high = value_span("density", density)
    assert high == density.max()
    assert 0 < high - low <= 12 + 1e-6
    entropy = entropy_values(snapshot, plane, home)
    assert value_span("entropy", entropy) == (0, entropy.max())
    low, high = value_span("sensitivity", sensitivity_values(snapshot, plane, home))
    assert math.isfinite(low)
    assert low < high


@pytest.mark.parametrize("values", [np.full((2, 2), np.nan), np.zeros((3, 3)), np.full((2, 2), -1e9)])
@pytest.mark.parametrize("kind", ["density", "sensitivity", "entropy"])
def test_a_span_is_never_empty(values: Values, kind: LayerKind) -> None:
    low, high = value_span(kind, values)
    assert low < high


def test_the_span_of_the_prior_begins_at_its_highest_place_on_the_plane() -> None:
    plane = MapPlane(np.array([1.0, 2.0, 3.0]), np.eye(2, 3))
    assert prior_span(plane)[1] == pytest.approx(prior_log_density(np.array([[0.0, 0, 3]]))[0])


def test_points_in_one_place_still_have_a_home() -> None:
    x0, y0, x1, y1 = home_grid(np.zeros((5, 2))).rect
    assert x0 <= -2
    assert y0 <= -2
    assert x1 >= 2
    assert y1 >= 2


# Lines


@settings(max_examples=10)
@given(st.integers(0, 10))
def test_the_lines_of_the_data_hold_what_they_say(seed: int) -> None:
    """Images that the density does not know lie above the lines as often as these say."""
    random = np.random.default_rng(seed)

    def draw(count: int) -> np.ndarray:
        group = random.integers(0, 3, count)
        return (np.array([[0, 0], [4, 1], [-2, 3]])[group] + random.normal(0, 0.6, (count, 2))).astype("f4")

    posterior = Posterior(draw(2000), np.full((2000, 2), 2 * math.log(0.15), np.float32))
    aggregate = AggregatePosterior(posterior)
    grid = grid_for((-6, -4, 8, 8), 100)
    values = density_values(aggregate, MapPlane(np.zeros(2), np.eye(2)), grid)
    contours = density_contours(grid, values, aggregate.at_means)
    assert [contour.share for contour in contours] == list(CONTOUR_SHARES)
    new = aggregate.log_density(draw(2000))
    for contour in contours:
        on_line = aggregate.log_density(np.concatenate(contour.lines))
        level = float(np.median(on_line))
        # The line has one height, but for the straight pieces that it consists of.
        assert np.abs(on_line - level).mean() < 0.15
        assert (new > level).mean() == pytest.approx(contour.share, abs=0.04)


@pytest.mark.parametrize("latent", [1, 2])
def test_the_lines_of_the_prior_hold_what_they_say(latent: int) -> None:
    plane = MapPlane(np.zeros(latent), np.eye(2, latent))
    grid = grid_for((-4, -4, 4, 4), 64)
    drawn = np.random.default_rng(0).normal(size=(20_000, latent))
    contours = prior_contours(plane, grid, prior_values(plane, grid))
    assert [contour.share for contour in contours] == list(CONTOUR_SHARES)
    for contour in contours:
        line = np.concatenate(contour.lines)[:, :latent]
        radius = float(np.linalg.norm(line, axis=1).mean())
        held = (np.linalg.norm(drawn, axis=1) < radius).mean()
        assert held == pytest.approx(contour.share, abs=0.012)


def test_off_the_plane_of_the_prior_the_lines_are_narrower_or_gone() -> None:
    axes = np.eye(2, 20)
    base = np.zeros(20)
    base[2] = 4.0
    grid = grid_for((-8, -8, 8, 8), 64)

    def radii(plane: MapPlane) -> dict[float | None, float]:
        contours = prior_contours(plane, grid, prior_values(plane, grid))
        return {c.share: float(np.linalg.norm(np.concatenate(c.lines), axis=1).mean()) for c in contours}

    through, beside = radii(MapPlane(np.zeros(20), axes)), radii(MapPlane(base, axes))
    for share, radius in beside.items():
        assert radius == pytest.approx(math.sqrt(through[share] ** 2 - 16), abs=0.1)


def test_borders_lie_between_places_of_different_classes() -> None:
    grid = TileGrid(1.0, 0, 0, 4, 3)
    winners = np.array([[1, 1, 7, 7]] * 3)
    (borders,) = class_borders(grid, winners)
    assert borders.share is None
    for line in borders.lines:
        np.testing.assert_allclose(line[:, 0], 1.5)
        assert {0.0, 2.0} <= set(line[:, 1].tolist())


def test_one_class_has_no_border() -> None:
    assert class_borders(TileGrid(1.0, 0, 0, 3, 3), np.ones((3, 3), int)) == ()
