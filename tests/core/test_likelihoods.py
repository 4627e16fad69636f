"""Observation models in NumPy against torch.distributions, and whoever asks them what a pixel is."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.distributions import Bernoulli, ContinuousBernoulli, Distribution, Normal

from tests.core.conftest import random_model
from vae_explorer.core.config import Likelihood, VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.decoder_space import DecoderSpace, angles_and_derivatives, angles_and_pull_back
from vae_explorer.core.image_terms import image_terms
from vae_explorer.core.likelihoods import (
    BernoulliPixels,
    ContinuousBernoulliPixels,
    GaussianPixels,
    PixelLikelihood,
    likelihood_of,
)
from vae_explorer.core.path_report import decoded_elbo
from vae_explorer.core.sensitivity import log_magnification
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.uncertainty import pixel_entropy

SIGMA = 0.3
OURS: dict[str, PixelLikelihood] = {
    "bernoulli": BernoulliPixels(),
    "continuous": ContinuousBernoulliPixels(),
    "gaussian": GaussianPixels(SIGMA, learned=False),
}
THEIRS: dict[str, Callable[[torch.Tensor], Distribution]] = {
    "bernoulli": lambda ell: Bernoulli(logits=ell, validate_args=False),
    "continuous": lambda ell: ContinuousBernoulli(logits=ell),
    "gaussian": lambda ell: Normal(torch.sigmoid(ell), SIGMA),
}
every_likelihood = pytest.mark.parametrize("name", list(OURS))
some_logits = arrays(np.float32, (3, 7), elements=st.floats(-12, 12, width=32))
gray_levels = arrays(np.float32, (3, 7), elements=st.floats(0, 1, width=32))


def of_torch(name: str, logits: np.ndarray) -> Distribution:
    return THEIRS[name](torch.from_numpy(logits.astype(float)))


@every_likelihood
@given(logits=some_logits, x=gray_levels)
def test_log_likelihoods_are_those_of_pytorch_with_all_constants(
    name: str, logits: np.ndarray, x: np.ndarray
) -> None:
    expected = -of_torch(name, logits).log_prob(torch.from_numpy(x.astype(float))).sum(-1)
    found = OURS[name].negative_log_likelihood(logits.copy(), x)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=2e-5)


@every_likelihood
@given(logits=some_logits)
def test_means_are_those_of_pytorch(name: str, logits: np.ndarray) -> None:
    found = OURS[name].means(logits.copy())
    np.testing.assert_allclose(found, of_torch(name, logits).mean.numpy(), atol=2e-5)
    assert found.dtype == np.float32


@given(logits=some_logits)
def test_entropies_are_those_of_pytorch(logits: np.ndarray) -> None:
    for name, likelihood in OURS.items():
        expected = of_torch(name, logits).entropy().numpy() / math.log(2)
        # PyTorch's continuous Bernoulli is less exact around ½.
        np.testing.assert_allclose(likelihood.entropy(logits), expected, atol=1e-4)


@every_likelihood
def test_slopes_of_the_embedding_are_the_root_of_the_fisher_information(name: str) -> None:
    """Which for the Bernoullis is the variance of x, and for the Gaussian (dμ/dℓ / σ)²."""
    logits = np.linspace(-20, 20, 801)
    ell = torch.from_numpy(logits)
    if name == "gaussian":
        mean = torch.sigmoid(ell)
        expected = (mean * (1 - mean) / SIGMA).numpy()
    else:
        expected = of_torch(name, logits).variance.sqrt().numpy()
    # Of PyTorch's continuous Bernoulli the Taylor polynomial around ½ is too short.
    np.testing.assert_allclose(OURS[name].slopes(logits), expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(OURS[name].log_slopes(logits), np.log(OURS[name].slopes(logits)), atol=1e-9)


@every_likelihood
def test_the_embedding_is_the_integral_of_its_slopes(name: str) -> None:
    logits = np.linspace(-90, 90, 90_001)
    likelihood = OURS[name]
    slopes = likelihood.slopes(logits)
    summed = np.concatenate(([0], np.cumsum((slopes[1:] + slopes[:-1]) / 2 * np.diff(logits))))
    found = likelihood.embedding(logits)
    np.testing.assert_allclose(found - found[0], summed, atol=5e-6)
    single = likelihood.embedding(logits.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, found, atol=1e-5)


@pytest.mark.parametrize("place", [-1.0, -1e-3, 0.0, 1e-3, 1.0])
def test_the_series_of_the_continuous_bernoulli_meet_its_formulas(place: float) -> None:
    """Around λ = ½, and where one takes over from the other, nothing jumps."""
    likelihood = ContinuousBernoulliPixels()
    logits = place + np.linspace(-1e-4, 1e-4, 201)[:, None]
    nothing = np.zeros_like(logits)
    for values in (
        likelihood.negative_log_likelihood(logits.copy(), nothing),
        likelihood.slopes(logits)[:, 0],
        likelihood.embedding(logits)[:, 0],
    ):
        assert np.abs(np.diff(values, 2)).max() < 1e-7  # nothing to a float32


@pytest.mark.parametrize("size", [90.0, 1e4, 1e30])
def test_large_logits_overflow_nothing(size: float) -> None:
    logits = np.array([[-size, size]], np.float32)
    for likelihood in OURS.values():
        assert np.isfinite(
            likelihood.negative_log_likelihood(logits.copy(), np.array([[0, 1]], np.float32))
        ).all()
        np.testing.assert_allclose(likelihood.means(logits.copy()), [[0, 1]], atol=0.012)
        assert np.isfinite(likelihood.embedding(logits)).all()
        assert np.isfinite(likelihood.log_slopes(logits)).all()
        assert (likelihood.slopes(logits) >= 0).all()


def test_the_squared_error_of_the_tutorials_is_a_gaussian_but_for_a_constant() -> None:
    random = np.random.default_rng(0)
    logits, x = random.standard_normal((4, 784)).astype(np.float32), random.random((4, 784), np.float32)
    config = VAEConfig(likelihood="gaussian")
    likelihood = likelihood_of(config, {})
    errors = np.square(likelihood.means(logits.copy()) - x).sum(1)
    found = likelihood.negative_log_likelihood(logits, x)
    np.testing.assert_allclose(found - errors, 784 / 2 * math.log(math.pi), rtol=1e-5)
    assert 784 / 2 * math.log(math.pi) == pytest.approx(448.7, abs=0.05)


def test_a_screen_says_which_it_is() -> None:
    assert random_model(VAEConfig(16, (8,), 2)).likelihood.name == "gray-level Bernoulli (pseudo-likelihood)"
    assert GaussianPixels(math.sqrt(0.5), learned=False).name == "Gaussian, σ = 0.71"
    assert of(model_with("gaussian_learned")).name == "Gaussian, σ learned: 0.2"
    assert of(model_with("continuous_bernoulli")).name == "continuous Bernoulli"


# Those who ask

LIKELIHOODS: tuple[Likelihood, ...] = ("bernoulli", "continuous_bernoulli", "gaussian", "gaussian_learned")
every_model = pytest.mark.parametrize("kind", LIKELIHOODS)


def model_with(kind: Likelihood, hidden: tuple[int, ...] = (9, 7), latent: int = 2) -> ModelSnapshot:
    """A random model whose images change a good deal."""
    model = random_model(VAEConfig(16, hidden, latent, likelihood=kind, sigma=0.2))
    return ModelSnapshot(
        model.config, dict(model.weights) | {"logits.weight": 6 * model.weights["logits.weight"]}
    )


def of(model: ModelSnapshot) -> PixelLikelihood:
    return likelihood_of(model.config, model.weights)


def places(count: int, latent: int = 2) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, latent))


@every_model
def test_images_and_entropies_are_of_the_likelihood(kind: Likelihood) -> None:
    model, z = model_with(kind), places(5)
    logits = model.decode_logits(z)
    np.testing.assert_array_equal(model.decode(z), of(model).means(logits.copy()))
    np.testing.assert_allclose(pixel_entropy(model, z), of(model).entropy(logits).mean(1), rtol=1e-6)


@every_model
def test_single_images_have_the_terms_of_the_likelihood(kind: Likelihood, few: ImageSet) -> None:
    model = model_with(kind)
    images = few.images[:6].reshape(6, 28, 28)[:, ::7, ::7].reshape(6, 16)
    mu = model.encode(images).mu
    found = image_terms(model, images, Posterior(mu, np.full_like(mu, -200)))
    assert found is not None
    x = images.astype(np.float32) / np.float32(255)
    expected = of(model).negative_log_likelihood(model.decode_logits(mu), x)
    np.testing.assert_allclose(found.reconstruction, expected, rtol=1e-6)


@every_model
def test_gradients_in_decoder_space_are_those_of_the_embedding(kind: Likelihood) -> None:
    model, z = model_with(kind), places(4)
    gradient = np.random.default_rng(1).standard_normal((4, 16)).astype(np.float32)
    phi, derivatives = angles_and_derivatives(model, z)
    other, pull_back = angles_and_pull_back(model, z)
    np.testing.assert_allclose(other, phi, atol=1e-5)
    np.testing.assert_allclose(phi, of(model).embedding(model.decode_logits(z)), atol=1e-5)
    np.testing.assert_allclose(
        pull_back(gradient), np.einsum("mdp,mp->md", derivatives, gradient), atol=1e-4, rtol=1e-4
    )


@every_model
def test_small_squares_of_the_map_have_the_area_that_sensitivity_says(kind: Likelihood) -> None:
    model, z = model_with(kind), places(20)
    space = DecoderSpace(model, model.encode(np.zeros((1, 16), np.float32)))
    h = 2e-3
    first, second = ((space.phi(z + step) - space.phi(z - step)) / (2 * h) for step in h * np.eye(2))
    gram = np.stack([np.stack([(a * b).sum(1) for a in (first, second)], -1) for b in (first, second)], -1)
    expected = 0.5 * np.linalg.slogdet(gram.astype(float))[1]
    # Some steps cross the fold of a ReLU.
    assert np.median(np.abs(log_magnification(model, z, np.eye(2)) - expected)) < 0.01


@every_model
def test_no_image_lacks_less_than_nothing_of_the_elbo(kind: Likelihood) -> None:
    model, z = model_with(kind), places(8)
    elbo, shortfall = decoded_elbo(model, z)
    best = -of(model).negative_log_likelihood(model.decode_logits(z), model.decode(z))
    np.testing.assert_allclose(elbo + shortfall, best, rtol=1e-6)
    assert (shortfall > 0).all()
