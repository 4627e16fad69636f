"""What a direction really does: images are decoded along it and measured again, beside all that it should not change.

A direction that fits the encoder's means well (R²) may still do little, or something else, to the images that the
decoder draws; only these tell. Where one straight line through the whole latent space does not serve an attribute, as
in two dimensions that hold ten classes, a direction of its own is looked for around each point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute, Values, measure
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

#: Steps at which an effect is measured unless others are asked for, in σ of the direction.
ALPHAS = tuple(np.linspace(-3, 3, 13).tolist())
#: Steps by which an effect is judged: the whole ones in [−2, 2].
JUDGED = (-2.0, -1.0, 0.0, 1.0, 2.0)
#: The measures of an effect are averaged over 4×4 pixel grids: see `measure`.
GRIDS = 4
#: While a local direction is looked for, over 2×2, none of which is among those 4×4.
_SEARCH_GRIDS = 2
#: Numbers of nearest digits whose spread may be the σ of a local direction.
_NEAREST = (50, 100, 200)
#: The same image is measured with other rounding in another place among others.
_ROUNDING = 1e-9
_TINY = np.finfo(np.float64).tiny
#: Lines that are tried around a point of a plane, evenly over the half circle.
_LINES = 12


class Straight(Protocol):
    """A direction: `core.directions.Direction`, or a `LocalDirection`."""

    @property
    def vector(self) -> Values: ...

    @property
    def sigma(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """How measured attributes respond to a direction, over some bases. Rows are `ATTRIBUTES`.

    Attributes:
        alphas: steps along the direction, σ, shape (k,).
        mean: change of each attribute against α = 0, mean over the bases, in its unit, shape (6, k).
        lower: lower quartile of the same, shape (6, k).
        upper: upper quartile of the same, shape (6, k).
        slopes: change of each attribute for each step of 1 within [−2, 2], by least squares, mean over the bases, in
            standard deviations of the attribute over the data; shape (6,).
        rising: share of the bases at which the attribute rises strictly from each of α = −2, −1, 0, 1, 2 to the next;
            shape (6,), in [0, 1]. A fall or a standstill between two of them, however small, does not count as rising;
            nor do differences up to 1e-9, which are rounding.
        falling: the same, for strictly falling.
        counted: number of bases whose decoded images could all be measured, shape (6,).

    Where none could, the figures are NaN.
    """

    alphas: Values
    mean: Values
    lower: Values
    upper: Values
    slopes: Values
    rising: Values
    falling: Values
    counted: NDArray[np.intp]

    def leakage(self, attribute: Attribute) -> Values:
        """|slope| of each attribute over that of the one that is meant, shape (6,); 1 for itself, infinite without."""
        sizes = np.abs(self.slopes)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sizes / sizes[ATTRIBUTES.index(attribute)])


def effect(
    snapshot: ModelSnapshot,
    direction: Straight,
    bases: NDArray[np.floating],
    scales: Values,
    alphas: tuple[float, ...] = ALPHAS,
    cancelled: Cancelled = None,
    progress: Callable[[float], None] | None = None,
    grids: int = GRIDS,
) -> Effect:
    """The effect of one direction on the images decoded from `bases`; about 20 ms an image.

    Args:
        snapshot: whose decoder.
        direction: of a vector of shape (latent,), and with σ in latent units.
        bases: shape (n, latent).
        scales: standard deviation of each attribute over the data, shape (6,).
        alphas: steps, σ; with all of `JUDGED`.
        cancelled: asked every tenth of a second.
        progress: told the share that is done, above 0 up to 1.
        grids: as for `measure`; 1 is sixteen times as fast, and shows falls that are only the pixels' doing.

    Raises:
        CancelledError: `cancelled` said so.
        ValueError: a step of `JUDGED` is missing.
    """
    moves = np.broadcast_to(direction.sigma * direction.vector, bases.shape)
    return effect_of(snapshot, bases, moves, scales, alphas, cancelled, progress, grids)


def effect_of(
    snapshot: ModelSnapshot,
    bases: NDArray[np.floating],
    moves: NDArray[np.floating],
    scales: Values,
    alphas: tuple[float, ...] = ALPHAS,
    cancelled: Cancelled = None,
    progress: Callable[[float], None] | None = None,
    grids: int = GRIDS,
) -> Effect:
    """The same where each base has a direction of its own: `moves`, shape (n, latent), are where α = 1 takes it."""
    return summary(responses(snapshot, bases, moves, alphas, cancelled, progress, grids), scales, alphas)


def responses(
    snapshot: ModelSnapshot,
    bases: NDArray[np.floating],
    moves: NDArray[np.floating],
    alphas: tuple[float, ...] = ALPHAS,
    cancelled: Cancelled = None,
    progress: Callable[[float], None] | None = None,
    grids: int = GRIDS,
) -> Values:
    """Measures of the images decoded at base + α·move, shape (n, k, 6); arguments as for `effect_of`."""
    steps = np.asarray(alphas)[None, :, None]
    # Each base is moved as it is, so that α = 0 decodes the very same point.
    points = np.asarray(bases, np.float64)[:, None] + steps * np.asarray(moves, np.float64)[:, None]
    return _measured(snapshot, points, cancelled, progress, grids)


def summary(measures: Values, scales: Values, alphas: tuple[float, ...] = ALPHAS) -> Effect:
    """The effect that `responses` show.

    Raises:
        ValueError: a step of `JUDGED` is missing.
    """
    steps = np.asarray(alphas)
    if not set(JUDGED) <= set(steps.tolist()):
        raise ValueError(f"the steps must include {JUDGED}")
    zero = int(np.flatnonzero(steps == 0)[0])
    changes = np.moveaxis(measures - measures[:, zero : zero + 1], 2, 0)
    judged = [int(np.flatnonzero(steps == alpha)[0]) for alpha in JUDGED]
    near = np.abs(steps) <= max(JUDGED)
    rows = [
        _row(change[np.isfinite(change).all(1)], steps, near, judged, scale)
        for change, scale in zip(changes, scales, strict=True)
    ]
    mean, lower, upper, slopes, rising, falling, counted = map(np.array, zip(*rows, strict=True))
    return Effect(steps, mean, lower, upper, slopes, rising, falling, counted)


_Row = tuple[Values, Values, Values, float, float, float, int]


def _row(change: Values, steps: Values, near: NDArray[np.bool_], judged: list[int], scale: float) -> _Row:
    """What an `Effect` says of one attribute, whose changes have the shape (n, k)."""
    if not len(change):
        none = np.full(len(steps), np.nan)
        return none, none, none, np.nan, np.nan, np.nan, 0
    lower, upper = np.quantile(change, (0.25, 0.75), axis=0)
    centred = steps[near] - steps[near].mean()
    slope = float((change[:, near] @ centred).mean() / (centred @ centred) / scale)
    differences = np.diff(change[:, judged], axis=1)
    rising, falling = (float((sign * differences > _ROUNDING).all(1).mean()) for sign in (1, -1))
    return change.mean(0), lower, upper, slope, rising, falling, len(change)


@dataclass(frozen=True, slots=True, eq=False)
class LocalDirection:
    """A direction for the surroundings of one point.

    Attributes:
        vector: shape (latent,), of length 1, towards more of the attribute.
        sigma: what α = 1 is, latent units.
        least_step: the least that the attribute rises between two neighbours of `JUDGED`, as measured while it was
            looked for, in its unit; not above 0 where no line was found on which it only rises.
    """

    vector: Values
    sigma: float
    least_step: float


def local_direction(
    snapshot: ModelSnapshot,
    z: NDArray[np.floating],
    attribute: Attribute,
    sigmas: Values,
    cancelled: Cancelled = None,
) -> LocalDirection:
    """`local_directions` for one attribute."""
    return local_directions(snapshot, z, (attribute,), sigmas, cancelled)[attribute]


def local_directions(
    snapshot: ModelSnapshot,
    z: NDArray[np.floating],
    attributes: tuple[Attribute, ...],
    sigmas: Values,
    cancelled: Cancelled = None,
) -> dict[Attribute, LocalDirection]:
    """The straight lines through `z` along which attributes of the decoded image rise most steadily.

    Of the lines and σ that are tried, the one whose least rise between two of α = −2, −1, 0, 1, 2 is the largest. No
    labels or fits have a say in it. But the images at these α have: what is measured there afterwards, even on other
    pixel grids, is somewhat better than the truth, which the steps in between tell (α = ±0.5, ±1.5).

    In a plane 12 lines are tried; in more dimensions, for each σ, the gradient of a least-squares plane through the
    images one σ before and behind the point along each axis.

    About a second in two dimensions; then 40 ms for each dimension.

    Args:
        snapshot: whose decoder.
        z: shape (latent,).
        attributes: which; hardly slower for several of them.
        sigmas: what α = 1 may be, latent units, shape (s,): `local_sigmas`.
        cancelled: asked every tenth of a second.

    Raises:
        CancelledError: `cancelled` said so.
    """
    place = np.asarray(z, np.float64)
    columns = [ATTRIBUTES.index(attribute) for attribute in attributes]
    lines = np.concatenate([_lines(snapshot, place, columns, float(sigma), cancelled) for sigma in sigmas])
    moved = np.array([alpha for alpha in JUDGED if alpha])[:, None, None] * lines
    found = _measured(snapshot, np.vstack((place[None], (place + moved).reshape(-1, len(place)))), cancelled)
    around = found[1:].reshape(len(moved), len(lines), -1)
    half = len(around) // 2
    middle = np.broadcast_to(found[0], around[:1].shape)
    rises = np.nan_to_num(np.diff(np.concatenate((around[:half], middle, around[half:])), axis=0))
    return {name: _steadiest(lines, rises[:, :, k]) for name, k in zip(attributes, columns, strict=True)}


def _steadiest(lines: Values, rises: Values) -> LocalDirection:
    """The line, or its reverse, whose least rise is the largest; `rises` has the shape (steps, lines)."""
    forward, backward = rises.min(0), (-rises).min(0)
    least = np.maximum(forward, backward)
    best = int(least.argmax())
    sigma = float(np.linalg.norm(lines[best]))
    sign = 1 if forward[best] >= backward[best] else -1
    return LocalDirection(sign * lines[best] / sigma, sigma, float(least[best]))


def local_sigmas(mu: FloatArray, z: NDArray[np.floating]) -> Values:
    """Spread of the 50, 100 and 200 means nearest to `z`, shape (3,): what σ of a local direction may be.

    The root of their variance, mean over the dimensions, latent units; of all means where there are fewer, and 1 where
    these do not spread.

    Args:
        mu: means of the digits, shape (n, latent).
        z: shape (latent,).
    """
    distances = np.square(mu - np.asarray(z, np.float64)).sum(1)
    order = distances.argsort(kind="stable")[: max(_NEAREST)]
    spreads = np.array([np.sqrt(mu[order[:count]].var(0, dtype=np.float64).mean()) for count in _NEAREST])
    return np.asarray(np.where(spreads > 0, spreads, 1.0))


def _lines(
    snapshot: ModelSnapshot, z: Values, columns: list[int], sigma: float, cancelled: Cancelled
) -> Values:
    """Directions to try, of length `sigma`, shape (l, latent)."""
    latent = len(z)
    if latent == 1:
        return np.full((1, 1), sigma)
    if latent == 2:
        angles = np.pi * np.arange(_LINES) / _LINES
        return sigma * np.column_stack((np.cos(angles), np.sin(angles)))
    sides = sigma * np.stack((np.eye(latent), -np.eye(latent)))
    ahead, behind = np.nan_to_num(_measured(snapshot, z + sides, cancelled)[:, :, columns])
    gradients = (ahead - behind).T
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    # Where the attribute does not change, any direction is as good.
    return np.asarray(
        sigma * np.where(lengths > 0, gradients / np.maximum(lengths, _TINY), np.eye(1, latent))
    )


def _measured(
    snapshot: ModelSnapshot,
    points: Values,
    cancelled: Cancelled,
    progress: Callable[[float], None] | None = None,
    grids: int = _SEARCH_GRIDS,
) -> Values:
    """Measures of the images decoded at points of shape (…, latent): shape (…, 6)."""
    images = snapshot.decode(points.reshape(-1, points.shape[-1]))
    measures = measure(images, cancelled, progress, grids)
    check(cancelled)
    return measures.reshape(*points.shape[:-1], len(ATTRIBUTES))
