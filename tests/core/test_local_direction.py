import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.leaning import Bundled, leaning_model
from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_effect import JUDGED, effect
from vae_explorer.core.direction_sources import Around
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.local_direction import find_around, local_direction, local_directions, local_sigmas
from vae_explorer.core.morphometry import ATTRIBUTES
from vae_explorer.core.snapshot import ModelSnapshot

SCALES = np.ones(len(ATTRIBUTES))


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


def test_it_can_be_cancelled(bundled: Bundled) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        local_direction(bundled.snapshot, bundled.mu[0], "slant", np.ones(3), stop.is_set)


# As a source ---------------------------------------------------------------------------------------------


def test_a_source_knows_the_place_that_it_was_found_around() -> None:
    model, mu = leaning_model(3), np.random.default_rng(0).normal(0, 0.1, (300, 3)).astype(np.float32)
    around = find_around(Around("slant"), model, mu, np.array([0.1, 0.2, 0.3]))
    assert around.source == Around("slant", (0.1, 0.2, 0.3))
    assert around.vector[0] > 0.9
    assert around.sigma in local_sigmas(mu, np.array([0.1, 0.2, 0.3]))
    assert around.quality is None
    again = find_around(around.source, model, mu, np.ones(3))
    assert np.array_equal(again.vector, around.vector)


@pytest.mark.parametrize(
    ("source", "base", "says"),
    [
        (Around("slant"), None, "around:slant:0.5,-1.2"),
        (Around("slant", (1.0,)), np.zeros(2), "but the direction has 1"),
        (Around("slant"), np.zeros(3), "but the direction has 3"),
    ],
)
def test_a_source_needs_a_place_of_the_model(source: Around, base: np.ndarray | None, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        find_around(source, leaning_model(2), np.zeros((5, 2), np.float32), base)
