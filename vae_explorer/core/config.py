"""What a model is and how it is trained, as frozen values that are checked when they are made.

No PyTorch here: the window, the session and the checkpoint reader need configurations long before a tensor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, Literal, Self, get_args

from vae_explorer.core.errors import ConfigError

Likelihood = Literal["bernoulli"]
Device = Literal["auto", "cuda", "mps", "cpu"]

#: Widest layer and latent that the application offers: above this a typing slip costs gigabytes.
MAX_WIDTH = 65_536
MAX_LATENT = 4_096
MAX_LAYERS = 32
MAX_EPOCHS = 100_000
#: One gigabyte of float32; training needs four times as much for gradients and moments.
MAX_PARAMETERS = 2**28


@dataclass(frozen=True, slots=True)
class VAEConfig:
    """Architecture of a fully connected VAE.

    Attributes:
        input_size: pixels of an image, a square number (MNIST: 28 · 28 = 784).
        hidden: widths of the encoder's hidden layers; the decoder mirrors them. May be empty (a linear VAE).
        latent: number of latent dimensions.
        likelihood: observation model p(x|z); the decoder returns its natural parameters.
    """

    input_size: int = 784
    hidden: tuple[int, ...] = (400,)
    latent: int = 2
    likelihood: Likelihood = "bernoulli"

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, tuple | list):
            raise ConfigError(
                "Hidden widths must be a list of whole numbers, not {value}.", value=self.hidden
            )
        object.__setattr__(self, "hidden", tuple(self.hidden))
        _require_integer("input size", self.input_size, 1, MAX_WIDTH)
        if math.isqrt(self.input_size) ** 2 != self.input_size:
            raise ConfigError(
                "Images must be square, but {size} pixels are not a square.", size=self.input_size
            )
        if len(self.hidden) > MAX_LAYERS:
            raise ConfigError("Use at most {most} hidden layers.", most=MAX_LAYERS)
        for width in self.hidden:
            _require_integer("hidden width", width, 1, MAX_WIDTH)
        _require_integer("latent size", self.latent, 1, MAX_LATENT)
        if self.likelihood not in get_args(Likelihood):
            raise ConfigError("Unknown likelihood “{name}”.", name=self.likelihood)
        if self.parameter_count > MAX_PARAMETERS:
            raise ConfigError(
                "A {model} model would have {count:,} parameters; at most {most:,} are possible. Use narrower layers.",
                model=self.description,
                count=self.parameter_count,
                most=MAX_PARAMETERS,
            )

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image in pixels."""
        side = math.isqrt(self.input_size)
        return side, side

    @property
    def layer_sizes(self) -> tuple[tuple[str, int, int], ...]:
        """Every linear layer as (name, inputs, outputs), in the order data passes through them."""
        widths = (self.input_size, *self.hidden)
        encoder = [(f"encoder.{i}", a, b) for i, (a, b) in enumerate(pairwise(widths))]
        heads = [(name, widths[-1], self.latent) for name in ("mu", "logvar")]
        back = (self.latent, *reversed(self.hidden))
        decoder = [(f"decoder.{i}", a, b) for i, (a, b) in enumerate(pairwise(back))]
        return (*encoder, *heads, *decoder, ("logits", back[-1], self.input_size))

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that a model file of this architecture holds."""
        shapes: dict[str, tuple[int, ...]] = {}
        for name, inputs, outputs in self.layer_sizes:
            shapes[f"{name}.weight"] = (outputs, inputs)
            shapes[f"{name}.bias"] = (outputs,)
        return shapes

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return sum(math.prod(shape) for shape in self.weight_shapes.values())

    @property
    def description(self) -> str:
        """The encoder's widths as the literature writes them, for example ``784-400-2``."""
        return "-".join(str(width) for width in (self.input_size, *self.hidden, self.latent))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"hidden": list(self.hidden)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`; unknown keys are ignored.

        Raises:
            ConfigError: a value is missing or out of range.
        """
        return cls(**_known_fields(cls, values, required=("input_size", "hidden", "latent")))


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a model is trained: Adam on the negative ELBO.

    Attributes:
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: Adam's step size.
        seed: makes initial weights, shuffling and noise repeatable on one device.
        device: where to train; ``auto`` takes CUDA, then MPS, then the CPU.
    """

    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0
    device: Device = "auto"

    def __post_init__(self) -> None:
        _require_integer("number of epochs", self.epochs, 1, MAX_EPOCHS)
        _require_integer("batch size", self.batch_size, 1, 1_000_000)
        _require_integer("seed", self.seed, 0, 2**63 - 1)
        rate: object = self.learning_rate
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
            raise ConfigError("The learning rate must be above 0 and at most 1, not {value}.", value=rate)
        if self.device not in get_args(Device):
            choices = ", ".join(get_args(Device))
            raise ConfigError(
                "Unknown device “{name}”. Choose one of {choices}.", name=self.device, choices=choices
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`; unknown keys are ignored and missing ones take their defaults.

        Raises:
            ConfigError: a value is out of range.
        """
        return cls(**_known_fields(cls, values))


def parse_hidden(text: str) -> tuple[int, ...]:
    """Read hidden widths as a person types them: ``512, 256`` or ``512-256`` or ``512 256``; empty for none.

    Raises:
        ConfigError: something else than positive whole numbers stands there.
    """
    if not re.fullmatch(r"\s*(\d{1,9}((\s*,\s*|\s+|-)\d{1,9})*)?\s*", text, re.ASCII):
        raise ConfigError(
            "Hidden widths must be whole numbers with commas between them, such as 512, 256. “{text}” is not.",
            text=text.strip(),
        )
    return VAEConfig(hidden=tuple(int(word) for word in re.findall(r"\d+", text))).hidden


def _require_integer(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ConfigError(
            "The {name} must be a whole number from {least} to {most}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=value,
        )


def _known_fields(cls: type, values: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ConfigError("The configuration is not a table of names and values.")
    missing = [name for name in required if name not in values]
    if missing:
        raise ConfigError("The configuration lacks {names}.", names=", ".join(missing))
    return {field.name: values[field.name] for field in fields(cls) if field.name in values}
