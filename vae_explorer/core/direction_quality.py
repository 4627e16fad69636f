"""How good a direction is, judged by digits that it was not fitted to.

Which digits are held out depends on nothing but their number. So they are the same for every direction, whatever is
combined with it or projected out of it, and no score is flattered by digits that another fit has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.direction_fits import Values, line_r2, separation
from vae_explorer.core.direction_sources import ClassPair, Groups, Measured, Source
from vae_explorer.core.errors import DataError
from vae_explorer.core.morphometry import ATTRIBUTES
from vae_explorer.core.snapshot import FloatArray

QualityKind = Literal["r2", "auc", "variance"]
Rows = NDArray[np.intp]

#: One digit of so many is held out.
_HELD_PART = 5
#: With fewer digits held out, on either side of a pair, a score would be chance.
_LEAST_HELD = 5
#: A line through fewer points says nothing.
_LEAST_FITTED = 3
#: Farther out, sums of squares would be of no use. No posterior of a trained model comes near.
_FARTHEST = 1e12


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a direction is.

    Attributes:
        kind: ``r2`` of the attribute as told from the place along the direction; ``auc``, the area under the ROC curve
            between the two classes or groups; ``variance``, the share of the variance of the digits' means.
        value: R² is at most 1, and below 0 if worse than the attribute's mean; an AUC goes from 0 to 1 with 0.5 for
            chance; a share from 0 to 1.
        held_out: whether it was measured on digits that nothing was fitted to. If not, there were too few of them; a
            share of the variance is of all digits.
    """

    kind: QualityKind
    value: float
    held_out: bool


@dataclass(frozen=True, eq=False)
class DigitSet:
    """The digits that directions are found with, as one model sees them.

    Attributes:
        mu: their posterior means, shape (n, latent).
        labels: their classes, shape (n,).
        measures: their attributes in the order of `core.morphometry.ATTRIBUTES`, shape (n, 6), NaN where an image has
            none; None while they are not measured.

    Raises:
        DataError: there are no digits, or a mean is not finite or absurdly large.
        ValueError: the shapes do not fit.
    """

    mu: FloatArray
    labels: NDArray[np.integer]
    measures: Values | None = None

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.mu),):
            raise ValueError(f"{len(self.labels)} labels do not fit {len(self.mu)} means")
        if self.measures is not None and self.measures.shape != (len(self.mu), len(ATTRIBUTES)):
            raise ValueError(f"measures of shape {self.measures.shape} do not fit {len(self.mu)} means")
        if not self.mu.size:
            raise DataError("There are no digits to find a direction with.")
        if not self.extent <= _FARTHEST:
            raise DataError("The model's weights are so large that its results are no longer numbers.")

    @property
    def latent(self) -> int:
        """Number of latent dimensions."""
        return int(self.mu.shape[1])

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Which digits no direction is fitted to, shape (n,): a fifth of them, the same for every model."""
        held = np.zeros(len(self.mu), np.bool_)
        held[np.random.default_rng(0).permutation(len(held))[: len(held) // _HELD_PART]] = True
        held.flags.writeable = False
        return held

    @cached_property
    def extent(self) -> float:
        """The largest coordinate of a mean, without its sign: what rounding is measured by."""
        return float(max(self.mu.max(), -self.mu.min()))

    @cached_property
    def variance(self) -> float:
        """Of the means, summed over the latent dimensions."""
        return float(self.mu.var(0, dtype=np.float64).sum())

    def along(self, vector: Values, rows: Rows | None = None) -> Values:
        """Where the means of these rows, or all, lie along `vector`, shape (latent,)."""
        points = self.mu if rows is None else self.mu[rows]
        # As float64, 10,000 means in 512 dimensions would be copied first: 40 ms instead of 3.
        middle = self.mu[0]
        return np.asarray((points - middle) @ vector.astype(np.float32), np.float64) + float(middle @ vector)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows to fit something to, and rows to judge it by.

    Attributes:
        fitted: rows of digits.
        judged: others, if `held_out`; otherwise the same ones.
        held_out: whether enough digits were left to judge by.
    """

    fitted: Rows
    judged: Rows
    held_out: bool


def measured_part(source: Measured, digits: DigitSet) -> tuple[Part, Values]:
    """The rows that have the attribute, and the attribute of ALL digits, shape (n,).

    Raises:
        DataError: it was not measured, or too few digits have it, or all have the same.
    """
    if digits.measures is None:
        raise DataError(
            "The digits have not been measured, so nothing is known of their {name}.", name=source.attribute
        )
    values = digits.measures[:, ATTRIBUTES.index(source.attribute)]
    rows = np.flatnonzero(np.isfinite(values))
    (part,) = _parted([rows], digits.held_out)
    for some in (part.fitted, part.judged):
        if len(some) < _LEAST_FITTED or not np.ptp(values[some]) > 0:
            raise DataError(
                "The {name} of too few digits is known, or all have the same: no direction can be found.",
                name=source.attribute,
            )
    return part, values


def side_parts(source: ClassPair | Groups, digits: DigitSet) -> tuple[Part, Part]:
    """The rows of the two sides, a and b.

    Raises:
        DataError: a side has no digits, or a row that there is not.
    """
    a, b = _members(source, digits)
    first, second = _parted([a, b], digits.held_out)
    return first, second


def quality_of(vector: Values, source: Source, digits: DigitSet) -> Quality:
    """How good `vector`, shape (latent,), is for what `source` asks of it.

    Raises:
        DataError: the digits lack what the source needs.
    """
    match source:
        case Measured():
            part, values = measured_part(source, digits)
            fitted, judged = digits.along(vector, part.fitted), digits.along(vector, part.judged)
            r2 = line_r2(fitted, values[part.fitted], judged, values[part.judged])
            return Quality("r2", r2, part.held_out)
        case ClassPair() | Groups():
            a, b = side_parts(source, digits)
            auc = separation(digits.along(vector, a.judged), digits.along(vector, b.judged))
            return Quality("auc", auc, a.held_out)
        case _:
            share = float(digits.along(vector).var()) / digits.variance if digits.variance > 0 else 0.0
            return Quality("variance", min(share, 1.0), False)


def _members(source: ClassPair | Groups, digits: DigitSet) -> tuple[Rows, Rows]:
    if isinstance(source, Groups):
        return _group(source.a, digits), _group(source.b, digits)
    return _class(source.a, digits), _class(source.b, digits)


def _class(label: int, digits: DigitSet) -> Rows:
    rows = np.flatnonzero(digits.labels == label)
    if not len(rows):
        raise DataError(
            "None of the digits is a {label}, so no direction leads from or to that class.", label=label
        )
    return rows


def _group(rows: tuple[int, ...], digits: DigitSet) -> Rows:
    if not rows:
        raise DataError("A group of digits is empty. Select at least one digit for each.")
    for row in (min(rows), max(rows)):
        check_row(row, digits)
    return np.unique(np.asarray(rows, np.intp))


def check_row(row: int, digits: DigitSet) -> None:
    """Make sure that there is a digit `row`.

    Raises:
        DataError: there is not.
    """
    if not 0 <= row < len(digits.mu):
        raise DataError(
            "There is no digit #{row}: they go from 0 to {last}.", row=row, last=len(digits.mu) - 1
        )


def _parted(sets: list[Rows], held_out: NDArray[np.bool_]) -> list[Part]:
    """Each set of rows in two, unless one of them would leave too few on either side."""
    parts = [Part(rows[~held_out[rows]], rows[held_out[rows]], True) for rows in sets]
    if all(len(part.fitted) and len(part.judged) >= _LEAST_HELD for part in parts):
        return parts
    return [Part(rows, rows, False) for rows in sets]
