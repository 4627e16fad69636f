"""Which images are trained on and which are held back for the test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.datasets.choices import MAX_TEST, Choices
from vae_explorer.core.datasets.pixels import Rows


def held_back(images: int, choices: Choices) -> int:
    """How many of so many images, two or more, are held back; at least one, and at least one is left."""
    return min(max(1, round(images * choices.test_share)), MAX_TEST, images - 1)


def split(good: NDArray[np.bool_], given: int, choices: Choices) -> tuple[Rows, Rows]:
    """The rows to train on and those to test on, both rising; the same seed draws the same.

    Args:
        good: which rows are taken at all, shape (n,).
        given: how many rows at the end are the test part that the data came with; 0 draws one.
        choices: share and seed of the draw.
    """
    rows: Rows = np.flatnonzero(good)
    if given:
        first = int(np.searchsorted(rows, len(good) - given))
        return rows[:first], rows[first:]
    if len(rows) < 2:
        return rows, rows[:0]
    drawn = np.zeros(len(rows), bool)
    order = np.random.default_rng(choices.seed).permutation(len(rows))
    drawn[order[: held_back(len(rows), choices)]] = True
    return rows[~drawn], rows[drawn]
