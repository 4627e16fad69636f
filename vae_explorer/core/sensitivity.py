"""How strongly the decoded image changes around a place of the latent space.

Two places that look equally far apart on the map may decode to nearly the same image or to different digits. The
Fisher–Rao metric of the decoder's p(x|z), pulled back to the latent space, measures what a step changes; the root of
its determinant, the magnification factor, how much image space one unit of the map covers (Bishop et al. 1997,
"Magnification factors"; Arvanitidis et al. 2018, "Latent space oddity").
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.activations import activate_with_slopes
from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

Values = NDArray[np.float64]

#: What `log_magnification` says where the image does not change at all: the logarithm of the least float64.
FLOOR = float(np.log(np.finfo(np.float64).tiny))
#: Directions whose changes differ by less than this share are one to a float32.
_RESOLUTION = 1e-6


def log_magnification(
    snapshot: ModelSnapshot,
    z: NDArray[np.floating],
    axes: NDArray[np.floating],
    cancelled: Callable[[], bool] | None = None,
) -> Values:
    """½ log det G, shape (m,): the logarithm of the image area that a unit of the map's area covers.

    G = Jᵀ diag(φ'²) J is the Fisher–Rao metric within the map's plane, J the derivative of the logits along `axes`,
    exact for every activation, and φ the isometric embedding of `core.likelihoods`; for a Bernoulli φ'² = p(1−p).
    On the map of one dimension it is a length in place of an area. A value of 0 means that a small step of length h
    changes φ by h.

    Always finite: at least `FLOOR`, and where the two directions change the image alike, as for a float32 they may, the
    area is that of directions at an angle of 1e-6.

    Args:
        snapshot: whose decoder.
        z: places, shape (m, latent).
        axes: two orthonormal directions, shape (2, latent), as in a `Projection`; a zero one does not count.
        cancelled: asked every few milliseconds; after a yes, the places that were not reached are NaN.
    """
    directions = np.asarray(axes, np.float32)
    directions = directions[directions.any(1)]
    places = np.asarray(z, np.float32)
    magnification = np.full(len(places), np.nan)
    row_bytes = 4 * len(directions) * max(snapshot.config.input_size, *snapshot.config.hidden, 1)
    for rows in row_blocks(len(places), row_bytes, cancelled, LAYER_BLOCK_BYTES):
        logits, tangents = logits_and_derivatives(snapshot, places[rows], directions)
        magnification[rows] = _log_volume(snapshot.likelihood.log_slopes(logits), tangents)
    return magnification


def logits_and_derivatives(
    snapshot: ModelSnapshot, z: FloatArray, directions: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Logits, shape (m, pixels), and their derivatives along directions of the latent space, shape (m, k, pixels).

    Forward mode: each tangent passes through the same weights as the value, and is scaled by the activation's slope.

    Args:
        snapshot: whose decoder.
        z: places, shape (m, latent).
        directions: shape (k, latent).
    """
    values = z
    tangents: FloatArray = np.broadcast_to(directions, (len(z), *directions.shape))
    for layer in range(len(snapshot.config.hidden)):
        values, tangents = _linear(snapshot, f"decoder.{layer}", values, tangents)
        values, slopes = activate_with_slopes(snapshot.config.activation, values)
        tangents *= slopes[:, None]
    return _linear(snapshot, "logits", values, tangents)


def _linear(
    snapshot: ModelSnapshot, name: str, values: FloatArray, tangents: FloatArray
) -> tuple[FloatArray, FloatArray]:
    weight = snapshot.weights[f"{name}.weight"].T
    # One product for all tangents: NumPy would otherwise do one a place.
    flat = tangents.reshape(-1, weight.shape[0])
    return values @ weight + snapshot.weights[f"{name}.bias"], (flat @ weight).reshape(
        *tangents.shape[:2], -1
    )


def _log_volume(log_weights: FloatArray, tangents: FloatArray) -> Values:
    """Log volume that the tangents span, each pixel's weighed."""
    # Where all pixels are black or white the weights underflow: the largest becomes 1, and comes back in at the end.
    largest = log_weights.max(1)
    tangents *= np.exp(log_weights - largest[:, None])[:, None]
    volume = (
        _log_area(tangents[:, 0], tangents[:, 1]) if tangents.shape[1] == 2 else _log(_norm(tangents[:, 0]))
    )
    scale = tangents.shape[1] * largest.astype(np.float64)
    above: Values = np.maximum(volume + scale, FLOOR)
    return above


def _log_area(first: FloatArray, second: FloatArray) -> Values:
    """Log area of parallelograms, shape (m,). By Gram–Schmidt: the determinant would cancel for narrow ones."""
    length, other = _norm(first), _norm(second)
    unit = first / np.maximum(length, np.finfo(np.float32).tiny)[:, None].astype(np.float32)
    rest = second - np.einsum("mp,mp->m", unit, second)[:, None] * unit
    return _log(length) + _log(np.maximum(_norm(rest), _RESOLUTION * other))


def _norm(vectors: FloatArray) -> Values:
    norm: Values = np.sqrt(np.einsum("mp,mp->m", vectors, vectors), dtype=np.float64)
    return norm


def _log(values: Values) -> Values:
    logarithm: Values = np.log(np.maximum(values, np.finfo(np.float64).tiny))
    return logarithm
