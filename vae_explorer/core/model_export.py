"""Model files for other programs: ONNX, and PyTorch state_dicts as the tutorials' own classes save them."""

from __future__ import annotations

import io
from pathlib import Path

from vae_explorer.core.errors import ConfigError
from vae_explorer.core.files import check_writable, write_atomically
from vae_explorer.core.onnx_export import PARTS, Part, encode_onnx
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.torch_loading import bring_torch_into_memory
from vae_explorer.core.tutorial_layouts import Layout, StateDict, laid_out

ONNX_SUFFIX = ".onnx"
STATE_DICT_SUFFIX = ".pt"
_STATE_DICT_SUFFIXES = (STATE_DICT_SUFFIX, ".pth", ".bin")


def save_state_dict(snapshot: ModelSnapshot, layout: Layout, path: Path) -> None:
    """Write the weights as ``torch.save(model.state_dict(), path)`` of the class of `layout` would: tensors only.

    Raises:
        ConfigError: the class is not this model, or the name is one of an ONNX file.
        UserError: the file cannot be written.
    """
    if path.suffix.lower() == ONNX_SUFFIX:
        raise ConfigError(
            "A PyTorch state_dict is no {suffix} file. Call it {name}, or choose ONNX.",
            suffix=ONNX_SUFFIX,
            name=path.with_suffix(STATE_DICT_SUFFIX).name,
        )
    tensors = laid_out(snapshot, layout)
    # PyTorch takes seconds to load: a place where nothing can be written is said before.
    check_writable(path)
    write_atomically(path, _encode_state_dict(tensors))


def _encode_state_dict(tensors: StateDict) -> bytes:
    bring_torch_into_memory()
    import torch

    content = io.BytesIO()
    # Copied: ours are read-only, which PyTorch does not know and warns of.
    torch.save({name: torch.tensor(values) for name, values in tensors.items()}, content)
    return content.getvalue()


def save_onnx(snapshot: ModelSnapshot, part: Part, path: Path, name: str) -> None:
    """Write the encoder or the decoder as ONNX; see `core.onnx_export.encode_onnx`.

    Raises:
        ConfigError: the model has no ONNX form, or the name is one of a PyTorch file.
        UserError: the package ``onnx`` is missing, or the file cannot be written.
    """
    _require_onnx_name(path)
    check_writable(path)
    write_atomically(path, encode_onnx(snapshot, part, name))


def both_paths(path: Path) -> dict[Part, Path]:
    """Where encoder and decoder go when one file was named for both: ``digits-encoder.onnx``, ``digits-decoder.onnx``.

    Raises:
        ConfigError: the name is one of a PyTorch file, or of a folder.
    """
    _require_onnx_name(path)
    if path.is_dir():
        raise ConfigError("{path} is a folder. Add the name of a file.", path=path)
    suffix = path.suffix or ONNX_SUFFIX
    return {part: path.with_name(f"{path.stem}-{part}{suffix}") for part in PARTS}


def _require_onnx_name(path: Path) -> None:
    if path.suffix.lower() in _STATE_DICT_SUFFIXES:
        raise ConfigError(
            "An ONNX model is no {suffix} file. Call it {name}, or choose a PyTorch state_dict.",
            suffix=path.suffix,
            name=path.with_suffix(ONNX_SUFFIX).name,
        )
