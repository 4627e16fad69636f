"""Smoothing of curves, so that a trend shows behind the noise of single steps.

The exponential moving average that users of TensorBoard know: y_n = w · y_{n−1} + (1 − w) · x_n, divided by 1 − wⁿ so
that the first entries are not pulled towards zero. It is kept up while a curve grows: old entries are never computed
again.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: Largest weight; with 1 the average would never move.
MAX_WEIGHT = 0.99
#: What an older block of entries adds to a newer one after this factor is lost in rounding many times over.
_NEGLIGIBLE = 1e-100


class Smoother:
    """Bias-corrected exponential moving average of a row of numbers that grows.

    Args:
        weight: w, from 0 (no smoothing) to `MAX_WEIGHT`.

    Raises:
        ValueError: the weight is out of range.
    """

    def __init__(self, weight: float) -> None:
        if not 0 <= weight <= MAX_WEIGHT:
            raise ValueError(f"a weight of {weight} is not between 0 and {MAX_WEIGHT}")
        self._weight = weight
        self._average = 0.0
        self._count = 0

    def extend(self, values: Values) -> Values:
        """The smoothed values of the next entries, shape (n,) like `values`; they must be finite."""
        if self._weight == 0 or not len(values):
            return np.array(values, np.float64)
        averages = self._averages(np.asarray(values, np.float64))
        counts = self._count + np.arange(1, len(values) + 1)
        self._average = float(averages[-1])
        self._count += len(values)
        smoothed: Values = averages / -np.expm1(counts * math.log(self._weight))
        return smoothed

    def _averages(self, values: Values) -> Values:
        """The uncorrected averages y_n, without a loop over the entries.

        In a block, y_k = (1 − w) · wᵏ · Σ_{i ≤ k} x_i · w⁻ⁱ. A block is so short that w⁻ⁱ does not overflow, and so
        long that only the block before it still counts.
        """
        weight = self._weight
        length = min(len(values), max(1, math.ceil(math.log(_NEGLIGIBLE) / math.log(weight))))
        blocks = np.zeros((-(-len(values) // length), length))
        blocks.flat[: len(values)] = values
        powers = weight ** np.arange(length)
        averages = (1 - weight) * np.cumsum(blocks / powers, axis=1) * powers
        before = np.concatenate([[self._average], averages[:-1, -1]])
        averages += before[:, None] * (powers * weight)
        return averages.ravel()[: len(values)]


def smooth(values: Values, weight: float) -> Values:
    """A whole row, shape (n,), smoothed with `weight` from 0 to `MAX_WEIGHT`."""
    return Smoother(weight).extend(values)
