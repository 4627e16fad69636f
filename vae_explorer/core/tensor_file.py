"""What model files and autosaves share: safetensors, with a description as JSON in the metadata.

Nothing of a file is believed before it was checked, and nothing of it is ever executed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from vae_explorer import __version__
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, ConfigError
from vae_explorer.core.files import reason
from vae_explorer.core.snapshot import TrainingRecord
from vae_explorer.core.statistics import Change, EpochStats
from vae_explorer.core.training_config import TrainingConfig

FORMAT = 1
#: NumPy's and the format's names of the types that occur.
DTYPES = {
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "int64": "I64",
    "uint8": "U8",
}
#: No file of ours comes near; refuse before reading a whole video into memory.
_MAX_BYTES = 4 * 2**30
_MAX_HEADER = 100 * 2**20


def read_content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        CheckpointError: it is missing, empty, a folder, too large, or cannot be read.
    """
    try:
        if path.is_dir():
            raise CheckpointError("it is a folder, not a file.")
        if path.stat().st_size > _MAX_BYTES:
            raise CheckpointError("it is larger than 4 GiB, too large for this application.")
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError("{reason}.", reason=reason(error)) from error
    if not content:
        raise CheckpointError("the file is empty.")
    return content


def is_safetensors(content: bytes) -> bool:
    """Whether these bytes, or the beginning of them, look like a safetensors file."""
    if len(content) < 9:
        return False
    (header,) = struct.unpack("<Q", content[:8])
    return 2 <= header <= _MAX_HEADER and content[8:9] == b"{"


@dataclass(frozen=True, slots=True)
class Table:
    """What a safetensors file says of itself.

    Attributes:
        metadata: texts by name.
        forms: type, in the words of the format (``F32``, ``U8``…), and shape of each tensor.
        end: how many bytes the file must have.
    """

    metadata: Mapping[str, Any]
    forms: Mapping[str, tuple[str, tuple[int, ...]]]
    end: int


def read_table(path: Path) -> Table:
    """The table of a file and nothing else: some ten microseconds, however large the file is.

    Raises:
        CheckpointError: it cannot be read, is no safetensors file, is damaged, or is not as long as it should be.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(9)
            if not is_safetensors(begin):
                raise CheckpointError("it is empty or not a safetensors file.")
            (length,) = struct.unpack("<Q", begin[:8])
            table = parse_table(begin + file.read(length - 1))
            size = file.seek(0, 2)
    except OSError as error:
        raise CheckpointError("{reason}.", reason=reason(error)) from error
    if size != table.end:
        raise CheckpointError("it has {size} bytes instead of {end}.", size=size, end=table.end)
    return table


def is_whole(path: Path, key: str) -> bool:
    """Whether a file has all the bytes that its table promises, and a description under `key`."""
    try:
        return key in read_table(path).metadata
    except CheckpointError:
        return False


def parse_table(content: bytes) -> Table:
    """The table at the beginning of a file's bytes, for which `is_safetensors` holds.

    Raises:
        CheckpointError: it is damaged or truncated.
    """
    (length,) = struct.unpack("<Q", content[:8])
    if len(content) < 8 + length:
        raise CheckpointError("the file is truncated.")
    with _damage_explained():
        header: dict[str, Any] = json.loads(content[8 : 8 + length])
        metadata = dict(header.pop("__metadata__", None) or {})
        forms = {name: (entry["dtype"], tuple(entry["shape"])) for name, entry in header.items()}
        ends = [int(entry["data_offsets"][1]) for entry in header.values()]
        return Table(metadata, forms, 8 + length + max(ends, default=0))


def read_tensors(content: bytes, dtypes: Collection[str]) -> dict[str, NDArray[Any]]:
    """Tensors of a safetensors file.

    Args:
        content: the whole file, for which `is_safetensors` holds.
        dtypes: what the tensors may be.

    Raises:
        CheckpointError: it is damaged, truncated, or holds tensors of another type.
    """
    for name, (dtype, _) in parse_table(content).forms.items():
        if dtype not in dtypes:
            raise CheckpointError(
                "tensor {name} has type {dtype}; it must be one of {allowed}.",
                name=name,
                dtype=dtype,
                allowed=", ".join(sorted(dtypes)),
            )
    with _damage_explained():
        # The library checks the table again, and more strictly.
        return load_tensors(content)


def encode_tensors(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a safetensors file.

    The library's own function copies everything twice, which takes three times as long; an autosave of 784-400-2 has
    8 MB, and is written after every epoch.

    Args:
        tensors: of the types in `DTYPES`.
        metadata: texts by name.
    """
    # Wide types first, as the library does it, so that each tensor is aligned.
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0]))
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    buffers: list[memoryview] = []
    begin = 0
    for name, values in ordered:
        end = begin + values.nbytes
        dtype = DTYPES[values.dtype.name]
        header[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": (begin, end)}
        # Any layout becomes rows after rows, any byte order little-endian.
        plain = np.asarray(values, values.dtype.newbyteorder("<"), order="C")
        buffers.append(plain.reshape(-1).view(np.uint8).data)
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *buffers])


def describe(config: VAEConfig, record: TrainingRecord) -> dict[str, Any]:
    """Architecture and origin of a model as plain values for JSON."""
    return {
        "format": FORMAT,
        "version": __version__,
        "config": config.to_dict(),
        "data_set": record.data_set,
        "seed": record.settings.seed if record.settings else None,
        "training": record.settings.to_dict() if record.settings else None,
        "history": [stats.to_dict() for stats in record.history],
        "changes": [change.to_dict() for change in record.changes],
    }


def parse_description(text: Any) -> tuple[VAEConfig, TrainingRecord, Mapping[str, Any]]:
    """Inverse of `describe` and JSON; the third value is everything that stood there.

    Raises:
        CheckpointError: it is damaged, or a newer version wrote it.
    """
    with description_explained():
        about = json.loads(text)
        if about["format"] > FORMAT:
            raise CheckpointError(
                "it was written by a newer version ({version}) of VAE Explorer. Please update.",
                version=about.get("version", "?"),
            )
        config = VAEConfig.from_dict(about["config"])
        settings = about.get("training")
        record = TrainingRecord(
            str(about.get("data_set") or ""),
            TrainingConfig.from_dict(settings) if settings else None,
            tuple(EpochStats.from_dict(entry) for entry in about.get("history") or ()),
            tuple(Change.from_dict(entry) for entry in about.get("changes") or ()),
        )
        return config, record, about


@contextmanager
def description_explained() -> Iterator[None]:
    """Turn what goes wrong while a description is read into a `CheckpointError`."""
    try:
        yield
    except ConfigError as error:
        raise CheckpointError("its description is damaged: {reason}", reason=error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError("its description is damaged ({reason}).", reason=repr(error)) from error


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Name the file in what goes wrong with it."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError("Cannot open {path}: {problem}", path=path, problem=error) from error


@contextmanager
def _damage_explained() -> Iterator[None]:
    try:
        yield
    except (SafetensorError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError("it is damaged or truncated ({reason}).", reason=error) from error
