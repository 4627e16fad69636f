"""The negative ELBO and its parts, in nats: summed over pixels and latent dimensions, one value an image.

Never an average over pixels: that would silently multiply the weight of the KL term by the number of pixels, the
commonest confusion among users of VAE code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.config import Likelihood
from vae_explorer.core.statistics import ElboTerms

#: Logits nearer to 0 than this have the series of the continuous Bernoulli's mean, whose next term is 1e-6.
_NEAR_HALF = 0.1
#: The value, its gradient at the logits, and that at log σ where it has one.
ValueAndGradients = tuple[Tensor, Tensor, Tensor | None]


@dataclass(frozen=True, slots=True)
class TorchLikelihood:
    """−log p(x|z) of an observation model, over all images and pixels of a batch; see `core.likelihoods`.

    All take logits ℓ of shape (n, pixels), gray levels in [0, 1] of that shape, and log σ of shape (1,), which only a
    Gaussian looks at. In few passes, because PyTorch's own losses are several times slower on the CPU.

    Attributes:
        value: nats, all constants with it: one number.
        value_and_gradients: the same, and its derivatives.
    """

    value: Callable[[Tensor, Tensor, Tensor], Tensor]
    value_and_gradients: Callable[[Tensor, Tensor, Tensor], ValueAndGradients]


def bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor, _log_sigma: Tensor | None = None) -> Tensor:
    """−Σ log p(x|z), nats: one number."""
    return _negative_log_likelihood(logits, torch.sigmoid(logits), x)


def bernoulli_value_and_gradients(
    logits: Tensor, x: Tensor, _log_sigma: Tensor | None = None
) -> ValueAndGradients:
    """The same and its gradient σ(ℓ) − x."""
    probs = torch.sigmoid(logits)
    return _negative_log_likelihood(logits, probs, x), probs.sub_(x), None


def _negative_log_likelihood(logits: Tensor, probs: Tensor, x: Tensor) -> Tensor:
    # softplus(ℓ) = max(ℓ, 0) − log max(σ(ℓ), 1 − σ(ℓ)): the logarithm's argument is at least ½, nothing overflows.
    softplus = logits.relu().sum() - probs.sub(0.5).abs_().add_(0.5).log_().sum()
    return softplus - torch.dot(logits.flatten(), x.flatten())


def bernoulli_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) = Σ_pixels x·ℓ − softplus(ℓ), nats, shape (n,).

    For gray levels between 0 and 1 this is the usual pseudo-likelihood: the Bernoulli is not normalised there.

    Args:
        logits: ℓ, shape (n, pixels); any size, nothing overflows.
        x: gray levels in [0, 1], same shape.
    """
    return (x * logits + functional.logsigmoid(-logits)).sum(-1)


def continuous_bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor, _log_sigma: Tensor) -> Tensor:
    """Σ A(ℓ) − x·ℓ with A(ℓ) = log((e^ℓ − 1)/ℓ)."""
    size = _negative_size(logits)
    return _sum_of_partitions(logits, size, torch.expm1(size)) - torch.dot(logits.flatten(), x.flatten())


def continuous_bernoulli_value_and_gradients(
    logits: Tensor, x: Tensor, _log_sigma: Tensor
) -> ValueAndGradients:
    """The same and its gradient A'(ℓ) − x: the mean takes the place that λ has in the Bernoulli."""
    size = _negative_size(logits)
    rest = torch.expm1(size)
    value = _sum_of_partitions(logits, size, rest) - torch.dot(logits.flatten(), x.flatten())
    # A'(ℓ) = ½ + 1/(1 − e^(−|ℓ|)) − 1/|ℓ| − ½ for ℓ > 0, symmetric to ½, and ½ + ℓ/12 − ℓ³/720 + … near 0.
    is_near = size > -_NEAR_HALF
    beyond_half = size.reciprocal_().sub_(rest.reciprocal_()).sub_(0.5).copysign_(logits)
    mean = torch.where(is_near, logits * (1 / 12), beyond_half).add_(0.5)
    return value, mean.sub_(x), None


def _negative_size(logits: Tensor) -> Tensor:
    """−|ℓ|, and not quite 0, by which A would divide."""
    return logits.abs().neg_().clamp_(max=-1e-30)


def _sum_of_partitions(logits: Tensor, size: Tensor, rest: Tensor) -> Tensor:
    """Σ A(ℓ), where A(ℓ) = max(ℓ, 0) + log((1 − e^(−|ℓ|)) / |ℓ|), which does not cancel with expm1."""
    return logits.relu().sum() + (rest / size).log_().sum()


def gaussian_negative_log_likelihood(logits: Tensor, x: Tensor, log_sigma: Tensor) -> Tensor:
    """Σ (x − σ(ℓ))² / 2σ² + ½ log 2πσ²."""
    difference = torch.sigmoid(logits).sub_(x)
    return _gaussian(torch.dot(difference.flatten(), difference.flatten()), x.numel(), log_sigma)


def gaussian_value_and_gradients(logits: Tensor, x: Tensor, log_sigma: Tensor) -> ValueAndGradients:
    """The same, its gradient (σ(ℓ) − x)·σ'(ℓ) / σ², and that at log σ, N − Σ (x − σ(ℓ))² / σ² for N pixels."""
    means = torch.sigmoid(logits)
    difference = means - x
    squares = torch.dot(difference.flatten(), difference.flatten())
    precision = torch.exp(-2 * log_sigma)
    gradient = difference.mul_(means.addcmul_(means, means, value=-1)).mul_(precision)
    return _gaussian(squares, x.numel(), log_sigma), gradient, x.numel() - squares * precision


def _gaussian(squares: Tensor, count: int, log_sigma: Tensor) -> Tensor:
    constant = 0.5 * math.log(2 * math.pi) + log_sigma
    return (0.5 * squares * torch.exp(-2 * log_sigma) + count * constant).sum()


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(μ_j, σ_j²) ‖ N(0, 1)) = ½(μ_j² + σ_j² − log σ_j² − 1), nats, shape (n, latent).

    Written with expm1 so that it does not cancel to a negative number near the prior.
    """
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


_GAUSSIAN = TorchLikelihood(gaussian_negative_log_likelihood, gaussian_value_and_gradients)
#: By the likelihood of a configuration.
TORCH_LIKELIHOODS: dict[Likelihood, TorchLikelihood] = {
    "bernoulli": TorchLikelihood(bernoulli_negative_log_likelihood, bernoulli_value_and_gradients),
    "continuous_bernoulli": TorchLikelihood(
        continuous_bernoulli_negative_log_likelihood, continuous_bernoulli_value_and_gradients
    ),
    "gaussian": _GAUSSIAN,
    "gaussian_learned": _GAUSSIAN,
}


def elbo_terms(reconstruction_sum: Tensor, kl_sums: Tensor, images: int) -> ElboTerms:
    """Turn sums over `images` images into means; this waits for the device."""
    # To the CPU first: MPS has no float64.
    sums = torch.cat([reconstruction_sum.reshape(1), kl_sums]).cpu().double() / images
    reconstruction, *kl = sums.tolist()
    return ElboTerms(reconstruction, tuple(kl))
