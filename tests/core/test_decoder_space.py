from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.decoders import flat, pixel_jacobian, random_space, space_of, with_decoder
from tests.core.test_config import ACTIVATIONS
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import Activation, VAEConfig
from vae_explorer.core.decoder_space import (
    CancelledError,
    along,
    angles_and_derivatives,
    angles_and_pull_back,
    evenly,
)
from vae_explorer.core.likelihoods import angles, slopes
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot


@pytest.fixture(scope="module", params=[model.name for model in bundled_models()])
def bundled(request: pytest.FixtureRequest) -> ModelSnapshot:
    return load_model(next(model.path for model in bundled_models() if model.name == request.param))


@given(arrays(np.float64, 8, elements=st.floats(-30, 30)))
def test_the_angle_is_twice_the_arcsine_of_the_root_of_the_mean(logits: np.ndarray) -> None:
    mean = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(angles(logits), 2 * np.arcsin(np.sqrt(mean)), atol=1e-7)
    np.testing.assert_allclose(slopes(logits), np.sqrt(mean * (1 - mean)), atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturated_pixels_are_at_the_ends_and_do_not_change(dtype: type) -> None:
    logits = np.array([-3e38, -1e5, -200, 0, 200, 1e5, 3e38], dtype)
    np.testing.assert_allclose(angles(logits), [0, 0, 0, np.pi / 2, np.pi, np.pi, np.pi], atol=1e-6)
    np.testing.assert_allclose(slopes(logits), [0, 0, 0, 0.5, 0, 0, 0], atol=1e-30)


def test_the_derivatives_give_the_metric_of_the_logits(bundled: ModelSnapshot) -> None:
    """DφᵀDφ = Jᵀ diag(p(1−p)) J, with J and p by PyTorch in float64."""
    model = VAE.from_snapshot(bundled).double()
    z = 1.5 * np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    for place, derivative in zip(z, angles_and_derivatives(bundled, z)[1].astype(float), strict=True):
        at = torch.from_numpy(place.astype(float))[None]
        jacobian = pixel_jacobian(model, at)
        mean = torch.sigmoid(model.decode(at)[0].detach())
        metric = (jacobian.T @ ((mean * (1 - mean))[:, None] * jacobian)).numpy()
        np.testing.assert_allclose(
            derivative @ derivative.T, metric, rtol=1e-4, atol=1e-4 * abs(metric).max()
        )


def test_small_steps_have_the_length_that_the_metric_says(bundled: ModelSnapshot) -> None:
    """|φ(z + v) − φ(z)|² = vᵀ G v, in float64 on both sides, to 1e-4."""
    model = VAE.from_snapshot(bundled).double()
    rng = np.random.default_rng(1)
    # Few of the steps cross a bend of the ReLUs; the same step backwards then tells, and it is left out.
    agreed = 0
    for place, step in zip(rng.standard_normal((40, 2)), 1e-6 * rng.standard_normal((40, 2)), strict=True):
        ends = torch.from_numpy(np.stack((place - step, place, place + step)))
        before, here, after = angles(model.decode(ends).detach().numpy())
        at = torch.from_numpy(place)[None]
        jacobian = pixel_jacobian(model, at).numpy() @ step
        mean = torch.sigmoid(model.decode(at)[0].detach()).numpy()
        expected = jacobian @ (mean * (1 - mean) * jacobian)
        if np.isclose(np.linalg.norm(before - here), np.linalg.norm(after - here), rtol=1e-4):
            assert np.square(after - here).sum() == pytest.approx(expected, rel=1e-4)
            agreed += 1
    assert agreed > 30


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("latent", "hidden"), [(1, ()), (2, (9,)), (3, (9, 7)), (40, (20, 10))])
def test_gradients_are_pulled_back_by_the_same_derivatives(
    latent: int, hidden: tuple[int, ...], activation: Activation
) -> None:
    space = random_space(VAEConfig(16, hidden, latent, activation))
    rng = np.random.default_rng(2)
    z, gradient = rng.standard_normal((6, latent)), rng.standard_normal((6, 16)).astype(np.float32)
    phi, derivatives = angles_and_derivatives(space.snapshot, z)
    other, pull_back = angles_and_pull_back(space.snapshot, z)
    np.testing.assert_allclose(other, phi, atol=1e-5)
    np.testing.assert_allclose(phi, space.phi(z), atol=1e-5)
    np.testing.assert_allclose(
        pull_back(gradient), np.einsum("mdp,mp->md", derivatives, gradient), atol=1e-4, rtol=1e-4
    )


def test_the_length_of_a_line_through_a_flat_space_is_that_of_its_image() -> None:
    space = space_of(flat())
    ends = np.array([[-1.0, 2], [3, 0.5]])
    assert space.length(ends) == pytest.approx(space.step_lengths(ends).sum(), rel=1e-3)


def test_a_length_counts_what_happens_between_its_points() -> None:
    """One pixel goes to white and back between two places that look alike."""
    bump = with_decoder(
        VAEConfig(1, (3,), 1),
        decoder_0_weight=np.ones((3, 1)),
        decoder_0_bias=np.array([1.0, 0, -1]),
        logits_weight=np.array([[40.0, -80, 40]]),
        logits_bias=np.array([-20.0]),
    )
    space = space_of(bump)
    ends = np.array([[-2.0], [2.3]])
    assert space.step_lengths(ends).sum() < 0.01
    curve = np.linspace(-2, 2.3, 12)[:, None]
    assert space.length(curve) == pytest.approx(2 * np.pi, abs=0.01)


def test_the_data_are_seen_on_the_way_from_a_million_units_off() -> None:
    space = random_space(VAEConfig(16, (9,), 2))
    near = np.linspace(-50, 50, 2000)[:, None] * np.array([[1.0, 0.3]])
    far = np.array([[-1e6, -3e5], [1e6, 3e5]])
    assert space.length(far) >= 0.98 * space.length(near)


def test_places_of_equal_length_are_found() -> None:
    space = random_space(VAEConfig(16, (9,), 2))
    curve = np.array([[-2.0, 1], [0, 0], [3, 3]])
    t, lengths = space.measured(lambda t: along(curve, t), 3)
    assert (np.diff(t) > 0).all()
    points = along(curve, evenly(t, lengths, 9))
    parts = [space.length(np.stack((a, b))) for a, b in pairwise(points)]
    np.testing.assert_allclose(parts, lengths[-1] / 8, rtol=0.03)


def test_a_curve_that_stands_still_has_no_length() -> None:
    space = random_space(VAEConfig(16, (9,), 2))
    curve = np.ones((5, 2))
    assert space.length(curve) == 0
    np.testing.assert_array_equal(evenly(*space.measured(lambda t: along(curve, t), 5), 3), [0, 0.5, 1])


def test_what_is_kept_is_made_once_and_a_failure_is_not_kept() -> None:
    space = space_of(flat())
    made = []

    def fail() -> int:
        raise CancelledError

    def make() -> int:
        made.append(1)
        return 7

    with pytest.raises(CancelledError):
        space.kept("it", fail)
    assert [space.kept("it", make), space.kept("it", make)] == [7, 7]
    assert len(made) == 1


def test_it_stops_when_nobody_wants_the_result() -> None:
    space = space_of(flat())
    with pytest.raises(CancelledError):
        space.length(np.zeros((3, 2)), lambda: True)
