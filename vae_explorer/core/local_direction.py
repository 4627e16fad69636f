"""Directions for the surroundings of one point, where no straight line through the whole latent space serves.

Two dimensions that hold ten classes have no direction of thickness: what thickens a 1 does something else to an 8. But
around each digit there usually is one, and the images that the decoder draws tell which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled
from vae_explorer.core.direction_effect import JUDGED, measures_at
from vae_explorer.core.direction_sources import Around, source_text
from vae_explorer.core.directions import Direction
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute, Values
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

#: What is tried is measured over 2×2 pixel grids, none of which is among the 4×4 that an effect is measured over.
_GRIDS = 2
#: Numbers of nearest digits whose spread may be the σ of a local direction.
_NEAREST = (50, 100, 200)
#: Lines that are tried around a point of a plane, evenly over the half circle.
_LINES = 12
_TINY = np.finfo(np.float64).tiny


def find_around(
    source: Around,
    snapshot: ModelSnapshot,
    mu: FloatArray,
    base: NDArray[np.floating] | None = None,
    cancelled: Cancelled = None,
) -> Direction:
    """The direction that `source` asks for; takes as long as `local_directions`.

    Its quality is None: no digits were fitted, and what it does is for `core.direction_effect` to say.

    Args:
        source: of what, and around which place.
        snapshot: whose decoder.
        mu: means of the digits, shape (n, latent), whose spread around the place is tried as σ.
        base: the place for a source that has none, shape (latent,).
        cancelled: asked every tenth of a second.

    Raises:
        ConfigError: there is no place, or one of another number of dimensions.
        CancelledError: `cancelled` said so.
    """
    if source.place:
        place = np.array(source.place)
    elif base is not None:
        place = np.array(base, np.float64)
    else:
        raise ConfigError(
            "The direction {name} needs a place to be found around: add one number for each latent dimension, as in "
            "{name}:0.5,-1.2.",
            name=source_text(source),
        )
    latent = snapshot.config.latent
    if place.shape != (latent,):
        raise ConfigError(
            "This model has {latent} latent dimension(s), but the direction has {found}.",
            latent=latent,
            found=place.size,
        )
    found = local_direction(snapshot, place, source.attribute, local_sigmas(mu, place), cancelled)
    here = Around(source.attribute, tuple(place.tolist()))
    return Direction(f"around:{source.attribute}", here, found.vector, found.sigma)


@dataclass(frozen=True, slots=True, eq=False)
class LocalDirection:
    """A direction for the surroundings of one point.

    Attributes:
        vector: shape (latent,), of length 1, towards more of the attribute.
        sigma: what α = 1 is, latent units.
        least_step: the least that the attribute rises between two neighbours of `JUDGED`, as measured while it was
            looked for, in its unit; not above 0 where no line was found on which it only rises.
    """

    vector: Values
    sigma: float
    least_step: float


def local_direction(
    snapshot: ModelSnapshot,
    z: NDArray[np.floating],
    attribute: Attribute,
    sigmas: Values,
    cancelled: Cancelled = None,
) -> LocalDirection:
    """`local_directions` for one attribute."""
    return local_directions(snapshot, z, (attribute,), sigmas, cancelled)[attribute]


def local_directions(
    snapshot: ModelSnapshot,
    z: NDArray[np.floating],
    attributes: tuple[Attribute, ...],
    sigmas: Values,
    cancelled: Cancelled = None,
) -> dict[Attribute, LocalDirection]:
    """The straight lines through `z` along which attributes of the decoded image rise most steadily.

    Of the lines and σ that are tried, the one whose least rise between two of α = −2, −1, 0, 1, 2 is the largest. No
    labels or fits have a say in it. But the images at these α have: what is measured there afterwards, even on other
    pixel grids, is somewhat better than the truth, which the steps in between tell (α = ±0.5, ±1.5).

    In a plane 12 lines are tried; in more dimensions, for each σ, the gradient of a least-squares plane through the
    images one σ before and behind the point along each axis.

    About a second in two dimensions; then 40 ms for each dimension.

    Args:
        snapshot: whose decoder.
        z: shape (latent,).
        attributes: which; hardly slower for several of them.
        sigmas: what α = 1 may be, latent units, shape (s,): `local_sigmas`.
        cancelled: asked every tenth of a second.

    Raises:
        CancelledError: `cancelled` said so.
    """
    place = np.asarray(z, np.float64)
    columns = [ATTRIBUTES.index(attribute) for attribute in attributes]
    lines = np.concatenate([_lines(snapshot, place, columns, float(sigma), cancelled) for sigma in sigmas])
    moved = np.array([alpha for alpha in JUDGED if alpha])[:, None, None] * lines
    found = measures_at(
        snapshot, np.vstack((place[None], (place + moved).reshape(-1, len(place)))), cancelled, None, _GRIDS
    )
    around = found[1:].reshape(len(moved), len(lines), -1)
    half = len(around) // 2
    middle = np.broadcast_to(found[0], around[:1].shape)
    rises = np.nan_to_num(np.diff(np.concatenate((around[:half], middle, around[half:])), axis=0))
    return {name: _steadiest(lines, rises[:, :, k]) for name, k in zip(attributes, columns, strict=True)}


def _steadiest(lines: Values, rises: Values) -> LocalDirection:
    """The line, or its reverse, whose least rise is the largest; `rises` has the shape (steps, lines)."""
    forward, backward = rises.min(0), (-rises).min(0)
    least = np.maximum(forward, backward)
    best = int(least.argmax())
    sigma = float(np.linalg.norm(lines[best]))
    sign = 1 if forward[best] >= backward[best] else -1
    return LocalDirection(sign * lines[best] / sigma, sigma, float(least[best]))


def local_sigmas(mu: FloatArray, z: NDArray[np.floating]) -> Values:
    """Spread of the 50, 100 and 200 means nearest to `z`, shape (3,): what σ of a local direction may be.

    The root of their variance, mean over the dimensions, latent units; of all means where there are fewer, and 1 where
    these do not spread.

    Args:
        mu: means of the digits, shape (n, latent).
        z: shape (latent,).
    """
    distances = np.square(mu - np.asarray(z, np.float64)).sum(1)
    order = distances.argsort(kind="stable")[: max(_NEAREST)]
    spreads = np.array([np.sqrt(mu[order[:count]].var(0, dtype=np.float64).mean()) for count in _NEAREST])
    return np.asarray(np.where(spreads > 0, spreads, 1.0))


def _lines(
    snapshot: ModelSnapshot, z: Values, columns: list[int], sigma: float, cancelled: Cancelled
) -> Values:
    """Directions to try, of length `sigma`, shape (l, latent)."""
    latent = len(z)
    if latent == 1:
        return np.full((1, 1), sigma)
    if latent == 2:
        angles = np.pi * np.arange(_LINES) / _LINES
        return sigma * np.column_stack((np.cos(angles), np.sin(angles)))
    sides = sigma * np.stack((np.eye(latent), -np.eye(latent)))
    ahead, behind = np.nan_to_num(measures_at(snapshot, z + sides, cancelled, None, _GRIDS)[:, :, columns])
    gradients = (ahead - behind).T
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    # Where the attribute does not change, any direction is as good.
    return np.asarray(
        sigma * np.where(lengths > 0, gradients / np.maximum(lengths, _TINY), np.eye(1, latent))
    )
