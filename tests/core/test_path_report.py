import json
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import random_model
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.decoder_space import CancelledError, DecoderSpace
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.image_terms import image_terms
from vae_explorer.core.path_report import PathReport, decoded_elbo, path_report
from vae_explorer.core.paths import Path
from vae_explorer.core.snapshot import ModelSnapshot, Posterior


def path_of(points: np.ndarray, *, loop: bool = False) -> Path:
    curve = np.concatenate((points, points[:1])) if loop else points
    return Path("linear", points, (0, len(points) - 1), curve, loop)


def measured(model: ModelSnapshot, path: Path, posterior: Posterior) -> PathReport:
    return path_report(path, DecoderSpace(model, posterior), AggregatePosterior(posterior))


def some_posterior(latent: int, count: int = 50) -> Posterior:
    random = np.random.default_rng(1)
    return Posterior(
        random.standard_normal((count, latent), np.float32), np.full((count, latent), -2, np.float32)
    )


@pytest.mark.parametrize("latent", [1, 2, 3, 64])
@pytest.mark.parametrize("loop", [False, True])
def test_each_frame_and_each_step_has_its_figures(latent: int, loop: bool) -> None:
    model, posterior = random_model(VAEConfig(16, (8,), latent)), some_posterior(latent)
    points = np.random.default_rng(2).standard_normal((6, latent))
    report = measured(model, path_of(points, loop=loop), posterior)
    stations = np.concatenate((points, points[:1])) if loop else points
    steps = np.linalg.norm(np.diff(stations, axis=0), axis=1)
    np.testing.assert_allclose(report.latent_steps, steps)
    np.testing.assert_allclose(report.latent_length, steps.sum())
    phi = 2 * np.arcsin(np.sqrt(model.decode(stations).astype(np.float64)))
    np.testing.assert_allclose(report.changes, np.linalg.norm(np.diff(phi, axis=0), axis=1), rtol=1e-4)
    # A chord is never longer than its arc.
    assert report.decoder_length >= report.changes.sum() * (1 - 1e-5)
    density = AggregatePosterior(posterior)
    np.testing.assert_allclose(report.log_density, density.log_density(points))
    assert report.lowest_density == report.log_density[report.loneliest]
    assert report.percentile == density.percentile(report.lowest_density)
    assert report.elbo.shape == report.shortfall.shape == (6,)


def test_the_jump_is_where_the_image_changes_most(small_model: ModelSnapshot) -> None:
    points = np.array([[0, 0, 0], [0.01, 0, 0], [0.02, 0, 0], [4, 0, 0], [4.01, 0, 0]], float)
    report = measured(small_model, path_of(points), some_posterior(3))
    assert report.jump == 2
    assert report.unevenness > 3


def test_a_path_that_stays_where_it_is_changes_evenly(small_model: ModelSnapshot) -> None:
    report = measured(small_model, path_of(np.ones((4, 3))), some_posterior(3))
    assert report.latent_length == report.decoder_length == 0
    assert not report.changes.any()
    assert report.unevenness == 1


def test_a_path_off_the_data_says_so(small_model: ModelSnapshot) -> None:
    posterior = some_posterior(3)
    on = np.repeat(posterior.mu[:1].astype(float), 3, 0)
    off = on.copy()
    off[1] += 50
    near, far = (measured(small_model, path_of(points), posterior) for points in (on, off))
    assert far.loneliest == 1
    assert far.percentile == 0 < near.percentile
    assert far.lowest_density < -100 < near.lowest_density


# The ELBO of decoded images


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 5))
def test_the_elbo_is_that_of_the_images_with_many_draws(latent: int, count: int, seed: int) -> None:
    """Against the estimator of training's figures, one draw an image, many times."""
    model = random_model(VAEConfig(9, (6,), latent), seed)
    z = np.random.default_rng(seed).standard_normal((count, latent))
    images = model.decode(z)
    posterior = model.encode(images)
    draws = 4000
    many = image_terms(
        model,
        np.repeat(images, draws, 0),
        Posterior(np.repeat(posterior.mu, draws, 0), np.repeat(posterior.logvar, draws, 0)),
    )
    assert many is not None
    expected = many.elbo.reshape(count, draws)
    spread = expected.std(1) * (1 / np.sqrt(16) + 1 / np.sqrt(draws))
    assert (np.abs(decoded_elbo(model, z)[0] - expected.mean(1)) <= 5 * spread + 1e-4).all()


def test_the_elbo_without_a_spread_is_exact() -> None:
    """A posterior so narrow that all draws are its mean leaves nothing to chance."""
    model = random_model(VAEConfig(9, (6,), 2))
    weights = dict(model.weights) | {
        "logvar.weight": np.zeros((2, 6), np.float32),
        "logvar.bias": np.full(2, -40, np.float32),
    }
    model = ModelSnapshot(model.config, weights)
    z = np.random.default_rng(0).standard_normal((5, 2))
    images = model.decode(z).astype(np.float64)
    mu = model.encode(model.decode(z)).mu
    again = model.decode(mu).astype(np.float64)
    likelihood = (images * np.log(again) + (1 - images) * np.log1p(-again)).sum(1)
    kl = 0.5 * (mu.astype(np.float64) ** 2 + np.exp(-40) + 40 - 1).sum(1)
    elbo, shortfall = decoded_elbo(model, z)
    np.testing.assert_allclose(elbo, likelihood - kl, rtol=1e-5)
    entropy = -(images * np.log(images) + (1 - images) * np.log1p(-images)).sum(1)
    np.testing.assert_allclose(shortfall, -entropy - elbo, rtol=1e-5)


def test_the_elbo_of_a_place_does_not_depend_on_its_neighbours() -> None:
    model = random_model(VAEConfig(784, (20,), 3))
    z = np.random.default_rng(0).standard_normal((40, 3))
    for together, alone in zip(decoded_elbo(model, z), decoded_elbo(model, z[33:34]), strict=True):
        np.testing.assert_allclose(alone, together[33:34], rtol=1e-5)


@given(st.integers(1, 5), st.integers(0, 5), st.floats(0, 30))
def test_no_image_has_a_higher_elbo_than_its_grays_allow(latent: int, seed: int, reach: float) -> None:
    model = random_model(VAEConfig(25, (6,), latent), seed)
    z = reach * np.random.default_rng(seed).standard_normal((4, latent))
    elbo, shortfall = decoded_elbo(model, z)
    assert (shortfall >= -1e-5 * np.abs(elbo)).all()


def test_the_shortfall_tells_digits_from_what_the_model_does_not_know(mnist_test: ImageSet) -> None:
    """The ELBO alone does not: what the decoder draws far out has hardly a gray pixel."""
    model = load_model(bundled_models()[0].path)
    means = model.encode(mnist_test.images[:100]).mu
    angles = np.linspace(0, 2 * np.pi, 100)
    far = 30 * np.stack((np.cos(angles), np.sin(angles)), 1)
    (elbo, shortfall), (far_elbo, far_shortfall) = decoded_elbo(model, means), decoded_elbo(model, far)
    assert np.median(far_elbo) > np.median(elbo)
    assert np.median(far_shortfall) > 3 * np.median(shortfall)
    assert far_shortfall.min() > np.quantile(shortfall, 0.9)


# For programs


def test_a_summary_is_plain_json(small_model: ModelSnapshot) -> None:
    report = measured(
        small_model, path_of(np.random.default_rng(0).standard_normal((4, 3))), some_posterior(3)
    )
    summary = json.loads(json.dumps(report.summary(), allow_nan=False))
    assert summary["decoder_length"] == report.decoder_length
    assert summary["lowest_log_density"] == min(summary["log_density"])
    assert summary["changes"][summary["largest_change_after_frame"]] == summary["largest_change"]
    assert len(summary["elbo"]) == 4


def test_what_overflows_is_none_in_json() -> None:
    one = np.ones(2)
    report = PathReport(1, 1, one, one, -np.ones(3), 0, np.array([-1, -np.inf, np.nan]), np.ones(3))
    assert report.summary()["elbo"] == [-1, None, None]
    json.dumps(report.summary(), allow_nan=False)


@pytest.mark.parametrize("answers", [0, 1, 2, 3, 4])
def test_a_cancelled_report_is_none(small_model: ModelSnapshot, answers: int) -> None:
    said = chain([False] * answers, iter(lambda: True, None))
    posterior = some_posterior(3)
    with pytest.raises(CancelledError):
        path_report(
            path_of(np.zeros((3, 3))),
            DecoderSpace(small_model, posterior),
            AggregatePosterior(posterior),
            lambda: next(said),
        )
