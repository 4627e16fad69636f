"""Figures of a training run as frozen values without PyTorch, so that every layer can hold and show them.

All are in nats an image: summed over pixels or latent dimensions, averaged over images.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from vae_explorer.core.errors import ConfigError

#: A latent dimension is active if its posterior means vary at least so much over the data (Burda et al. 2016).
ACTIVE_VARIANCE = 0.01


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
        with _reading():
            per_dimension = tuple(_finite(value) for value in values["kl_per_dimension"])
            return cls(_finite(values["reconstruction"]), per_dimension)


@dataclass(frozen=True, slots=True)
class StepStats:
    """Means over the images of a few training steps, while the weights were moving.

    Attributes:
        step: the last of these steps, counted from 1 over the whole training.
        epoch: how many epochs were done after it, with fractions.
        loss: what was optimised, β, annealing and free bits included, nats an image.
        reconstruction: −E_q[log p(x|z)], nats an image.
        kl: KL(q(z|x) ‖ p(z)), nats an image.
        beta: weight of the KL term in the last step, annealing included.
        learning_rate: Adam's step size in the last step, schedule included.
    """

    step: int
    epoch: float
    loss: float
    reconstruction: float
    kl: float
    beta: float
    learning_rate: float

    @property
    def elbo(self) -> float:
        """−(reconstruction + KL), nats an image: β = 1 and no free bits, whatever is optimised."""
        return -(self.reconstruction + self.kl)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a figure is missing or not a number.
        """
        with _reading():
            names = ("epoch", "loss", "reconstruction", "kl", "beta", "learning_rate")
            return cls(int(values["step"]), *(_finite(values[name]) for name in names))


@dataclass(frozen=True, slots=True)
class EpochStats:
    """One epoch of training.

    Attributes:
        epoch: counted from 1.
        seconds: wall-clock time of the epoch with its test pass, without pauses.
        train: mean over the epoch's batches, while the weights were moving.
        test: over the whole test set after the epoch.
        step: the last training step of the epoch, counted from 1 over the whole training; 0 where not known.
        loss: what was optimised, mean over the epoch's batches, nats an image; None where not known.
        validation: over the held-out training images after the epoch; None without any.
        mu_variance: variance over the test images of each latent dimension's posterior mean; empty where not known.
    """

    epoch: int
    seconds: float
    train: ElboTerms
    test: ElboTerms
    step: int = 0
    loss: float | None = None
    validation: ElboTerms | None = None
    mu_variance: tuple[float, ...] = ()

    @property
    def judged(self) -> ElboTerms:
        """The figures that early stopping looks at: those of the validation images if there are any."""
        return self.validation or self.test

    @property
    def active(self) -> tuple[bool, ...]:
        """Which latent dimensions are active: Var_x(μ_j) ≥ 0.01 (Burda et al. 2016)."""
        return tuple(variance >= ACTIVE_VARIANCE for variance in self.mu_variance)

    def summary(self) -> dict[str, Any]:
        """The line that ``train --json`` prints."""
        summary: dict[str, Any] = {"epoch": self.epoch, "seconds": round(self.seconds, 3)}
        summary |= {"train": self.train.summary(), "test": self.test.summary()}
        if self.validation is not None:
            summary["validation"] = self.validation.summary()
        if self.loss is not None:
            summary["loss"] = self.loss
        return summary

    def to_dict(self) -> dict[str, Any]:
        """Everything, for the metadata of a model file."""
        return {
            "epoch": self.epoch,
            "seconds": self.seconds,
            "train": self.train.to_dict(),
            "test": self.test.to_dict(),
            "step": self.step,
            "loss": self.loss,
            "validation": self.validation.to_dict() if self.validation else None,
            "mu_variance": list(self.mu_variance),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`; what versions before 0.2 did not write may be missing.

        Raises:
            ConfigError: a figure is missing or not a number.
        """
        with _reading():
            loss, validation = values.get("loss"), values.get("validation")
            return cls(
                int(values["epoch"]),
                _finite(values["seconds"]),
                ElboTerms.from_dict(values["train"]),
                ElboTerms.from_dict(values["test"]),
                int(values.get("step", 0)),
                None if loss is None else _finite(loss),
                None if validation is None else ElboTerms.from_dict(validation),
                tuple(_finite(variance) for variance in values.get("mu_variance", ())),
            )


#: What a user can change while training runs.
Steered = Literal["beta", "learning_rate"]


@dataclass(frozen=True, slots=True)
class Change:
    """The user changed a setting while training ran.

    Attributes:
        step: the last step with the old value; 0 before the first.
        epoch: how many epochs were done then, with fractions.
        name: which setting.
        before: its old value, without annealing or schedule.
        after: its new value.
    """

    step: int
    epoch: float
    name: Steered
    before: float
    after: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a value is missing or not what it should be.
        """
        with _reading():
            name = values["name"]
            if name not in ("beta", "learning_rate"):
                raise ValueError(f"{name!r} cannot be changed")
            numbers = (_finite(values["before"]), _finite(values["after"]))
            return cls(int(values["step"]), _finite(values["epoch"]), name, *numbers)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError("The training history cannot be read: {reason}.", reason=repr(error)) from error


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return number


#: Every epoch of a run, oldest first.
History = tuple[EpochStats, ...]
#: Every change of a run, oldest first.
Changes = tuple[Change, ...]
