"""Directions of the latent space: found from digits, rated, compared, and freed of what they should leave alone.

z' = z + α·σ·v moves a point along the unit vector v of a direction, where σ is how far the digits' means spread along
it. So α = 1 is a usual step of any direction in any model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.direction_fits import Values, discriminant, mean_difference, ridge
from vae_explorer.core.direction_quality import (
    DigitSet,
    Quality,
    check_row,
    measured_part,
    quality_of,
    side_parts,
)
from vae_explorer.core.direction_sources import (
    Around,
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Given,
    Groups,
    Measured,
    Method,
    Source,
    source_text,
)
from vae_explorer.core.errors import ConfigError, DataError

# What a direction is made of has modules of its own, but is found here.
__all__ = [
    "Arrow",
    "Axis",
    "ClassPair",
    "Component",
    "Cost",
    "DigitPair",
    "DigitSet",
    "Direction",
    "Given",
    "Groups",
    "Measured",
    "Method",
    "Quality",
    "Source",
    "angle",
    "cost",
    "find",
    "kept_still",
    "rated",
]

#: What is shorter than this share of the means' extent is rounding: latent points come as float32, with seven digits.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """A direction of the latent space.

    Attributes:
        name: what to call it.
        source: where it comes from.
        vector: shape (latent,), of length 1; made a read-only copy.
        sigma: standard deviation of the digits' means along it, latent units; positive.
        quality: how good it is; None where that is not known.
    """

    name: str
    source: Source
    vector: Values
    sigma: float
    quality: Quality | None = None

    def __post_init__(self) -> None:
        vector = np.array(self.vector, np.float64)
        vector.flags.writeable = False
        object.__setattr__(self, "vector", vector)

    @property
    def latent(self) -> int:
        """Number of latent dimensions."""
        return len(self.vector)


def find(source: Source, digits: DigitSet, cancelled: Cancelled = None) -> Direction:
    """The direction that `source` asks for.

    What is fitted (classes, groups, attributes) is fitted without the digits of `DigitSet.held_out`, as long as there
    are enough others. It points towards b, to more of the attribute, to the larger values of an axis; a principal
    component, to where its largest coordinate is positive.

    Some milliseconds for 10,000 digits; up to half a second with 512 latent dimensions.

    Args:
        source: where it comes from, anything but a `Given`, and an `Around`, which `core.local_direction` finds.
        digits: the digits.
        cancelled: asked between the steps of a fit.

    Raises:
        DataError: a class or group has no members, an attribute is not known, there is no such digit, the direction has
            no length, or the digits do not spread along it.
        ConfigError: there is no such axis or component, or an arrow has another number of dimensions.
        CancelledError: `cancelled` said so.
    """
    vector = _unit(_vector(source, digits, cancelled), source_text(source))
    check(cancelled)
    return rated(Direction(_short(source_text(source)), source, vector, 1.0), digits)


def rated(direction: Direction, digits: DigitSet) -> Direction:
    """`direction` with sigma and quality as these digits have them.

    Of a `Given`, the quality is the share of the variance. An `Around` has a σ of its own, and is left as it is.

    Raises:
        DataError: the digits do not spread along it, or lack what its source needs.
        ConfigError: it has another number of dimensions.
    """
    _check_length(direction.vector, digits)
    if isinstance(direction.source, Around):
        return direction
    sigma = float(digits.along(direction.vector).std())
    if not sigma > _ROUNDING * digits.extent:
        raise DataError(
            "All digits are at the same place along {name}: there is no σ to measure a step with.",
            name=_short(direction.name),
        )
    quality = quality_of(direction.vector, direction.source, digits)
    return replace(direction, sigma=sigma, quality=quality)


def angle(one: Direction, other: Direction) -> float:
    """Degrees between two directions of one space, 0 to 180; exact also for small angles (Kahan 2006)."""
    apart, together = np.linalg.norm(one.vector - other.vector), np.linalg.norm(one.vector + other.vector)
    return math.degrees(2 * math.atan2(float(apart), float(together)))


def kept_still(direction: Direction, others: Iterable[Direction], digits: DigitSet) -> Direction:
    """`direction` without what it has of the others: n₁ − (n₁·n₂)n₂ for one (Shen et al. 2020, "InterFaceGAN").

    For several, their span is projected out: taking one after the other would bring back what was taken before.

    Raises:
        DataError: nothing is left of it.
        ConfigError: the others have another number of dimensions.
    """
    still = tuple(others)
    if not still:
        return direction
    for other in still:
        _check_same(direction, other)
    basis = _orthonormal(np.stack([other.vector for other in still]))
    rest = direction.vector - basis.T @ (basis @ direction.vector)
    rest -= basis.T @ (basis @ rest)  # once more: what rounding left
    names = ", ".join(other.name for other in still)
    if not np.linalg.norm(rest) > _ROUNDING:
        raise DataError(
            "Nothing is left of {name} once {others} is kept still: it points the same way, or the latent space has "
            "too few dimensions.",
            name=_short(direction.name),
            others=_short(names),
        )
    vector = rest / np.linalg.norm(rest)
    return rated(replace(direction, name=f"{direction.name} ⊥ {names}", vector=vector), digits)


@dataclass(frozen=True, slots=True)
class Cost:
    """What keeping others still takes from a direction.

    Attributes:
        before: its quality.
        after: that of what is left of it, of the same kind.
        turned: degrees between the two, 0 to 90.
    """

    before: Quality
    after: Quality
    turned: float

    @property
    def lost(self) -> float:
        """How much lower R², AUC or share of the variance is; negative if it is higher."""
        return self.before.value - self.after.value


def cost(before: Direction, after: Direction, digits: DigitSet) -> Cost:
    """What it takes from `before` that it became `after`.

    Raises:
        DataError: the digits lack what the source of `before` needs.
    """
    return Cost(
        quality_of(before.vector, before.source, digits),
        quality_of(after.vector, before.source, digits),
        angle(before, after),
    )


def _vector(source: Source, digits: DigitSet, cancelled: Cancelled) -> Values:
    """From the source to a vector of any length, or none."""
    match source:
        case ClassPair() | Groups():
            return _between(source, digits, cancelled)
        case Measured():
            part, values = measured_part(source, digits)
            return ridge(digits.mu[part.fitted].astype(np.float64), values[part.fitted], cancelled)
        case Component(k):
            return _component(k, digits)
        case Axis(j):
            _check_count("axis z", j, digits.latent)
            return np.asarray(np.eye(1, digits.latent, j)[0])
        case DigitPair(a, b):
            return _significant(_digit(b, digits) - _digit(a, digits), digits)
        case Arrow(vector):
            return _check_length(np.asarray(vector, np.float64), digits)
        case Around():
            raise ConfigError("The direction {name} is found with the decoder.", name=source_text(source))
        case Given(text):
            raise ConfigError("The direction “{text}” came from a file and cannot be found anew.", text=text)


def _between(source: ClassPair | Groups, digits: DigitSet, cancelled: Cancelled) -> Values:
    a, b = (digits.mu[part.fitted].astype(np.float64) for part in side_parts(source, digits))
    difference = _significant(mean_difference(a, b), digits)
    return discriminant(a, b, cancelled) if source.method == "lda" else difference


def _component(k: int, digits: DigitSet) -> Values:
    _check_count("principal component pc", k, digits.latent)
    centred = digits.mu - digits.mu.mean(0, dtype=np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1]
    axis: Values = axes[:, -1 - k]
    # It has no sign of its own; the map fixes it in the same way.
    return -axis if axis[np.abs(axis).argmax()] < 0 else axis


def _digit(row: int, digits: DigitSet) -> Values:
    check_row(row, digits)
    point: Values = digits.mu[row].astype(np.float64)
    return point


def _significant(difference: Values, digits: DigitSet) -> Values:
    """Zeros instead of a difference that is only rounding."""
    return difference if np.linalg.norm(difference) > _ROUNDING * digits.extent else np.zeros_like(difference)


def _unit(vector: Values, name: str) -> Values:
    # First to a size whose square is neither 0 nor infinite.
    largest = float(np.abs(vector).max(initial=0))
    if not (0 < largest < math.inf):
        raise DataError(
            "The direction {name} has no length: what it leads from and to is at the same place.",
            name=_short(name),
        )
    scaled = vector / largest
    return np.asarray(scaled / np.linalg.norm(scaled))


def _orthonormal(rows: Values) -> Values:
    """An orthonormal basis of what `rows`, shape (k, latent), span: shape (rank, latent)."""
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(basis[sizes > _ROUNDING * sizes[0]])


def _check_count(what: str, k: int, latent: int) -> None:
    if not 0 <= k < latent:
        raise ConfigError(
            "This model has {latent} latent dimension(s), so there is no {what}{number}.",
            latent=latent,
            what=what,
            number=k + 1,
        )


def _check_length(vector: Values, digits: DigitSet) -> NDArray[np.float64]:
    if vector.shape != (digits.latent,):
        raise ConfigError(
            "This model has {latent} latent dimension(s), but the direction has {found}.",
            latent=digits.latent,
            found=vector.size,
        )
    return vector


def _check_same(one: Direction, other: Direction) -> None:
    if one.latent != other.latent:
        raise ConfigError(
            "The directions {one} and {other} have different numbers of dimensions.",
            one=_short(one.name),
            other=_short(other.name),
        )


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"
