"""Tells one data set from another by its content, so that a model can say whether it was trained on these images.

A path would not do: files are moved and replaced. Neither would hashing all of a large file, which takes longer than
opening it may.
"""

from __future__ import annotations

import hashlib

import numpy as np

from vae_explorer.core.blocks import row_blocks
from vae_explorer.core.datasets.data_set import Labels
from vae_explorer.core.datasets.pixels import PixelRows, Rows

#: Up to here every byte counts.
_WHOLE_BYTES = 256 * 2**20
#: Of more, so many images spread evenly, the first and the last among them.
_SAMPLED = 4096
_BLOCK_BYTES = 4 * 2**20


def fingerprint(pixels: PixelRows, rows: Rows, labels: Labels | None) -> str:
    """32 hexadecimal digits of number, size, gray levels and labels of some images.

    Of more than 256 MiB, 4,096 images spread over them stand for all: data that differ elsewhere only are not told
    apart. The gray values 0–1 of an image and the same as levels 0–255 give the same.

    Args:
        pixels: the images.
        rows: which of them count, shape (n,).
        labels: of these, shape (n,), if there are any.

    Raises:
        DataError: the file under them was shortened.
    """
    digest = hashlib.blake2b(f"{len(rows)} {pixels.side} {labels is not None}".encode(), digest_size=16)
    if len(rows) * pixels.pixels > _WHOLE_BYTES:
        rows = rows[np.linspace(0, len(rows) - 1, _SAMPLED).astype(np.intp)]
    for block in row_blocks(len(rows), pixels.pixels, block_bytes=_BLOCK_BYTES):
        digest.update(np.ascontiguousarray(pixels.levels(rows[block])).data)
    if labels is not None:
        digest.update(np.ascontiguousarray(labels, "<i4").data)
    return digest.hexdigest()
