"""A model as an immutable value: what the screen, the session and the files work with.

A snapshot holds plain read-only NumPy arrays, never a PyTorch module. A model in training can therefore not be shared
by accident, the window can encode and decode long before PyTorch is imported (or without ever importing it), and one
decoded point costs tens of microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.activations import activate
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.likelihoods import PixelLikelihood, likelihood_of
from vae_explorer.core.statistics import Changes, History
from vae_explorer.core.training_config import TrainingConfig

if TYPE_CHECKING:
    from vae_explorer.core.data import ByteArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """The encoder's answer for a set of images: q(z|x) = N(mu, diag(exp(logvar))).

    Attributes:
        mu: means, shape (n, latent).
        logvar: log-variances, shape (n, latent).
    """

    mu: FloatArray
    logvar: FloatArray


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Where a model comes from.

    Attributes:
        data_set: name of the images it was trained on; empty when not known.
        settings: how it was trained; None when not known.
        history: one entry an epoch; empty when not known.
        changes: what the user changed while it was trained.
    """

    data_set: str = ""
    settings: TrainingConfig | None = None
    history: History = ()
    changes: Changes = ()


@dataclass(frozen=True, slots=True, eq=False)
class ModelSnapshot:
    """Configuration, weights and origin of a VAE at one moment.

    Attributes:
        config: the architecture.
        weights: one float32 array for each entry of ``config.weight_shapes``; made read-only.
        record: where it comes from.
        likelihood: p(x|z), with what of it was learned.

    Raises:
        CheckpointError: names or shapes do not fit the configuration, or a weight is not finite.
    """

    config: VAEConfig
    weights: Mapping[str, FloatArray]
    record: TrainingRecord = field(default_factory=TrainingRecord)
    likelihood: PixelLikelihood = field(init=False)

    def __post_init__(self) -> None:
        check_shapes(self.config, self.weights)
        frozen = {name: _read_only(self.weights[name]) for name in self.config.weight_shapes}
        check_finite(frozen)
        object.__setattr__(self, "weights", MappingProxyType(frozen))
        object.__setattr__(self, "likelihood", likelihood_of(self.config, frozen))

    def encode(self, images: FloatArray | ByteArray) -> Posterior:
        """Approximate posterior of each image.

        Args:
            images: shape (n, pixels); ``uint8`` gray levels 0–255 or floats 0–1.
        """
        scaled = images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images
        hidden = self._through("encoder", np.asarray(scaled, np.float32))
        return Posterior(self._linear("mu", hidden), self._linear("logvar", hidden))

    def decode(self, z: NDArray[np.floating]) -> FloatArray:
        """Mean image p(x|z) of each latent point: pixel means in [0, 1], shape (n, pixels).

        Args:
            z: shape (n, latent).
        """
        return self.likelihood.means(self.decode_logits(z))

    def decode_logits(self, z: NDArray[np.floating]) -> FloatArray:
        """Logits of each pixel, shape (n, pixels), for `z` of shape (n, latent); see `core.likelihoods`."""
        return self._linear("logits", self._through("decoder", np.asarray(z, np.float32)))

    def _through(self, part: str, values: FloatArray) -> FloatArray:
        for layer in range(len(self.config.hidden)):
            values = activate(self.config.activation, self._linear(f"{part}.{layer}", values))
        return values

    def _linear(self, name: str, values: FloatArray) -> FloatArray:
        product = values @ self.weights[f"{name}.weight"].T
        product += self.weights[f"{name}.bias"]
        return product


def check_shapes(config: VAEConfig, weights: Mapping[str, NDArray[np.generic]]) -> None:
    """Make sure that `weights` are a whole set for `config`.

    Raises:
        CheckpointError: the first thing that does not fit.
    """
    expected = config.weight_shapes
    missing = sorted(expected.keys() - weights.keys())
    extra = sorted(weights.keys() - expected.keys())
    if missing or extra:
        raise CheckpointError(
            "The tensors do not fit a {model} model: missing {missing}; unknown {extra}.",
            model=config.description,
            missing=_some(missing),
            extra=_some(extra),
        )
    for name, shape in expected.items():
        values = weights[name]
        if values.shape != shape:
            raise CheckpointError(
                "Tensor {name} has shape {found}, but a {model} model needs {shape}.",
                name=name,
                found=values.shape,
                model=config.description,
                shape=shape,
            )


def check_finite(weights: Mapping[str, FloatArray]) -> None:
    """Make sure that every weight is a number.

    Raises:
        CheckpointError: NaN, infinite, or a float64 too large for float32.
    """
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise CheckpointError("Tensor {name} holds NaN or infinite numbers.", name=name)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3]) or "none"
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _read_only(values: NDArray[np.generic]) -> FloatArray:
    with np.errstate(over="ignore"):  # what becomes infinite is refused afterwards
        array = np.ascontiguousarray(values, np.float32)
    if array is values:
        array = array.copy() if array.flags.writeable else array
    array.flags.writeable = False
    return array
