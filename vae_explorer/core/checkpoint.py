"""Model files: one ``.safetensors`` file with the weights and, in its metadata, everything else as JSON.

Opening never executes code from a file. Everything is checked before anything is returned, so that a bad file leaves
the open model as it was.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.pythae_folder import CONFIG, WEIGHTS, pythae_weights, read_pythae
from vae_explorer.core.session_file import SESSION_KEY, parse_session
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot
from vae_explorer.core.tensor_file import (
    Table,
    describe,
    encode_tensors,
    is_safetensors,
    opening,
    parse_description,
    parse_table,
    read_content,
    read_tensors,
)

SUFFIX = ".safetensors"
#: The metadata keys that mark a model file and the autosave of a run; their values are JSON.
MODEL_KEY = "vae_explorer"
STATE_KEY = "vae_explorer_state"
_FLOATS = frozenset({"F16", "F32", "F64"})
_NO_NUMPY = "BF16"


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
    about = describe(snapshot.config, snapshot.record)
    write_atomically(path, encode_tensors(weights, {MODEL_KEY: json.dumps(about)}))


def _as_half(name: str, values: FloatArray) -> NDArray[np.float16]:
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        raise CheckpointError("Tensor {name} holds numbers too large for float16.", name=name)
    return values.astype(np.float16)


def load_model(path: Path) -> ModelSnapshot:
    """Open a model file: one of ours, a saved session, or a plain PyTorch ``state_dict`` of a fully connected VAE.

    Args:
        path: the file, or a folder that the pythae library saved.

    Raises:
        CheckpointError: the file cannot be read, or is not a model, or holds something that does not fit.
    """
    with opening(path):
        weights = pythae_weights(path)
        return _load(path) if weights is None else read_pythae(weights)


def _load(path: Path) -> ModelSnapshot:
    if os.path.isdir(path):  # noqa: PTH112 (where it may not be looked at, reading says so)
        raise _no_model_folder(path)
    content = read_content(path)
    if is_safetensors(content):
        return _from_safetensors(content)
    if content[:4] == b"PK\x03\x04" or content[:1] == b"\x80":
        # Only a PyTorch file needs PyTorch.
        from vae_explorer.core.state_dicts import read_state_dict

        return read_state_dict(content)
    raise CheckpointError("it is neither a safetensors file nor a PyTorch state_dict.")


def _no_model_folder(folder: Path) -> CheckpointError:
    """What to say of a folder that is no model."""
    # Imported here, because runs are made of models.
    from vae_explorer.core.run_folder import is_run_folder, list_snapshots

    if is_run_folder(folder):
        snapshots = list(list_snapshots(folder).values())
        if not snapshots:
            return CheckpointError("it is the folder of a run that has kept no model yet.")
        return CheckpointError(
            "it is the folder of a run, not a model. The newest model in it is {file}.", file=snapshots[-1]
        )
    return CheckpointError(
        "it is a folder, but neither that of a run (with run.json) nor one that pythae saved (with {config} and "
        "{weights}). To open a model, name its file.",
        config=CONFIG,
        weights=WEIGHTS,
    )


def _from_safetensors(content: bytes) -> ModelSnapshot:
    table = parse_table(content)
    metadata = table.metadata
    if STATE_KEY in metadata:
        raise CheckpointError("it is the autosave of a run, not a model. Open the folder of the run instead.")
    if SESSION_KEY in metadata:
        return parse_session(content).snapshot
    if MODEL_KEY not in metadata:
        return _from_foreign(content, table)
    tensors = read_tensors(content, _FLOATS)
    config, record, _ = parse_description(metadata[MODEL_KEY])
    return ModelSnapshot(config, tensors, record)


def _from_foreign(content: bytes, table: Table) -> ModelSnapshot:
    from vae_explorer.core.state_dicts import adopt_tensors, by_number, read_half_safetensors

    if any(dtype == _NO_NUMPY for dtype, _ in table.forms.values()):
        tensors = read_half_safetensors(content)
    else:
        tensors = read_tensors(content, _FLOATS)
    # Safetensors sorts its tensors, so the order of the layers is lost.
    return adopt_tensors(by_number(tensors))
