"""Paths between latent points, as rows of images that turn one into another.

A straight line is the plainest path, but not always the way: it may cross places that decode to no digit, and jump
from one class to another within a step. Each kind of path here answers that differently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core import geodesics
from vae_explorer.core.decoder_space import (
    Cancelled,
    DecoderSpace,
    Progress,
    along,
    check,
    norms,
)
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.neighbour_paths import graph_of
from vae_explorer.core.path_anchors import apart, checked
from vae_explorer.core.path_kinds import NEAR_DATA, Even, PathKind

Values = NDArray[np.float64]

#: A sine of an angle this small is rounding: the directions are the same, or opposite.
_NO_ANGLE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A path through the latent space and its frames.

    Attributes:
        kind: which.
        points: the latent points of the frames, shape (steps, latent), float64, read-only.
        anchor_rows: the row of `points` that each anchor is, as many as there are anchors, in their order; anchors that
            follow each other at one place share a row, as the last ones of a loop do with the first.
        curve: the same path in more points, to draw it and to measure it (`DecoderSpace.length`), shape (m, latent),
            read-only; that of a loop ends where it begins.
        loop: whether the last frame is followed by the first.
        digits: rows of the posterior that a path of kind "neighbours" passes between its anchors, in order.
    """

    kind: PathKind
    points: Values
    anchor_rows: tuple[int, ...]
    curve: Values
    loop: bool = False
    digits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Leg:
    """What leads from one anchor to the next.

    Attributes:
        at: the curve at its own pace, from t in [0, 1], shape (n,), to points, shape (n, latent).
        pieces: in how many even t it is seen whole.
        length: how long it is at its own pace, in what all legs of the kind are measured.
        digits: passed on the way.
    """

    at: Callable[[Values], Values]
    pieces: int
    length: float
    digits: tuple[int, ...] = ()

    @property
    def curve(self) -> Values:
        return self.at(np.linspace(0, 1, self.pieces + 1))


def path(
    kind: PathKind,
    anchors: NDArray[np.floating],
    steps: int,
    *,
    space: DecoderSpace,
    loop: bool = False,
    even: Even = None,
    near_data: float = NEAR_DATA,
    coarse: bool = False,
    cancelled: Cancelled = None,
) -> Path:
    """The path of a kind through all anchors, in their order.

    Frames are spread over the ways between anchors by their lengths, at least one step each. Anchors that follow each
    other at one place count as one: there is no way between them.

    Straight lines and great circles take a fraction of a millisecond, or a few where `even` is "decoder". The others
    first make what they need, up to some seconds, unless `prepare` did; then a geodesic takes some tens of
    milliseconds, and a path of neighbours a few.

    Args:
        kind: which.
        anchors: latent points, shape (k, latent) with k ≥ 2; each is hit exactly.
        steps: frames in all, both ends included; at least one for each anchor that is elsewhere than the one before.
        space: of the model.
        loop: whether it goes on from the last anchor to the first, which is then not repeated.
        even: what is the same from frame to frame.
        near_data: for a geodesic, how strongly it is kept where digits are; 0: not at all, and then it is never
            longer in decoder space than the straight line.
        coarse: whether a geodesic may be rough, in return for an answer within a frame of the screen.
        cancelled: asked every few milliseconds.

    Raises:
        ConfigError: fewer than two anchors, fewer steps than anchors, or a negative strength.
        DataError: an anchor has another number of dimensions, is not finite, or is farther out than 10¹²; or all are
            at the same place.
        CancelledError: `cancelled` said so.
    """
    places, which = apart(checked(anchors, space.latent), loop=loop)
    if not 0 <= near_data < np.inf:
        raise ConfigError(
            "How near to the data a path stays must be 0 or more, not {value}.", value=near_data
        )
    if steps < len(places):
        raise ConfigError(
            "{steps} frames are too few for {anchors} anchors: each needs one.",
            steps=steps,
            anchors=len(places),
        )
    stops = np.concatenate((places, places[:1])) if loop else places
    legs = [_leg(kind, a, b, space, near_data, coarse, cancelled) for a, b in pairwise(stops)]
    clocks = [_clock(leg, even, space, cancelled) for leg in legs]
    counts = _shared_out(steps if loop else steps - 1, [length for _, length in clocks])
    rows = np.concatenate((np.zeros(1, np.intp), np.cumsum(counts)))
    parts = [
        leg.at(when(np.arange(count) / count))
        for leg, (when, _), count in zip(legs, clocks, counts, strict=True)
    ]
    points = np.concatenate((*parts, stops[-1:]))
    points[rows] = stops
    curve = np.concatenate([_between(leg, *ends) for leg, ends in zip(legs, pairwise(stops), strict=True)])
    return Path(
        kind=kind,
        points=_read_only(points[:steps]),
        anchor_rows=tuple(int(row) for row in rows[which]),
        curve=_read_only(curve),
        loop=loop,
        digits=tuple(digit for leg in legs for digit in leg.digits),
    )


def prepare(
    kind: PathKind,
    space: DecoderSpace,
    near_data: float = NEAR_DATA,
    cancelled: Cancelled = None,
    progress: Progress = None,
) -> None:
    """Make what paths of a kind need and keep it in `space`, up to some seconds, so that each path is quick.

    Args:
        kind: which.
        space: of the model.
        near_data: as for `path`.
        cancelled: asked every few milliseconds.
        progress: told what share is done.

    Raises:
        CancelledError: `cancelled` said so.
    """
    if kind == "geodesic":
        geodesics.prepare(space, near_data, cancelled, progress)
    elif kind == "neighbours":
        graph_of(space, cancelled, progress)


def slerp(a: NDArray[np.floating], b: NDArray[np.floating], t: NDArray[np.floating]) -> Values:
    """Points on the great circle from a to b at constant angular speed, shape (n, latent).

    The direction turns evenly (Shoemake 1985), and so changes the distance from the origin. Where there is no one
    circle: from or to the origin, and between points in the same direction, the way is straight. Points in opposite
    directions are half a circle apart, which goes by the axis that they have least of; in one dimension it is the
    straight line through the origin.

    Args:
        a: shape (latent,).
        b: shape (latent,).
        t: from 0 at a to 1 at b, shape (n,).
    """
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    share = np.asarray(t, np.float64)[:, None]
    radii = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    straight: Values = (1 - share) * start + share * end
    if min(radii) == 0:
        return straight
    from_, to = start / radii[0], end / radii[1]
    cosine = float(from_ @ to)
    across = to - cosine * from_
    sine = float(np.linalg.norm(across))
    if sine <= _NO_ANGLE:
        if cosine > 0 or len(start) == 1:
            return straight
        across = np.eye(len(start))[np.abs(from_).argmin()]
    across = across - (across @ from_) * from_
    across /= np.linalg.norm(across)
    angle = share * np.arctan2(max(sine, 0.0), cosine)
    radius = (1 - share) * radii[0] + share * radii[1]
    turned: Values = radius * (np.cos(angle) * from_ + np.sin(angle) * across)
    return turned


def _leg(
    kind: PathKind,
    a: Values,
    b: Values,
    space: DecoderSpace,
    near_data: float,
    coarse: bool,
    cancelled: Cancelled,
) -> _Leg:
    check(cancelled)
    match kind:
        case "linear":
            ends = np.stack((a, b))
            return _Leg(lambda t: along(ends, t), geodesics.PIECES, float(np.linalg.norm(b - a)))
        case "spherical":
            circle = slerp(a, b, np.linspace(0, 1, geodesics.PIECES + 1))
            return _Leg(lambda t: slerp(a, b, t), geodesics.PIECES, _way(circle))
        case "geodesic":
            curve = geodesics.geodesic(space, a, b, near_data, coarse, cancelled)
            length = float(space.step_lengths(curve, cancelled).sum())
            return _Leg(lambda t: along(curve, t), len(curve) - 1, length)
        case "neighbours":
            way, digits = graph_of(space, cancelled).between(space, a, b, cancelled)
            return _Leg(lambda t: along(way, t), len(way) - 1, float(len(way) - 1), digits)


def _clock(
    leg: _Leg, even: Even, space: DecoderSpace, cancelled: Cancelled
) -> tuple[Callable[[Values], Values], float]:
    """From shares of the leg's length, in [0, 1], to its t; and that length."""
    if even is None:
        return lambda share: share, leg.length
    if even == "decoder":
        t, lengths = space.measured(leg.at, leg.pieces + 1, cancelled)
    else:
        t = np.linspace(0, 1, leg.pieces + 1)
        lengths = np.concatenate((np.zeros(1), np.cumsum(norms(np.diff(leg.curve, axis=0)))))
    total = float(lengths[-1])
    if total == 0:
        return lambda share: share, 0.0
    return lambda share: np.interp(share * total, lengths, t), total


def _between(leg: _Leg, a: Values, b: Values) -> Values:
    """The curve of a leg, its ends exact."""
    curve = leg.curve
    curve[0], curve[-1] = a, b
    return curve


def _shared_out(steps: int, lengths: list[float]) -> list[int]:
    """Whole steps for each leg, at least one, such that the longest step is as short as can be."""
    counts = np.ones(len(lengths), np.intp)
    for _ in range(steps - len(lengths)):
        counts[(np.array(lengths) / counts).argmax()] += 1
    return [int(count) for count in counts]


def _way(curve: Values) -> float:
    return float(norms(np.diff(curve, axis=0)).sum())


def _read_only(values: Values) -> Values:
    values.flags.writeable = False
    return values
