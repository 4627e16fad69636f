"""What attribute directions do to decoded images: the share of digits whose thickness and slant respond steadily.

Two ways are compared on the ready-made models: one direction for the whole latent space, and one looked for around each
digit.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure

if TYPE_CHECKING:
    from vae_explorer.core.directions import DigitSet
    from vae_explorer.core.morphometry import Attribute
    from vae_explorer.core.snapshot import ModelSnapshot

Values = NDArray[np.float64]

_MODELS = ("mnist-deep-2d", "mnist-mlp-2d")
_ATTRIBUTES: tuple[Attribute, ...] = ("thickness", "slant")
#: Held-out digits, and how many a process takes at once.
_BASES, _PART = 200, 10
_ALPHAS = tuple(np.linspace(-2, 2, 9).tolist())
#: The promise for the model that the window opens.
_TARGET = 80.0


def measure() -> list[Figure]:
    """The shares, and what else the responses show."""
    # Fresh processes: what NumPy and PyTorch started in this one would be lost in a fork.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return [figure for model in _MODELS for figure in _of_model(model, pool)]


def _of_model(model: str, pool: ProcessPoolExecutor) -> list[Figure]:
    from vae_explorer.core.directions import Measured, find

    _, digits = _opened(model)
    parts = list(pool.map(_local_moves, *zip(*_parts(model), strict=True)))
    figures = []
    for k, attribute in enumerate(_ATTRIBUTES):
        direction = find(Measured(attribute), digits)
        quality = direction.quality.value if direction.quality else float("nan")
        whole = np.tile(direction.sigma * direction.vector, (_BASES, 1))
        local = np.concatenate([part[k] for part in parts])
        sigma = float(np.median(np.linalg.norm(local, axis=1)))
        figures += [
            _figure(model, attribute, "one direction", whole, pool, f"held-out R² {quality:.2f}"),
            _figure(model, attribute, "local direction", local, pool, f"σ {sigma:.2f} latent units, median"),
        ]
    return figures


def _figure(
    model: str, attribute: Attribute, kind: str, moves: Values, pool: ProcessPoolExecutor, note: str
) -> Figure:
    from vae_explorer.core.direction_effect import GRIDS, summary
    from vae_explorer.core.morphometry import ATTRIBUTES

    rows = [np.array_split(moves, _BASES // _PART)]
    column = ATTRIBUTES.index(attribute)
    scales = _scales(model)
    finely, once = (
        np.concatenate(
            list(pool.map(_responses, *zip(*_parts(model), strict=True), *rows, [grids] * len(rows[0])))
        )
        for grids in (GRIDS, 1)
    )
    effect, published = summary(finely, scales, _ALPHAS), summary(once, scales, _ALPHAS)
    half_steps = float((np.diff(finely[:, :, column], axis=1) > 0).all(1).mean())
    # The search for a local direction looked at the whole steps: here are those that it did not see.
    between = float((np.diff(finely[:, 1::2, column], axis=1) > 0).all(1).mean())
    leakage = sorted(
        (value, name)
        for value, name in zip(effect.leakage(attribute), ATTRIBUTES, strict=True)
        if name != attribute
    )
    return Figure(
        f"{model}, {attribute}, {kind}: rises strictly over α = −2, −1, 0, 1, 2",
        100 * float(effect.rising[column]),
        "%",
        _TARGET if model == _MODELS[0] and kind == "local direction" else None,
        at_least=True,
        note=f"of {_BASES} held-out digits, measured on {GRIDS**2} pixel grids; "
        f"on one {100 * published.rising[column]:.0f} %; over −1.5, −0.5, 0.5, 1.5 "
        f"{100 * between:.0f} %; over all nine {100 * half_steps:.0f} %; "
        f"of the digit's own class at α = −2 and 2 {100 * _same_class(model, moves):.0f} %; "
        f"slope {effect.slopes[column]:.2f} σ of the data for each α; "
        f"most leakage {leakage[-1][0]:.1f} × to {leakage[-1][1]}; {note}",
    )


def _same_class(model: str, moves: Values) -> float:
    """Share of digits that both ends of the slider show as the class that is decoded in its middle.

    The class of a decoded image is what most of the 15 digits have that are nearest to it, encoded again.
    """
    from vae_explorer.core.neighbours import votes_at

    snapshot, digits = _opened(model)
    bases = digits.mu[np.concatenate([rows for _, rows in _parts(model)])]

    def classes(alpha: float) -> list[int | None]:
        again = snapshot.encode(snapshot.decode(bases + alpha * moves)).mu
        labels = digits.labels.astype(np.uint8)
        votes = (votes_at(digits.mu, labels, z) for z in again)
        return [None if vote is None else vote.first for vote in votes]

    low, middle, high = (classes(alpha) for alpha in (-2, 0, 2))
    kept = [one == other == third for one, other, third in zip(low, middle, high, strict=True)]
    return sum(kept) / len(kept)


def _parts(model: str) -> list[tuple[str, NDArray[np.intp]]]:
    digits = _opened(model)[1]
    rows = np.flatnonzero(digits.held_out)
    chosen = rows[:: len(rows) // _BASES][:_BASES]
    return [(model, part) for part in np.array_split(chosen, _BASES // _PART)]


def _scales(model: str) -> Values:
    measures = _opened(model)[1].measures
    if measures is None:
        raise RuntimeError("the digits are not measured")
    return np.asarray(np.nanstd(measures, axis=0))


# In processes of their own --------------------------------------------------------------------------------


@cache
def _opened(model: str) -> tuple[ModelSnapshot, DigitSet]:
    from vae_explorer.core.bundled import model_path
    from vae_explorer.core.checkpoint import load_model
    from vae_explorer.core.data import load_images
    from vae_explorer.core.directions import DigitSet
    from vae_explorer.core.measures_cache import measures_of

    images = load_images("test")
    snapshot = load_model(model_path(model))
    return snapshot, DigitSet(snapshot.encode(images.images).mu, images.labels, measures_of(images.images))


def _local_moves(model: str, rows: NDArray[np.intp]) -> list[Values]:
    """Where α = 1 takes each digit, shape (n, latent), for each attribute; no held-out digit has a say in σ."""
    from vae_explorer.core.local_direction import local_directions, local_sigmas

    snapshot, digits = _opened(model)
    others = digits.mu[~digits.held_out]
    found = [
        local_directions(snapshot, digits.mu[row], _ATTRIBUTES, local_sigmas(others, digits.mu[row]))
        for row in rows
    ]
    return [np.stack([one[name].sigma * one[name].vector for one in found]) for name in _ATTRIBUTES]


def _responses(model: str, rows: NDArray[np.intp], moves: Values, grids: int) -> Values:
    from vae_explorer.core.direction_effect import responses

    snapshot, digits = _opened(model)
    return responses(snapshot, digits.mu[rows], moves, _ALPHAS, grids=grids)
