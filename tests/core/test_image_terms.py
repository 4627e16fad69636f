import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.core.conftest import random_model
from vae_explorer.core import image_terms as module
from vae_explorer.core import objective
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.image_terms import (
    ImageTerms,
    ellipse,
    explain_image,
    image_terms,
    kl_per_dimension,
    own_posterior,
)
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.projection import Projection, plane_for
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.training import evaluate


@pytest.fixture(scope="module")
def model() -> ModelSnapshot:
    return load_model(bundled_models()[0].path)


def terms_of(
    model: ModelSnapshot, images: np.ndarray, posterior: Posterior | None = None, seed: int = 0
) -> ImageTerms:
    terms = image_terms(model, images, posterior or model.encode(images), seed)
    assert terms is not None
    return terms


# Single images


def test_the_mean_is_that_of_training(model: ModelSnapshot, mnist_test: ImageSet) -> None:
    theirs, posterior = evaluate(model, mnist_test)
    ours, again = (terms_of(model, mnist_test.images, posterior, seed) for seed in (0, 1))
    np.testing.assert_allclose(ours.kl_per_dimension.mean(0), theirs.kl_per_dimension, rtol=1e-5)
    # Two draws of each image differ by twice the variance of one, so do their mean and training's. Five of its
    # standard deviations here are 0.2 nats of 128.
    noise = np.sqrt(np.square(ours.reconstruction - again.reconstruction).mean() / len(mnist_test))
    assert noise < 0.1
    assert abs(ours.reconstruction.mean() - theirs.reconstruction) < 5 * noise
    assert abs(ours.elbo.mean() - theirs.elbo) < 5 * noise


def test_each_image_has_the_terms_of_the_objective(model: ModelSnapshot, few: ImageSet) -> None:
    posterior = model.encode(few.images)
    # Without any spread, the draw is μ.
    certain = Posterior(posterior.mu, np.full_like(posterior.logvar, -200))
    terms = terms_of(model, few.images, certain)
    logits = torch.tensor(model.decode_logits(posterior.mu).astype(float))
    expected = objective.bernoulli_log_likelihood(logits, torch.tensor(few.images / 255.0))
    np.testing.assert_allclose(terms.reconstruction, -expected.numpy(), rtol=1e-5)
    np.testing.assert_allclose(terms.elbo, -(terms.reconstruction + terms.kl), rtol=1e-12)


def test_a_seed_always_draws_the_same_whatever_the_chunks(
    model: ModelSnapshot, few: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = terms_of(model, few.images)
    monkeypatch.setattr(module, "_CHUNK_VALUES", 786 * 33)
    np.testing.assert_allclose(terms_of(model, few.images).reconstruction, whole.reconstruction, rtol=1e-5)
    np.testing.assert_allclose(
        terms_of(model, few.images[:7]).reconstruction, whole.reconstruction[:7], rtol=1e-5
    )
    other = terms_of(model, few.images, seed=1)
    assert np.abs(other.reconstruction - whole.reconstruction).max() > 1
    np.testing.assert_array_equal(other.kl, whole.kl)


def test_gray_levels_and_floats_are_the_same_images(model: ModelSnapshot, few: ImageSet) -> None:
    posterior = model.encode(few.images)
    floats = (few.images / 255).astype(np.float32)
    np.testing.assert_allclose(
        terms_of(model, floats, posterior).reconstruction,
        terms_of(model, few.images, posterior).reconstruction,
        rtol=1e-6,
    )


def test_cancelled_before_a_chunk(
    model: ModelSnapshot, few: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK_VALUES", 786 * 100)
    answers = iter([False, False, True])
    assert image_terms(model, few.images, model.encode(few.images), cancelled=lambda: next(answers)) is None
    assert list(answers) == []


def test_a_posterior_of_the_weights_is_kept_whatever_computed_it(model: ModelSnapshot, few: ImageSet) -> None:
    known = evaluate(model, few)[1]
    assert own_posterior(model, few.images, known) is known


@pytest.mark.parametrize("changed", ["mu", "logvar"])
def test_a_posterior_of_other_weights_is_replaced(model: ModelSnapshot, few: ImageSet, changed: str) -> None:
    """Weights of a step later, which move the images by a hundredth or two."""
    bias = f"{changed}.bias"
    later = ModelSnapshot(model.config, {**model.weights, bias: model.weights[bias] + np.float32(0.015)})
    own, known = later.encode(few.images), model.encode(few.images)
    found = own_posterior(later, few.images, known)
    assert found is not known
    np.testing.assert_array_equal(found.mu, own.mu)
    np.testing.assert_array_equal(found.logvar, own.logvar)


@pytest.mark.parametrize("latent", [1, 512])
def test_any_number_of_dimensions(latent: int) -> None:
    model = random_model(VAEConfig(16, (8,), latent))
    images = np.random.default_rng(0).integers(0, 256, (9, 16)).astype(np.uint8)
    terms = terms_of(model, images)
    assert terms.kl_per_dimension.shape == (9, latent)
    assert np.isfinite(terms.elbo).all()
    # No images are no problem either.
    assert terms_of(model, images[:0]).elbo.shape == (0,)


@given(hnp.arrays(np.float32, (4, 3), elements=st.floats(-6, 6, width=32)))
def test_kl_is_that_of_the_objective_and_never_negative(values: np.ndarray) -> None:
    mu, logvar = values[:2], values[2:]
    kl = kl_per_dimension(mu, logvar)
    assert (kl >= 0).all()
    expected = objective.kl_per_dimension(torch.tensor(mu).double(), torch.tensor(logvar).double())
    np.testing.assert_allclose(kl, expected.numpy(), rtol=1e-12, atol=1e-14)


def test_overflow_is_no_warning(small_model: ModelSnapshot) -> None:
    images = np.zeros((2, 16), np.uint8)
    huge = Posterior(np.full((2, 3), 3e38, np.float32), np.full((2, 3), 3e38, np.float32))
    with warnings.catch_warnings(action="error"):
        terms = terms_of(small_model, images, huge)
        explained = explain_image(small_model, images[0], huge.mu[0], huge.logvar[0], np.ones(3))
    assert np.isinf(terms.kl).all()
    assert not np.isfinite(terms.elbo).any()
    assert np.isfinite(explained.difference).all()


# One image explained


def test_an_explanation_agrees_with_the_model(model: ModelSnapshot, few: ImageSet) -> None:
    image = few.images[3]
    posterior = model.encode(image[None])
    mu, logvar = posterior.mu[0], posterior.logvar[0]
    epsilon = np.array([1.5, -0.5])
    explained = explain_image(model, image, mu, logvar, epsilon)
    z = mu + np.exp(logvar / 2) * epsilon
    mean = model.decode(mu[None])[0]
    np.testing.assert_array_equal(explained.from_mu, square(gray_levels(mean)))
    drawn = square(gray_levels(model.decode(z[None])[0]))
    assert np.abs(explained.from_sample.astype(int) - drawn).max() <= 1
    assert (explained.from_sample != explained.from_mu).any()
    np.testing.assert_allclose(explained.difference.ravel(), image / 255 - mean, atol=1e-6)
    assert np.abs(explained.difference).max() <= 1
    assert explained.difference.max() > 0.1  # ink that the reconstruction lacks

    logits = torch.tensor(model.decode_logits(np.stack([mu, z])).astype(float))
    at_mu, at_sample = (-objective.bernoulli_log_likelihood(logits, torch.tensor(image / 255.0))).tolist()
    assert explained.reconstruction_at_mu == pytest.approx(at_mu, rel=1e-5)
    assert explained.reconstruction == pytest.approx(at_sample, rel=1e-5)
    np.testing.assert_array_equal(explained.kl_per_dimension, kl_per_dimension(mu, logvar))
    assert explained.elbo == pytest.approx(-(at_sample + explained.kl), rel=1e-5)


def test_no_noise_is_the_mean(small_model: ModelSnapshot) -> None:
    image = np.random.default_rng(0).random(16).astype(np.float32)
    explained = explain_image(small_model, image, np.ones(3), np.zeros(3), np.zeros(3))
    np.testing.assert_array_equal(explained.from_mu, explained.from_sample)
    assert explained.reconstruction == explained.reconstruction_at_mu


# Ellipses


def some_plane(latent: int, seed: int) -> Projection:
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.standard_normal((latent, 2)))[0].T
    return Projection(random.standard_normal(latent), axes, ("x", "y"))


@settings(deadline=None)
@given(st.integers(2, 9), st.integers(0, 1000), st.floats(0.1, 4))
def test_an_ellipse_is_where_the_projected_normal_has_that_distance(
    latent: int, seed: int, sigmas: float
) -> None:
    random = np.random.default_rng(seed)
    plane = some_plane(latent, seed)
    mu, logvar = random.standard_normal(latent), random.normal(-2, 2, latent)
    line = ellipse(mu, logvar, plane, sigmas)
    assert line.shape == (65, 2)
    np.testing.assert_array_equal(line[0], line[-1])
    covariance = plane.axes @ np.diag(np.exp(logvar)) @ plane.axes.T
    away = line - plane.project(mu)
    distance = np.sqrt(np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away))
    np.testing.assert_allclose(distance, sigmas, rtol=1e-6)


def test_samples_of_the_posterior_lie_within_the_ellipse_as_often_as_they_should() -> None:
    plane = some_plane(6, 3)
    random = np.random.default_rng(0)
    mu, logvar = random.standard_normal(6), random.normal(-2, 1, 6)
    places = plane.project(mu + np.exp(logvar / 2) * random.standard_normal((20_000, 6)))
    for sigmas in (1.0, 2.0):
        inside = _inside(ellipse(mu, logvar, plane, sigmas), places).mean()
        # The polygon of 64 corners is 0.2 % smaller than the ellipse.
        assert inside == pytest.approx(1 - np.exp(-(sigmas**2) / 2), abs=0.015)


def _inside(line: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Left of, or right of, all edges of a convex polygon."""
    edges = np.diff(line, axis=0)
    to = places[:, None] - line[:-1]
    side = edges[:, 0] * to[..., 1] - edges[:, 1] * to[..., 0]
    inside: np.ndarray = (side >= 0).all(1) | (side <= 0).all(1)
    return inside


def test_in_two_dimensions_it_has_the_axes_of_the_posterior() -> None:
    line = ellipse(np.array([1.0, 2.0]), np.log([0.25, 4.0]), plane_for(np.zeros((3, 2), np.float32)), 1)
    np.testing.assert_allclose(line.min(0), [0.5, 0.0], atol=1e-9)
    np.testing.assert_allclose(line.max(0), [1.5, 4.0], atol=1e-9)


def test_one_dimension_has_a_flat_line() -> None:
    line = ellipse(np.array([1.0]), np.log([0.25]), plane_for(np.zeros((3, 1), np.float32)), 2)
    assert line[:, 0].min() == pytest.approx(0)
    assert line[:, 0].max() == pytest.approx(2)
    np.testing.assert_array_equal(line[:, 1], 0)


@pytest.mark.parametrize("logvar", [-1000.0, -88.0, 88.0, 3e38])
@pytest.mark.parametrize("latent", [1, 2, 512])
def test_extreme_variances_have_a_finite_line(latent: int, logvar: float) -> None:
    with warnings.catch_warnings(action="error"):
        line = ellipse(
            np.ones(latent, np.float32),
            np.full(latent, logvar, np.float32),
            plane_for(np.random.default_rng(0).standard_normal((9, latent)).astype(np.float32)),
            2,
        )
    assert np.isfinite(line).all()
