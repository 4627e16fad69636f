import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.directed import unit
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_fits import (
    discriminant,
    line_r2,
    ridge,
    separation,
    shrunk_covariance,
)

seeds = st.integers(0, 200)
latents = st.sampled_from([1, 2, 5, 40])


def centred(n: int, latent: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    points = random.standard_normal((n, latent)) * random.uniform(0.2, 3, latent)
    return points - points.mean(0)


# Ledoit and Wolf's covariance


@given(latents, st.integers(2, 60), seeds)
def test_the_shrunk_covariance_can_be_inverted_however_few_the_points(latent: int, n: int, seed: int) -> None:
    points = centred(n, latent, seed)
    shrunk = shrunk_covariance(points)
    assert np.linalg.eigvalsh(shrunk)[0] > 0
    # Their variance in all stays.
    assert np.trace(shrunk) == pytest.approx(np.square(points).sum() / n)


def test_the_more_points_the_less_it_is_shrunk() -> None:
    off = []
    for n in (20, 200, 20_000):
        points = centred(n, 5, 3)
        off.append(np.abs(shrunk_covariance(points) - points.T @ points / n).max())
    assert off[0] > 3 * off[1] > 9 * off[2]


def test_points_without_any_spread_have_none() -> None:
    np.testing.assert_array_equal(shrunk_covariance(np.zeros((5, 3))), np.zeros((3, 3)))
    np.testing.assert_array_equal(discriminant(np.zeros((5, 2)), np.ones((4, 2))), [1, 1])


# Ridge regression


def by_leaving_one_out(x: np.ndarray, y: np.ndarray, strength: float) -> float:
    """Squared error of each point as told by all the others, the slow way."""
    error = 0.0
    for k in range(len(y)):
        rest = np.arange(len(y)) != k
        middle, mean = x[rest].mean(0), y[rest].mean()
        some = x[rest] - middle
        weights = np.linalg.solve(some.T @ some + strength * np.eye(x.shape[1]), some.T @ (y[rest] - mean))
        error += (y[k] - mean - (x[k] - middle) @ weights) ** 2
    return error


@given(st.sampled_from([1, 3, 8]), seeds, st.floats(0, 3))
def test_the_strength_is_the_best_at_telling_points_that_were_left_out(
    latent: int, seed: int, noise: float
) -> None:
    random = np.random.default_rng(seed)
    x = random.standard_normal((15, latent))
    y = x @ random.standard_normal(latent) + noise * random.standard_normal(15)
    weights = ridge(x, y)
    some = x - x.mean(0)
    largest = np.linalg.eigvalsh(some.T @ some)[-1]
    # Which strengths are tried is its own affair, but none of them may be much better than the one it took.
    products = some.T @ (y - y.mean())
    strengths = largest * np.logspace(-7, 1, 17)
    errors = [by_leaving_one_out(x, y, strength) for strength in strengths]
    best = strengths[int(np.argmin(errors))]
    expected = np.linalg.solve(some.T @ some + best * np.eye(latent), products)
    if sorted(errors)[1] > 1.001 * min(errors):
        np.testing.assert_allclose(weights, expected, rtol=1e-6, atol=1e-9)


def test_points_or_targets_that_do_not_vary_have_no_weights() -> None:
    np.testing.assert_array_equal(ridge(np.ones((9, 2)), np.arange(9.0)), [0, 0])
    np.testing.assert_array_equal(ridge(centred(9, 2, 0), np.ones(9)), [0, 0])


def test_nobody_waits_for_a_fit_that_nobody_wants() -> None:
    with pytest.raises(CancelledError):
        ridge(centred(9, 2, 0), np.arange(9.0), lambda: True)
    with pytest.raises(CancelledError):
        discriminant(centred(9, 2, 0), centred(9, 2, 1), lambda: True)


# Scores


def test_r2_of_a_perfect_line_and_of_none() -> None:
    x = np.arange(10.0)
    assert line_r2(x, 3 - 2 * x, x + 20, 3 - 2 * (x + 20)) == pytest.approx(1)
    assert line_r2(x, np.zeros(10), x, x) < 0
    assert line_r2(np.ones(10), x, np.ones(10), x) == pytest.approx(0)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12), st.lists(st.integers(0, 9), min_size=1, max_size=12)
)
def test_the_auc_counts_the_pairs(a: list[int], b: list[int]) -> None:
    wins = sum((y > x) + 0.5 * (y == x) for x in a for y in b)
    assert separation(np.array(a, float), np.array(b, float)) == pytest.approx(wins / (len(a) * len(b)))


def test_the_discriminant_points_towards_b() -> None:
    a, b = centred(50, 3, 0), centred(60, 3, 1) + np.array([0.1, 0.2, 0.3])
    assert unit(discriminant(a, b)) @ unit(discriminant(b, a)) == pytest.approx(-1)
    assert discriminant(a, b) @ np.array([0.1, 0.2, 0.3]) > 0
