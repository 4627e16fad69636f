"""The plane that the map shows of a latent space with any number of dimensions.

Two dimensions are shown as they are. More are shown on the plane of the first two principal components of the test
images' means, on which they spread most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.snapshot import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """An affine plane in the latent space.

    Attributes:
        origin: a point of the plane, shape (latent,).
        axes: two orthonormal directions, shape (2, latent). For a one-dimensional latent the second is zero.
        names: what to call the axes.
        variance: share of the means' variance that the plane holds, in [0, 1].
    """

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]
    names: tuple[str, str]
    variance: float = 1.0

    def project(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Place on the map, shape (…, 2), of latent points, shape (…, latent)."""
        return (np.asarray(z, np.float64) - self.origin) @ self.axes.T

    def lift(self, xy: NDArray[np.floating], z0: NDArray[np.floating]) -> NDArray[np.float64]:
        """The latent point above `xy` that agrees with `z0` in every direction off the plane."""
        base = np.asarray(z0, np.float64)
        return base + (np.asarray(xy, np.float64) - self.project(base)) @ self.axes


def plane_for(mu: FloatArray) -> Projection:
    """The plane that the map shows for means of shape (n, latent)."""
    latent = mu.shape[1]
    if latent <= 2:
        return Projection(np.zeros(latent), np.eye(2, latent), ("z1", "z2" if latent == 2 else ""))
    return _principal_plane(mu)


def _principal_plane(mu: FloatArray) -> Projection:
    values = mu.astype(np.float64)
    mean = values.mean(0)
    spread, directions = np.linalg.eigh(np.cov(values - mean, rowvar=False, bias=True))
    axes = directions[:, [-1, -2]].T
    # A principal component has no sign of its own: fix it, so that the map does not flip between two epochs.
    axes *= np.where(axes[np.arange(2), np.abs(axes).argmax(1)] < 0, -1, 1)[:, None]
    total = spread.sum()
    share = float(spread[-2:].sum() / total) if total > 0 else 1.0
    return Projection(mean, axes, ("PC 1", "PC 2"), share)
