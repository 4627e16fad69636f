"""The plane that the map shows of a latent space with any number of dimensions.

Two dimensions are shown as they are. More are shown on the plane of the first two principal components of the test
images' means, on which they spread most. While a model learns, that plane is found anew for each of its snapshots:
within it, the picture is turned so that the images stay as near as possible to where they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.snapshot import FloatArray

#: Two directions within the plane of the first two principal components, but not these components.
_TURNED_NAMES = ("plane of PC 1, 2: x", "plane of PC 1, 2: y")

#: So many coordinates are projected at once: 1 MiB as float64, which stays in a processor's cache. The means of
#: 10,000 images in 512 dimensions take 5 ms so, and 40 in one piece.
_AT_ONCE = 2**17


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
        points = np.asarray(z)
        if points.size <= _AT_ONCE:
            return (np.asarray(points, np.float64) - self.origin) @ self.axes.T
        rows = points.reshape(-1, points.shape[-1])
        places = np.empty((len(rows), 2))
        chunk = max(1, _AT_ONCE // rows.shape[1])
        for start in range(0, len(rows), chunk):
            part = slice(start, start + chunk)
            places[part] = (np.asarray(rows[part], np.float64) - self.origin) @ self.axes.T
        return places.reshape(*points.shape[:-1], 2)

    def lift(self, xy: NDArray[np.floating], z0: NDArray[np.floating]) -> NDArray[np.float64]:
        """The latent point above `xy` that agrees with `z0` in every direction off the plane."""
        base = np.asarray(z0, np.float64)
        return base + (np.asarray(xy, np.float64) - self.project(base)) @ self.axes


def plane_for(mu: FloatArray, like: NDArray[np.floating] | None = None) -> Projection:
    """The plane that the map shows for means of shape (n, latent).

    Args:
        mu: the means.
        like: where the same images were on the map before, shape (n, 2). The principal plane is turned or flipped
            within itself, so that they come to lie as near to there as possible (orthogonal Procrustes,
            Schönemann 1966). Up to two dimensions are always shown on their own axes.

    Raises:
        ValueError: `like` is for another number of images.
    """
    latent = mu.shape[1]
    if latent <= 2:
        return Projection(np.zeros(latent), np.eye(2, latent), ("z1", "z2" if latent == 2 else ""))
    plane = _principal_plane(mu)
    return plane if like is None else _turned(plane, plane.project(mu), like)


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


def _turned(plane: Projection, places: NDArray[np.float64], like: NDArray[np.floating]) -> Projection:
    """`plane`, turned within itself so that `places` on it come nearest to `like` about their middles."""
    if like.shape != places.shape:
        raise ValueError(f"{len(like)} places do not fit {len(places)} means")
    left, _, right = np.linalg.svd((like - like.mean(0)).T @ (places - places.mean(0)))
    turn = left @ right
    if np.allclose(turn, np.eye(2), atol=1e-6):
        return plane
    return replace(plane, axes=turn @ plane.axes, names=_TURNED_NAMES)
