"""Model files: one ``.safetensors`` file with the weights and, in its metadata, everything else as JSON.

Opening never executes code from a file. Everything is checked before anything is returned, so that a bad file leaves
the open model as it was.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from vae_explorer import __version__
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, ConfigError
from vae_explorer.core.files import reason, write_atomically
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import Change, EpochStats
from vae_explorer.core.training_config import TrainingConfig

SUFFIX = ".safetensors"
#: The metadata key that marks a file as ours; its value is JSON.
_KEY = "vae_explorer"
_FORMAT = 1
_FLOATS = {"F16", "F32", "F64"}
#: No model of ours comes near; refuse before reading a whole video into memory.
_MAX_BYTES = 4 * 2**30
_MAX_HEADER = 100 * 2**20


def save_model(snapshot: ModelSnapshot, path: Path, *, half: bool = False) -> None:
    """Write `snapshot` atomically.

    Args:
        snapshot: what to save.
        path: the file; an older one is replaced only by a whole new one.
        half: store float16 (half the size, about three digits); used for the bundled models.

    Raises:
        UserError: the folder is missing, not writable or full.
        CheckpointError: a weight is too large for float16.
    """
    weights = {name: _as_half(name, values) if half else values for name, values in snapshot.weights.items()}
    record = snapshot.record
    about = {
        "format": _FORMAT,
        "version": __version__,
        "config": snapshot.config.to_dict(),
        "data_set": record.data_set,
        "seed": record.settings.seed if record.settings else None,
        "training": record.settings.to_dict() if record.settings else None,
        "history": [stats.to_dict() for stats in record.history],
        "changes": [change.to_dict() for change in record.changes],
    }
    write_atomically(path, save_tensors(weights, {_KEY: json.dumps(about)}))


def _as_half(name: str, values: FloatArray) -> NDArray[np.float16]:
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        raise CheckpointError("Tensor {name} holds numbers too large for float16.", name=name)
    return values.astype(np.float16)


def load_model(path: Path) -> ModelSnapshot:
    """Open a model file: one of ours, or a plain PyTorch ``state_dict`` of a fully connected VAE.

    Raises:
        CheckpointError: the file cannot be read, or is not a model, or holds something that does not fit.
    """
    try:
        return _load(path)
    except CheckpointError as error:
        raise CheckpointError("Cannot open {path}: {problem}", path=path, problem=error) from error


def _load(path: Path) -> ModelSnapshot:
    content = _read(path)
    if _looks_like_safetensors(content):
        return _from_safetensors(content)
    if content[:4] == b"PK\x03\x04" or content[:1] == b"\x80":
        # Only a PyTorch file needs PyTorch.
        from vae_explorer.core.state_dicts import read_state_dict

        return read_state_dict(content)
    raise CheckpointError("it is neither a safetensors file nor a PyTorch state_dict.")


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise CheckpointError("it is a folder, not a model file.")
        if path.stat().st_size > _MAX_BYTES:
            raise CheckpointError("it is larger than 4 GiB, too large for a model of this application.")
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError("{reason}.", reason=reason(error)) from error
    if not content:
        raise CheckpointError("the file is empty.")
    return content


def _looks_like_safetensors(content: bytes) -> bool:
    if len(content) < 9:
        return False
    (header,) = struct.unpack("<Q", content[:8])
    return 2 <= header <= _MAX_HEADER and content[8:9] == b"{"


def _header(content: bytes) -> dict[str, Any]:
    """The file's own table of tensors and its metadata, which the safetensors library checks for form afterwards."""
    (length,) = struct.unpack("<Q", content[:8])
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    return header


def _from_safetensors(content: bytes) -> ModelSnapshot:
    (length,) = struct.unpack("<Q", content[:8])
    if len(content) < 8 + length:
        raise CheckpointError("the file is truncated.")
    try:
        header = _header(content)
        metadata = header.pop("__metadata__", None) or {}
        for name, entry in header.items():
            if entry["dtype"] not in _FLOATS:
                raise CheckpointError(
                    "tensor {name} has type {dtype}; weights must be F16, F32 or F64.",
                    name=name,
                    dtype=entry["dtype"],
                )
        tensors: dict[str, NDArray[Any]] = load_tensors(content)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError("it is damaged or truncated ({reason}).", reason=error) from error
    if _KEY not in metadata:
        from vae_explorer.core.state_dicts import adopt_tensors, by_number

        # Safetensors sorts its tensors, so the order of the layers is lost.
        return adopt_tensors(by_number(tensors))
    config, record = _parse_about(metadata[_KEY])
    return ModelSnapshot(config, tensors, record)


def _parse_about(text: Any) -> tuple[VAEConfig, TrainingRecord]:
    try:
        about = json.loads(text)
        if about["format"] > _FORMAT:
            raise CheckpointError(
                "it was written by a newer version ({version}) of VAE Explorer. Please update.",
                version=about.get("version", "?"),
            )
        config = VAEConfig.from_dict(about["config"])
        settings = about.get("training")
        history = tuple(EpochStats.from_dict(entry) for entry in about.get("history") or ())
        record = TrainingRecord(
            str(about.get("data_set") or ""),
            TrainingConfig.from_dict(settings) if settings else None,
            history,
            tuple(Change.from_dict(entry) for entry in about.get("changes") or ()),
        )
    except ConfigError as error:
        raise CheckpointError("its description is damaged: {reason}", reason=error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError("its description is damaged ({reason}).", reason=repr(error)) from error
    return config, record
