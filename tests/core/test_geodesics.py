from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.decoders import flat, random_space, roof, space_of
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import load_images
from vae_explorer.core.decoder_space import CancelledError, DecoderSpace
from vae_explorer.core.geodesics import geodesic
from vae_explorer.core.near_data import Emptiness, NearData
from vae_explorer.core.path_energy import tightened
from vae_explorer.core.paths import path

BUNDLED = [model.name for model in bundled_models()]


@cache
def real(name: str) -> DecoderSpace:
    snapshot = load_model(next(model.path for model in bundled_models() if model.name == name))
    return DecoderSpace(snapshot, snapshot.encode(load_images("test").images))


@cache
def made_up(latent: int) -> DecoderSpace:
    return random_space(VAEConfig(16, (9, 7), latent))


def straight(a: np.ndarray, b: np.ndarray, space: DecoderSpace) -> np.ndarray:
    ends = np.stack((a, b))
    # No path leads from a place to itself.
    return ends if np.array_equal(a, b) else path("linear", ends, 2, space=space).curve


# Never longer


@pytest.mark.parametrize("name", BUNDLED)
@given(st.integers(0, 9999), st.integers(0, 9999))
@settings(max_examples=25)
def test_between_digits_it_is_never_longer_than_the_straight_line(name: str, i: int, j: int) -> None:
    space = real(name)
    a, b = space.posterior.mu[[i, j]].astype(float)
    assert space.length(geodesic(space, a, b)) <= space.length(straight(a, b, space)) * (1 + 1e-6)


@pytest.mark.parametrize("latent", [1, 2, 3, 8])
@given(arrays(np.float64, (2, 8), elements=st.floats(-6, 6)))
@settings(max_examples=15)
def test_nor_between_any_places_of_any_model(latent: int, ends: np.ndarray) -> None:
    space = made_up(latent)
    a, b = ends[:, :latent]
    assert space.length(geodesic(space, a, b)) <= space.length(straight(a, b, space)) * (1 + 1e-6)


@pytest.mark.parametrize(("name", "share"), [("mnist-deep-2d", 0.93), ("mnist-mlp-2d", 0.98)])
def test_it_is_shorter_in_the_mean(name: str, share: float) -> None:
    """What is merely never longer could be the straight line."""
    space = real(name)
    mu = space.posterior.mu.astype(float)
    pairs = np.random.default_rng(0).integers(0, len(mu), (12, 2))
    shares = [
        space.length(geodesic(space, mu[i], mu[j])) / space.length(straight(mu[i], mu[j], space))
        for i, j in pairs
    ]
    assert np.mean(shares) < share


def test_the_fine_answer_is_no_longer_than_the_coarse_one() -> None:
    space = real(BUNDLED[0])
    mu = space.posterior.mu.astype(float)
    shares = [
        space.length(geodesic(space, mu[i], mu[j])) / space.length(geodesic(space, mu[i], mu[j], coarse=True))
        for i, j in np.random.default_rng(1).integers(0, len(mu), (12, 2))
    ]
    assert np.mean(shares) < 0.97
    assert max(shares) < 1.01


# Known answers


@pytest.mark.parametrize("latent", [2, 3, 10])
def test_in_a_flat_space_it_is_the_straight_line(latent: int) -> None:
    space = space_of(flat(latent, pixels=16))
    a, b = np.random.default_rng(3).standard_normal((2, latent))
    found = geodesic(space, a, b)
    line = straight(a, b, space)
    off = np.linalg.norm(found[:, None] - line[None], axis=2).min(1).max()
    assert off < 0.03 * np.linalg.norm(b - a)
    assert space.length(found) == pytest.approx(space.length(line), rel=1e-3)


@pytest.mark.parametrize("latent", [2, 10])
def test_a_bent_curve_in_a_flat_space_is_pulled_straight(latent: int) -> None:
    """By each of the two methods."""
    space = space_of(flat(latent, pixels=16))
    line = np.linspace(-1, 1, 33)[:, None] * np.ones(latent)
    bend = np.sin(np.linspace(0, np.pi, 33))[:, None]
    bent = line + 1.5 * bend * np.resize([1, -1], latent)
    bent[-1] = line[-1]
    pulled = tightened(space, bent, None)
    np.testing.assert_array_equal(pulled[[0, -1]], bent[[0, -1]])
    assert space.length(bent) > 1.1 * space.length(line)
    assert space.length(pulled) == pytest.approx(space.length(line), rel=2e-3)


def test_around_a_hill_it_takes_the_shortest_way() -> None:
    """Over the hill the line is 3.2 long; the shortest way goes by one of its corners, 2·√5 at 0.1 a unit."""
    space = space_of(roof())
    a, b = np.array([-2.0, 0]), np.array([2.0, 0])
    assert space.length(straight(a, b, space)) > 3
    found = geodesic(space, a, b)
    assert space.length(found) == pytest.approx(0.2 * np.sqrt(5), rel=0.03)
    assert abs(abs(found[:, 1]).max() - 1) < 0.1


def test_pieces_are_about_as_long_as_each_other() -> None:
    space = real(BUNDLED[0])
    a, b = space.posterior.mu[[7, 42]].astype(float)
    steps = space.step_lengths(geodesic(space, a, b))
    assert steps.max() < 1.6 * np.median(steps)


# Near the data


def test_emptiness_is_measured_by_the_data() -> None:
    posterior = real(BUNDLED[0]).posterior
    emptiness = Emptiness(posterior)
    at_digits = emptiness.at(posterior.mu)
    assert 0.05 < np.median(at_digits) < 0.3
    assert np.quantile(at_digits, 0.97) == pytest.approx(1, abs=0.25)
    outwards = emptiness.at(np.linspace(5, 1e3, 20)[:, None] * np.array([[1.0, 0]]))
    assert (np.diff(outwards) > 0).all()
    assert outwards[0] > 2


@pytest.mark.parametrize("latent", [1, 2, 7])
def test_the_gradient_of_emptiness_is_that_of_its_values(latent: int) -> None:
    emptiness = NearData(Emptiness(made_up(latent).posterior), 2)
    z = np.random.default_rng(0).standard_normal((9, latent)) * 2
    values, gradients = emptiness.with_gradient(z)
    np.testing.assert_allclose(values, emptiness.factors(z), rtol=1e-5)
    for axis, h in enumerate(1e-4 * np.eye(latent)):
        ahead, behind = emptiness.with_gradient(z + h)[0], emptiness.with_gradient(z - h)[0]
        np.testing.assert_allclose(gradients[:, axis], (ahead - behind) / 2e-4, rtol=1e-3, atol=1e-5)


def test_the_grid_sees_the_same_emptiness() -> None:
    emptiness = Emptiness(made_up(2).posterior)
    x, y = np.linspace(-2, 2, 4), np.linspace(-1, 3, 5)
    across, up = np.meshgrid(x, y)
    places = np.column_stack((across.ravel(), up.ravel()))
    np.testing.assert_allclose(emptiness.on_grid(x, y).ravel(), emptiness.at(places), rtol=1e-4)


def test_paths_between_digits_at_the_rim_stay_nearer_to_the_data() -> None:
    space = real(BUNDLED[0])
    emptiness = Emptiness(space.posterior)
    rim = np.argsort(emptiness.at(space.posterior.mu))[-600:]
    pairs = np.random.default_rng(1).choice(rim, (12, 2))
    mu = space.posterior.mu.astype(float)
    empty = {
        strength: np.mean([emptiness.at(geodesic(space, mu[i], mu[j], strength)).max() for i, j in pairs])
        for strength in (0.0, 0.5)
    }
    assert empty[0.5] < 0.8 * empty[0.0]


def test_one_of_no_strength_is_not_even_looked_at() -> None:
    space = random_space(VAEConfig(16, (9,), 2))
    geodesic(space, np.zeros(2), np.ones(2), near_data=0)
    assert "emptiness" not in space._kept


# Breaking off


@pytest.mark.parametrize("latent", [2, 10])
def test_it_asks_often_whether_to_go_on(latent: int) -> None:
    space = made_up(latent)
    a, b = 2 * np.random.default_rng(5).standard_normal((2, latent))
    geodesic(space, a, b, 0.5)
    asked: list[int] = []
    geodesic(space, a, b, 0.5, cancelled=lambda: bool(asked.append(1)))
    assert len(asked) > 10
    for stop in (1, len(asked) // 2, len(asked) - 1):
        left = iter([False] * stop)
        with pytest.raises(CancelledError):
            geodesic(space, a, b, 0.5, cancelled=lambda left=left: next(left, True))
