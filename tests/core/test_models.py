import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_config import configs
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.models import VAE

CONFIG = VAEConfig(16, (8, 5), 3)


@given(configs.filter(lambda config: config.parameter_count < 1_000_000), st.integers(1, 4))
def test_shapes_of_any_model(config: VAEConfig, n: int) -> None:
    logits, mu, logvar = VAE(config)(torch.rand(n, config.input_size))
    assert logits.shape == (n, config.input_size)
    assert mu.shape == logvar.shape == (n, config.latent)


def test_its_tensors_are_those_that_the_configuration_promises() -> None:
    tensors = {name: tuple(values.shape) for name, values in VAE(CONFIG).state_dict().items()}
    assert tensors == CONFIG.weight_shapes


def test_initial_weights_come_from_the_generator_alone() -> None:
    torch.manual_seed(1)
    one = VAE(CONFIG, torch.Generator().manual_seed(5)).state_dict()
    torch.manual_seed(2)
    same = VAE(CONFIG, torch.Generator().manual_seed(5)).state_dict()
    other = VAE(CONFIG, torch.Generator().manual_seed(6)).state_dict()
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


def test_initial_weights_are_spread_as_those_of_a_torch_layer() -> None:
    weight = VAE(VAEConfig(), torch.Generator().manual_seed(0)).encoder[0].weight
    assert isinstance(weight, torch.Tensor)
    theirs = torch.nn.Linear(784, 400).weight
    assert weight.abs().max() <= 1 / 28
    assert weight.std().item() == pytest.approx(theirs.std().item(), rel=0.02)


def test_draws_have_the_mean_and_variance_that_were_asked_for() -> None:
    mu, logvar = torch.tensor([1.0, -2.0]), torch.tensor([0.0, -3.0])
    z = VAE(CONFIG).reparameterize(
        mu.expand(200_000, 2), logvar.expand(200_000, 2), torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(z.mean(0), mu, atol=0.01, rtol=0)
    torch.testing.assert_close(z.var(0), logvar.exp(), atol=0, rtol=0.02)


def test_gradients_reach_the_whole_encoder_and_decoder() -> None:
    model = VAE(CONFIG)
    logits, _, _ = model(torch.rand(6, 16))
    logits.square().sum().backward()
    assert all(values.grad is not None and values.grad.any() for values in model.parameters())


def test_a_snapshot_makes_the_same_model_again() -> None:
    model = VAE(CONFIG)
    again = VAE.from_snapshot(model.snapshot())
    assert all(torch.equal(values, again.state_dict()[name]) for name, values in model.state_dict().items())


def test_a_snapshot_does_not_follow_the_model() -> None:
    model = VAE(CONFIG)
    snapshot = model.snapshot()
    before = snapshot.weights["mu.bias"].copy()
    with torch.no_grad():
        model.mu.bias.add_(1)
    np.testing.assert_array_equal(snapshot.weights["mu.bias"], before)


def test_a_model_made_from_a_snapshot_does_not_change_it() -> None:
    snapshot = VAE(CONFIG).snapshot()
    before = snapshot.weights["mu.bias"].copy()
    with torch.no_grad():
        VAE.from_snapshot(snapshot).mu.bias.add_(1)
    np.testing.assert_array_equal(snapshot.weights["mu.bias"], before)
