"""How a model is trained, as a frozen value that is checked when it is made.

No PyTorch here: forms, files and the command line need it long before a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from vae_explorer.core.checks import known_fields, require_choice, require_integer, require_number
from vae_explorer.core.errors import ConfigError

Device = Literal["auto", "cuda", "mps", "cpu"]
Annealing = Literal["none", "linear", "cyclical"]
Schedule = Literal["constant", "cosine"]

MAX_EPOCHS = 100_000
MAX_BATCH = 1_000_000
MAX_BETA = 1_000.0
MAX_FREE_BITS = 100.0
MAX_VALIDATION = 0.5


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a model is trained: Adam on reconstruction + β · KL, with the usual additions.

    Attributes:
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: Adam's step size, where the schedule begins.
        seed: makes initial weights, shuffling and noise repeatable on one device.
        device: where to train; ``auto`` takes CUDA, then MPS, then the CPU.
        beta: weight of the KL term (Higgins et al. 2017); 1 is the ELBO, 0 no regularisation.
        annealing: how the weight of the KL term comes up to `beta`: at once, in one ramp, or in cycles.
        annealing_epochs: length of the linear ramp, in epochs.
        annealing_cycles: cycles in the whole training; each ramps up for its first half (Fu et al. 2019).
        free_bits: nats of KL that each latent dimension has for free (Kingma et al. 2016); 0 for none.
        schedule: whether the learning rate stays or falls to 0 along half a cosine.
        max_norm: longest gradient, L2 norm over all parameters; longer ones are scaled down. 0 for no limit.
        patience: epochs without a better test ELBO after which training stops; 0 to never stop early. With a
            validation part it is the validation ELBO that counts.
        validation: share of the training images that is held out and only looked at, from 0 to ½.

    Raises:
        ConfigError: a value is out of range, or two of them contradict each other.
    """

    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0
    device: Device = "auto"
    beta: float = 1.0
    annealing: Annealing = "none"
    annealing_epochs: int = 5
    annealing_cycles: int = 4
    free_bits: float = 0.0
    schedule: Schedule = "constant"
    max_norm: float = 0.0
    patience: int = 0
    validation: float = 0.0

    def __post_init__(self) -> None:
        require_integer("number of epochs", self.epochs, 1, MAX_EPOCHS)
        require_integer("batch size", self.batch_size, 1, MAX_BATCH)
        require_integer("seed", self.seed, 0, 2**63 - 1)
        check_learning_rate(self.learning_rate)
        require_choice("device", self.device, get_args(Device))
        check_beta(self.beta)
        require_choice("annealing", self.annealing, get_args(Annealing))
        require_integer("annealing ramp", self.annealing_epochs, 1, MAX_EPOCHS)
        require_integer("number of annealing cycles", self.annealing_cycles, 1, MAX_EPOCHS)
        require_number("free bits", self.free_bits, 0, MAX_FREE_BITS)
        require_choice("schedule", self.schedule, get_args(Schedule))
        require_number("longest gradient", self.max_norm, 0, 1e9)
        require_integer("patience", self.patience, 0, MAX_EPOCHS)
        require_number("share held out for validation", self.validation, 0, MAX_VALIDATION)
        self._check_together()

    def _check_together(self) -> None:
        if self.annealing == "linear" and self.annealing_epochs > self.epochs:
            raise ConfigError(
                "The annealing ramp of {ramp} epochs is longer than the training of {epochs}. "
                "Shorten the ramp or train longer.",
                ramp=self.annealing_epochs,
                epochs=self.epochs,
            )
        if self.annealing != "none" and self.beta == 0:
            raise ConfigError("With β = 0 there is nothing to anneal. Choose no annealing, or β above 0.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`; unknown keys are ignored and missing ones take their defaults.

        Raises:
            ConfigError: a value is out of range.
        """
        return cls(**known_fields(cls, values))


def check_learning_rate(value: object) -> None:
    """Make sure that `value` can be a learning rate.

    Raises:
        ConfigError: it is not a number above 0 and at most 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ConfigError("The learning rate must be above 0 and at most 1, not {value}.", value=value)


def check_beta(value: object) -> None:
    """Make sure that `value` can be the weight of the KL term.

    Raises:
        ConfigError: it is not a number from 0 to `MAX_BETA`.
    """
    require_number("weight β", value, 0, MAX_BETA)
