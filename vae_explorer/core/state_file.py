"""The autosave of a run: everything that its training needs to go on, in one safetensors file.

A bad state must never take the place of a good one, and must never reach the optimiser: it is checked before it is
written and again when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.checkpoint import STATE_KEY
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.durable import write_durably
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.snapshot import TrainingRecord
from vae_explorer.core.tensor_file import (
    DTYPES,
    describe,
    description_explained,
    encode_tensors,
    is_safetensors,
    opening,
    parse_description,
    parse_table,
    read_content,
    read_table,
    read_tensors,
)
from vae_explorer.core.training_state import WEIGHTS, Position, TrainingState

_PREFIXES = (WEIGHTS, "exp_avg.", "exp_avg_sq.")
_SUMS = ("window", "epoch")
_Forms = Mapping[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class StateSummary:
    """What an autosave says of itself: architecture, origin and history, and where the training was."""

    config: VAEConfig
    record: TrainingRecord
    position: Position


def save_state(state: TrainingState, path: Path) -> None:
    """Write `state` atomically, so that it survives a power cut.

    Raises:
        CheckpointError: something of it does not fit; an older file stays.
        UserError: the folder is missing, not writable or full; an older file stays.
    """
    summary = StateSummary(state.config, state.record, state.position)
    try:
        _check_summary(summary)
        _check(summary, state.tensors)
    except CheckpointError as error:
        raise CheckpointError("Cannot save {path}: {problem}", path=path, problem=error) from error
    about = describe(state.config, state.record) | {"position": state.position.to_dict()}
    write_durably(path, encode_tensors(state.tensors, {STATE_KEY: json.dumps(about)}))


def load_state(path: Path) -> TrainingState:
    """Read what `save_state` wrote.

    Raises:
        CheckpointError: the file cannot be read, is no autosave, is damaged, or holds something that does not fit.
    """
    with opening(path):
        content = read_content(path)
        if not is_safetensors(content):
            raise CheckpointError("it is not the autosave of a run.")
        tensors = read_tensors(content, DTYPES.values())
        summary = _parse(parse_table(content).metadata)
        _check(summary, tensors)
        return TrainingState(summary.config, summary.record, summary.position, tensors)


def read_summary(path: Path) -> StateSummary:
    """Look at an autosave without reading its tensors; milliseconds, however large it is.

    Raises:
        CheckpointError: `load_state` would refuse it for anything but the values of its tensors.
    """
    with opening(path):
        table = read_table(path)
        summary = _parse(table.metadata)
        _check_forms(summary.config, table.forms)
        return summary


def _parse(metadata: Mapping[str, Any]) -> StateSummary:
    if STATE_KEY not in metadata:
        raise CheckpointError("it is not the autosave of a run.")
    config, record, about = parse_description(metadata[STATE_KEY])
    with description_explained():
        position = Position.from_dict(about["position"])
    summary = StateSummary(config, record, position)
    _check_summary(summary)
    return summary


def _check_summary(summary: StateSummary) -> None:
    if summary.record.settings is None:
        raise CheckpointError("its description is damaged: the settings are missing.")
    if any(stats.epoch >= summary.position.epoch for stats in summary.record.history):
        raise CheckpointError("its description is damaged: its history is longer than its training.")


def _check(summary: StateSummary, tensors: Mapping[str, NDArray[Any]]) -> None:
    _check_forms(
        summary.config,
        {name: (DTYPES.get(a.dtype.name, a.dtype.name), a.shape) for name, a in tensors.items()},
    )
    for name, values in tensors.items():
        if not np.isfinite(values).all():
            raise CheckpointError("tensor {name} holds NaN or infinite numbers.", name=name)
        if name.startswith("exp_avg_sq.") and (values < 0).any():
            raise CheckpointError("tensor {name} holds negative squares.", name=name)
    if tensors["steps"] < 0:
        raise CheckpointError("tensor steps is negative.")
    _check_order(tensors["order"], summary.position.images)


def _check_forms(config: VAEConfig, forms: _Forms) -> None:
    """Names, types and shapes, as far as the architecture says them."""
    expected = _expected(config)
    missing, extra = sorted(expected.keys() - forms.keys()), sorted(forms.keys() - expected.keys())
    if missing or extra:
        raise CheckpointError(
            "its tensors do not fit a {model} model: missing {missing}; unknown {extra}.",
            model=config.description,
            missing=", ".join(missing[:3]) or "none",
            extra=", ".join(extra[:3]) or "none",
        )
    for name, (dtype, shape) in forms.items():
        dtypes, needed = expected[name]
        if dtype not in dtypes or (shape != needed if needed is not None else len(shape) != 1):
            raise CheckpointError(
                "tensor {name} has type {dtype} and shape {shape}, which do not fit a {model} model.",
                name=name,
                dtype=dtype,
                shape=shape,
                model=config.description,
            )


def _expected(config: VAEConfig) -> dict[str, tuple[tuple[str, ...], tuple[int, ...] | None]]:
    """Types and shape of each tensor; None for a vector of any length."""
    shapes = config.weight_shapes.items()
    expected: dict[str, tuple[tuple[str, ...], tuple[int, ...] | None]] = {
        prefix + name: (("F32",), shape) for prefix in _PREFIXES for name, shape in shapes
    }
    expected |= dict.fromkeys(_SUMS, (("F32", "F64"), (2 + config.latent,)))
    expected["steps"] = (("I64",), ())
    expected["generator"] = (("U8",), None)
    expected["order"] = (("I64",), None)
    return expected


def _check_order(order: NDArray[np.int64], images: int) -> None:
    if images > len(order):
        raise CheckpointError("it has seen more images of its epoch than there are.")
    if not np.array_equal(np.sort(order), np.arange(len(order))):
        raise CheckpointError("the order of its images is damaged.")
