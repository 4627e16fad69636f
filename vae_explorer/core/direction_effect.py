"""What a direction really does: images are decoded along it and measured again, beside all that it should not change.

A direction that fits the encoder's means well (R²) may still do little, or something else, to the images that the
decoder draws; only these tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute, Values, measure
from vae_explorer.core.snapshot import ModelSnapshot

#: Steps at which an effect is measured unless others are asked for, in σ of the direction.
ALPHAS = tuple(np.linspace(-3, 3, 13).tolist())
#: Steps by which an effect is judged: the whole ones in [−2, 2].
JUDGED = (-2.0, -1.0, 0.0, 1.0, 2.0)
#: The measures of an effect are averaged over 4×4 pixel grids: see `measure`.
GRIDS = 4
#: The same image is measured with other rounding in another place among others.
_ROUNDING = 1e-9


class Straight(Protocol):
    """A direction: `core.directions.Direction`, or a `LocalDirection` of `core.local_direction`."""

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
    return measures_at(snapshot, points, cancelled, progress, grids)


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


def measures_at(
    snapshot: ModelSnapshot,
    points: Values,
    cancelled: Cancelled = None,
    progress: Callable[[float], None] | None = None,
    grids: int = GRIDS,
) -> Values:
    """Measures of the images decoded at points of shape (…, latent): shape (…, 6); NaN where there is no ink.

    Raises:
        CancelledError: `cancelled` said so.
    """
    images = snapshot.decode(points.reshape(-1, points.shape[-1]))
    measures = measure(images, cancelled, progress, grids)
    check(cancelled)
    return measures.reshape(*points.shape[:-1], len(ATTRIBUTES))
