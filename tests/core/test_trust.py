from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import random_model
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.trust import DENSE_PERCENTILE, Trust, TrustGauge, prior_outside


@dataclass(frozen=True)
class Measured:
    """A bundled model with all test digits."""

    snapshot: ModelSnapshot
    posterior: Posterior
    aggregate: AggregatePosterior
    gauge: TrustGauge

    def verdicts(self, z: np.ndarray) -> Counter[str]:
        """Share of each verdict, 0 to 1."""
        counts = Counter(self.gauge.read(place).verdict for place in z)
        return Counter({verdict: count / len(z) for verdict, count in counts.items()})


@pytest.fixture(scope="module", params=[model.name for model in bundled_models()])
def measured(request: pytest.FixtureRequest, mnist_test: ImageSet) -> Measured:
    (model,) = [model for model in bundled_models() if model.name == request.param]
    snapshot = load_model(model.path)
    posterior = snapshot.encode(mnist_test.images)
    aggregate = AggregatePosterior(posterior)
    return Measured(snapshot, posterior, aggregate, TrustGauge(snapshot, posterior, aggregate))


def circle(radius: float, n: int = 90) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


# The rule on real digits --------------------------------------------------------------------------------


def test_the_places_of_test_digits_are_on_the_data(measured: Measured) -> None:
    shares = measured.verdicts(measured.posterior.mu[::4])
    assert shares["on"] >= 0.97
    assert shares["off"] == 0


def test_digits_that_were_not_measured_are_on_the_data_too(measured: Measured) -> None:
    others = measured.snapshot.encode(load_images("train").images[::30])
    shares = measured.verdicts(others.mu)
    assert shares["on"] >= 0.95
    assert shares["off"] <= 0.005


def test_draws_from_posteriors_are_on_the_data(measured: Measured) -> None:
    mu, logvar = measured.posterior.mu[::8], measured.posterior.logvar[::8]
    draws = mu + np.exp(logvar / 2) * np.random.default_rng(0).standard_normal(mu.shape)
    assert measured.verdicts(draws)["on"] >= 0.95


@pytest.mark.parametrize("radius", [7, 8, 10, 100, 1e6])
def test_far_outside_all_is_off_the_data(measured: Measured, radius: float) -> None:
    assert measured.verdicts(circle(radius)) == {"off": 1}


def test_from_the_middle_outwards_places_leave_the_data(measured: Measured) -> None:
    on = [measured.verdicts(circle(radius))["on"] for radius in (1, 3, 5)]
    assert on[0] > 0.85
    assert on[0] > on[1] > on[2]


def test_gaps_within_the_data_are_between(measured: Measured) -> None:
    """The emptiest places within the middle half of the digits."""
    line = np.linspace(-1, 1, 101)
    density = measured.aggregate.on_grid(line, line)
    emptiest = np.argsort(density.ravel())[:40]
    gaps = np.stack([line[emptiest % 101], line[emptiest // 101]], 1)
    thin = np.array([measured.gauge.read(place).data_percentile < DENSE_PERCENTILE for place in gaps])
    assert thin.sum() >= 10
    assert measured.verdicts(gaps[thin]) == {"between": 1}


def test_midpoints_between_neighbouring_clusters_are_between_where_the_density_has_a_gap(
    measured: Measured, mnist_test: ImageSet
) -> None:
    mu, random = measured.posterior.mu, np.random.default_rng(0)
    pairs = random.integers(0, len(mu), (20_000, 2))
    apart = mnist_test.labels[pairs[:, 0]] != mnist_test.labels[pairs[:, 1]]
    near = np.linalg.norm(mu[pairs[:, 0]] - mu[pairs[:, 1]], axis=1) < 1.5
    midpoints = mu[pairs[apart & near]].mean(1)
    density = measured.aggregate.log_density(midpoints)
    gaps = midpoints[density < np.quantile(measured.aggregate.at_means, 0.02)]
    assert len(gaps) >= 10
    shares = measured.verdicts(gaps)
    assert shares["on"] == 0
    assert shares["between"] >= 0.9


# What is read ---------------------------------------------------------------------------------------------


def test_at_a_digits_own_mean_it_is_the_nearest(measured: Measured) -> None:
    for index in (0, 1234, 9999):
        trust = measured.gauge.read(measured.posterior.mu[index])
        assert trust.nearest == index
        assert trust.distance == pytest.approx(0, abs=1e-6)
        assert trust.within_sigma >= 1


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_figures_are_those_of_their_definitions(
    small_gauge: tuple[TrustGauge, Posterior], x: float, y: float
) -> None:
    gauge, posterior = small_gauge
    z = np.array([x, y])
    trust = gauge.read(z)
    scaled = (z - posterior.mu) / np.exp(posterior.logvar / 2)
    squares = (scaled.astype(float) ** 2).sum(1)
    assert (squares <= 1 - 1e-4).sum() <= trust.within_sigma <= (squares <= 1 + 1e-4).sum()
    distances = np.linalg.norm(z - posterior.mu, axis=1)
    assert trust.distance == pytest.approx(distances.min(), abs=1e-5)
    assert distances[trust.nearest] == pytest.approx(distances.min(), abs=1e-5)
    assert trust.prior_log_density == pytest.approx(prior_log_density(z[None])[0])
    aggregate = AggregatePosterior(posterior)
    assert trust.data_log_density == pytest.approx(aggregate.log_density(z[None])[0], abs=1e-4)
    assert trust.data_percentile == aggregate.percentile(trust.data_log_density)
    again = MODEL.encode(MODEL.decode(z[None])).mu[0]
    assert trust.drift == pytest.approx(np.linalg.norm(again - z), abs=1e-5)


MODEL = random_model(VAEConfig(784, (30,), 2))


@pytest.fixture(scope="module")
def small_gauge(mnist_test: ImageSet) -> tuple[TrustGauge, Posterior]:
    posterior = MODEL.encode(mnist_test.images[:400])
    return TrustGauge(MODEL, posterior), posterior


def test_an_image_at_hand_is_not_decoded_again(small_gauge: tuple[TrustGauge, Posterior]) -> None:
    gauge, _ = small_gauge
    z = np.array([0.4, -1.1])
    assert gauge.read(z, MODEL.decode(z[None])[0]) == gauge.read(z)
    # It is this image that is encoded, whatever z would decode to.
    black = np.zeros(784, np.float32)
    expected = np.linalg.norm(MODEL.encode(black[None]).mu[0] - z)
    assert gauge.read(z, black).drift == pytest.approx(expected)


@pytest.mark.parametrize(("radius", "share"), [(0, 1), (1, 0.6065), (2, 0.1353), (3, 0.0111)])
def test_the_prior_outside_two_dimensions_is_a_rayleigh_tail(radius: float, share: float) -> None:
    assert prior_outside(np.array([0.6 * radius, -0.8 * radius])) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("latent", [1, 3, 20, 512])
def test_the_prior_outside_is_the_share_of_draws_farther_out(latent: int) -> None:
    draws = np.linalg.norm(np.random.default_rng(0).standard_normal((20_000, latent)), axis=1)
    for quantile in (0.1, 0.5, 0.9):
        z = np.full(latent, np.quantile(draws, quantile) / np.sqrt(latent))
        assert prior_outside(z) == pytest.approx(1 - quantile, abs=0.01)
    assert prior_outside(np.zeros(latent)) == 1
    assert prior_outside(np.full(latent, 1e200)) == 0


# Unusual models -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
def test_models_of_any_latent_size_are_read(latent: int, mnist_test: ImageSet) -> None:
    snapshot = random_model(VAEConfig(784, (30,), latent))
    posterior = snapshot.encode(mnist_test.images[:300])
    gauge = TrustGauge(snapshot, posterior)
    shares = Counter(gauge.read(mu).verdict for mu in posterior.mu)
    assert shares["on"] >= 0.95 * 300
    assert gauge.read(np.full(latent, 1e3)).verdict == "off"


def test_a_collapsed_posterior_is_nowhere_off_within_its_sigma(mnist_test: ImageSet) -> None:
    """Every digit's posterior is the prior: no place that it fills can be off the data."""
    snapshot = random_model(VAEConfig(784, (30,), 2))
    random = np.random.default_rng(0)
    mu = 1e-3 * random.standard_normal((300, 2)).astype(np.float32)
    gauge = TrustGauge(snapshot, Posterior(mu, np.zeros_like(mu)))
    trust = gauge.read(np.array([0.6, 0.6]))
    assert trust.within_sigma == 300
    assert trust.verdict != "off"


def test_a_single_digit_can_be_read() -> None:
    posterior = MODEL.encode(np.zeros((1, 784), np.float32))
    gauge = TrustGauge(MODEL, posterior)
    assert isinstance(gauge.read(posterior.mu[0]), Trust)
    assert gauge.read(posterior.mu[0] + 1e3).verdict == "off"


def test_a_gauge_that_was_cancelled_is_not_ready(small_gauge: tuple[TrustGauge, Posterior]) -> None:
    gauge, posterior = small_gauge
    assert gauge.ready
    assert not TrustGauge(MODEL, posterior, cancelled=lambda: True).ready
