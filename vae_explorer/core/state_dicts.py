"""Models of other people's code: a plain PyTorch ``state_dict`` of a fully connected VAE.

Every tutorial names its layers differently (``fc1``, ``encoder.0``, ``encoder.fc31``, …), and saves them alone or
beside the optimiser's state. Here the weights are found in the file without running any code of it, and what the
layers are is left to `core.foreign_layers`. Hidden layers are taken to be followed by ReLU, the last one by a sigmoid:
a state_dict does not say.
"""

from __future__ import annotations

import io
import pickle
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vae_explorer.core.config import MAX_PARAMETERS, VAEConfig
from vae_explorer.core.errors import CheckpointError, ConfigError, UserError
from vae_explorer.core.foreign_layers import Layer, Parts, layer_of, recognise, recognise_unlike_halves
from vae_explorer.core.layer_names import natural_key, readable, without_additions
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.torch_loading import bring_torch_into_memory

if TYPE_CHECKING:
    from torch import Tensor

Arrays = Mapping[str, NDArray[Any]]

#: Keys under which people put the weights when they save more than the weights.
_WRAPPERS = ("model_state_dict", "state_dict", "model")
#: Such files lie in one another at most once or twice.
_MAX_DEPTH = 4
#: So many layers are named in a message.
_MOST_NAMED = 8
#: Plain numbers of NumPy, such as a mean loss, which the reader does not know; nothing of them is needed.
_NUMPY_NAMES = (
    "numpy.dtype",
    "numpy.ndarray",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "_codecs.encode",
)
_WHOLE_MODEL = "it holds a whole model ({name}), which could run code, so it was not read. {advice}"
_OTHER_OBJECTS = (
    "it holds Python objects besides tensors ({name}), which could run code, so it was not read. {advice}"
)
_SAVE_WEIGHTS = "Where the model was made, save only its weights: torch.save(model.state_dict(), path)."
#: What the reader allows is one list for the whole process.
_reading = threading.Lock()


def read_state_dict(content: bytes) -> ModelSnapshot:
    """Read a file that ``torch.save(model.state_dict(), …)`` made. No code in the file is ever run.

    The weights may lie under a key of their own, beside whatever else there is, in any precision and from any device.

    Raises:
        CheckpointError: it holds something else than tensors, or tensors that are no VAE of this kind.
    """
    return adopt_tensors(read_tensors_of(content))


def read_tensors_of(content: bytes) -> dict[str, NDArray[Any]]:
    """The weights in the bytes of a PyTorch file, by name, in the order of the file.

    Raises:
        CheckpointError: there are none, or something that is no weights.
    """
    return _to_arrays(_weights_in(_load(content)))


def read_half_safetensors(content: bytes) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file with bfloat16, which NumPy does not have.

    Raises:
        CheckpointError: it is damaged, or holds other things than weights.
    """
    bring_torch_into_memory()
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return _to_arrays(load(content))
    except (SafetensorError, ValueError, LookupError, TypeError) as error:
        raise CheckpointError("it is damaged or truncated ({reason}).", reason=error) from error


# Out of the file


class _Unneeded:
    """Stands for a value that was not read."""

    def __new__(cls, *_what: object) -> _Unneeded:
        return super().__new__(cls)

    def __setstate__(self, _state: object) -> None:
        """What it was is of no interest."""


def _load(content: bytes) -> Any:
    bring_torch_into_memory()
    import torch

    try:
        with _reading, torch.serialization.safe_globals([(_Unneeded, name) for name in _NUMPY_NAMES]):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refusal(content, error) from error
    except Exception as error:  # there is no end to what the reader may trip over in foreign bytes
        if "TorchScript" in str(error):
            raise CheckpointError(
                "it is a TorchScript program, which could run code, so it was not read. {advice}",
                advice=UserError(_SAVE_WEIGHTS),
            ) from error
        raise CheckpointError("it is damaged or is not a PyTorch state_dict.") from error


def _refusal(content: bytes, error: Exception) -> CheckpointError:
    """What to say of a file that would have to run code."""
    asked_for = _classes_in(content) or re.findall(r"GLOBAL (\S+)", str(error))
    classes = [name for name in asked_for if name not in _NUMPY_NAMES]
    # What a model is made of is beside the model's own class, which tells more.
    own = [name for name in classes if not name.startswith(("torch.", "__builtin__.", "builtins."))]
    name = readable((own or classes or ["?"])[0])
    template = _WHOLE_MODEL if any(part.startswith("torch.nn.") for part in classes) else _OTHER_OBJECTS
    return CheckpointError(template, name=name, advice=UserError(_SAVE_WEIGHTS))


def _classes_in(content: bytes) -> list[str]:
    """The names of the classes that a file asks for, in its order; none where it is in the old format."""
    from torch.serialization import get_unsafe_globals_in_checkpoint

    try:
        return list(get_unsafe_globals_in_checkpoint(io.BytesIO(content)))
    except Exception:  # noqa: BLE001 - foreign bytes, as above
        return []


def _weights_in(loaded: Any, depth: int = 0) -> dict[str, Tensor]:
    """The tensors of one model, wherever they lie in what was saved."""
    import torch

    if not isinstance(loaded, Mapping) or depth > _MAX_DEPTH:
        raise CheckpointError("it does not hold the weights of one model.")
    for key in _WRAPPERS:
        inside = loaded.get(key)
        if _is_state_dict(inside) or (
            isinstance(inside, Mapping) and any(map(_is_state_dict, inside.values()))
        ):
            return _weights_in(inside, depth + 1)
    tensors = {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
    others = [str(name) for name in loaded if str(name) not in tensors]
    models = {str(key): value for key, value in loaded.items() if _is_state_dict(value)}
    if any(name.endswith(("weight", "bias")) for name in others) or (loaded and not tensors and not models):
        raise CheckpointError("it does not hold the weights of one model.")
    if any(name.endswith("weight") for name in tensors) or not models:
        return tensors
    if len(models) == 1:
        return _weights_in(next(iter(models.values())), depth + 1)
    # The encoder and the decoder saved one by one.
    named = [(f"{key}.{name}", value) for key, part in models.items() for name, value in part.items()]
    return {name: value for name, value in named if isinstance(value, torch.Tensor)}


def _is_state_dict(value: object) -> bool:
    import torch

    return isinstance(value, Mapping) and any(
        str(name).endswith("weight") and isinstance(inner, torch.Tensor) for name, inner in value.items()
    )


def _to_arrays(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    for name, value in tensors.items():
        _check_plain(name, value)
    # A stride of zero makes tensors of any size out of a few bytes.
    if sum(value.numel() for value in tensors.values()) > 2 * MAX_PARAMETERS:
        raise CheckpointError("its tensors are too large.")
    return {name: value.detach().float().numpy() for name, value in tensors.items()}


def _check_plain(name: str, value: Tensor) -> None:
    import torch

    # A count beside the weights is no weight, and is named with what is not understood.
    is_count = value.dtype == torch.int64 and not name.endswith(("weight", "bias"))
    is_number = value.is_floating_point() or is_count
    if not is_number or value.layout != torch.strided or value.device.type != "cpu":
        raise CheckpointError("tensor {name} does not hold plain decimal numbers.", name=readable(name))
    if value.numel() > MAX_PARAMETERS:
        raise CheckpointError("tensor {name} is too large.", name=readable(name))


# What it is


def adopt_tensors(tensors: Arrays) -> ModelSnapshot:
    """Recognise a fully connected VAE by its names and shapes, and give its layers our names.

    Raises:
        CheckpointError: the tensors are no such VAE; says what they are and what was expected.
    """
    plain = without_additions(tensors)
    layers, others = _linear_layers(plain)
    parts = recognise(layers) if not others else None
    if parts is None:
        raise _unknown(layers, others, plain)
    return _snapshot(parts)


def by_number(tensors: Arrays) -> dict[str, NDArray[Any]]:
    """Sort by name, and numbers in names by value: for files that do not keep the order of the layers."""
    return {name: tensors[name] for name in sorted(tensors, key=natural_key)}


def _linear_layers(tensors: Arrays) -> tuple[list[Layer], list[str]]:
    """The linear layers, and the names of the tensors that belong to none."""
    layers, others = [], dict.fromkeys(tensors)
    for name, weight in tensors.items():
        stem, found, kind = name.rpartition("weight")
        bias = f"{stem}bias"
        layer = layer_of(stem.rstrip("."), weight, tensors.get(bias)) if found and not kind else None
        if layer is not None:
            layers.append(layer)
            others.pop(name, None)
            others.pop(bias, None)
    return layers, list(others)


_EXPECTED = (
    "Expected are linear layers from the pixels to μ and log σ², and back to the pixels through the same widths, "
    "such as fc1 (784 → 400), fc_mu (400 → 2), fc_logvar (400 → 2), fc3 (2 → 400), fc4 (400 → 784)."
)


def _unknown(layers: Sequence[Layer], others: Sequence[str], tensors: Arrays) -> CheckpointError:
    """What to say of tensors that are not understood."""
    linear = [f"{readable(layer.name)} ({_arrows(layer.shape)})" for layer in layers]
    if others:
        strange = [f"{readable(name)} ({_times(tensors[name].shape)})" for name in others]
        return CheckpointError(
            "it holds tensors besides the weights and biases of linear layers: {others}. Beside them it has: {found}. "
            "{expected}",
            others=_some(strange),
            expected=UserError(_EXPECTED),
            found=_some(linear),
        )
    halves = recognise_unlike_halves(layers)
    if halves is not None:
        return CheckpointError(
            "its decoder ({up}) does not mirror its encoder ({down}), and only such models can be opened. "
            "Found: {found}.",
            up=_arrows(halves.widths_up),
            down=_arrows(halves.widths_down),
            found=_some(linear),
        )
    return CheckpointError(
        "its tensors are not those of a fully connected VAE. Found: {found}. {expected}",
        expected=UserError(_EXPECTED),
        found=_some(linear),
    )


def _arrows(widths: Iterable[int]) -> str:
    return " → ".join(map(str, widths))


def _times(shape: Iterable[int]) -> str:
    return " × ".join(map(str, shape)) or "1"


def _some(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:_MOST_NAMED]) or "none"
    return f"{shown} and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else shown


def _snapshot(parts: Parts) -> ModelSnapshot:
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
