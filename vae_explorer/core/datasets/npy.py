"""NumPy's files read by their header: mapped where they are large, streamed otherwise, never unpickled."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.datasets.pixels import Mapping, Stored
from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.errors import DataError

_CHUNK = 4 * 2**20
#: Told how many bytes were read since.
Counted = Callable[[int], None] | None


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its array: shape, type, and whether it lies column by column."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_column: bool

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes], name: str) -> Header:
    """The header of a ``.npy`` file; `file` then stands at the values.

    Raises:
        DataError: it is none, or its values are Python objects, which could run code.
    """
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        if version > (2, 0):
            raise ValueError(f"format {version[0]}.{version[1]}")
        shape, by_column, dtype = read(file)
        if min(shape, default=0) < 0:
            raise ValueError(f"shape {shape}")
    except (ValueError, TypeError, EOFError, OverflowError, RecursionError, MemoryError) as error:
        raise DataError("{name} is not a NumPy array, or it is damaged.", name=name) from error
    if dtype.hasobject:
        raise DataError(
            "{name} holds Python objects, which can run code when they are read. Save it as numbers.",
            name=name,
        )
    return Header(shape, dtype, by_column)


def read_stream(
    file: IO[bytes], header: Header, name: str, counted: Counted = None, cancelled: Cancelled = None
) -> Stored:
    """The values that follow a header.

    Args:
        file: stands at the values.
        header: of the array.
        name: what to call the file.
        counted: told the bytes of each piece.
        cancelled: asked before each piece of 4 MiB.

    Raises:
        CancelledError: nobody wants it any more.
        DataError: the file ends before.
    """
    order: Literal["C", "F"] = "F" if header.by_column else "C"
    values = np.empty(header.shape, header.dtype, order)
    if values.nbytes:
        by_row = values.T if header.by_column else values
        _fill(by_row.reshape(-1).view(np.uint8).data, file, name, counted, cancelled)
    return values


def _fill(memory: memoryview, file: IO[bytes], name: str, counted: Counted, cancelled: Cancelled) -> None:
    done = 0
    while done < len(memory):
        check(cancelled)
        piece = file.read(min(_CHUNK, len(memory) - done))
        if not piece:
            raise DataError("{name} is damaged: it ends before its last values.", name=name)
        memory[done : done + len(piece)] = piece
        done += len(piece)
        if counted is not None:
            counted(len(piece))


def map_values(file: IO[bytes], header: Header, path: Path) -> tuple[NDArray[Any], Mapping]:
    """The values that follow a header, on disk: read-only, and read when they are used.

    Raises:
        DataError: the file ends before, or lies on something that cannot be mapped.
    """
    start = file.tell()
    try:
        memory = mmap.mmap(file.fileno(), start + header.nbytes, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise DataError("{name} is damaged: it ends before its last values.", name=path) from error
    except OSError as error:
        raise DataError(
            "Cannot map {path} into memory: {reason}.", path=path, reason=error.strerror
        ) from error
    return np.ndarray(header.shape, header.dtype, memory, start), Mapping(path, memory)
