import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal, kl_divergence
from torch.nn import functional

from tests.core.test_config import LIKELIHOODS
from vae_explorer.core.config import Likelihood
from vae_explorer.core.objective import (
    TORCH_LIKELIHOODS,
    bernoulli_log_likelihood,
    elbo_terms,
    kl_per_dimension,
)

LOG_SIGMA = torch.tensor([-0.7], dtype=torch.float64)


def loss(ell: Tensor, x: Tensor) -> Tensor:
    return TORCH_LIKELIHOODS["bernoulli"].value(ell, x, LOG_SIGMA)


def their_log_probs(name: Likelihood, ell: Tensor, x: Tensor, log_sigma: Tensor) -> Tensor:
    match name:
        case "bernoulli":
            return -functional.binary_cross_entropy_with_logits(ell, x, reduction="none")
        case "continuous_bernoulli":
            return ContinuousBernoulli(logits=ell).log_prob(x)
        case _:
            return Normal(torch.sigmoid(ell), log_sigma.exp()).log_prob(x)


def tensors(shape: tuple[int, ...], low: float, high: float) -> st.SearchStrategy[Tensor]:
    elements = st.floats(low, high, width=64)
    return hnp.arrays(np.float64, shape, elements=elements).map(torch.from_numpy)


means = tensors((4, 3), -8, 8)
logvars = tensors((4, 3), -12, 6)
logits = tensors((4, 9), -30, 30)
images = tensors((4, 9), 0, 1)
binary = hnp.arrays(np.float64, (4, 9), elements=st.sampled_from([0.0, 1.0])).map(torch.from_numpy)


@given(means, logvars)
def test_kl_equals_torch_distributions(mu: Tensor, logvar: Tensor) -> None:
    expected = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), Normal(torch.zeros(()), torch.ones(())))
    torch.testing.assert_close(kl_per_dimension(mu, logvar), expected, rtol=1e-9, atol=1e-9)


@given(means, logvars)
def test_kl_is_not_negative(mu: Tensor, logvar: Tensor) -> None:
    assert (kl_per_dimension(mu, logvar) >= 0).all()


@given(hnp.arrays(np.float32, (50,), elements=st.floats(-1, 1, width=32)))
def test_kl_is_not_negative_near_the_prior_in_float32(values: np.ndarray) -> None:
    near = torch.from_numpy(values) * 1e-3
    assert (kl_per_dimension(torch.zeros(50), near) >= -1e-10).all()


def test_kl_of_the_prior_is_zero() -> None:
    assert (kl_per_dimension(torch.zeros(2, 3), torch.zeros(2, 3)) == 0).all()


@given(logits, binary)
def test_log_likelihood_equals_torch_distributions(ell: Tensor, x: Tensor) -> None:
    expected = Bernoulli(logits=ell).log_prob(x).sum(-1)
    torch.testing.assert_close(bernoulli_log_likelihood(ell, x), expected, rtol=1e-9, atol=1e-7)


@given(logits, images)
def test_the_training_loss_is_the_negative_sum_of_the_log_likelihoods(ell: Tensor, x: Tensor) -> None:
    torch.testing.assert_close(loss(ell, x), -bernoulli_log_likelihood(ell, x).sum(), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("name", LIKELIHOODS)
@given(ell=logits, x=images)
def test_loss_and_gradients_equal_those_of_torch(name: Likelihood, ell: Tensor, x: Tensor) -> None:
    theirs, log_sigma = ell.clone().requires_grad_(), LOG_SIGMA.clone().requires_grad_()
    expected = -their_log_probs(name, theirs, x, log_sigma).sum()
    expected.backward()
    likelihood = TORCH_LIKELIHOODS[name]
    value, gradient, at_log_sigma = likelihood.value_and_gradients(ell, x, LOG_SIGMA)
    # PyTorch's continuous Bernoulli has a short series around ½, and gives λ in place of ℓ to the rest.
    close = 1e-3 if name == "continuous_bernoulli" else 1e-9
    torch.testing.assert_close(likelihood.value(ell, x, LOG_SIGMA), value, rtol=1e-12, atol=1e-9)
    torch.testing.assert_close(value, expected.detach(), rtol=close, atol=max(close, 1e-7))
    torch.testing.assert_close(gradient, theirs.grad, rtol=close, atol=close)
    if at_log_sigma is not None:
        torch.testing.assert_close(at_log_sigma, log_sigma.grad, rtol=1e-9, atol=1e-9)
    assert (at_log_sigma is not None) == name.startswith("gaussian")


@given(ell=tensors((50,), -40, 40))
def test_the_gradient_of_the_continuous_bernoulli_is_that_of_its_value(ell: Tensor) -> None:
    """By differences, as PyTorch's own is less exact."""
    value_and_gradients = TORCH_LIKELIHOODS["continuous_bernoulli"].value_and_gradients
    x, h = torch.zeros(1, dtype=torch.float64), 1e-5
    for one in ell[:, None]:
        above, below = (value_and_gradients(one + step, x, LOG_SIGMA)[0] for step in (h, -h))
        gradient = value_and_gradients(one, x, LOG_SIGMA)[1]
        torch.testing.assert_close((above - below) / (2 * h), gradient[0], rtol=0, atol=2e-6)


@pytest.mark.parametrize("size", [1e2, 1e4, 1e30])
def test_large_logits_overflow_nothing(size: float) -> None:
    ell = torch.tensor([[size, -size, size, -size]])
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    value, gradient, _ = TORCH_LIKELIHOODS["bernoulli"].value_and_gradients(ell, x, LOG_SIGMA)
    assert value.item() == pytest.approx(2 * size)
    assert bernoulli_log_likelihood(ell, x).item() == pytest.approx(-2 * size)
    assert gradient.tolist() == [[0.0, 0.0, 1.0, -1.0]]


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("size", [100.0, 1e4, 1e18])
def test_large_logits_overflow_no_likelihood(name: Likelihood, size: float) -> None:
    ell, x = torch.tensor([[size, -size]]), torch.tensor([[1.0, 0.0]])
    value, gradient, _ = TORCH_LIKELIHOODS[name].value_and_gradients(ell, x, LOG_SIGMA.float())
    assert value.isfinite()
    assert gradient.abs().max() <= 1.01 / 100


@given(tensors((4, 9), -10, 10), images, means, logvars)
def test_it_is_the_loss_of_the_tutorials(ell: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> None:
    bce = functional.binary_cross_entropy(torch.sigmoid(ell), x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    ours = loss(ell, x) + kl_per_dimension(mu, logvar).sum()
    assert ours.item() == pytest.approx((bce + kld).item(), rel=1e-9, abs=1e-6)


def test_sums_become_means_an_image() -> None:
    terms = elbo_terms(torch.tensor(300.0), torch.tensor([8.0, 2.0]), 2)
    assert terms.reconstruction == 150
    assert terms.kl_per_dimension == (4.0, 1.0)
    assert math.isclose(terms.elbo, -155)
