"""What anchors are called, and what may be wrong with one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from vae_explorer.core.data import ByteArray
from vae_explorer.state.journey import Anchor, ClassAnchor, DigitAnchor, PlaceAnchor
from vae_explorer.ui.numbers import signed

#: More coordinates than this do not fit into a line.
_COORDINATES = 4
#: An anchor at which the data are less dense than around the means of so many percent of the digits is off the data.
OFF_THE_DATA = 1.0

Place = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an anchor.

    Attributes:
        short: a few words for a line of a list.
        sentence: what it means; empty where it is said elsewhere.
        more: for a tool tip.
    """

    short: str
    sentence: str
    more: str = ""


def anchor_name(anchor: Anchor, labels: ByteArray | None) -> str:
    """What an anchor is called: ``Digit #7 (9)``, ``Mean of 3s``, its own name, or ``(0.52, −1.20)``.

    Args:
        anchor: which.
        labels: classes of the digits, shape (n,), where they are at hand.
    """
    match anchor:
        case DigitAnchor(index):
            if labels is None or not 0 <= index < len(labels):
                return _tr("Digit #{index}").format(index=index)
            return _tr("Digit #{index} ({label})").format(index=index, label=labels[index])
        case ClassAnchor(label):
            return _tr("Mean of {label}s").format(label=label)
        case PlaceAnchor(z, name):
            return name or place_text(z)


def place_text(z: Sequence[float] | Place) -> str:
    """A latent point as text, with at most four coordinates."""
    numbers = [signed(float(value)) for value in z[:_COORDINATES]]
    if len(z) > _COORDINATES:
        numbers.append("…")
    return f"({', '.join(numbers)})"


def problems(
    places: Sequence[Place | None], percentiles: Sequence[float | None], *, loop: bool
) -> list[Problem | None]:
    """What is wrong with each anchor that has a place.

    Args:
        places: of the anchors in their order, each of shape (latent,).
        percentiles: of the density of the data there, where it is known, 0 to 100.
        loop: whether the last one is followed by the first.
    """
    found: list[Problem | None] = []
    # Then there is no path, which is said in place of that.
    nowhere = all(_same(place, places[0]) for place in places)
    for row, (place, percentile) in enumerate(zip(places, percentiles, strict=True)):
        before = row - 1 if row or not loop else len(places) - 1
        if before != row and before >= 0 and _same(place, places[before]):
            found.append(_coincident(row, before, said=not nowhere))
        elif percentile is not None and percentile < OFF_THE_DATA:
            found.append(_off_the_data(row))
        else:
            found.append(None)
    return found


def _same(one: Place | None, other: Place | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


def _coincident(row: int, before: int, *, said: bool) -> Problem:
    one, other = sorted((row + 1, before + 1))
    sentence = _tr("Anchors {one} and {other} are at the same place and count as one.")
    return Problem(
        _tr("same as anchor {other}").format(other=before + 1),
        sentence.format(one=one, other=other) if said else "",
    )


def _off_the_data(row: int) -> Problem:
    return Problem(
        _tr("far off the data"),
        _tr("Anchor {number} is far off the data. What is drawn there may be no digit.").format(
            number=row + 1
        ),
        _tr("Data are sparser there than around 99 % of the test digits."),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("anchors", text)
