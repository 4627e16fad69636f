"""VAE Explorer from Python: models, paths and edits in the latent space, without a window.

What the window and the command line export as a snippet runs with these functions, and gives the same numbers. They
need no Qt and no PyTorch. Models and paths are plain values of NumPy arrays:

    >>> from vae_explorer.api import interpolate, open_model
    >>> model = open_model("mnist-deep-2d")
    >>> path = interpolate(model, [7, 42], steps=16)
    >>> model.decode(path.points).shape
    (16, 784)

Errors that a user can mend are `vae_explorer.core.errors.UserError`, whose text says what is wrong and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.bundled import model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import DATA_VARIABLE, ImageSet, load_images
from vae_explorer.core.decoder_space import DecoderSpace
from vae_explorer.core.direction_sources import Around, InFile, Measured, parse_direction
from vae_explorer.core.directions import DigitSet, Direction, find
from vae_explorer.core.edits import edited
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.local_direction import find_around
from vae_explorer.core.path_kinds import Even, PathKind
from vae_explorer.core.path_recipe import Anchor, PathRecipe, anchor_points, follow
from vae_explorer.core.paths import Path
from vae_explorer.core.snapshot import ModelSnapshot, Posterior

__all__ = ["edit", "find_direction", "interpolate", "open_model", "test_images"]

#: A digit by its index among the test images, or a latent point.
Place = int | Sequence[float] | NDArray[np.floating]


def open_model(name: str | os.PathLike[str]) -> ModelSnapshot:
    """The model of this name, or in this file.

    Args:
        name: ``"mnist-deep-2d"`` or ``"mnist-mlp-2d"``, or a ``.safetensors`` file, a session, a PyTorch
            ``state_dict``, which is never allowed to run code, or a folder that the pythae library saved.

    Returns:
        A value with ``encode(images)``, from gray levels of shape (n, pixels) to means ``mu`` and log-variances
        ``logvar`` of shape (n, latent), and ``decode(z)``, back to pixel means in [0, 1].

    Raises:
        UserError: there is no such file, or it holds no model.

    >>> model = open_model("mnist-mlp-2d")
    >>> model.config.description
    '784-400-2'
    >>> posterior = model.encode(test_images().images[:3])
    >>> posterior.mu.shape
    (3, 2)
    >>> model.decode(posterior.mu).shape
    (3, 784)
    """
    return load_model(model_path(os.fspath(name)))


def test_images() -> ImageSet:
    """The 10,000 test digits of MNIST, or those in the folder that ``VAE_EXPLORER_DATA`` names; read once.

    Returns:
        ``images``, gray levels 0–255 of shape (n, pixels), and ``labels`` of shape (n,); ``picture(index)`` is one of
        the images, of shape (side, side).

    Raises:
        UserError: a file is missing or damaged.

    >>> digits = test_images()
    >>> digits.images.shape, int(digits.labels[7])
    ((10000, 784), 9)
    """
    return _images(os.environ.get(DATA_VARIABLE, ""))


def interpolate(
    model: ModelSnapshot,
    anchors: Sequence[Place],
    *,
    kind: PathKind = "linear",
    steps: int = 16,
    loop: bool = False,
    even: Even = None,
    near_data: float = 0.0,
) -> Path:
    """A path through the latent space that passes all anchors.

    Args:
        model: what `open_model` returned.
        anchors: two or more; an index of a test image stands for the mean of its posterior.
        kind: ``"linear"``; ``"spherical"``, along a great circle; ``"geodesic"``, which changes the image least in all;
            or ``"neighbours"``, through the means of real digits. The last two take a second or more the first time.
        steps: frames in all, both ends included.
        loop: whether it returns to the first anchor, which is then not repeated.
        even: ``"latent"`` for equal steps on the map, ``"decoder"`` for equal changes of the image.
        near_data: how strongly a geodesic is kept where the digits are; 0 for the shortest, 0.5 is usual.

    Returns:
        ``points``, float64 of shape (steps, latent), for ``model.decode``, and ``anchor_rows``, which of them are the
        anchors. Anchors that follow each other at one place share a row.

    Raises:
        UserError: no such digit, points of other dimensions, all anchors at one place, too few steps.

    >>> model = open_model("mnist-deep-2d")
    >>> path = interpolate(model, [7, (0.5, -1.2), 42], kind="spherical", steps=9)
    >>> path.points.shape
    (9, 2)
    >>> path.points[path.anchor_rows[1]].tolist()
    [0.5, -1.2]
    """
    places = tuple(map(_anchor, anchors))
    recipe = PathRecipe("", places, kind, steps, loop, even, near_data)
    return follow(recipe, space_for(model, recipe))


def find_direction(model: ModelSnapshot, name: str, place: NDArray[np.floating] | None = None) -> Direction:
    """The direction of the latent space along which the test digits change as `name` says.

    Args:
        model: what `open_model` returned.
        name: ``"3:8"`` from class 3 to class 8, ``"lda:3:8"`` the same by linear discriminant analysis;
            ``"thickness"``, ``"slant"``, ``"width"``, ``"height"``, ``"length"`` or ``"area"``, for which all digits
            are measured once (some 20 s) and the measures kept in the user's cache folder; ``"around:thickness"`` the
            same as it is around `place`; ``"pc1"`` a principal component, ``"z2"`` an axis; ``"digits:7:42"`` from one
            test image to another.
        place: a latent point, shape (latent,), only for what is found around one.

    Returns:
        ``vector`` of length 1, ``sigma``, the standard deviation of the digits' means along it, and ``quality``: R² or
        AUC on digits that it was not found with.

    Raises:
        UserError: there is no such direction.

    >>> model = open_model("mnist-deep-2d")
    >>> direction = find_direction(model, "3:8")
    >>> direction.vector.shape, direction.quality.kind
    ((2,), 'auc')
    """
    source = parse_direction(name)
    if isinstance(source, InFile):
        raise ConfigError(
            "Directions in files are read by `vae_explorer.core.direction_file.load_directions`."
        )
    if isinstance(source, Around):
        return find_around(source, model, _posterior(model).mu, place)
    digits = _fitting_images(model)
    measures = _measures(os.environ.get(DATA_VARIABLE, "")) if isinstance(source, Measured) else None
    return find(source, DigitSet(_posterior(model).mu, digits.labels, measures))


def edit(
    model: ModelSnapshot, place: Place, changes: Mapping[str, float] | Sequence[tuple[Direction, float]]
) -> NDArray[np.float64]:
    """Move a point along directions: z' = z + Σ α·sigma·vector.

    Args:
        model: what `open_model` returned.
        place: where to begin; an index of a test image stands for the mean of its posterior.
        changes: α of each direction, in standard deviations of the digits: by names that `find_direction` knows, or as
            pairs of a direction and its α.

    Returns:
        The moved point, shape (latent,); ``model.decode(point[None])`` draws it.

    Raises:
        UserError: no such digit or direction, or another number of dimensions.

    >>> model = open_model("mnist-deep-2d")
    >>> edit(model, (0.25, -1.0), {"z1": 0.0}).tolist()
    [0.25, -1.0]
    >>> more = edit(model, 7, {"4:9": 1.5, "pc1": -0.5})
    >>> model.decode(more[None]).shape
    (1, 784)
    """
    anchor = _anchor(place)
    (start,) = anchor_points([anchor], DecoderSpace(model, _posterior_for(model, [anchor])))
    if isinstance(changes, Mapping):
        changes = [(find_direction(model, name, start), alpha) for name, alpha in changes.items()]
    return edited(start, changes)


def space_for(model: ModelSnapshot, recipe: PathRecipe) -> DecoderSpace:
    """What `core.path_recipe.follow` needs besides `recipe`; kept for the model that was asked for last.

    A path between latent points that the data do not bend needs no images, and so takes models of any image size.

    Raises:
        UserError: the test images are missing, or do not fit the model.
    """
    if recipe.kind in ("linear", "spherical") and not any(isinstance(place, int) for place in recipe.anchors):
        return DecoderSpace(model, _nothing(model))
    return space_of(model)


@lru_cache(maxsize=1)
def space_of(model: ModelSnapshot) -> DecoderSpace:
    """The model's decoder space with the posterior of the test images; what paths find out about it is kept.

    Raises:
        UserError: the test images are missing, or do not fit the model.
    """
    return DecoderSpace(model, _posterior(model))


def _anchor(place: Place) -> Anchor:
    if isinstance(place, int | np.integer):
        return int(place)
    return tuple(float(value) for value in place)


@lru_cache(maxsize=1)
def _images(folder: str) -> ImageSet:
    return load_images("test", FilePath(folder).expanduser() if folder else None)


def _posterior_for(model: ModelSnapshot, anchors: Sequence[Anchor]) -> Posterior:
    return _posterior(model) if any(isinstance(each, int) for each in anchors) else _nothing(model)


@lru_cache(maxsize=1)
def _posterior(model: ModelSnapshot) -> Posterior:
    with np.errstate(all="ignore"):
        posterior = model.encode(_fitting_images(model).images)
    if not (np.isfinite(posterior.mu).all() and np.isfinite(posterior.logvar).all()):
        raise ConfigError("The model's weights are so large that its results are no longer numbers.")
    return posterior


def _fitting_images(model: ModelSnapshot) -> ImageSet:
    digits = test_images()
    digits.require_pixels(model.config.input_size)
    return digits


def _nothing(model: ModelSnapshot) -> Posterior:
    none = np.empty((0, model.config.latent), np.float32)
    return Posterior(none, none)


@lru_cache(maxsize=1)
def _measures(folder: str) -> NDArray[np.float64]:
    from vae_explorer.core.measures_cache import measures_of

    return measures_of(_images(folder).images)
