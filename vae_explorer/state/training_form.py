"""The fields of the training dock as values: what they hold, which of them make no sense, and what they ask for.

Apart from the widgets, so that the same checks serve the settings file, the dock and the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from vae_explorer.core.config import VAEConfig, parse_hidden
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import MAX_VALIDATION, TrainingConfig

#: Groups of the dock that can be folded.
GROUPS = ("model", "objective", "optimiser")
#: Fields that are of the model, by the names that `VAEConfig` has for them.
MODEL_FIELDS = ("hidden", "latent", "activation")
#: Fields that are settings of the training, by the names that `TrainingConfig` has for them.
TRAINING_FIELDS = tuple(entry.name for entry in fields(TrainingConfig))


@dataclass(slots=True)
class TrainingForm:
    """The fields of the training dock as they were left.

    Attributes:
        hidden: widths of the hidden layers as text, as typed.
        latent: number of latent dimensions.
        activation: what follows each hidden layer.
        folded: which of `GROUPS` show only their heading.

    The others are those of `TrainingConfig`.
    """

    hidden: str = "400"
    latent: int = 2
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0
    device: str = "auto"
    beta: float = 1.0
    annealing: str = "none"
    annealing_epochs: int = 5
    annealing_cycles: int = 4
    free_bits: float = 0.0
    schedule: str = "constant"
    max_norm: float = 0.0
    patience: int = 0
    validation: float = 0.0
    activation: str = "relu"
    folded: list[str] = field(default_factory=list)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From the values of its attributes; one that is missing is as at the first start, an unknown one is nothing.

        Raises:
            ConfigError: a value is not what it should be.
        """
        known = {entry.name: values[entry.name] for entry in fields(cls) if entry.name in values}
        for name, value in known.items():
            if problem := field_problem(name, value):
                raise problem
        return cls(**known)

    @classmethod
    def of(cls, config: VAEConfig, settings: TrainingConfig) -> Self:
        """The form that asks for this model and this training."""
        hidden = ", ".join(str(width) for width in config.hidden)
        return cls(hidden=hidden, latent=config.latent, activation=config.activation, **asdict(settings))

    def configs(self) -> tuple[VAEConfig, TrainingConfig]:
        """What the form asks for.

        Raises:
            ConfigError: a field makes no sense, or two of them contradict each other.
        """
        values = asdict(self)
        values |= {"hidden": parse_hidden(self.hidden)}
        config = VAEConfig(**{name: values[name] for name in MODEL_FIELDS})
        return config, TrainingConfig(**{name: values[name] for name in TRAINING_FIELDS})


def field_problem(name: str, value: object) -> ConfigError | None:
    """What is wrong with the value of one field, whatever stands in the others.

    Args:
        name: an attribute of `TrainingForm`.
        value: of any type; text that is no number is refused as such.
    """
    if value == "" and name != "hidden":
        return ConfigError("Type a number here.")
    try:
        _CHECKS.get(name, _check_setting(name))(value)
    except ConfigError as error:
        return error
    return None


def form_problems(values: Mapping[str, Any], image_count: int | None = None) -> dict[str, ConfigError]:
    """What is wrong with a form, by the field at which to say so.

    Args:
        values: attributes of `TrainingForm` by name, of any type.
        image_count: number of training images, where it is known; no batch can be larger.
    """
    single = {name: problem for name, value in values.items() if (problem := field_problem(name, value))}
    return _combined_problems(values, single, image_count) | single


def _combined_problems(
    values: Mapping[str, Any], single: Mapping[str, ConfigError], image_count: int | None
) -> dict[str, ConfigError]:
    """Contradictions between fields that are fine each by itself."""
    problems: dict[str, ConfigError] = {}
    for place, names, check in _COMBINATIONS:
        if any(name in single or name not in values for name in names):
            continue
        try:
            check({name: values[name] for name in names})
        except ConfigError as error:
            problems[place] = error
    if image_count is not None and not {"batch_size", "validation"} & set(single):
        left = learning_images(image_count, values["validation"])
        if values["batch_size"] > left:
            problems["batch_size"] = ConfigError(
                "A batch of {batch} images is larger than the {left} that there are to learn from.",
                batch=values["batch_size"],
                left=left,
            )
    return problems


def learning_images(count: int, validation: float) -> int:
    """How many of `count` training images are left to learn from when a share is held out; see `hold_out`."""
    if validation == 0 or count < 2:
        return count
    return count - max(1, round(validation * count))


def _check_setting(name: str) -> Callable[[Any], object]:
    """Let `TrainingConfig` judge; the ramp of no annealing is never too long."""
    return lambda value: TrainingConfig(**{name: value})


def _check_hidden(value: Any) -> None:
    if not isinstance(value, str):
        raise ConfigError("Hidden widths must be a list of whole numbers, not {value}.", value=value)
    parse_hidden(value)


def _check_latent(value: Any) -> None:
    # The model of one hidden unit is never too large: what is said is about the latent size alone.
    VAEConfig(hidden=(1,), latent=value)


def _check_activation(value: Any) -> None:
    VAEConfig(activation=value)


def _check_validation(value: Any) -> None:
    """As `TrainingConfig`, but in percent, as the field shows it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MAX_VALIDATION:
        raise ConfigError(
            "Hold out from 0 to {most:g} % of the training images, not {value}.",
            most=100 * MAX_VALIDATION,
            value=f"{100 * value:g} %" if number else value,
        )


def _check_folded(value: Any) -> None:
    if not isinstance(value, list) or not all(name in GROUPS for name in value):
        raise ConfigError("These groups cannot be folded: {value}.", value=value)


def _check_size(values: Mapping[str, Any]) -> None:
    VAEConfig(hidden=parse_hidden(values["hidden"]), latent=values["latent"])


def _check_together(values: Mapping[str, Any]) -> None:
    TrainingConfig(**values)


_CHECKS: dict[str, Callable[[Any], object]] = {
    "hidden": _check_hidden,
    "latent": _check_latent,
    "activation": _check_activation,
    "validation": _check_validation,
    "folded": _check_folded,
}
#: Fields that can contradict each other, and the one at which to say so.
_COMBINATIONS: tuple[tuple[str, tuple[str, ...], Callable[[Mapping[str, Any]], object]], ...] = (
    ("latent", ("hidden", "latent"), _check_size),
    ("annealing_epochs", ("annealing", "annealing_epochs", "epochs"), _check_together),
    ("beta", ("annealing", "beta"), _check_together),
)
