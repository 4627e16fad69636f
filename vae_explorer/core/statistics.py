"""Figures of a training run as frozen values without PyTorch, so that every layer can hold and show them.

All are in nats an image: summed over pixels or latent dimensions, averaged over images.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from vae_explorer.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ElboTerms:
    """The ELBO and its two parts, averaged over a set of images.

    Attributes:
        reconstruction: −E_q[log p(x|z)], nats an image.
        kl_per_dimension: KL(q(z_j|x) ‖ p(z_j)) for each latent dimension j, nats an image.
    """

    reconstruction: float
    kl_per_dimension: tuple[float, ...]

    @property
    def kl(self) -> float:
        """KL(q(z|x) ‖ p(z)) = Σ_j KL_j, nats an image."""
        return sum(self.kl_per_dimension)

    @property
    def elbo(self) -> float:
        """−(reconstruction + KL), nats an image; at most log p(x)."""
        return -(self.reconstruction + self.kl)

    def summary(self) -> dict[str, float]:
        """The three figures for one JSON line."""
        return {"elbo": self.elbo, "reconstruction": self.reconstruction, "kl": self.kl}

    def to_dict(self) -> dict[str, Any]:
        """`summary` and the KL of each dimension, for JSON."""
        return self.summary() | {"kl_per_dimension": list(self.kl_per_dimension)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a figure is missing or not a number.
        """
        try:
            per_dimension = tuple(_finite(value) for value in values["kl_per_dimension"])
            return cls(_finite(values["reconstruction"]), per_dimension)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigError("The training history cannot be read: {reason}.", reason=repr(error)) from error


@dataclass(frozen=True, slots=True)
class EpochStats:
    """One epoch of training.

    Attributes:
        epoch: counted from 1.
        seconds: wall-clock time of the epoch with its test pass.
        train: mean over the epoch's batches, while the weights were moving.
        test: over the whole test set after the epoch.
    """

    epoch: int
    seconds: float
    train: ElboTerms
    test: ElboTerms

    def summary(self) -> dict[str, Any]:
        """The line that ``train --json`` prints."""
        head = {"epoch": self.epoch, "seconds": round(self.seconds, 3)}
        return head | {"train": self.train.summary(), "test": self.test.summary()}

    def to_dict(self) -> dict[str, Any]:
        """Everything, for the metadata of a model file."""
        head = {"epoch": self.epoch, "seconds": self.seconds}
        return head | {"train": self.train.to_dict(), "test": self.test.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a figure is missing or not a number.
        """
        try:
            epoch, seconds = int(values["epoch"]), _finite(values["seconds"])
            train, test = values["train"], values["test"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigError("The training history cannot be read: {reason}.", reason=repr(error)) from error
        return cls(epoch, seconds, ElboTerms.from_dict(train), ElboTerms.from_dict(test))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return number


#: Every epoch of a run, oldest first.
History = tuple[EpochStats, ...]
