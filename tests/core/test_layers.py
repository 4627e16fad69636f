import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.views import views
from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ByteArray, load_images
from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.layers import (
    NEIGHBOURS,
    SURE_LEVELS,
    LayerKind,
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
    value_image,
    value_span,
)
from vae_explorer.core.map_plane import MapPlane, Values, overlap, plane_through
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.projection import plane_for
from vae_explorer.core.sensitivity import log_magnification
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.tiles import Rect, TileGrid, grid_for
from vae_explorer.core.uncertainty import pixel_entropy

VIEW: Rect = (-3.0, -2.0, 3.0, 2.0)
LATENTS = (1, 2, 20)


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
