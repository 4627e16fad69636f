import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.core.views import views
from vae_explorer.core.density import prior_log_density
from vae_explorer.core.map_plane import Values, at_places, extended, off_plane, overlap, plane_through
from vae_explorer.core.planes import axes_plane
from vae_explorer.core.projection import Projection, plane_for
from vae_explorer.core.tiles import Rect, TileGrid, grid_for

points = st.sampled_from([1, 2, 5, 512]).flatmap(
    lambda latent: hnp.arrays(np.float64, latent, elements=st.floats(-5, 5))
)


def projection_of(latent: int) -> Projection:
    return plane_for(np.random.default_rng(latent).normal(size=(50, latent)).astype(np.float32))


@given(points)
def test_the_plane_goes_through_the_cursor(z0: Values) -> None:
    projection = projection_of(len(z0))
    plane = plane_through(projection, z0)
    np.testing.assert_allclose(plane.places(projection.project(z0)[None])[0], z0, atol=1e-6)
    assert plane.is_line == (len(z0) == 1)


@given(points)
def test_nowhere_on_the_plane_is_the_prior_higher_than_nearest_to_the_origin(z0: Values) -> None:
    plane = plane_through(projection_of(len(z0)), z0)
    others = plane.places(np.random.default_rng(0).normal(0, 3, (50, 2)))
    assert prior_log_density(plane.nearest_to_origin[None])[0] >= prior_log_density(others).max() - 1e-6


@pytest.mark.parametrize("latent", [1, 2, 5])
def test_a_function_is_asked_for_the_place_of_each_row_and_column(latent: int) -> None:
    plane = plane_through(projection_of(latent), np.ones(latent))
    grid = TileGrid(0.5, -2, 1, 4, 3)
    values = at_places(lambda z: z @ np.arange(1.0, latent + 1), plane, grid)
    expected = plane.places(grid.centres()) @ np.arange(1.0, latent + 1)
    np.testing.assert_allclose(values, expected.reshape(3, 4))


@given(points, st.tuples(st.floats(-9, 9), st.floats(-9, 9)))
def test_a_point_is_as_far_off_the_plane_as_from_its_place_on_it(z: Values, way: tuple[float, float]) -> None:
    projection = projection_of(len(z))
    place = projection.project(z)
    on_plane = projection.lift(place, projection.origin)
    distance = off_plane(projection, z)
    assert distance == pytest.approx(np.linalg.norm(z - on_plane), abs=1e-9)
    # No other place of the plane is nearer, and along it the distance stays.
    others = projection.lift(place + np.random.default_rng(0).normal(size=(20, 2)), projection.origin)
    assert (np.linalg.norm(z - others, axis=1) >= distance - 1e-9).all()
    assert off_plane(projection, projection.lift(np.array(way), z)) == pytest.approx(distance, abs=1e-6)
    assert off_plane(projection, on_plane) == pytest.approx(0, abs=1e-9)
    if len(z) <= 2:
        assert distance == pytest.approx(0, abs=1e-9)


def test_off_a_plane_of_two_axes_is_what_the_other_coordinates_are() -> None:
    plane = axes_plane(0, 2, 4, np.ones((3, 4), np.float32))
    assert off_plane(plane, np.array([7.0, 3, 7, -4])) == pytest.approx(5)


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
