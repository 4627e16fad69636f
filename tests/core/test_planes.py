import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.planes import (
    PRINCIPAL,
    AxesPlane,
    DigitsPlane,
    Plane,
    axes_plane,
    fitting,
    misfit,
    projection_on,
    three_points_plane,
    variance_share,
)
from vae_explorer.core.projection import Projection, plane_for


def cloud(latent: int, seed: int = 0, n: int = 150) -> np.ndarray:
    random = np.random.default_rng(seed)
    mixed = random.standard_normal((n, latent)) @ random.standard_normal((latent, latent))
    return (mixed + 3 * random.standard_normal(latent)).astype(np.float32)


def of_axes(mu: np.ndarray, seed: int) -> Projection:
    i, j = np.random.default_rng(seed).choice(mu.shape[1], 2, replace=False).tolist()
    return axes_plane(i, j, mu.shape[1], mu)


def of_points(mu: np.ndarray, seed: int) -> Projection:
    return three_points_plane(*mu[np.random.default_rng(seed).choice(len(mu), 3, replace=False)], mu)


def principal(mu: np.ndarray, seed: int) -> Projection:
    return plane_for(mu)


def principal_turned(mu: np.ndarray, seed: int) -> Projection:
    return plane_for(mu, np.random.default_rng(seed).standard_normal((len(mu), 2)))


PLANES = [of_axes, of_points, principal, principal_turned]
planes = st.sampled_from(PLANES)
latents = st.integers(2, 12)
seeds = st.integers(0, 500)
numbers = st.floats(-100, 100)


@settings(deadline=None)
@given(planes, latents, seeds, hnp.arrays(np.float64, (5, 2), elements=numbers))
def test_project_undoes_lift_from_wherever_it_is_lifted(
    plane_of: Callable[[np.ndarray, int], Projection], latent: int, seed: int, xy: np.ndarray
) -> None:
    plane = plane_of(cloud(latent, seed), seed)
    z0 = np.random.default_rng(seed).normal(0, 5, latent)
    np.testing.assert_allclose(plane.project(plane.lift(xy, z0)), xy, atol=1e-9)


@settings(deadline=None)
@given(planes, latents, seeds, hnp.arrays(np.float64, (5, 2), elements=numbers))
def test_lift_undoes_project_on_the_plane(
    plane_of: Callable[[np.ndarray, int], Projection], latent: int, seed: int, xy: np.ndarray
) -> None:
    plane = plane_of(cloud(latent, seed), seed)
    on_plane = plane.origin + xy @ plane.axes
    np.testing.assert_allclose(plane.lift(plane.project(on_plane), plane.origin), on_plane, atol=1e-9)
    # And above or below it, what lies off the plane is kept.
    z0 = np.random.default_rng(seed).normal(0, 5, latent)
    np.testing.assert_allclose(plane.lift(plane.project(z0), z0), z0, atol=1e-9)


@given(hnp.arrays(np.float64, (5, 1), elements=numbers), st.integers(1, 20))
def test_one_dimension_has_the_same_inverses_along_its_axis(z: np.ndarray, n: int) -> None:
    plane = plane_for(cloud(1, n=n))
    np.testing.assert_allclose(plane.lift(plane.project(z), np.array([7.0])), z, atol=1e-9)
    on_map = np.hstack([z, np.zeros_like(z)])
    np.testing.assert_allclose(plane.project(plane.lift(on_map, np.array([7.0]))), on_map, atol=1e-9)


@settings(deadline=None)
@given(planes, latents, seeds)
def test_axes_are_orthonormal(
    plane_of: Callable[[np.ndarray, int], Projection], latent: int, seed: int
) -> None:
    axes = plane_of(cloud(latent, seed), seed).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)


# How much of the variance a plane holds


@settings(deadline=None)
@given(planes, st.integers(3, 12), seeds)
def test_the_share_is_the_variance_on_the_map_and_no_plane_has_more_than_the_principal_one(
    plane_of: Callable[[np.ndarray, int], Projection], latent: int, seed: int
) -> None:
    mu = cloud(latent, seed)
    plane = plane_of(mu, seed)
    assert plane.variance == pytest.approx(
        plane.project(mu).var(0).sum() / mu.astype(float).var(0).sum(), rel=1e-9
    )
    assert 0 <= plane.variance <= plane_for(mu).variance + 1e-12


def test_two_dimensions_hold_everything() -> None:
    mu = cloud(2)
    for plane in (of_axes(mu, 0), of_points(mu, 0)):
        assert plane.variance == pytest.approx(1, abs=1e-12)


def test_many_means_are_taken_in_parts() -> None:
    mu = cloud(4, n=5000)
    axes = np.eye(2, 4)
    spread = mu.astype(float).var(0)
    assert variance_share(axes, mu) == pytest.approx(spread[:2].sum() / spread.sum(), rel=1e-9)


@pytest.mark.parametrize("n", [1, 3])
def test_means_that_do_not_vary_are_held_by_any_plane(n: int) -> None:
    assert axes_plane(0, 2, 4, np.ones((n, 4), np.float32)).variance == 1


# Two axes


def test_places_on_the_plane_of_two_axes_are_their_values() -> None:
    plane = axes_plane(6, 2, 9, cloud(9))
    z = np.arange(9.0)
    assert plane.project(z).tolist() == [6, 2]
    assert plane.lift(np.array([-1.0, -2.0]), z).tolist() == [0, 1, -2, 3, 4, 5, -1, 7, 8]
    assert plane.names == ("z7", "z3")


def test_two_dimensions_on_their_own_axes_are_the_usual_map() -> None:
    mu = cloud(2)
    ours, usual = axes_plane(0, 1, 2, mu), plane_for(mu)
    np.testing.assert_array_equal(ours.axes, usual.axes)
    np.testing.assert_array_equal(ours.origin, usual.origin)
    assert ours.names == usual.names


@pytest.mark.parametrize(("i", "j", "latent"), [(0, 0, 3), (-1, 0, 3), (0, 3, 3), (0, 1, 1)])
def test_axes_that_are_not_there_are_refused(i: int, j: int, latent: int) -> None:
    with pytest.raises(ConfigError, match=f"two different axes from z1 to z{latent}"):
        axes_plane(i, j, latent, cloud(latent))


# Three points


@settings(deadline=None)
@given(st.integers(2, 12), seeds)
def test_the_plane_goes_through_its_three_points(latent: int, seed: int) -> None:
    mu = cloud(latent, seed)
    a, b, c = mu[:3].astype(float)
    plane = three_points_plane(a, b, c, mu)
    places = plane.project(np.stack([a, b, c]))
    np.testing.assert_allclose(places[0], 0, atol=1e-9)
    np.testing.assert_allclose(places[1], [np.linalg.norm(b - a), 0], atol=1e-9)
    assert places[2, 1] > 0
    np.testing.assert_allclose(plane.lift(places, a), [a, b, c], atol=1e-9)


@settings(deadline=None)
@given(latents, seeds, st.floats(-3, 3), st.floats(1e-3, 1e3))
def test_points_on_one_line_have_no_plane(latent: int, seed: int, share: float, scale: float) -> None:
    random = np.random.default_rng(seed)
    a, way = random.standard_normal((2, latent)) * scale
    line = np.stack([a, a + way, a + share * way]).astype(np.float32)
    # A point far from 0 has its digits there, not on the short way to the next.
    assume(np.linalg.norm(way) > 0.1 * np.linalg.norm(a))
    with pytest.raises(DataError, match="on one line"):
        three_points_plane(*line, cloud(latent))


@pytest.mark.parametrize("latent", [1, 2, 512])
def test_one_point_three_times_has_no_plane(latent: int) -> None:
    point = np.ones(latent, np.float32)
    with pytest.raises(DataError, match="on one line"):
        three_points_plane(point, point, point, np.ones((2, latent), np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_that_are_no_numbers_are_refused(bad: float) -> None:
    points = np.eye(3)
    points[1, 1] = bad
    with warnings.catch_warnings(action="error"), pytest.raises(DataError, match="not finite"):
        three_points_plane(*points, cloud(3))


def test_five_hundred_dimensions() -> None:
    mu = cloud(512, n=40)
    assert three_points_plane(*mu[:3], mu).variance < plane_for(mu).variance


wishes = st.one_of(
    st.just(PRINCIPAL),
    st.builds(AxesPlane, st.integers(-1, 8), st.integers(-1, 8)),
    st.builds(DigitsPlane, *[st.integers(-1, 40)] * 3),
)


@settings(deadline=None)
@given(wishes, st.integers(1, 8), seeds)
def test_any_wish_gives_a_plane_and_the_one_wished_for_if_there_is_one(
    wish: Plane, latent: int, seed: int
) -> None:
    mu = cloud(latent, seed, n=40)
    plane = fitting(wish, mu)
    projection = projection_on(plane, mu)
    assert projection.project(mu).shape == (40, 2)
    if latent <= 2:
        assert plane == PRINCIPAL
    else:
        assert (plane == wish) == (misfit(wish, mu) is None)
        np.testing.assert_allclose(projection.axes @ projection.axes.T, np.eye(2), atol=1e-12)
    if plane != wish:
        np.testing.assert_array_equal(projection.axes, plane_for(mu).axes)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (AxesPlane(0, 5), "from z1 to z5, not z1 and z6"),
        (DigitsPlane(1, 2, 150), "no digit #150: they go from 0 to 149"),
        (DigitsPlane(1, 2, 2), "three different digits"),
    ],
)
def test_what_does_not_fit_is_told_and_refused(wish: Plane, text: str) -> None:
    mu = cloud(5)
    assert text in str(misfit(wish, mu))
    with pytest.raises((ConfigError, DataError), match=text):
        projection_on(wish, mu)


def test_three_digits_in_one_place_span_no_plane() -> None:
    mu = cloud(5)
    mu[[3, 4]] = mu[5]
    assert "one line" in str(misfit(DigitsPlane(3, 4, 5), mu))
    mu[3] = np.nan
    assert "not finite" in str(misfit(DigitsPlane(3, 4, 5), mu))


def test_only_the_principal_plane_is_turned_to_where_the_digits_were() -> None:
    mu = cloud(5)
    before = np.random.default_rng(0).standard_normal((len(mu), 2))
    for wish, turned in ((PRINCIPAL, True), (AxesPlane(3, 1), False), (DigitsPlane(9, 4, 2), False)):
        one, other = projection_on(wish, mu).axes, projection_on(wish, mu, before).axes
        assert (one != other).any() == turned
