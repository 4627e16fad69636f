"""How unsure the decoder is of the image that it draws: the entropy of its pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.snapshot import ModelSnapshot

Values = NDArray[np.float64]


def pixel_entropy(
    snapshot: ModelSnapshot, z: NDArray[np.floating], cancelled: Callable[[], bool] | None = None
) -> Values:
    """Mean over the pixels of the entropy of the decoded p(x|z), bits, shape (m,).

    Of a Bernoulli 0 where every pixel is surely black or white, 1 where each is a coin's toss. Of a continuous one 0
    where every gray level is as likely, and below 0 elsewhere. Of a Gaussian the same everywhere.

    Args:
        snapshot: whose decoder.
        z: places, shape (m, latent).
        cancelled: asked every few milliseconds; after a yes, the places that were not reached are NaN.
    """
    entropy = np.full(len(z), np.nan)
    row_bytes = 4 * snapshot.config.input_size
    for rows in row_blocks(len(z), row_bytes, cancelled, LAYER_BLOCK_BYTES):
        entropy[rows] = snapshot.likelihood.entropy(snapshot.decode_logits(z[rows])).mean(1, dtype=np.float64)
    return entropy
