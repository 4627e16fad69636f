"""An ``.npz`` file: which arrays it has, without unpacking them, and one at a time unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from vae_explorer.core.datasets.choices import MEMORY_BYTES
from vae_explorer.core.datasets.npy import Counted, Header, read_header, read_stream
from vae_explorer.core.decoder_space import Cancelled
from vae_explorer.core.errors import DataError

_SUFFIX = ".npy"
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What `zipfile` raises for damaged, encrypted or oddly packed files.
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """The arrays of an ``.npz``, to be used in a ``with`` statement.

    Args:
        path: the file.

    Attributes:
        headers: name and header of each array.

    Raises:
        DataError: it is no such file, or damaged.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._zip = zipfile.ZipFile(path)
        try:
            self.headers = {
                name.removesuffix(_SUFFIX): self._header(name)
                for name in self._zip.namelist()
                if name.endswith(_SUFFIX)
            }
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def _header(self, member: str) -> Header:
        with self._explained():
            if self._zip.getinfo(member).compress_type not in _PACKED:
                raise ValueError("a way of packing that NumPy does not use")
            file = self._zip.open(member)
        with self._explained(), file:
            return read_header(file, self.called(member))

    def called(self, name: str) -> str:
        """What to call one array where something is wrong with it."""
        return f"{self._path}: {name.removesuffix(_SUFFIX)}"

    def read(self, name: str, counted: Counted = None, cancelled: Cancelled = None) -> NDArray[Any]:
        """One array; see `read_stream`.

        Raises:
            CancelledError: nobody wants it any more.
            DataError: it is damaged, or takes more than 4 GiB.
        """
        self.require_room(name)
        with self._explained(), self._zip.open(name + _SUFFIX) as file:
            header = read_header(file, self.called(name))
            return read_stream(file, header, self.called(name), counted, cancelled)

    def require_room(self, *names: str) -> None:
        """Make sure that arrays fit into memory, and that the file has as much as they promise.

        Raises:
            DataError: they do not.
        """
        for name in names:
            if self._zip.getinfo(name + _SUFFIX).file_size < self.headers[name].nbytes:
                raise DataError("{name} is damaged: it ends before its last values.", name=self.called(name))
        if sum(self.headers[name].nbytes for name in names) > MEMORY_BYTES:
            raise DataError(
                "The images of {path} take more than {most} GiB. Save them with numpy.save as .npy, which is used "
                "from the disk.",
                path=self._path,
                most=MEMORY_BYTES // 2**30,
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _ERRORS as error:
            raise DataError("{path} is not an .npz file, or it is damaged.", path=self._path) from error
