"""What the decoder's output says about a pixel: its mean, log p(x|z) in nats, and how far apart two outputs are.

All observation models of the application in one place, in NumPy. Each takes one number a pixel from the decoder, the
logit ℓ. Everything else that assumes a Bernoulli is wrong for the others, so it asks here.

- Bernoulli: p(x|z) = σ(ℓ)^x·(1 − σ(ℓ))^(1 − x); over gray levels a pseudo-likelihood, as it is not normalised there.
- Continuous Bernoulli (Loaiza-Ganem & Cunningham 2019): the same times C(λ), λ = σ(ℓ), which normalises it over [0, 1].
- Gaussian around the mean σ(ℓ) with one standard deviation for all pixels, fixed or learned. The tutorials' squared
  error, summed over pixels, is its −log p for a variance of ½ but for the constant D/2·log π with D pixels, 448.7 nats
  for an image of MNIST.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import VAEConfig

FloatArray = NDArray[np.float32]
Values = NDArray[np.float64]

#: Beyond this logit a pixel's entropy is below 1e-35 bits.
_SURE = np.float32(87)
#: Nearer to λ = ½ than this, |ℓ|/2, the formulas of the continuous Bernoulli cancel, and their series take over.
_NEAR_HALF = 0.5
#: The table of the continuous Bernoulli's embedding ends at this logit; beyond, φ grows by the logarithm to 1e-13.
_TABLE_END = 64
_TABLE_STEPS = 128


class PixelLikelihood(ABC):
    """p(x|z) of independent pixels, given the logits ℓ that the decoder returns.

    Attributes:
        name: short, for the screen.
    """

    name: str

    @abstractmethod
    def means(self, logits: FloatArray) -> FloatArray:
        """Mean of each pixel, in [0, 1], same shape; never overflows. `logits` may be overwritten."""

    @abstractmethod
    def negative_log_likelihood(self, logits: FloatArray, x: FloatArray) -> Values:
        """−log p(x|z) with all constants, nats, shape (n,), for (n, pixels). `logits` may be overwritten."""

    @abstractmethod
    def entropy(self, logits: FloatArray) -> FloatArray:
        """Entropy of each pixel, bits, same shape; of a density it may be negative."""

    @abstractmethod
    def embedding(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        """φ(ℓ), same shape: |φ − φ'| is the Fisher–Rao distance of two outputs, and a sum of squares is of an image."""

    @abstractmethod
    def log_slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        """log dφ/dℓ, same shape and precision: finite where the slope itself would be no float."""

    def slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        """dφ/dℓ, same shape and precision: the root of the Fisher information."""
        found: NDArray[Any] = np.exp(self.log_slopes(logits))
        return found


class BernoulliPixels(PixelLikelihood):
    """On gray levels."""

    name = "gray-level Bernoulli (pseudo-likelihood)"

    def means(self, logits: FloatArray) -> FloatArray:
        return _logistic(logits)

    def negative_log_likelihood(self, logits: FloatArray, x: FloatArray) -> Values:
        """Σ softplus(ℓ) − x·ℓ."""
        fit = np.einsum("np,np->n", logits, x, dtype=np.float64)
        # softplus(ℓ) = max(ℓ, 0) − log max(σ(ℓ), 1 − σ(ℓ)); the latter is ½ + ½|tanh(ℓ/2)|, at least ½.
        softplus = np.maximum(logits, 0).sum(1, dtype=np.float64)
        logits *= np.float32(0.5)
        np.tanh(logits, out=logits)
        np.abs(logits, out=logits)
        logits += np.float32(1)
        softplus -= np.log(logits, out=logits).sum(1, dtype=np.float64)
        softplus += logits.shape[1] * np.log(2)
        likelihood: Values = softplus - fit
        return likelihood

    def entropy(self, logits: FloatArray) -> FloatArray:
        return bernoulli_entropy(logits)

    def embedding(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        return angles(logits)

    def log_slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        size = np.abs(logits)
        found: NDArray[Any] = -size / 2 - np.log1p(np.exp(-size))
        return found

    def slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        return slopes(logits)


class ContinuousBernoulliPixels(PixelLikelihood):
    """An exponential family with the logit for its natural parameter: log p = x·ℓ − A(ℓ), A(ℓ) = log((e^ℓ − 1)/ℓ)."""

    name = "continuous Bernoulli"

    def means(self, logits: FloatArray) -> FloatArray:
        """A'(ℓ), which is nearer to ½ than λ."""
        found: FloatArray = np.clip(np.float32(0.5) + np.float32(0.5) * _langevin(logits / 2), 0, 1)
        return found

    def negative_log_likelihood(self, logits: FloatArray, x: FloatArray) -> Values:
        fit = np.einsum("np,np->n", logits, x, dtype=np.float64)
        likelihood: Values = _log_partition(logits).sum(1, dtype=np.float64) - fit
        return likelihood

    def entropy(self, logits: FloatArray) -> FloatArray:
        """A(ℓ) − ℓ·A'(ℓ), at most 0, that of the uniform."""
        u = logits / 2
        # In this order the halves of ℓ drop out exactly.
        nats = _log_sinhc(u) - u * _langevin(u)
        bits: FloatArray = np.minimum(nats, 0) * np.float32(1 / math.log(2))
        return bits

    def embedding(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        """∫ √A'', which has no closed form: from a table, to 1e-6."""
        at, table = _embedding_table()
        size = np.abs(logits)
        beyond = np.log(np.maximum(size, _TABLE_END) / _TABLE_END)
        found: NDArray[Any] = np.copysign(np.interp(size, at, table) + beyond, logits).astype(logits.dtype)
        return found

    def log_slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        found: NDArray[Any] = np.log(self.slopes(logits))
        return found

    def slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        return _continuous_bernoulli_slopes(logits)


class GaussianPixels(PixelLikelihood):
    """N(σ(ℓ), σ²) with one σ for all pixels.

    Args:
        sigma: the standard deviation, above 0, where white is 1.
        learned: whether it was learned, for the name.
    """

    def __init__(self, sigma: float, *, learned: bool) -> None:
        self.sigma = sigma
        self.name = f"Gaussian, σ learned: {sigma:.2g}" if learned else f"Gaussian, σ = {sigma:.2g}"

    def means(self, logits: FloatArray) -> FloatArray:
        return _logistic(logits)

    def negative_log_likelihood(self, logits: FloatArray, x: FloatArray) -> Values:
        """Σ (x − σ(ℓ))² / 2σ² + ½ log 2πσ²."""
        difference = _logistic(logits) - x
        squares = np.einsum("np,np->n", difference, difference, dtype=np.float64)
        constant = logits.shape[1] * (0.5 * math.log(2 * math.pi) + math.log(self.sigma))
        likelihood: Values = squares / (2 * self.sigma**2) + constant
        return likelihood

    def entropy(self, logits: FloatArray) -> FloatArray:
        """The same everywhere: ½ log₂ 2πeσ²."""
        return np.full_like(logits, 0.5 * math.log2(2 * math.pi * math.e * self.sigma**2))

    def embedding(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        found: NDArray[Any] = (np.tanh(logits / 2) + 1) / logits.dtype.type(2 * self.sigma)
        return found

    def log_slopes(self, logits: NDArray[np.floating]) -> NDArray[Any]:
        size = np.abs(logits)
        found: NDArray[Any] = -size - 2 * np.log1p(np.exp(-size)) - logits.dtype.type(math.log(self.sigma))
        return found


def likelihood_of(config: VAEConfig, weights: Mapping[str, FloatArray]) -> PixelLikelihood:
    """The observation model of a decoder; a learned σ is one of its weights."""
    match config.likelihood:
        case "bernoulli":
            return BernoulliPixels()
        case "continuous_bernoulli":
            return ContinuousBernoulliPixels()
        case "gaussian":
            return GaussianPixels(config.sigma, learned=False)
        case "gaussian_learned":
            return GaussianPixels(math.exp(float(weights["log_sigma"][0])), learned=True)


def bernoulli_entropy(logits: FloatArray) -> FloatArray:
    """Entropy of Bernoullis with these logits ℓ, bits, in [0, 1], same shape.

    log(1 + e^(−|ℓ|)) + |ℓ|·e^(−|ℓ|) / (1 + e^(−|ℓ|)) nats: no exponential can overflow, and no p·log p is 0·∞.
    """
    size = np.minimum(np.abs(logits), _SURE)
    odds = np.exp(-size)
    total = 1 + odds
    nats = np.log(total) + size * odds / total
    bits: FloatArray = np.minimum(nats * np.float32(1 / math.log(2)), np.float32(1))
    return bits


def angles(logits: NDArray[np.floating]) -> NDArray[Any]:
    """φ = 2·arcsin√p of Bernoulli logits, in their own precision; any size of logits, and exact near 0 and 1."""
    half_pi = logits.dtype.type(np.pi / 2)
    found: NDArray[Any] = half_pi + 2 * np.arctan(np.tanh(logits / 4))
    return found


def slopes(logits: NDArray[np.floating]) -> NDArray[Any]:
    """dφ/dℓ = √(p(1 − p)) of Bernoulli logits ℓ, in their own precision; 0 where p is 0 or 1 to a float."""
    root = np.exp(-np.abs(logits) / 2)
    found: NDArray[Any] = root / (1 + root * root)
    return found


def _logistic(logits: FloatArray) -> FloatArray:
    # tanh cannot overflow, 1 / (1 + exp(−l)) can.
    means: FloatArray = np.tanh(logits * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return means


# The continuous Bernoulli, with u = ℓ/2. The series are those of Taylor at 0.


def _log_partition(logits: NDArray[Any]) -> NDArray[Any]:
    """A(ℓ) = ℓ/2 + log(sinh u / u) = softplus(ℓ) − log C(λ)."""
    found: NDArray[Any] = logits / 2 + _log_sinhc(logits / 2)
    return found


def _log_sinhc(u: NDArray[Any]) -> NDArray[Any]:
    """log(sinh u / u)."""
    square, size = np.square(np.clip(u, -1, 1)), np.maximum(np.abs(u), _NEAR_HALF)
    series = square * (
        1 / 6 - square * (1 / 180 - square * (1 / 2835 - square * (1 / 37800 - square / 467775)))
    )
    direct = size + np.log1p(-np.exp(-2 * size)) - np.log(2 * size)
    found: NDArray[Any] = np.where(np.abs(u) < _NEAR_HALF, series, direct).astype(u.dtype)
    return found


def _langevin(u: NDArray[Any]) -> NDArray[Any]:
    """coth u − 1/u, in (−1, 1): the derivative of the above."""
    square, size = np.square(np.clip(u, -1, 1)), np.maximum(np.abs(u), _NEAR_HALF)
    series = u * (1 / 3 - square * (1 / 45 - square * (2 / 945 - square * (1 / 4725 - square * 2 / 93555))))
    odds = np.exp(-2 * size)
    direct = np.copysign((1 + odds) / (1 - odds) - 1 / size, u)
    found: NDArray[Any] = np.where(np.abs(u) < _NEAR_HALF, series, direct).astype(u.dtype)
    return found


def _continuous_bernoulli_slopes(logits: NDArray[Any]) -> NDArray[Any]:
    """√A''(ℓ) = ½·√(1/u² − 1/sinh² u): the standard deviation of x, at most √(1/12), and 1/|ℓ| far off."""
    u = logits / 2
    square, size = np.square(np.clip(u, -1, 1)), np.maximum(np.abs(u), _NEAR_HALF)
    series = 1 / 3 - square * (1 / 15 - square * (2 / 189 - square * (1 / 675 - square * 2 / 10395)))
    odds = np.exp(-2 * size)
    # The difference of the squares as a product: 1/u² itself would be no float far off.
    inverse, sinh = 1 / size, 2 * np.exp(-size) / (1 - odds)
    direct = np.sqrt(inverse - sinh) * np.sqrt(inverse + sinh)
    found: NDArray[Any] = 0.5 * np.where(np.abs(u) < _NEAR_HALF, np.sqrt(series), direct).astype(u.dtype)
    return found


@cache
def _embedding_table() -> tuple[Values, Values]:
    """Logits from 0 to the table's end, and φ there, by Simpson's rule."""
    at = np.arange(_TABLE_END * _TABLE_STEPS + 1) / _TABLE_STEPS
    ends, middles = _continuous_bernoulli_slopes(at), _continuous_bernoulli_slopes((at[1:] + at[:-1]) / 2)
    parts = (ends[1:] + 4 * middles + ends[:-1]) / (6 * _TABLE_STEPS)
    return at, np.concatenate((np.zeros(1), np.cumsum(parts)))
