import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import random_model
from tests.core.decoders import pixel_jacobian
from tests.core.test_config import ACTIVATIONS, configs
from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import Activation, VAEConfig
from vae_explorer.core.models import VAE
from vae_explorer.core.projection import plane_for
from vae_explorer.core.sensitivity import FLOOR, log_magnification, logits_and_derivatives
from vae_explorer.core.snapshot import ModelSnapshot


@pytest.fixture(scope="module")
def deep() -> ModelSnapshot:
    return load_model(model_path(DEFAULT_MODEL))


def some_axes(latent: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((latent, 2)))[0].T


def by_autograd(snapshot: ModelSnapshot, z: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """½ log det G, in float64, from PyTorch's own derivatives."""
    model = VAE.from_snapshot(snapshot).double()
    results = []
    for place in torch.from_numpy(np.asarray(z, np.float64)):
        jacobian = pixel_jacobian(model, place[None])
        probs = torch.sigmoid(model.decode(place[None])[0].detach())
        along = jacobian @ torch.from_numpy(axes).double().T
        metric = along.T @ ((probs * (1 - probs))[:, None] * along)
        results.append(0.5 * torch.linalg.slogdet(metric)[1].item())
    return np.array(results)


@given(configs.filter(lambda config: config.parameter_count < 200_000), st.integers(0, 1000))
def test_derivatives_are_those_of_autograd(config: VAEConfig, seed: int) -> None:
    snapshot = random_model(config, seed)
    z = np.random.default_rng(seed).standard_normal((3, config.latent)).astype(np.float32)
    directions = np.random.default_rng(seed + 1).standard_normal((2, config.latent)).astype(np.float32)
    logits, derivatives = logits_and_derivatives(snapshot, z, directions)
    np.testing.assert_allclose(logits, snapshot.decode_logits(z), atol=1e-5)
    decode = VAE.from_snapshot(snapshot).decode
    for k, direction in enumerate(directions):
        same = torch.from_numpy(np.tile(direction, (3, 1)))
        expected = torch.autograd.functional.jvp(decode, torch.from_numpy(z), same)[1]
        np.testing.assert_allclose(derivatives[:, k], expected.numpy(), atol=1e-5)


def test_it_is_half_the_log_determinant_of_the_metric(deep: ModelSnapshot) -> None:
    z = 1.5 * np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    np.testing.assert_allclose(
        log_magnification(deep, z, np.eye(2)), by_autograd(deep, z, np.eye(2)), atol=1e-4
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("latent", [3, 20, 512])
def test_on_a_plane_of_a_larger_space_too(latent: int, activation: Activation) -> None:
    snapshot = random_model(VAEConfig(49, (30, 20), latent, activation))
    z = np.random.default_rng(0).standard_normal((5, latent)).astype(np.float32)
    axes = some_axes(latent)
    np.testing.assert_allclose(
        log_magnification(snapshot, z, axes), by_autograd(snapshot, z, axes), atol=1e-4
    )


def test_it_is_the_area_of_a_small_square_of_images(deep: ModelSnapshot) -> None:
    """φ = 2·arcsin√p is isometric, so a square of side h covers h²·√det G of it."""
    z = 1.5 * np.random.default_rng(1).standard_normal((200, 2))
    h = 1e-4

    def phi(places: np.ndarray) -> np.ndarray:
        means = VAE.from_snapshot(deep).double().decode(torch.from_numpy(places)).detach().numpy()
        return 2 * np.arcsin(np.sqrt(1 / (1 + np.exp(-means))))

    first, second = ((phi(z + step) - phi(z - step)) / (2 * h) for step in h * np.eye(2))
    metric = np.array(
        [[(first * first).sum(1), (first * second).sum(1)], [(first * second).sum(1), (second**2).sum(1)]]
    )
    expected = 0.5 * np.linalg.slogdet(metric.transpose(2, 0, 1))[1]
    difference = np.abs(log_magnification(deep, z, np.eye(2)) - expected)
    # Where a step crosses the fold of a ReLU, its two halves differ.
    assert np.median(difference) < 1e-3
    assert np.quantile(difference, 0.9) < 0.05


def test_in_one_dimension_it_is_a_length() -> None:
    snapshot = random_model(VAEConfig(49, (20,), 1))
    z = np.linspace(-2, 2, 9, dtype=np.float32)[:, None]
    axes = plane_for(z).axes
    assert axes.shape == (2, 1)
    found = log_magnification(snapshot, z, axes)
    np.testing.assert_allclose(found, by_autograd(snapshot, z, np.ones((1, 1))), atol=1e-4)


@given(st.floats(0, 2 * np.pi), st.booleans(), st.integers(2, 6), st.integers(0, 100))
def test_it_does_not_depend_on_how_the_map_is_turned(
    angle: float, flipped: bool, latent: int, seed: int
) -> None:
    snapshot = random_model(VAEConfig(25, (16, 8), latent), seed)
    z = np.random.default_rng(seed).standard_normal((8, latent)).astype(np.float32)
    axes = some_axes(latent, seed)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * (
        1,
        -1 if flipped else 1,
    )
    plain = log_magnification(snapshot, z, axes)
    # A narrow parallelogram's area is known less well; that of a degenerate one only has a bound.
    known = plain > -8
    np.testing.assert_allclose(log_magnification(snapshot, z, turn @ axes)[known], plain[known], atol=2e-2)


def test_where_every_pixel_is_sure_it_is_low_and_finite(deep: ModelSnapshot) -> None:
    z = np.array([[0, 0], [30, 30], [300, -300], [1e6, 1e6]])
    found = log_magnification(deep, z, np.eye(2))
    assert np.isfinite(found).all()
    assert (found >= FLOOR).all()
    assert found[0] > found[1] > found[2]
    assert found[3] == FLOOR


def test_it_is_exact_although_the_weights_underflow() -> None:
    """Every pixel is black by e^−150, the square of which is no float32."""
    bright = random_model(VAEConfig(9, (8,), 2), 3)
    bias = bright.weights["logits.bias"] - np.float32(150)
    black = ModelSnapshot(bright.config, dict(bright.weights) | {"logits.bias": bias})
    z = np.random.default_rng(0).standard_normal((4, 2))
    expected = by_autograd(black, z, np.eye(2))
    assert (expected < -140).all()
    np.testing.assert_allclose(log_magnification(black, z, np.eye(2)), expected, atol=1e-3)


def changed(snapshot: ModelSnapshot, name: str, factor: float) -> ModelSnapshot:
    return ModelSnapshot(
        snapshot.config, dict(snapshot.weights) | {name: snapshot.weights[name] * np.float32(factor)}
    )


def test_a_decoder_that_ignores_z_has_the_least_value() -> None:
    deaf = changed(random_model(VAEConfig(16, (8,), 2)), "decoder.0.weight", 0)
    np.testing.assert_array_equal(log_magnification(deaf, np.ones((3, 2)), np.eye(2)), FLOOR)


def test_a_decoder_with_one_hidden_unit_has_no_area_but_a_finite_value() -> None:
    narrow = random_model(VAEConfig(16, (1,), 2), 1)
    z = np.array([[0.5, 0.2], [-0.5, -0.2]])
    found = log_magnification(narrow, z, np.eye(2))
    assert np.isfinite(found).all()
    assert (found < -8).all()


def test_a_cancelled_computation_says_what_it_did_not_reach(deep: ModelSnapshot) -> None:
    asked: list[int] = []

    def after_one() -> bool:
        asked.append(1)
        return len(asked) > 1

    found = log_magnification(deep, np.zeros((2000, 2)), np.eye(2), after_one)
    assert np.isfinite(found[0])
    assert np.isnan(found[-1])
