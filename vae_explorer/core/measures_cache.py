"""Keeps the measures of an image set on disk: measuring 10,000 digits takes some fifteen seconds, and never changes.

They are found again by the content of the images, so that another data set, or a changed one, has its own. Without a
disk to write to, or with a damaged file, they are measured anew: a cache never stands in the way.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason, write_atomically
from vae_explorer.core.morphometry import ATTRIBUTES, VERSION, Values, measure

_log = logging.getLogger(__name__)
_SUFFIX = ".measures"
#: In front of the measures: their SHA-256, which tells a damaged file.
_DIGEST_BYTES = 32
#: Little-endian on every machine.
_STORED = np.dtype("<f8")


def cache_folder() -> Path:
    """Where measures are kept. It need not exist yet; whoever deletes it loses nothing but time."""
    return Path(platformdirs.user_cache_dir("vae-explorer", appauthor=False)) / "measures"


def measures_of(
    images: ByteArray | NDArray[np.floating],
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    folder: Path | None = None,
) -> Values:
    """`core.morphometry.measure`, from the disk where it was done before; milliseconds then.

    Args:
        images: as for `measure`.
        cancelled: as for `measure`; what was not measured to the end is not kept.
        progress: as for `measure`; told 1 once where the measures are there already.
        folder: where to keep them; `cache_folder` without it.

    Returns:
        The measures, shape (n, 6), read-only.
    """
    path = (folder or cache_folder()) / f"{content_key(images)}{_SUFFIX}"
    found = _read(path, len(images))
    if found is not None:
        if progress is not None:
            progress(1.0)
        return found
    whole = _Whole(cancelled)
    measures = measure(images, whole.cancelled, progress)
    if not whole.broken_off:
        _write(path, measures)
    measures.flags.writeable = False
    return measures


def content_key(images: ByteArray | NDArray[np.floating]) -> str:
    """What these images are called on disk: a SHA-256 of method, type, shape and pixels, in hexadecimal."""
    head = f"{VERSION} {ATTRIBUTES} {images.dtype.str} {images.shape} "
    return hashlib.sha256(head.encode() + np.ascontiguousarray(images).tobytes()).hexdigest()


class _Whole:
    """Remembers whether it was ever cancelled: a NaN may also stand for an image without ink."""

    def __init__(self, cancelled: Callable[[], bool] | None) -> None:
        self._cancelled = cancelled
        self.broken_off = False

    def cancelled(self) -> bool:
        if self._cancelled is not None and self._cancelled():
            self.broken_off = True
        return self.broken_off


def _read(path: Path, count: int) -> Values | None:
    """The measures in a file, read-only; None if it is not there, damaged, or cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("Cannot read %s: %s", path, reason(error))
        return None
    digest, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if digest != hashlib.sha256(payload).digest() or len(payload) != count * len(ATTRIBUTES) * 8:
        _log.warning("%s is damaged, its images are measured anew", path)
        return None
    measures = np.frombuffer(payload, _STORED).reshape(count, len(ATTRIBUTES))
    return measures.astype(np.float64, copy=False)


def _write(path: Path, measures: Values) -> None:
    payload = measures.astype(_STORED).tobytes()
    try:
        with contextlib.suppress(OSError):  # what does not exist afterwards cannot be written to
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, hashlib.sha256(payload).digest() + payload)
    except UserError as error:
        _log.warning("The measures are not kept: %s", error)
