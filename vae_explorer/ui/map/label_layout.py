"""Keeps labels that would cover each other apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 30


def spread(places: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Move points so that no two are closer than `apart`, each as little as it takes.

    Args:
        places: shape (n, 2), in pixels.
        apart: least distance, in pixels.
    """
    moved = places.copy()
    for _ in range(_ROUNDS):
        gaps = moved[:, None] - moved[None]
        distances = np.hypot(gaps[..., 0], gaps[..., 1])
        np.fill_diagonal(distances, np.inf)
        if distances.min(initial=np.inf) >= apart - 0.5:
            break
        # Two points in one place have no direction to part in: give each pair its own, opposite for the two.
        number = np.arange(len(moved))
        turn, side = number[:, None] + number[None], np.sign(number[:, None] - number[None])
        same = distances < 1e-9
        directions = side[..., None] * np.stack([np.cos(turn), np.sin(turn)], -1)
        units = np.where(same[..., None], directions, gaps / np.where(same, 1, distances)[..., None])
        moved += (units * np.clip(apart - distances, 0, None)[..., None] / 2).sum(1)
    return moved
