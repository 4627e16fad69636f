"""The ELBO of single images, and a selected image explained: what training only reports as a mean.

Written with NumPy, so that the window can colour a map by ELBO without PyTorch. The estimator is that of training's
test figures (`core.objective`): the analytic KL, and one draw of z an image for the reconstruction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.projection import Projection
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, Posterior

#: Images a chunk: some 6 MiB of logits at 784 pixels.
_CHUNK_VALUES = 1_600_000
#: A posterior is tried on so many of the images,
_TRIED = 32
#: and is that of the weights where it is off by no more than this, absolutely or as a share: devices differ by less,
#: and the terms by some hundredths of a nat.
_TOLERANCE = 1e-3
#: A log-variance beyond this counts as this: σ = e⁴⁰ is off every map, and squares of it still fit.
_LARGEST_LOGVAR = 80.0
#: Points of an ellipse, of which the last is the first again.
ELLIPSE_POINTS = 65


@dataclass(frozen=True, slots=True, eq=False)
class ImageTerms:
    """The parts of each image's ELBO, in nats; inf or NaN where float32 overflows.

    Attributes:
        reconstruction: −log p(x|z) with one z drawn from q(z|x), shape (n,).
        kl_per_dimension: KL(q(z_j|x) ‖ p(z_j)), shape (n, latent).
    """

    reconstruction: NDArray[np.float64]
    kl_per_dimension: NDArray[np.float64]

    @property
    def kl(self) -> NDArray[np.float64]:
        """KL(q(z|x) ‖ p(z)), shape (n,)."""
        kl: NDArray[np.float64] = self.kl_per_dimension.sum(1)
        return kl

    @property
    def elbo(self) -> NDArray[np.float64]:
        """−(reconstruction + KL), shape (n,): an unbiased estimate of the ELBO of each image."""
        return -(self.reconstruction + self.kl)


@dataclass(frozen=True, slots=True, eq=False)
class ImageExplanation:
    """One image under the model, for one draw of z.

    Attributes:
        from_mu: mean image decoded from μ, gray levels of shape (side, side).
        from_sample: mean image decoded from z = μ + σ·ε.
        difference: image − mean image from μ, shape (side, side), in [−1, 1]; positive where the image has more ink.
        reconstruction: −log p(x|z) at the sample, nats.
        reconstruction_at_mu: −log p(x|μ), nats.
        kl_per_dimension: KL(q(z_j|x) ‖ p(z_j)), nats, shape (latent,).
    """

    from_mu: ByteArray
    from_sample: ByteArray
    difference: FloatArray
    reconstruction: float
    reconstruction_at_mu: float
    kl_per_dimension: NDArray[np.float64]

    @property
    def kl(self) -> float:
        """KL(q(z|x) ‖ p(z)), nats."""
        return float(self.kl_per_dimension.sum())

    @property
    def elbo(self) -> float:
        """−(reconstruction + KL) for this draw, nats."""
        return -(self.reconstruction + self.kl)


def image_terms(
    snapshot: ModelSnapshot,
    images: ByteArray | FloatArray,
    posterior: Posterior,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> ImageTerms | None:
    """The ELBO's parts for each image, with one draw of z an image.

    The same seed gives image k the same ε whatever the other images are.

    Args:
        snapshot: the model.
        images: shape (n, pixels); ``uint8`` gray levels 0–255 or floats 0–1.
        posterior: q(z|x) of these images.
        seed: of the draws; a standard normal ε for each image and dimension, image by image.
        cancelled: asked before each chunk of some 2,000 MNIST images (about 40 ms); then the result is None.
    """
    random = np.random.default_rng(seed)
    reconstruction = np.empty(len(images))
    chunk = max(1, _CHUNK_VALUES // (snapshot.config.input_size + snapshot.config.latent))
    for start in range(0, len(images), chunk):
        if cancelled is not None and cancelled():
            return None
        part = slice(start, start + chunk)
        epsilon = random.standard_normal(posterior.mu[part].shape, np.float32)
        z = _sample(posterior.mu[part], posterior.logvar[part], epsilon)
        reconstruction[part] = _negative_log_likelihood(snapshot, z, images[part])
    return ImageTerms(reconstruction, kl_per_dimension(posterior.mu, posterior.logvar))


def own_posterior(snapshot: ModelSnapshot, images: ByteArray | FloatArray, posterior: Posterior) -> Posterior:
    """The posterior that the weights themselves give: `posterior`, or a new one where that is of other weights.

    Terms of one model with the posterior of another would be those of neither.

    Args:
        snapshot: the model.
        images: shape (n, pixels); ``uint8`` gray levels 0–255 or floats 0–1.
        posterior: what is known of them, tried on 32 images (under a millisecond for a small model).
    """
    few = slice(None, None, max(1, len(images) // _TRIED))
    with np.errstate(over="ignore", invalid="ignore"):
        own = snapshot.encode(images[few])
        if _agree(own.mu, posterior.mu[few]) and _agree(own.logvar, posterior.logvar[few]):
            return posterior
        return snapshot.encode(images)


def explain_image(
    snapshot: ModelSnapshot,
    image: ByteArray | FloatArray,
    mu: NDArray[np.floating],
    logvar: NDArray[np.floating],
    epsilon: NDArray[np.floating],
) -> ImageExplanation:
    """What the model makes of one image.

    Args:
        snapshot: the model.
        image: shape (pixels,); ``uint8`` gray levels 0–255 or floats 0–1.
        mu: mean of q(z|x), shape (latent,).
        logvar: log-variance of q(z|x), shape (latent,).
        epsilon: a standard normal draw, shape (latent,); 0 stands for μ.
    """
    z = np.stack([mu.astype(np.float32), _sample(mu, logvar, epsilon)])
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.nan_to_num(snapshot.decode(z), copy=False)
    pixels = _scaled(image)
    at_mu, at_sample = _negative_log_likelihood(snapshot, z, np.stack([pixels, pixels])).tolist()
    side = snapshot.config.image_shape
    from_mu, from_sample = (square(gray_levels(mean)) for mean in means)
    return ImageExplanation(
        from_mu,
        from_sample,
        (pixels - means[0]).reshape(side),
        at_sample,
        at_mu,
        kl_per_dimension(mu, logvar),
    )


def kl_per_dimension(mu: NDArray[np.floating], logvar: NDArray[np.floating]) -> NDArray[np.float64]:
    """KL(N(μ_j, σ_j²) ‖ N(0, 1)) = ½(μ_j² + σ_j² − log σ_j² − 1), nats, same shape; inf where it overflows."""
    mean, variance_log = mu.astype(np.float64), logvar.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        # expm1 does not cancel to a negative number near the prior.
        divergence: NDArray[np.float64] = 0.5 * (mean**2 + (np.expm1(variance_log) - variance_log))
    return divergence


def ellipse(
    mu: NDArray[np.floating], logvar: NDArray[np.floating], projection: Projection, sigmas: float
) -> NDArray[np.float64]:
    """Where the posterior's projection onto the map has Mahalanobis distance `sigmas`: a closed line, shape (65, 2).

    The projection of N(μ, diag σ²) onto a plane is N(Aμ, A diag σ² Aᵀ), which is exact for any plane. In two dimensions
    39 % of it lie within 1σ and 86 % within 2σ. One latent dimension gives a flat line from −sigmas·σ to sigmas·σ.

    Args:
        mu: mean, shape (latent,).
        logvar: log-variance, shape (latent,).
        projection: the plane of the map.
        sigmas: how many standard deviations.
    """
    variance = np.exp(np.minimum(logvar.astype(np.float64), _LARGEST_LOGVAR))
    spread, directions = np.linalg.eigh((projection.axes * variance) @ projection.axes.T)
    half_axes = directions * np.sqrt(np.maximum(spread, 0)) * sigmas
    angles = np.linspace(0, 2 * np.pi, ELLIPSE_POINTS)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    circle[:, -1] = circle[:, 0]
    line: NDArray[np.float64] = projection.project(mu) + (half_axes @ circle).T
    return line


def _agree(one: FloatArray, other: FloatArray) -> bool:
    return np.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE)


def _sample(
    mu: NDArray[np.floating], logvar: NDArray[np.floating], epsilon: NDArray[np.floating]
) -> FloatArray:
    """z = μ + σ·ε."""
    with np.errstate(over="ignore", invalid="ignore"):
        z: FloatArray = (mu + np.exp(np.float32(0.5) * logvar) * epsilon).astype(np.float32)
    return z


def _negative_log_likelihood(
    snapshot: ModelSnapshot, z: FloatArray, images: ByteArray | FloatArray
) -> NDArray[np.float64]:
    """−log p(x|z) of each image, nats, shape (n,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return snapshot.likelihood.negative_log_likelihood(snapshot.decode_logits(z), _scaled(images))


def _scaled(images: ByteArray | FloatArray) -> FloatArray:
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return np.asarray(images, np.float32)
