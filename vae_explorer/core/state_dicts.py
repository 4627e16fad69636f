"""Models of other people's code: a plain PyTorch ``state_dict`` of a fully connected VAE.

Every tutorial names its layers differently (``fc1``/``fc_mu``, ``encoder.0``, ``encoder.fc31``, …), but the shapes tell
what they are: a chain of linear layers from the pixels down, two heads for μ and log σ² (or one of twice the width),
and a chain back up. Where shapes leave a choice, names and then the order in the file decide.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from vae_explorer.core.config import MAX_LAYERS, MAX_PARAMETERS, VAEConfig
from vae_explorer.core.errors import CheckpointError, ConfigError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.torch_loading import bring_torch_into_memory

_VARIANCE = re.compile("var|std|sigma", re.IGNORECASE)
_MEAN = re.compile("mu|mean|loc", re.IGNORECASE)
#: Files of a few ordinary layers need a handful of steps; one made to waste time could need billions.
_MAX_STEPS = 10_000
#: Keys under which people put the weights when they save more than the weights.
_WRAPPERS = ("state_dict", "model_state_dict", "model")


def read_state_dict(content: bytes) -> ModelSnapshot:
    """Read a file that ``torch.save(model.state_dict(), …)`` made. No code in the file is ever run.

    Raises:
        CheckpointError: it holds something else than tensors, or tensors that are no VAE of this kind.
    """
    loaded = _load(content)
    for key in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
    if not isinstance(loaded, Mapping):
        raise CheckpointError("it does not hold the weights of one model.")
    return adopt_tensors({str(name): _to_numpy(str(name), value) for name, value in loaded.items()})


def _load(content: bytes) -> Any:
    bring_torch_into_memory()
    import torch

    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            "it holds Python objects besides tensors, which could run code, so it was not read. "
            "Save only the weights: torch.save(model.state_dict(), path)."
        ) from error
    except Exception as error:  # there is no end to what the reader may trip over in foreign bytes
        raise CheckpointError("it is damaged or is not a PyTorch state_dict.") from error


def _to_numpy(name: str, value: object) -> NDArray[Any]:
    import torch

    if not isinstance(value, torch.Tensor):
        raise CheckpointError("it does not hold the weights of one model.")
    if not value.is_floating_point() or value.layout != torch.strided or value.device.type != "cpu":
        raise CheckpointError("tensor {name} does not hold plain decimal numbers.", name=name)
    # A stride of zero makes a tensor of any size out of a few bytes.
    if value.numel() > MAX_PARAMETERS:
        raise CheckpointError("tensor {name} is too large.", name=name)
    array: NDArray[Any] = value.detach().float().numpy()
    return array


class _Layer(NamedTuple):
    name: str
    weight: NDArray[Any]
    bias: NDArray[Any]

    @property
    def inputs(self) -> int:
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.weight.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        return self.inputs, self.outputs


class _Parts(NamedTuple):
    encoder: list[_Layer]
    mu: _Layer
    logvar: _Layer
    decoder: list[_Layer]


def adopt_tensors(tensors: Mapping[str, NDArray[Any]]) -> ModelSnapshot:
    """Recognise a fully connected VAE by its shapes, and give its layers our names.

    Raises:
        CheckpointError: the tensors are no such VAE.
    """
    layers = _linear_layers(tensors)
    parts = _recognise(layers) if len(layers) <= 2 * MAX_LAYERS + 3 else None
    if parts is None:
        raise CheckpointError(
            "its tensors are not those of a fully connected VAE (linear layers from the pixels to μ and log-variance, "
            "and back through the same widths)."
        )
    return _snapshot(parts)


def by_number(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Sort by name, and numbers in names by value: for files that do not keep the order of the layers."""

    def key(name: str) -> list[tuple[bool, int, str]]:
        words = re.findall(r"[0-9]+|[^0-9]+", name)
        return [(not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words]

    return {name: tensors[name] for name in sorted(tensors, key=key)}


def _linear_layers(tensors: Mapping[str, NDArray[Any]]) -> list[_Layer]:
    layers = []
    for name, weight in tensors.items():
        stem, _, kind = name.rpartition("weight")
        if kind or not name.endswith("weight"):
            continue
        bias = tensors.get(f"{stem}bias")
        if weight.ndim != 2 or bias is None or bias.shape != weight.shape[:1]:
            raise CheckpointError("layer {name} is not a linear layer with a bias.", name=stem.rstrip("."))
        layers.append(_Layer(stem.rstrip("."), weight, bias))
    if 2 * len(layers) != len(tensors):
        raise CheckpointError("it holds tensors besides the weights and biases of linear layers.")
    return layers


def _recognise(layers: list[_Layer]) -> _Parts | None:
    steps = iter(range(_MAX_STEPS))
    for pixels in sorted({layer.inputs for layer in layers}, reverse=True):
        parts = _split(pixels, layers, steps)
        if parts is not None:
            return parts
    return None


def _split(width: int, layers: list[_Layer], steps: Iterator[int]) -> _Parts | None:
    """All of `layers` as an encoder from `width` down and a decoder back up to `width`, found from the outside in."""
    if next(steps, None) is None:
        return None
    parts = _two_heads(width, layers) or _joint_head(width, layers)
    if parts is not None:
        return parts
    for outputs in dict.fromkeys(layer.outputs for layer in layers if layer.inputs == width):
        # Which of several layers of one shape is taken cannot change whether the rest fits.
        down = _choose(layers, (width, outputs), "dec")
        rest = _without(layers, down)
        up = _choose(rest[::-1], (outputs, width), "enc")
        inner = _split(outputs, _without(rest, up), steps) if up is not None else None
        if down is not None and up is not None and inner is not None:
            return inner._replace(encoder=[down, *inner.encoder], decoder=[*inner.decoder, up])
    return None


def _choose(layers: Sequence[_Layer], shape: tuple[int, int], unlike: str) -> _Layer | None:
    """The first layer of `shape` whose name does not speak against it, or else the first."""
    fitting = [layer for layer in layers if layer.shape == shape]
    return min(fitting, key=lambda layer: unlike in layer.name.lower(), default=None)


def _without(layers: Sequence[_Layer], gone: _Layer | None) -> list[_Layer]:
    return [layer for layer in layers if layer is not gone]


def _two_heads(width: int, layers: list[_Layer]) -> _Parts | None:
    if len(layers) != 3:
        return None
    # If all three have one shape, the decoder's is the one that is not called a head, or else the last.
    backwards = layers[::-1]
    for up in sorted(backwards, key=_sounds_like_head):
        one, other = _without(layers, up)
        if up.outputs == width and one.shape == other.shape == (width, up.inputs):
            swapped = _VARIANCE.search(one.name) and not _VARIANCE.search(other.name)
            swapped = swapped or (_MEAN.search(other.name) and not _MEAN.search(one.name))
            mu, logvar = (other, one) if swapped else (one, other)
            return _Parts([], mu, logvar, [up])
    return None


def _sounds_like_head(layer: _Layer) -> bool:
    return any(pattern.search(layer.name) for pattern in (_VARIANCE, _MEAN)) or "enc" in layer.name.lower()


def _joint_head(width: int, layers: list[_Layer]) -> _Parts | None:
    if len(layers) != 2:
        return None
    for head, up in (layers, layers[::-1]):
        latent = up.inputs
        if head.shape == (width, 2 * latent) and up.outputs == width:
            mu = _Layer(head.name, head.weight[:latent], head.bias[:latent])
            return _Parts([], mu, _Layer(head.name, head.weight[latent:], head.bias[latent:]), [up])
    return None


def _snapshot(parts: _Parts) -> ModelSnapshot:
    hidden = tuple(layer.outputs for layer in parts.encoder)
    try:
        config = VAEConfig(parts.decoder[-1].outputs, hidden, parts.mu.outputs)
    except ConfigError as error:
        raise CheckpointError("{reason}", reason=error) from error
    layers = [*parts.encoder, parts.mu, parts.logvar, *parts.decoder]
    weights = {}
    for (name, _, _), layer in zip(config.layer_sizes, layers, strict=True):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = layer.weight, layer.bias
    return ModelSnapshot(config, weights)
