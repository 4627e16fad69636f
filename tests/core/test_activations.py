"""Activations in NumPy, and the halves of a training step, against PyTorch's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.conftest import random_model
from tests.core.test_config import ACTIVATIONS
from vae_explorer.core.activations import activate, activate_with_slopes
from vae_explorer.core.config import Activation, VAEConfig
from vae_explorer.core.models import VAE
from vae_explorer.core.torch_activations import TORCH_ACTIVATIONS

#: As a reader of the papers would write them.
THEIRS = {
    "relu": torch.nn.ReLU(),
    "silu": torch.nn.SiLU(),
    "gelu": torch.nn.GELU(),
    "tanh": torch.nn.Tanh(),
}
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
some_values = arrays(np.float32, st.integers(1, 40), elements=st.floats(-30, 30, width=32))


def value_and_slope(name: Activation, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By autograd, in float64."""
    x = torch.from_numpy(values).double().requires_grad_()
    value = THEIRS[name](x)
    value.sum().backward()
    assert x.grad is not None
    return value.detach().numpy(), x.grad.numpy()


@every_activation
@given(values=some_values)
def test_values_and_slopes_are_those_of_pytorch(name: Activation, values: np.ndarray) -> None:
    value, slope = value_and_slope(name, values)
    activated, slopes = activate_with_slopes(name, values.copy())
    np.testing.assert_allclose(activated, value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slopes, slope, rtol=1e-6, atol=1e-6)
    alone = activate(name, values.copy())
    np.testing.assert_array_equal(alone, activated)
    assert alone.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("relu", (0, 0), None), ("silu", (0, 0), None), ("gelu", (0, 0), None), ("tanh", (-1, 0), (1, 0))],
)
@pytest.mark.parametrize("size", [200.0, 1e30, np.inf])
def test_far_off_they_are_what_they_tend_to(
    name: Activation, low: tuple[float, float], high: tuple[float, float] | None, size: float
) -> None:
    activated, slopes = activate_with_slopes(name, np.array([-size, size], np.float32))
    assert (activated[0], slopes[0]) == low
    assert (activated[1], slopes[1]) == (high or (np.float32(size), 1))


@every_activation
def test_what_is_no_number_stays_so(name: Activation) -> None:
    assert np.isnan(activate(name, np.array([np.nan], np.float32)))


@every_activation
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_module_uses_the_same(name: Activation, dtype: torch.dtype) -> None:
    x = torch.linspace(-6, 6, 101, dtype=dtype)
    torch.testing.assert_close(TORCH_ACTIVATIONS[name].value(x), THEIRS[name](x))


@every_activation
@pytest.mark.parametrize(
    ("before", "after"),
    [(torch.float32, torch.float32), (torch.bfloat16, torch.float32), (torch.float32, torch.bfloat16)],
)
def test_the_halves_of_a_step_are_value_and_gradient(
    name: Activation, before: torch.dtype, after: torch.dtype
) -> None:
    values = torch.linspace(-5, 5, 201).to(before)
    gradient = torch.linspace(2, -3, 201).to(after)
    value, slope = value_and_slope(name, values.float().numpy())
    expected = slope * gradient.double().numpy()
    activation = TORCH_ACTIVATIONS[name]
    activated, kept = activation.forward(values.clone(), after)
    assert activated.dtype == after
    # bfloat16 has eight bits.
    close = 1e-5 if torch.bfloat16 not in (before, after) else 0.02
    np.testing.assert_allclose(activated.float().numpy(), value, rtol=close, atol=close)
    activation.backward(gradient, kept)
    assert gradient.dtype == after
    np.testing.assert_allclose(gradient.float().numpy(), expected, rtol=close, atol=close)


@every_activation
def test_a_snapshot_draws_what_the_module_draws(name: Activation) -> None:
    """Far from where it was made, too: μ and images of a wide model, to 1e-5."""
    model = VAE(VAEConfig(784, (300, 200), 2, name), torch.Generator().manual_seed(0))
    snapshot = model.snapshot()
    random = np.random.default_rng(0)
    images = random.random((30, 784), np.float32)
    z = 5 * random.standard_normal((30, 2)).astype(np.float32)
    with torch.no_grad():
        mu, logvar = model.encode(torch.from_numpy(images))
        means = torch.sigmoid(model.decode(torch.from_numpy(z)))
    posterior = snapshot.encode(images)
    np.testing.assert_allclose(posterior.mu, mu.numpy(), atol=1e-5)
    np.testing.assert_allclose(posterior.logvar, logvar.numpy(), atol=1e-5)
    np.testing.assert_allclose(snapshot.decode(z), means.numpy(), atol=1e-5)


def test_activations_make_models_differ() -> None:
    """Or none of the comparisons above would mean anything."""
    z = np.random.default_rng(0).standard_normal((5, 2))
    drawn = [random_model(VAEConfig(16, (8, 6), 2, name)).decode(z) for name in ACTIVATIONS]
    for one in range(len(drawn)):
        for other in range(one):
            assert np.abs(drawn[one] - drawn[other]).max() > 1e-3
