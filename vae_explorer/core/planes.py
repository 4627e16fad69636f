"""Planes that a user chooses through a latent space of many dimensions, beside the principal one of `core.projection`.

The plane of two axes answers what single dimensions do; the plane through three images shows what lies between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import ConfigError, DataError, UserError
from vae_explorer.core.projection import Projection, plane_for
from vae_explorer.core.snapshot import FloatArray


@dataclass(frozen=True, slots=True)
class PrincipalPlane:
    """The plane on which the means of the digits spread most."""


@dataclass(frozen=True, slots=True)
class AxesPlane:
    """The plane of two latent axes, counted from 0: `i` to the right, `j` upwards."""

    i: int
    j: int


@dataclass(frozen=True, slots=True)
class DigitsPlane:
    """The plane through the means of three test digits; `a` is its origin, `b` to the right of it, `c` above."""

    a: int
    b: int
    c: int


#: A plane that can be wished for, whatever the model; it follows the model's means.
Plane = PrincipalPlane | AxesPlane | DigitsPlane
PRINCIPAL = PrincipalPlane()

#: Three points count as on one line if the third is off it by less than this share of its distance, or of that of the
#: second: latent points come as float32, which has seven digits.
_COLLINEAR = 1e-5
#: Means a chunk: 4 MiB at 512 dimensions.
_CHUNK = 1024


def fitting(plane: Plane, mu: FloatArray) -> Plane:
    """`plane` if means of shape (n, latent) have it, else the principal one; microseconds.

    Up to two dimensions have but one plane, which is not a matter of choice.
    """
    return PRINCIPAL if mu.shape[1] <= 2 or misfit(plane, mu) is not None else plane


def misfit(plane: Plane, mu: FloatArray) -> UserError | None:
    """Why means of shape (n, latent) have no such `plane`; None if they have."""
    try:
        match plane:
            case AxesPlane(i, j):
                _check_axes(i, j, mu.shape[1])
            case DigitsPlane(a, b, c):
                _check_digits((a, b, c), len(mu))
                _directions(mu[a], mu[b], mu[c])
    except UserError as error:
        return error
    return None


def projection_on(plane: Plane, mu: FloatArray, like: NDArray[np.floating] | None = None) -> Projection:
    """What the map shows of means of shape (n, latent) on `plane`; some milliseconds.

    Args:
        plane: which; with up to two dimensions their own axes are shown, whatever it is.
        mu: the means.
        like: for the principal plane, as `plane_for` takes it.

    Raises:
        UserError: the means have no such plane; see `misfit`.
    """
    if mu.shape[1] <= 2:
        return plane_for(mu)
    match plane:
        case AxesPlane(i, j):
            return axes_plane(i, j, mu.shape[1], mu)
        case DigitsPlane(a, b, c):
            _check_digits((a, b, c), len(mu))
            names = (f"#{a:,} → #{b:,}", f"towards #{c:,}")
            return replace(three_points_plane(mu[a], mu[b], mu[c], mu), names=names)
        case PrincipalPlane():
            return plane_for(mu, like)


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
    _check_axes(i, j, latent)
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
    axes = np.stack(_directions(a, b, c))
    return Projection(a.astype(np.float64), axes, ("A → B", "towards C"), variance_share(axes, mu))


def variance_share(axes: NDArray[np.float64], mu: FloatArray) -> float:
    """Share of the means' variance along orthonormal `axes`, in [0, 1]; 1 if the means do not vary."""
    middle = mu.mean(0, dtype=np.float64)
    held = total = 0.0
    for start in range(0, len(mu), _CHUNK):
        centred = mu[start : start + _CHUNK] - middle
        total += float(np.square(centred).sum())
        held += float(np.square(centred @ axes.T).sum())
    return min(held / total, 1.0) if total > 0 else 1.0


def _check_axes(i: int, j: int, latent: int) -> None:
    if i == j or not (0 <= i < latent and 0 <= j < latent):
        raise ConfigError(
            "The map needs two different axes from z1 to z{latent}, not z{first} and z{second}.",
            latent=latent,
            first=i + 1,
            second=j + 1,
        )


def _check_digits(digits: tuple[int, int, int], count: int) -> None:
    for digit in digits:
        if not 0 <= digit < count:
            raise DataError(
                "There is no digit #{digit}: they go from 0 to {last}.", digit=digit, last=count - 1
            )
    if len(set(digits)) < 3:
        raise DataError("The plane needs three different digits.")


def _directions(
    a: NDArray[np.floating], b: NDArray[np.floating], c: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From a to b, and from that line to c: orthonormal."""
    if not all(np.isfinite(point).all() for point in (a, b, c)):
        raise DataError("A point of the plane is not finite.")
    origin = a.astype(np.float64)
    to_b, to_c = b - origin, c - origin
    right = _direction(to_b, float(np.linalg.norm(to_c)))
    up = to_c - (to_c @ right) * right
    up = _direction(up - (up @ right) * right, float(max(np.linalg.norm(to_b), np.linalg.norm(to_c))))
    return right, up


def _direction(vector: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """`vector` with length 1, if its length is more than rounding at the `scale` of the points."""
    length = float(np.linalg.norm(vector))
    if length <= _COLLINEAR * scale or length == 0:
        raise DataError("The three points lie on one line. Choose three that span a plane.")
    return vector / length
