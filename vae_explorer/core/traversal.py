"""Latent traversals: what each dimension does on its own, as a grid of pictures (β-VAE, Higgins et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.images import gray_levels
from vae_explorer.core.snapshot import ModelSnapshot

#: −3, −2.5, …, 3: three standard deviations of the prior each way.
TRAVERSAL_VALUES: tuple[float, ...] = tuple(k / 2 for k in range(-6, 7))
#: Pixels a chunk: 4 MiB of logits.
_CHUNK_VALUES = 2**20


def traversal(
    snapshot: ModelSnapshot,
    z0: NDArray[np.floating],
    dimensions: Sequence[int] | NDArray[np.integer],
    values: Sequence[float] = TRAVERSAL_VALUES,
    cancelled: Callable[[], bool] | None = None,
) -> ByteArray | None:
    """Mean images where one coordinate of `z0` after the other takes each of `values`, and the others stay.

    Args:
        snapshot: the model.
        z0: a latent point, shape (latent,).
        dimensions: which coordinates, from 0: one row each.
        values: what they are set to: one column each.
        cancelled: asked before each chunk of some 1,000 MNIST images; then the result is None.

    Returns:
        Gray levels, shape (dimensions, values, side, side); black where the decoder overflows.
    """
    chosen = np.asarray(dimensions, np.intp)
    n = len(chosen) * len(values)
    row, column = np.divmod(np.arange(n), max(len(values), 1))
    levels = np.empty((n, snapshot.config.input_size), np.uint8)
    chunk = max(1, _CHUNK_VALUES // (snapshot.config.input_size + snapshot.config.latent))
    for start in range(0, n, chunk):
        if cancelled is not None and cancelled():
            return None
        part = slice(start, min(start + chunk, n))
        z = np.tile(np.asarray(z0, np.float64), (part.stop - start, 1))
        z[np.arange(len(z)), chosen[row[part]]] = np.asarray(values, np.float64)[column[part]]
        with np.errstate(over="ignore", invalid="ignore"):
            levels[part] = gray_levels(np.nan_to_num(snapshot.decode(z), copy=False))
    return levels.reshape(len(chosen), len(values), *snapshot.config.image_shape)


def dimension_order(
    kl_per_dimension: Sequence[float] | NDArray[np.floating], active: Sequence[bool]
) -> NDArray[np.intp]:
    """The latent dimensions by what they carry: active ones first, and by KL from high to low within each group.

    Args:
        kl_per_dimension: KL of each, nats; a NaN comes last in its group.
        active: whether each is active (`core.statistics.EpochStats.active`).
    """
    kl = np.nan_to_num(np.asarray(kl_per_dimension, np.float64), nan=-np.inf)
    return np.lexsort((-kl, ~np.asarray(active, np.bool_)))
