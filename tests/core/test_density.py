import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.projection import plane_for
from vae_explorer.core.snapshot import Posterior


def posteriors(n: int, latent: int, sigma: float = 0.1, seed: int = 0, spread: float = 1.5) -> Posterior:
    """Means all over the prior and σ about `sigma`, each different in each dimension."""
    random = np.random.default_rng(seed)
    mu = spread * random.standard_normal((n, latent)) + 0.3
    logvar = 2 * math.log(sigma) + 0.5 * random.standard_normal((n, latent))
    return Posterior(mu.astype(np.float32), logvar.astype(np.float32))


def one_by_one(posterior: Posterior, z: np.ndarray) -> np.ndarray:
    """log q(z) straight from its definition: no products that could cancel."""
    densities = []
    for place in z:
        terms = []
        for mu, logvar in zip(posterior.mu.astype(float), posterior.logvar.astype(float), strict=True):
            scaled = (place - mu) / np.exp(logvar / 2)
            terms.append(-0.5 * (scaled @ scaled + logvar.sum() + len(mu) * math.log(2 * math.pi)))
        highest = max(terms)
        densities.append(highest + math.log(sum(math.exp(t - highest) for t in terms) / len(terms)))
    return np.array(densities)


def places_near_and_far(posterior: Posterior) -> np.ndarray:
    mu = posterior.mu.astype(float)
    return np.concatenate([mu[:5], mu[:5] + 0.7 * np.exp(posterior.logvar[:5] / 2), mu[:3] + 5, 40 * mu[:2]])


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
@pytest.mark.parametrize("sigma", [1e-3, 0.05, 1.0])
def test_it_is_the_mixture_of_the_posteriors(latent: int, sigma: float) -> None:
    posterior = posteriors(30, latent, sigma)
    z = places_near_and_far(posterior)
    expected = one_by_one(posterior, z)
    found = AggregatePosterior(posterior).log_density(z)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-4)


def test_far_from_the_origin_narrow_posteriors_stay_exact() -> None:
    posterior = posteriors(30, 2, 1e-3)
    moved = Posterior(posterior.mu + np.float32(1000), posterior.logvar)
    z = moved.mu[:5].astype(float) + 2e-3
    np.testing.assert_allclose(AggregatePosterior(moved).log_density(z), one_by_one(moved, z), atol=1e-4)


@pytest.mark.parametrize("logvar", [-3e38, -800, -60, 60, 800, 3e38])
def test_extreme_variances_and_places_give_finite_numbers(logvar: float) -> None:
    posterior = Posterior(np.eye(3, 2, dtype=np.float32), np.full((3, 2), logvar, np.float32))
    z = np.array([[0, 0], [1, 0], [1e3, 1e30], [1e150, -1e200]])
    aggregate = AggregatePosterior(posterior)
    assert np.isfinite(aggregate.log_density(z)).all()
    assert np.isfinite(aggregate.on_grid(z[:, 0], z[:, 1])).all()
    assert np.isfinite(aggregate.at_means).all()


def test_a_vanishing_sigma_counts_as_a_millionth() -> None:
    narrow = Posterior(np.zeros((1, 2), np.float32), np.full((1, 2), -800, np.float32))
    at_its_mean = AggregatePosterior(narrow).log_density(np.zeros((1, 2)))[0]
    assert at_its_mean == pytest.approx(-math.log(2 * math.pi * 1e-12))


def test_without_images_there_is_no_density() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        AggregatePosterior(posteriors(0, 2))


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.1, 1.5), st.integers(1, 12))
def test_it_integrates_to_one(seed: int, sigma: float, n: int) -> None:
    aggregate = AggregatePosterior(posteriors(n, 2, sigma, seed))
    edge, step = 16.0, 0.025
    line = np.arange(-edge, edge + step / 2, step)
    total = np.exp(aggregate.on_grid(line, line)).sum() * step * step
    assert total == pytest.approx(1, abs=2e-3)


@given(st.integers(0, 1000), st.integers(1, 6))
def test_images_that_are_the_prior_make_the_prior(seed: int, latent: int) -> None:
    zeros = np.zeros((7, latent), np.float32)
    z = 3 * np.random.default_rng(seed).standard_normal((5, latent))
    found = AggregatePosterior(Posterior(zeros, zeros)).log_density(z)
    np.testing.assert_allclose(found, prior_log_density(z), atol=1e-5)


def test_the_prior_is_a_standard_normal() -> None:
    z = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(prior_log_density(z), [-math.log(2 * math.pi), -math.log(2 * math.pi) - 12.5])
    assert prior_log_density(np.zeros((1, 512)))[0] == pytest.approx(-256 * math.log(2 * math.pi))
    assert np.isfinite(prior_log_density(np.full((1, 2), 1e300))).all()


# On a grid ------------------------------------------------------------------------------------------

X = np.linspace(-4, 4, 9)
Y = np.linspace(-3, 5, 7)


def lifted(base: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The places of the grid X × Y, row by row."""
    return base + (X[None, :, None] * axes[0] + Y[:, None, None] * axes[1]).reshape(-1, len(base))


@pytest.mark.parametrize("sigma", [0.05, 0.3, 2.0])
def test_a_grid_agrees_with_its_places(sigma: float) -> None:
    aggregate = AggregatePosterior(posteriors(200, 2, sigma))
    grid = aggregate.on_grid(X, Y)
    assert grid.shape == (7, 9)
    exact = aggregate.log_density(lifted(np.zeros(2), np.eye(2))).reshape(7, 9)
    near = exact > exact.max() - 300
    np.testing.assert_allclose(grid[near], exact[near], atol=1e-4)
    assert (grid[~near] < exact.max() - 290).all()


def test_what_is_too_low_for_the_grid_has_one_finite_value() -> None:
    aggregate = AggregatePosterior(posteriors(50, 2, 1e-3))
    grid = aggregate.on_grid(np.array([100.0, 300.0]), np.array([0.0, 50.0]))
    assert np.ptp(grid) == 0
    assert grid[0, 0] == pytest.approx(aggregate.peaks.max() - math.log(50) + math.log(1e-140))


def test_in_one_dimension_the_rows_of_a_grid_are_equal() -> None:
    posterior = posteriors(100, 1)
    aggregate = AggregatePosterior(posterior)
    plane = plane_for(posterior.mu)
    for grid in (aggregate.on_grid(X, Y), aggregate.on_grid(X, Y, plane.origin, plane.axes)):
        np.testing.assert_allclose(grid, np.tile(aggregate.log_density(X[:, None]), (7, 1)), atol=1e-4)


@pytest.mark.parametrize("latent", [3, 20, 512])
def test_the_plane_of_two_latent_dimensions_keeps_the_other_coordinates(latent: int) -> None:
    posterior = posteriors(60, latent, 0.5)
    aggregate = AggregatePosterior(posterior)
    base, axes = posterior.mu[4].astype(float), np.eye(latent)[[2, 0]]
    grid = aggregate.on_grid(X, Y, base, axes)
    exact = aggregate.log_density(lifted(base, axes)).reshape(7, 9)
    near = exact > exact.max() - 200
    assert near.sum() > 20
    np.testing.assert_allclose(grid[near], exact[near], atol=1e-4)


@pytest.mark.parametrize("latent", [2, 5, 512])
def test_any_plane_agrees_with_its_places(latent: int) -> None:
    posterior = posteriors(60, latent, 0.3)
    aggregate = AggregatePosterior(posterior)
    axes = np.linalg.qr(np.random.default_rng(1).standard_normal((latent, 2)))[0].T
    base = posterior.mu[4].astype(float)
    grid = aggregate.on_grid(X, Y, base, axes)
    exact = aggregate.log_density(lifted(base, axes)).reshape(7, 9)
    np.testing.assert_allclose(grid, exact, rtol=1e-9, atol=1e-4)


def test_more_than_two_dimensions_need_a_plane() -> None:
    with pytest.raises(ValueError, match="needs axes"):
        AggregatePosterior(posteriors(5, 3)).on_grid(X, Y)


# The data's own densities -----------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [1, 2, 20])
def test_each_mean_is_measured_without_its_own_image(latent: int) -> None:
    posterior = posteriors(40, latent, 0.5)
    expected = [
        one_by_one(
            Posterior(np.delete(posterior.mu, i, 0), np.delete(posterior.logvar, i, 0)),
            posterior.mu[i : i + 1],
        )[0]
        for i in range(40)
    ]
    np.testing.assert_allclose(AggregatePosterior(posterior).at_means, np.sort(expected), atol=1e-4)


def test_a_single_image_has_its_own_density() -> None:
    posterior = posteriors(1, 2)
    aggregate = AggregatePosterior(posterior)
    np.testing.assert_allclose(aggregate.at_means, one_by_one(posterior, posterior.mu), atol=1e-5)


def test_the_percentile_is_the_share_of_sparser_means() -> None:
    aggregate = AggregatePosterior(posteriors(200, 2))
    at_means = aggregate.at_means
    assert aggregate.percentile(-math.inf) == 0
    assert aggregate.percentile(at_means[-1] + 1) == 100
    assert aggregate.percentile(at_means[50]) == 25
    assert aggregate.percentile(float(np.nextafter(at_means[50], np.inf))) == 25.5


def test_new_images_of_the_same_kind_have_the_same_percentiles() -> None:
    both = posteriors(4000, 2, 0.05)
    aggregate = AggregatePosterior(Posterior(both.mu[:2000], both.logvar[:2000]))
    percentiles = np.array([aggregate.percentile(d) for d in aggregate.log_density(both.mu[2000:])])
    for share in (5, 25, 50, 75):
        assert (percentiles < share).mean() * 100 == pytest.approx(share, abs=3)


def test_of_very_many_images_an_even_subset_is_measured() -> None:
    few, many = (AggregatePosterior(posteriors(n, 2)) for n in (100, 200_000))
    np.testing.assert_array_equal(few.sample, np.arange(100))
    assert len(many.sample) == 500
    assert many.sample[[0, -1]].tolist() == [0, 199_999]
    assert np.ptp(np.diff(many.sample)) <= 1


def test_a_cancelled_sum_says_what_it_did_not_reach() -> None:
    aggregate = AggregatePosterior(posteriors(20_000, 2))
    z = np.zeros((50, 2))
    asked: list[int] = []

    def after_three() -> bool:
        asked.append(1)
        return len(asked) > 3

    density = aggregate.log_density(z, after_three)
    reached = int(np.isfinite(density).sum())
    assert 0 < reached < 50
    np.testing.assert_array_equal(density[:reached], aggregate.log_density(z[:reached]))
    assert np.isnan(
        aggregate.on_grid(X, Y, axes=np.array([[0.6, 0.8], [-0.8, 0.6]]), cancelled=lambda: True)
    ).all()


def test_a_cancelled_preparation_is_not_kept() -> None:
    aggregate = AggregatePosterior(posteriors(50, 2))
    aggregate.prepare(lambda: True)
    assert np.isfinite(aggregate.at_means).all()
