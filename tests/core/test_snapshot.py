import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import ContinuousBernoulli

from tests.core.conftest import random_model
from tests.core.test_config import configs
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot


@given(configs.filter(lambda config: config.parameter_count < 500_000), st.integers(0, 1000))
def test_it_computes_what_the_torch_model_computes(config: VAEConfig, seed: int) -> None:
    model = VAE(config, torch.Generator().manual_seed(seed))
    snapshot = model.snapshot()
    random = np.random.default_rng(seed)
    x = random.random((3, config.input_size), np.float32)
    z = random.standard_normal((3, config.latent), np.float32)
    with torch.no_grad():
        mu, logvar = model.encode(torch.from_numpy(x))
        logits = model.decode(torch.from_numpy(z))
    posterior = snapshot.encode(x)
    close = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(posterior.mu, mu.numpy(), **close)
    np.testing.assert_allclose(posterior.logvar, logvar.numpy(), **close)
    np.testing.assert_allclose(snapshot.decode_logits(z), logits.numpy(), **close)
    if config.likelihood == "continuous_bernoulli":
        means = ContinuousBernoulli(logits=logits.double()).mean
    else:
        means = torch.sigmoid(logits)
    np.testing.assert_allclose(snapshot.decode(z), means.numpy(), **close)


def test_gray_levels_and_their_fractions_are_the_same_image(few: ImageSet) -> None:
    model = random_model(VAEConfig())
    bytes_, floats = model.encode(few.images), model.encode(few.images.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(bytes_.mu, floats.mu)
    np.testing.assert_array_equal(bytes_.logvar, floats.logvar)


def test_encoding_leaves_the_images_as_they_are(small_model: ModelSnapshot) -> None:
    x = np.full((2, 16), 0.5, np.float32)
    small_model.encode(x)
    assert (x == 0.5).all()
    linear = random_model(VAEConfig(16, (), 3))
    linear.encode(x)
    assert (x == 0.5).all()


def test_far_from_the_data_means_stay_between_zero_and_one(small_model: ModelSnapshot) -> None:
    means = small_model.decode(np.array([[1e6, -1e6, 1e6]]))
    assert means.min() >= 0
    assert means.max() <= 1


def test_weights_cannot_be_changed(small_model: ModelSnapshot) -> None:
    with pytest.raises(ValueError, match="read-only"):
        small_model.weights["mu.bias"][0] = 1
    with pytest.raises(TypeError):
        small_model.weights["mu.bias"] = np.zeros(3, np.float32)  # type: ignore[index]


def test_it_does_not_follow_the_arrays_that_it_was_made_from(small_model: ModelSnapshot) -> None:
    source = {name: values.copy() for name, values in small_model.weights.items()}
    snapshot = ModelSnapshot(small_model.config, source)
    source["mu.bias"][:] = 99
    assert (snapshot.weights["mu.bias"] != 99).all()


def changed(model: ModelSnapshot, name: str, values: np.ndarray) -> ModelSnapshot:
    return ModelSnapshot(model.config, dict(model.weights) | {name: values})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(small_model: ModelSnapshot, bad: float) -> None:
    values = small_model.weights["decoder.1.weight"].copy()
    values[2, 1] = bad
    with pytest.raises(CheckpointError, match=r"decoder\.1\.weight holds NaN or infinite"):
        changed(small_model, "decoder.1.weight", values)


def test_numbers_too_large_for_float32_are_refused(small_model: ModelSnapshot) -> None:
    with pytest.raises(CheckpointError, match=r"mu\.bias holds NaN or infinite"):
        changed(small_model, "mu.bias", np.full(3, 1e300))


def test_a_wrong_shape_is_refused(small_model: ModelSnapshot) -> None:
    with pytest.raises(CheckpointError, match=r"mu\.bias has shape \(4,\)"):
        changed(small_model, "mu.bias", np.zeros(4, np.float32))


def test_missing_and_unknown_tensors_are_named(small_model: ModelSnapshot) -> None:
    weights = dict(small_model.weights)
    weights["extra"] = weights.pop("mu.bias")
    with pytest.raises(CheckpointError, match=r"missing mu\.bias; unknown extra"):
        ModelSnapshot(small_model.config, weights)
