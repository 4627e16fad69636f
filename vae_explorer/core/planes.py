"""Planes that a user chooses through a latent space of many dimensions, beside the principal one of `core.projection`.

The plane of two axes answers what single dimensions do; the plane through three images shows what lies between them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.projection import Projection
from vae_explorer.core.snapshot import FloatArray

#: Three points count as on one line if the third is off it by less than this share of its distance, or of that of the
#: second: latent points come as float32, which has seven digits.
_COLLINEAR = 1e-5
#: Means a chunk: 4 MiB at 512 dimensions.
_CHUNK = 1024


def axes_plane(i: int, j: int, latent: int, mu: FloatArray) -> Projection:
    """The plane of two latent axes through the origin, so that a place on the map is (z_i, z_j) itself.

    Args:
        i: index of the axis to the right, from 0.
        j: index of the axis upwards, another one.
        latent: number of latent dimensions.
        mu: means of the test images, shape (n, latent), for the share of their variance.

    Raises:
        ConfigError: there are no two such axes.
    """
    if i == j or not (0 <= i < latent and 0 <= j < latent):
        raise ConfigError(
            "The map needs two different axes from z1 to z{latent}, not z{first} and z{second}.",
            latent=latent,
            first=i + 1,
            second=j + 1,
        )
    axes = np.zeros((2, latent))
    axes[0, i] = axes[1, j] = 1
    return Projection(np.zeros(latent), axes, (f"z{i + 1}", f"z{j + 1}"), variance_share(axes, mu))


def three_points_plane(
    a: NDArray[np.floating], b: NDArray[np.floating], c: NDArray[np.floating], mu: FloatArray
) -> Projection:
    """The plane through three latent points: a is its origin, b lies to the right of it, and c above that line.

    Args:
        a: shape (latent,).
        b: shape (latent,).
        c: shape (latent,).
        mu: means of the test images, shape (n, latent), for the share of their variance.

    Raises:
        DataError: the points lie on one line, so that they are on many planes, or are not finite.
    """
    origin = a.astype(np.float64)
    if not all(np.isfinite(point).all() for point in (a, b, c)):
        raise DataError("A point of the plane is not finite.")
    to_b, to_c = b - origin, c - origin
    right = _direction(to_b, float(np.linalg.norm(to_c)))
    up = to_c - (to_c @ right) * right
    up = _direction(up - (up @ right) * right, float(max(np.linalg.norm(to_b), np.linalg.norm(to_c))))
    axes = np.stack([right, up])
    return Projection(origin, axes, ("A → B", "towards C"), variance_share(axes, mu))


def variance_share(axes: NDArray[np.float64], mu: FloatArray) -> float:
    """Share of the means' variance along orthonormal `axes`, in [0, 1]; 1 if the means do not vary."""
    middle = mu.mean(0, dtype=np.float64)
    held = total = 0.0
    for start in range(0, len(mu), _CHUNK):
        centred = mu[start : start + _CHUNK] - middle
        total += float(np.square(centred).sum())
        held += float(np.square(centred @ axes.T).sum())
    return min(held / total, 1.0) if total > 0 else 1.0


def _direction(vector: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """`vector` with length 1, if its length is more than rounding at the `scale` of the points."""
    length = float(np.linalg.norm(vector))
    if length <= _COLLINEAR * scale or length == 0:
        raise DataError("The three points lie on one line. Choose three that span a plane.")
    return vector / length
