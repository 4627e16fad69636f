import threading
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.samples import random_model
from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_effect import (
    ALPHAS,
    JUDGED,
    effect,
    effect_of,
    local_direction,
    local_directions,
    local_sigmas,
    responses,
    summary,
)
from vae_explorer.core.morphometry import ATTRIBUTES, measure
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

SCALES = np.ones(len(ATTRIBUTES))
THICKNESS, SLANT = ATTRIBUTES.index("thickness"), ATTRIBUTES.index("slant")


@dataclass(frozen=True)
class Step:
    """A direction."""

    vector: np.ndarray
    sigma: float


@dataclass(frozen=True)
class Bundled:
    """The model that the window opens, with the means of the test digits."""

    snapshot: ModelSnapshot
    mu: FloatArray


@pytest.fixture(scope="module")
def bundled(mnist_test: ImageSet) -> Bundled:
    snapshot = load_model(model_path(DEFAULT_MODEL))
    return Bundled(snapshot, snapshot.encode(mnist_test.images).mu)


def leaning_model(latent: int = 2) -> ModelSnapshot:
    """A decoder without hidden layers: a blurred bar, which z1 makes lean to the right, and nothing else changes it."""
    x, y = np.meshgrid(np.arange(28) - 13.5, np.arange(28) - 13.5)
    upright = 3 - (x / 1.5) ** 2 - (y / 6) ** 4
    # d/ds of −((x + s·y) / 1.5)² at s = 0: where the ink goes while the bar starts to lean.
    lean = -2 * x * y / 1.5**2
    weights = {
        name: np.zeros(shape, np.float32) for name, shape in VAEConfig(784, (), latent).weight_shapes.items()
    }
    weights["logits.bias"] = upright.ravel().astype(np.float32)
    weights["logits.weight"][:, 0] = lean.ravel()
    return ModelSnapshot(VAEConfig(784, (), latent), weights)


# The figures ---------------------------------------------------------------------------------------------


def test_a_step_of_nothing_changes_nothing(bundled: Bundled) -> None:
    bases = bundled.mu[:3]
    found = responses(bundled.snapshot, bases, np.ones((3, 2)), grids=1)
    # Not only in the figures, which are differences from it.
    decoded = measure(bundled.snapshot.decode(bases))
    assert found[:, ALPHAS.index(0.0)] == pytest.approx(decoded, rel=1e-6)
    shown = summary(found, SCALES)
    zero = ALPHAS.index(0.0)
    assert np.array_equal(np.stack((shown.mean, shown.lower, shown.upper))[:, :, zero], np.zeros((3, 6)))


def test_a_direction_that_is_known_to_lean_the_digit_does_so() -> None:
    shown = effect(leaning_model(), Step(np.array([1.0, 0]), 0.1), np.zeros((2, 2)), SCALES, grids=1)
    assert shown.rising[SLANT] == 1
    assert shown.falling[SLANT] == 0
    assert shown.slopes[SLANT] > 0.02
    assert shown.counted.tolist() == [2] * 6
    leakage = dict(zip(ATTRIBUTES, shown.leakage("slant"), strict=True))
    assert leakage["slant"] == 1
    assert (np.diff(shown.mean[SLANT]) > 0).all()
    back = effect(leaning_model(), Step(np.array([-1.0, 0]), 0.1), np.zeros((2, 2)), SCALES, grids=1)
    assert back.falling[SLANT] == 1
    assert back.slopes == pytest.approx(-shown.slopes, rel=1e-6)


def test_a_direction_that_does_nothing_has_no_effect() -> None:
    shown = effect(leaning_model(), Step(np.array([0, 1.0]), 1.0), np.zeros((1, 2)), SCALES, grids=1)
    assert shown.mean == pytest.approx(np.zeros((6, len(ALPHAS))), abs=1e-9)
    assert shown.slopes == pytest.approx(np.zeros(6), abs=1e-9)
    # A standstill does not rise, and does not fall; nor does rounding.
    assert not shown.rising.any()
    assert not shown.falling.any()


@settings(max_examples=30)
@given(arrays(np.float64, (5, len(ALPHAS), 6), elements=st.floats(-50, 50)), st.floats(0.1, 10))
def test_shares_and_slopes_by_their_definition(measures: np.ndarray, scale: float) -> None:
    shown = summary(measures, np.full(6, scale))
    steps = np.array(ALPHAS)
    whole = measures[:, [ALPHAS.index(alpha) for alpha in JUDGED]]
    for k in range(6):
        rising = [all(b - a > 1e-9 for a, b in pairwise(row)) for row in whole[:, :, k].tolist()]
        assert shown.rising[k] == np.mean(rising)
        near = np.abs(steps) <= 2
        slope = np.mean([np.polyfit(steps[near], row, 1)[0] for row in measures[:, near, k]])
        assert shown.slopes[k] == pytest.approx(slope / scale, abs=1e-9)
    assert (shown.rising + shown.falling <= 1).all()
    assert (shown.lower <= shown.upper).all()


def test_one_fall_however_small_is_not_rising() -> None:
    measures = np.zeros((2, len(ALPHAS), 6)) + np.array(ALPHAS)[None, :, None]
    assert (summary(measures, SCALES).rising == 1).all()
    measures[0, ALPHAS.index(1.0), SLANT] = -1e-6
    assert summary(measures, SCALES).rising[SLANT] == 0.5
    # What lies between the steps or farther out does not count.
    measures[1, ALPHAS.index(0.5)] = measures[1, ALPHAS.index(3.0)] = -9
    assert summary(measures, SCALES).rising[THICKNESS] == 1


def test_images_without_ink_do_not_count() -> None:
    measures = np.zeros((3, len(ALPHAS), 6)) + np.array(ALPHAS)[None, :, None]
    measures[1, 4, THICKNESS] = np.nan
    measures[:, 0, SLANT] = np.nan
    shown = summary(measures, SCALES)
    assert shown.counted.tolist() == [2, 0, 3, 3, 3, 3]
    assert shown.rising[THICKNESS] == 1
    assert np.isnan([shown.rising[SLANT], shown.slopes[SLANT], *shown.mean[SLANT]]).all()


def test_each_base_can_have_a_direction_of_its_own() -> None:
    moves = np.array([[0.1, 0], [-0.1, 0]])
    shown = effect_of(leaning_model(), np.zeros((2, 2)), moves, SCALES, grids=1)
    assert (shown.rising[SLANT], shown.falling[SLANT]) == (0.5, 0.5)


def test_steps_that_are_needed_must_be_there() -> None:
    with pytest.raises(ValueError, match="must include"):
        summary(np.zeros((1, 3, 6)), SCALES, (-1, 0, 1))


def test_it_can_be_followed_and_cancelled(bundled: Bundled) -> None:
    told: list[float] = []
    moves = np.full((20, 2), 0.1)
    responses(bundled.snapshot, bundled.mu[:20], moves, progress=told.append, grids=1)
    assert told == sorted(told)
    assert told[-1] == 1
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        responses(bundled.snapshot, bundled.mu[:20], moves, cancelled=stop.is_set)
    with pytest.raises(CancelledError):
        local_direction(bundled.snapshot, bundled.mu[0], "slant", np.ones(3), stop.is_set)


# Around a point ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [1, 2, 5])
def test_around_a_point_the_direction_that_leans_the_digit_is_found(latent: int) -> None:
    model = leaning_model(latent)
    found = local_direction(model, np.zeros(latent), "slant", np.array([0.05, 0.1]))
    assert found.vector[0] > 0.95
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    # The larger step leans it more.
    assert found.sigma == pytest.approx(0.1)
    assert found.least_step > 0


def test_a_point_around_which_nothing_changes_has_a_direction_too() -> None:
    found = local_direction(leaning_model(4), np.zeros(4), "area", np.array([0.0001]))
    assert np.linalg.norm(found.vector) == pytest.approx(1)


def test_images_that_cannot_be_measured_have_a_direction_that_only_does_nothing() -> None:
    model = leaning_model()
    empty = dict(model.weights) | {"logits.bias": np.full(784, -40, np.float32)}
    empty["logits.weight"] = np.zeros((784, 2), np.float32)
    found = local_direction(ModelSnapshot(model.config, empty), np.zeros(2), "slant", np.ones(1))
    assert found.least_step == 0
    assert np.linalg.norm(found.vector) == pytest.approx(1)


def test_local_directions_of_real_digits_rise_where_they_say_so(bundled: Bundled) -> None:
    """As judged on pixel grids on which they were not looked for."""
    others = bundled.mu[1000:]
    rising = {"thickness": 0, "slant": 0}
    for row in range(3):
        base = bundled.mu[row]
        found = local_directions(bundled.snapshot, base, ("thickness", "slant"), local_sigmas(others, base))
        for attribute, direction in found.items():
            shown = effect(bundled.snapshot, direction, base[None], SCALES, JUDGED)
            rising[attribute] += int(shown.rising[ATTRIBUTES.index(attribute)])
    assert rising["thickness"] >= 2
    assert rising["slant"] >= 2


@settings(max_examples=10)
@given(st.integers(3, 300), st.integers(1, 6))
def test_sigmas_are_the_spread_of_the_nearest_means(count: int, latent: int) -> None:
    mu = np.random.default_rng(count).normal(0, 2, (count, latent)).astype(np.float32)
    sigmas = local_sigmas(mu, mu[0])
    nearest = mu[np.argsort(((mu - mu[0]) ** 2).sum(1))]
    expected = [np.sqrt(nearest[:k].var(0).mean()) for k in (50, 100, 200)]
    assert sigmas == pytest.approx(np.array(expected), rel=1e-4)
    assert (np.diff(sigmas) >= -1e-6).all() or latent > 1


def test_means_at_one_place_have_a_sigma_too() -> None:
    assert local_sigmas(np.ones((40, 3), np.float32), np.ones(3)).tolist() == [1, 1, 1]


def test_any_latent_size_works() -> None:
    model = random_model(VAEConfig(64, (8,), 30))
    found = local_direction(model, np.zeros(30), "thickness", np.array([0.5]))
    assert found.vector.shape == (30,)
    shown = effect(model, found, np.zeros((1, 30)), SCALES, JUDGED, grids=1)
    assert shown.mean.shape == (6, 5)
