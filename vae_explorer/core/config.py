"""What a model is, as a frozen value that is checked when it is made.

No PyTorch here: the window, the session and the checkpoint reader need configurations long before a tensor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, Self, get_args

from vae_explorer.core.checks import known_fields, require_choice, require_integer, require_number
from vae_explorer.core.errors import ConfigError

Activation = Literal["relu", "silu", "gelu", "tanh"]
Likelihood = Literal["bernoulli", "continuous_bernoulli", "gaussian", "gaussian_learned"]

#: What the literature calls them; the same in all languages.
ACTIVATION_NAMES: dict[str, str] = {"relu": "ReLU", "silu": "SiLU", "gelu": "GELU", "tanh": "tanh"}
#: The same for the observation models that are not usual.
_LIKELIHOOD_NAMES: dict[str, str] = {
    "continuous_bernoulli": "continuous Bernoulli",
    "gaussian": "Gaussian",
    "gaussian_learned": "Gaussian, σ learned",
}

#: Widest layer and latent that the application offers: above this a typing slip costs gigabytes.
MAX_WIDTH = 65_536
MAX_LATENT = 4_096
MAX_LAYERS = 32
#: One gigabyte of float32; training needs four times as much for gradients and moments.
MAX_PARAMETERS = 2**28
#: Standard deviations of a Gaussian pixel, where white is 1.
MIN_SIGMA, MAX_SIGMA = 1e-3, 100.0


@dataclass(frozen=True, slots=True)
class VAEConfig:
    """Architecture of a fully connected VAE.

    Attributes:
        input_size: pixels of an image, a square number (MNIST: 28 · 28 = 784).
        hidden: widths of the encoder's hidden layers; the decoder mirrors them. May be empty (a linear VAE).
        latent: number of latent dimensions.
        activation: what follows each hidden layer; GELU is the exact one, with the error function.
        likelihood: observation model p(x|z); see `core.likelihoods`.
        sigma: standard deviation of a Gaussian pixel, where white is 1; with ``gaussian_learned`` where it begins. The
            usual one, √½, makes −log p the tutorials' squared error but for a constant.
    """

    input_size: int = 784
    hidden: tuple[int, ...] = (400,)
    latent: int = 2
    activation: Activation = "relu"
    likelihood: Likelihood = "bernoulli"
    sigma: float = math.sqrt(0.5)

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, tuple | list):
            raise ConfigError(
                "Hidden widths must be a list of whole numbers, not {value}.", value=self.hidden
            )
        object.__setattr__(self, "hidden", tuple(self.hidden))
        require_integer("input size", self.input_size, 1, MAX_WIDTH)
        if math.isqrt(self.input_size) ** 2 != self.input_size:
            raise ConfigError(
                "Images must be square, but {size} pixels are not a square.", size=self.input_size
            )
        if len(self.hidden) > MAX_LAYERS:
            raise ConfigError("Use at most {most} hidden layers.", most=MAX_LAYERS)
        for width in self.hidden:
            require_integer("hidden width", width, 1, MAX_WIDTH)
        require_integer("latent size", self.latent, 1, MAX_LATENT)
        require_choice("activation", self.activation, get_args(Activation))
        require_choice("likelihood", self.likelihood, get_args(Likelihood))
        require_number("standard deviation of a pixel", self.sigma, MIN_SIGMA, MAX_SIGMA)
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
        if self.likelihood == "gaussian_learned":
            shapes["log_sigma"] = (1,)
        return shapes

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases, and of what else is learned."""
        layers = sum((inputs + 1) * outputs for _name, inputs, outputs in self.layer_sizes)
        return layers + (self.likelihood == "gaussian_learned")

    @property
    def description(self) -> str:
        """The encoder's widths as the literature writes them, and what is not usual: ``784-400-2 SiLU``."""
        widths = "-".join(str(width) for width in (self.input_size, *self.hidden, self.latent))
        # A linear model has nothing that an activation could follow.
        usual = self.activation == "relu" or not self.hidden
        layers = widths if usual else f"{widths} {ACTIVATION_NAMES[self.activation]}"
        return layers if self.likelihood == "bernoulli" else f"{layers}, {_LIKELIHOOD_NAMES[self.likelihood]}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"hidden": list(self.hidden)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`; unknown keys are ignored.

        Raises:
            ConfigError: a value is missing or out of range.
        """
        return cls(**known_fields(cls, values, required=("input_size", "hidden", "latent")))


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
