"""Axes of the curves: whole epochs and steps, round numbers on a logarithmic scale, names of dimensions."""

from __future__ import annotations

import math

import numpy as np

from vae_explorer.ui.numbers import MINUS
from vae_explorer.ui.widgets.axis import Axis, Ticks

#: Pixels that a label of a logarithmic axis needs, and one of a dimension for each of its figures.
_LOG_ROOM = 24
_FIGURE_ROOM = 8


class EpochAxis(Axis):
    """Marks whole epochs or steps only."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        return [level for level in levels if level[0] >= 1] or [(1, 0)]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        # There is no epoch before the first.
        return [f"{value:,.0f}" if value >= 0 else "" for value in values]


class ValueAxis(Axis):
    """A linear axis, or one whose places are the log₁₀ of what they stand for.

    pyqtgraph labels the powers of ten of a logarithmic axis only; a training seldom spans one.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._log = False

    def set_logarithmic(self, on: bool) -> None:
        """Take places for logarithms from now on, or no longer."""
        self._log = on
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> Ticks:
        if not self._log:
            ticks: Ticks = super().tickValues(low, high, size)
            return ticks
        return [(0.0, [math.log10(value) for value in log_ticks(low, high, int(size // _LOG_ROOM))])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if not self._log:
            return super().tickStrings(values, scale, spacing)
        return [f"{10**value:.6g}".replace("-", MINUS) for value in values]


class DimensionAxis(Axis):
    """Names latent dimensions below their bars, as many as there is room for."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._names: tuple[str, ...] = ()

    def set_names(self, names: tuple[str, ...]) -> None:
        """The name of the bar at 0, 1, 2 and so on."""
        self._names = names
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> Ticks:
        first, last = max(0, math.ceil(low)), min(len(self._names) - 1, math.floor(high))
        if first > last:
            return []
        width = _FIGURE_ROOM * (1 + max(len(name) for name in self._names))
        every = max(1, math.ceil((high - low) * width / max(size, 1)))
        return [(1.0, [float(place) for place in range(first, last + 1) if place % every == 0])]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        return [self._names[round(value)] for value in values]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between 10^low and 10^high, about `most` of them and at least one if there is any.

    Less than a decade is marked in equal steps; more with 1, 2, 5 in each power of ten, or with powers only.
    """
    least, largest, most = 10.0**low, 10.0**high, max(most, 2)
    if high - low < 1:
        return _round_numbers(least, largest, most)
    powers = range(math.floor(low), math.ceil(high) + 1)
    marks: list[float] = []
    for factors in ((1, 2, 5), (1, 3), (1,)):
        marks = [factor * 10.0**power for power in powers for factor in factors]
        marks = [mark for mark in marks if least <= mark <= largest]
        if len(marks) <= most:
            return marks
    return marks[:: math.ceil(len(marks) / most)]


def _round_numbers(least: float, largest: float, most: int) -> list[float]:
    rough = (largest - least) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    numbers = np.arange(math.ceil(least / step), math.floor(largest / step) + 1) * step
    return [float(number) for number in numbers]
