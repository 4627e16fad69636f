"""Scaling pictures by exact areas, for tiles that are drawn small and for drawings that become 28×28.

Pillow's box filter takes each pixel whole or not at all, so it only averages exactly where the sizes divide each
other; here a pixel counts by the share of it that is covered.
"""

from __future__ import annotations

import numpy as np

from vae_explorer.core.snapshot import FloatArray


def area_weights(source: int, target: int) -> FloatArray:
    """Weights of `source` pixels in each of `target` pixels of the same line, shape (target, source).

    Each row adds up to 1. `weights(h, h2) @ picture @ weights(w, w2).T` scales a picture of shape (h, w) to (h2, w2):
    shrinking averages over the covered area, enlarging repeats.
    """
    edges = np.linspace(0, source, target + 1)
    pixels = np.arange(source)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: FloatArray = (np.maximum(covered, 0) * (target / source)).astype(np.float32)
    return weights


def shrink_squares(pictures: FloatArray, weights: FloatArray) -> FloatArray:
    """Scale square pictures of shape (n, side, side) by `weights` of shape (smaller, side) in both directions."""
    smaller, side = weights.shape
    # Two flat products: NumPy takes a loop of small ones for a stack of matrices, ten times as long.
    across: FloatArray = (pictures.reshape(-1, side) @ weights.T).reshape(-1, side, smaller).swapaxes(1, 2)
    both: FloatArray = (across.reshape(-1, side) @ weights.T).reshape(-1, smaller, smaller)
    return both.swapaxes(1, 2)
