"""MNIST and anything else in IDX files, as ``uint8`` NumPy arrays.

The four files of MNIST come with the application, so that nothing has to be downloaded. The environment variable
``VAE_EXPLORER_DATA`` names another folder with files of the same names, for example Fashion-MNIST.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.checks import require_pixels
from vae_explorer.core.errors import DataError
from vae_explorer.resources import resource_path

Split = Literal["train", "test"]
ByteArray = NDArray[np.uint8]

DATA_VARIABLE = "VAE_EXPLORER_DATA"

_PREFIX: dict[Split, str] = {"train": "train", "test": "t10k"}
#: md5 of the decompressed files as LeCun, Cortes and Burges published them.
_MNIST_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_UNSIGNED_BYTE = 0x08
CLASS_COUNT = 10


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images with their labels.

    Attributes:
        name: what to call the data on the screen, for example ``MNIST``.
        images: gray levels 0–255, shape (n, pixels), read-only.
        labels: classes 0–9, shape (n,), read-only.
    """

    name: str
    images: ByteArray
    labels: ByteArray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return int(self.images.shape[1])

    def require_pixels(self, expected: int) -> None:
        """Make sure that a model of images of so many pixels can take these.

        Raises:
            ConfigError: it cannot.
        """
        require_pixels(self.name, self.pixels, expected)

    def picture(self, index: int) -> ByteArray:
        """Image `index` as a square picture, shape (side, side)."""
        side = math.isqrt(self.pixels)
        picture: ByteArray = self.images[index].reshape(side, side)
        return picture


def load_images(split: Split, folder: Path | None = None) -> ImageSet:
    """Read one split.

    Args:
        split: ``train`` (MNIST: 60,000 images) or ``test`` (10,000).
        folder: where the IDX files are; without it ``VAE_EXPLORER_DATA``, and without that the bundled MNIST.

    Raises:
        DataError: a file is missing or damaged; the message names it.
    """
    folder = _chosen(folder)
    root = folder or resource_path("mnist")
    checksums = _MNIST_MD5 if folder is None else {}
    images = _read_idx(root, f"{_PREFIX[split]}-images-idx3-ubyte", 3, checksums)
    labels = _read_idx(root, f"{_PREFIX[split]}-labels-idx1-ubyte", 1, checksums)
    _check_pair(root, split, images, labels)
    name = "MNIST" if folder is None else root.resolve().name
    return ImageSet(name, images.reshape(len(images), -1), labels)


def count_images(split: Split, folder: Path | None = None) -> int:
    """How many images a split has, by the header of its labels: a few bytes are read, and not judged further.

    Args:
        split: ``train`` or ``test``.
        folder: as for `load_images`.

    Raises:
        DataError: the file is missing or too short; the message names it.
    """
    path = _find(_chosen(folder) or resource_path("mnist"), f"{_PREFIX[split]}-labels-idx1-ubyte")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return int.from_bytes(file.read(8)[4:], "big")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def hold_out(images: ImageSet, share: float, seed: int) -> tuple[ImageSet, ImageSet | None]:
    """Set a random part of `images` aside for validation; the same seed takes the same part.

    Args:
        images: what to split.
        share: of the images that is set aside, 0 to ½; at least one image, unless it is 0.
        seed: of the draw.

    Returns:
        What is left, and the part, or None for a share of 0.
    """
    if share == 0 or len(images) < 2:
        return images, None
    order = np.random.default_rng(seed).permutation(len(images))
    count = max(1, round(share * len(images)))
    held, kept = np.sort(order[:count]), np.sort(order[count:])
    return _part(images, kept), _part(images, held)


def _part(images: ImageSet, rows: NDArray[np.intp]) -> ImageSet:
    return ImageSet(images.name, images.images[rows], images.labels[rows])


def _check_pair(root: Path, split: Split, images: ByteArray, labels: ByteArray) -> None:
    if len(images) != len(labels) or not len(images):
        raise DataError(
            "The {split} files in {folder} hold {images} images but {labels} labels.",
            split=split,
            folder=root,
            images=len(images),
            labels=len(labels),
        )
    if images.shape[1] != images.shape[2]:
        raise DataError(
            "The {split} images in {folder} are {rows}×{columns} pixels; only square images can be used.",
            split=split,
            folder=root,
            rows=images.shape[1],
            columns=images.shape[2],
        )
    if int(labels.max()) >= CLASS_COUNT:
        raise DataError(
            "The {split} labels in {folder} go up to {label}; only the classes 0 to 9 can be used.",
            split=split,
            folder=root,
            label=int(labels.max()),
        )


def _chosen(folder: Path | None) -> Path | None:
    """The folder that was asked for, here or in the environment; None for the bundled MNIST."""
    if folder is None and os.environ.get(DATA_VARIABLE):
        return Path(os.environ[DATA_VARIABLE]).expanduser()
    return folder


def _read_idx(root: Path, name: str, dimensions: int, checksums: dict[str, str]) -> ByteArray:
    path = _find(root, name)
    content = _read_bytes(path)
    if name in checksums and hashlib.md5(content, usedforsecurity=False).hexdigest() != checksums[name]:
        raise DataError(
            "The data file {path} is damaged (its checksum is wrong). Install the application again.",
            path=path,
        )
    return _parse_idx(content, dimensions, path)


def _find(root: Path, name: str) -> Path:
    dotted = name.replace("-idx", ".idx")
    for candidate in (f"{name}.gz", name, f"{dotted}.gz", dotted):
        if (root / candidate).is_file():
            return root / candidate
    raise DataError(
        "The data file {name}(.gz) is not in {folder}. Put it there, or unset {variable} to use the bundled MNIST.",
        name=name,
        folder=root,
        variable=DATA_VARIABLE,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        # One call is twice as quick as reading through GzipFile.
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError("The data file {path} is damaged or cannot be read: {reason}.", path=path, reason=error)


def _parse_idx(content: bytes, dimensions: int, path: Path) -> ByteArray:
    header = 4 + 4 * dimensions
    if len(content) < header or content[:4] != bytes((0, 0, _UNSIGNED_BYTE, dimensions)):
        raise DataError(
            "The data file {path} is not an IDX file of bytes with {dimensions} dimension(s).",
            path=path,
            dimensions=dimensions,
        )
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", dimensions, 4))
    if len(content) - header != math.prod(shape):
        raise DataError(
            "The data file {path} is damaged: its header promises {expected} values, but it holds {found}.",
            path=path,
            expected=math.prod(shape),
            found=len(content) - header,
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
