"""The negative ELBO and its parts, in nats: summed over pixels and latent dimensions, one value an image.

Never an average over pixels: that would silently multiply the weight of the KL term by the number of pixels, the
commonest confusion among users of VAE code.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.config import Likelihood
from vae_explorer.core.statistics import ElboTerms


def bernoulli_negative_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """−Σ log p(x|z) over all images and pixels, nats: one number.

    Torch's ``binary_cross_entropy_with_logits`` and ``softplus`` are right too but several times slower on the CPU.
    """
    return _negative_log_likelihood(logits, torch.sigmoid(logits), x)


def bernoulli_value_and_gradient(logits: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """`bernoulli_negative_log_likelihood` and its gradient σ(ℓ) − x at the logits, shape (n, pixels)."""
    probs = torch.sigmoid(logits)
    return _negative_log_likelihood(logits, probs, x), probs.sub_(x)


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


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(μ_j, σ_j²) ‖ N(0, 1)) = ½(μ_j² + σ_j² − log σ_j² − 1), nats, shape (n, latent).

    Written with expm1 so that it does not cancel to a negative number near the prior.
    """
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


#: −Σ_n log p(x_n|z_n) over a batch, by the likelihood of a configuration.
NEGATIVE_LOG_LIKELIHOODS: dict[Likelihood, Callable[[Tensor, Tensor], Tensor]] = {
    "bernoulli": bernoulli_negative_log_likelihood,
}
#: The same with its gradient at what the decoder returns.
VALUES_AND_GRADIENTS: dict[Likelihood, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "bernoulli": bernoulli_value_and_gradient,
}


def elbo_terms(reconstruction_sum: Tensor, kl_sums: Tensor, images: int) -> ElboTerms:
    """Turn sums over `images` images into means; this waits for the device."""
    # To the CPU first: MPS has no float64.
    sums = torch.cat([reconstruction_sum.reshape(1), kl_sums]).cpu().double() / images
    reconstruction, *kl = sums.tolist()
    return ElboTerms(reconstruction, tuple(kl))
