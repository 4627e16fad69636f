import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_explorer.core import projection
from vae_explorer.core.projection import plane_for


def spread_out(latent: int, n: int = 200, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    mixed = random.standard_normal((n, latent)) @ random.standard_normal((latent, latent))
    return (mixed + 3 * random.standard_normal(latent)).astype(np.float32)


numbers = st.floats(-100, 100)


@given(st.data(), st.integers(2, 12))
def test_a_lifted_point_is_projected_to_where_it_came_from(data: st.DataObject, latent: int) -> None:
    plane = plane_for(spread_out(latent))
    xy = data.draw(hnp.arrays(np.float64, 2, elements=numbers))
    z0 = data.draw(hnp.arrays(np.float64, latent, elements=numbers))
    lifted = plane.lift(xy, z0)
    np.testing.assert_allclose(plane.project(lifted), xy, atol=1e-9)
    # Off the plane nothing moves: lifting z0's own place gives z0.
    np.testing.assert_allclose(plane.lift(plane.project(z0), z0), z0, atol=1e-9)
    # The way from z0 lies in the plane.
    along = (lifted - z0) @ plane.axes.T @ plane.axes
    np.testing.assert_allclose(along, lifted - z0, atol=1e-8)


@given(st.integers(2, 12))
def test_axes_are_orthonormal(latent: int) -> None:
    axes = plane_for(spread_out(latent)).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (7, 3), (7, 512), (3, 4, 5), (2, 0, 4)])
def test_many_points_are_projected_in_parts(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    z, plane = random.normal(size=shape).astype(np.float32), plane_for(spread_out(shape[-1]))
    whole = plane.project(z)
    assert whole.shape == (*shape[:-1], 2)
    monkeypatch.setattr(projection, "_AT_ONCE", 10)
    np.testing.assert_allclose(plane.project(z), whole, rtol=1e-12, atol=1e-12)


def test_two_dimensions_are_shown_as_they_are() -> None:
    plane = plane_for(spread_out(2))
    z = np.array([[0.5, -1.2], [3, 4]])
    np.testing.assert_array_equal(plane.project(z), z)
    np.testing.assert_array_equal(plane.lift(z, np.zeros(2)), z)
    assert plane.names == ("z1", "z2")
    assert plane.variance == 1


def test_one_dimension_lies_on_the_first_axis() -> None:
    plane = plane_for(spread_out(1))
    np.testing.assert_array_equal(plane.project(np.array([[2.0], [3.0]])), [[2, 0], [3, 0]])
    np.testing.assert_array_equal(plane.lift(np.array([5.0, 7.0]), np.array([0.0])), [5])
    assert plane.names == ("z1", "")


def test_more_dimensions_are_shown_where_they_spread_most() -> None:
    mu = spread_out(6)
    plane = plane_for(mu)
    _, singular, directions = np.linalg.svd(mu - mu.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs((plane.axes * directions[:2]).sum(1)), 1, atol=1e-4)
    assert plane.variance == pytest.approx((singular[:2] ** 2).sum() / (singular**2).sum(), rel=1e-4)
    np.testing.assert_allclose(plane.project(mu).mean(0), 0, atol=1e-6)


def test_the_plane_does_not_flip_when_the_means_move_a_little() -> None:
    mu = spread_out(6)
    nudged = mu + np.random.default_rng(1).normal(0, 1e-4, mu.shape).astype(np.float32)
    np.testing.assert_allclose(plane_for(mu).axes, plane_for(nudged).axes, atol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_means_that_do_not_spread_still_have_a_plane(n: int) -> None:
    plane = plane_for(np.ones((n, 5), np.float32))
    assert np.isfinite(plane.axes).all()
    assert plane.variance == 1


angles = st.floats(0, 2 * np.pi)


def turn(angle: float, flipped: bool) -> np.ndarray:
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return matrix * (1, -1 if flipped else 1)


def any_rotation(latent: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((latent, latent)))[0]


@given(angles, st.booleans(), st.integers(3, 12), st.integers(0, 50))
def test_a_turned_or_flipped_picture_is_met_exactly(
    angle: float, flipped: bool, latent: int, seed: int
) -> None:
    mu = spread_out(latent, seed=seed)
    plain = plane_for(mu)
    before = plain.project(mu) @ turn(angle, flipped)
    plane = plane_for(mu, before)
    # A turn by less than a millionth is none.
    np.testing.assert_allclose(plane.project(mu), before, atol=2e-6 * np.abs(before).max())
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    # It is the same plane: what it holds of the variance and what lies off it are as before.
    assert plane.variance == plain.variance
    np.testing.assert_allclose(plane.axes.T @ plane.axes, plain.axes.T @ plain.axes, atol=1e-9)


@given(st.integers(3, 8), st.integers(0, 50))
def test_a_rotated_copy_of_the_cloud_gives_the_same_picture(latent: int, seed: int) -> None:
    mu = spread_out(latent, seed=seed)
    before = plane_for(mu).project(mu)
    rotated = (mu.astype(float) @ any_rotation(latent, seed)).astype(np.float32)
    places = plane_for(rotated, before).project(rotated)
    np.testing.assert_allclose(places, before, atol=1e-3 * np.abs(before).max())


@given(angles, st.booleans(), st.integers(0, 50))
def test_no_other_turn_brings_the_points_nearer(angle: float, flipped: bool, seed: int) -> None:
    mu, before = spread_out(5, seed=seed), spread_out(2, seed=seed + 1).astype(float)
    places = plane_for(mu, before).project(mu)
    middle = before - before.mean(0)
    gap = np.linalg.norm(places - middle)
    assert gap <= np.linalg.norm(places @ turn(angle, flipped) - middle) + 1e-9


def test_a_turned_plane_does_not_call_its_axes_principal_components() -> None:
    mu = spread_out(6)
    before = plane_for(mu).project(mu)
    assert plane_for(mu, before).names == ("PC 1", "PC 2")
    assert plane_for(mu, before @ turn(0.5, False)).names == ("plane of PC 1, 2: x", "plane of PC 1, 2: y")


@pytest.mark.parametrize("latent", [1, 2])
def test_up_to_two_dimensions_stay_on_their_own_axes(latent: int) -> None:
    mu = spread_out(latent)
    plane = plane_for(mu, plane_for(mu).project(mu) @ turn(1, True))
    np.testing.assert_array_equal(plane.axes, np.eye(2, latent))


def test_points_that_were_all_in_one_place_still_have_a_plane() -> None:
    mu = spread_out(5)
    plane = plane_for(mu, np.ones((len(mu), 2)))
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)


def test_places_of_other_points_are_refused() -> None:
    with pytest.raises(ValueError, match="3 places do not fit 200 means"):
        plane_for(spread_out(5), np.zeros((3, 2)))
