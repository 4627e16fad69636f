import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional

from vae_explorer.core.objective import (
    NEGATIVE_LOG_LIKELIHOODS,
    VALUES_AND_GRADIENTS,
    bernoulli_log_likelihood,
    elbo_terms,
    kl_per_dimension,
)

loss = NEGATIVE_LOG_LIKELIHOODS["bernoulli"]


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


@given(logits, images)
def test_loss_and_gradient_equal_those_of_torch(ell: Tensor, x: Tensor) -> None:
    theirs = ell.clone().requires_grad_()
    expected = functional.binary_cross_entropy_with_logits(theirs, x, reduction="sum")
    expected.backward()
    value, gradient = VALUES_AND_GRADIENTS["bernoulli"](ell, x)
    torch.testing.assert_close(loss(ell, x), expected.detach(), rtol=1e-9, atol=1e-7)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-9, atol=1e-7)
    torch.testing.assert_close(gradient, theirs.grad, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [1e2, 1e4, 1e30])
def test_large_logits_overflow_nothing(size: float) -> None:
    ell = torch.tensor([[size, -size, size, -size]])
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    value, gradient = VALUES_AND_GRADIENTS["bernoulli"](ell, x)
    assert value.item() == pytest.approx(2 * size)
    assert bernoulli_log_likelihood(ell, x).item() == pytest.approx(-2 * size)
    assert gradient.tolist() == [[0.0, 0.0, 1.0, -1.0]]


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
