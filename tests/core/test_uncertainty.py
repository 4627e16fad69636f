import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.core.conftest import random_model
from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.likelihoods import bernoulli_entropy
from vae_explorer.core.uncertainty import pixel_entropy


def straight(logits: np.ndarray) -> np.ndarray:
    """−p log₂ p − (1−p) log₂(1−p), for logits where float64 can hold 1 − p."""
    p = 1 / (1 + np.exp(-logits.astype(float)))
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


@given(hnp.arrays(np.float32, 20, elements=st.floats(-30, 30, width=32)))
def test_it_is_the_entropy_of_each_bernoulli(logits: np.ndarray) -> None:
    np.testing.assert_allclose(bernoulli_entropy(logits), straight(logits), atol=1e-6)


@given(hnp.arrays(np.float32, 20, elements=st.floats(-(2.0**127), 2.0**127, width=32)))
def test_it_is_from_0_to_1_bit_and_the_same_for_black_and_white(logits: np.ndarray) -> None:
    bits = bernoulli_entropy(logits)
    assert bits.min() >= 0
    assert bits.max() <= 1
    np.testing.assert_array_equal(bernoulli_entropy(-logits), bits)


def test_a_coin_has_one_bit_and_a_sure_pixel_none() -> None:
    found = bernoulli_entropy(np.array([0, 1e30, -1e30, 80], np.float32))
    assert found[0] == 1
    np.testing.assert_allclose(found[1:], 0, atol=1e-30)


def test_of_two_pixels_the_surer_has_less() -> None:
    assert (np.diff(bernoulli_entropy(np.linspace(0, 80, 200, dtype=np.float32))) < 0).all()


@pytest.mark.parametrize("latent", [1, 2, 512])
def test_an_image_has_the_mean_of_its_pixels(latent: int) -> None:
    snapshot = random_model(VAEConfig(25, (12,), latent))
    z = np.random.default_rng(0).standard_normal((7, latent))
    expected = straight(snapshot.decode_logits(z)).mean(1)
    np.testing.assert_allclose(pixel_entropy(snapshot, z), expected, atol=1e-6)


def test_many_places_agree_with_each_by_itself() -> None:
    snapshot = load_model(model_path(DEFAULT_MODEL))
    z = np.random.default_rng(0).standard_normal((1500, 2))
    together = pixel_entropy(snapshot, z)
    some = [0, 700, 1499]
    np.testing.assert_allclose(together[some], [pixel_entropy(snapshot, z[[i]])[0] for i in some], rtol=1e-4)


def test_far_from_the_data_nothing_overflows() -> None:
    found = pixel_entropy(load_model(model_path(DEFAULT_MODEL)), np.array([[1e6, 1e6], [-1e9, 0]]))
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_a_cancelled_computation_says_what_it_did_not_reach() -> None:
    snapshot = random_model(VAEConfig(25, (12,), 2))
    assert np.isnan(pixel_entropy(snapshot, np.zeros((3, 2)), lambda: True)).all()
