"""Digits made up for tests of directions: latent points with classes and measures whose directions are known."""

import numpy as np
from hypothesis import strategies as st

from vae_explorer.core.directions import (
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    DigitSet,
    Groups,
    Measured,
    Source,
)
from vae_explorer.core.morphometry import ATTRIBUTES

latents = st.sampled_from([1, 2, 3, 7, 20])
seeds = st.integers(0, 200)
#: One of each kind.
SOURCES: list[Source] = [
    ClassPair(3, 8),
    ClassPair(3, 8, "lda"),
    Measured("slant"),
    Groups(tuple(range(40)), tuple(range(50, 110))),
    Groups(tuple(range(40)), tuple(range(50, 110)), "lda"),
    Component(0),
    Axis(0),
    DigitPair(7, 42),
    Arrow((0.5,)),
]


def for_latent(source: Source, latent: int) -> Source:
    return Arrow(tuple(range(1, latent + 1))) if isinstance(source, Arrow) else source


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def random_unit(latent: int, seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal(latent))


def digits(latent: int, seed: int = 0, n: int = 600, noise: float = 0.1) -> tuple[DigitSet, np.ndarray]:
    """Ten classes of digits whose attribute k follows factor k, and the factors, shape (6, latent)."""
    random = np.random.default_rng(seed)
    mu = random.standard_normal((n, latent)) * random.uniform(0.5, 2, latent)
    factors = np.stack([random_unit(latent, seed + k + 1) for k in range(len(ATTRIBUTES))])
    along = mu @ factors.T
    measures = 3 + 2 * along + noise * along.std(0) * random.standard_normal(along.shape)
    return DigitSet(mu.astype(np.float32), np.arange(n) % 10, measures), factors


def two_classes(
    latent: int, seed: int, mixing: np.ndarray, n: int = 2000, apart: float = 2
) -> tuple[DigitSet, np.ndarray]:
    """Classes 0 and 1 with the covariance mixing·mixingᵀ each, and from the mean of 0 to that of 1."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    shift = apart * random_unit(latent, seed)
    mu = random.standard_normal((n, latent)) @ mixing.T + labels[:, None] * shift
    return DigitSet(mu.astype(np.float32), labels), shift
