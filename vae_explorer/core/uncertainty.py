"""How unsure the decoder is of the image that it draws: the entropy of its pixels."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

Values = NDArray[np.float64]

#: Beyond this logit a pixel's entropy is below 1e-35 bits.
_SURE = np.float32(87)


def pixel_entropy(
    snapshot: ModelSnapshot, z: NDArray[np.floating], cancelled: Callable[[], bool] | None = None
) -> Values:
    """Mean over the pixels of the entropy of the decoded Bernoulli, bits, in [0, 1], shape (m,).

    0 where every pixel is surely black or white, 1 where each is a coin's toss.

    Args:
        snapshot: whose decoder.
        z: places, shape (m, latent).
        cancelled: asked every few milliseconds; after a yes, the places that were not reached are NaN.
    """
    entropy = np.full(len(z), np.nan)
    row_bytes = 4 * snapshot.config.input_size
    for rows in row_blocks(len(z), row_bytes, cancelled, LAYER_BLOCK_BYTES):
        entropy[rows] = bernoulli_entropy(snapshot.decode_logits(z[rows])).mean(1, dtype=np.float64)
    return entropy


def bernoulli_entropy(logits: FloatArray) -> FloatArray:
    """Entropy of Bernoullis with these logits ℓ, bits, in [0, 1], same shape.

    log(1 + e^(−|ℓ|)) + |ℓ|·e^(−|ℓ|) / (1 + e^(−|ℓ|)) nats: no exponential can overflow, and no p·log p is 0·∞.
    """
    size = np.minimum(np.abs(logits), _SURE)
    odds = np.exp(-size)
    total = 1 + odds
    nats = np.log(total) + size * odds / total
    bits: FloatArray = np.minimum(nats * np.float32(1 / math.log(2)), np.float32(1))
    return bits
