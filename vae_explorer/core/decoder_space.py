"""How far apart two latent points are for the decoder: distances between images in place of distances on the map.

An embedding φ of each pixel maps what the decoder says of it so that the Fisher–Rao metric becomes the plain one of a
Euclidean space, "decoder space"; `core.likelihoods` has it. The length of a path through the latent space is then the
length of its image there, and takes no derivative. For a Bernoulli φ = 2·arcsin√p: a pixel that goes from black to
white is π, and two digits are some 20 apart. For a Gaussian φ is the mean over σ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.activations import activate_with_slopes
from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.sensitivity import logits_and_derivatives
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, Posterior

Values = NDArray[np.float64]
Made = TypeVar("Made")
#: Asked every few milliseconds; a yes means that nobody wants the result any more.
Cancelled = Callable[[], bool] | None
#: Told the share that is done, in [0, 1].
Progress = Callable[[float], None] | None

#: A step along a curve is halved while it is longer than this share of the whole curve: what bends within it is missed.
_FINE = 1 / 32
#: Rounds of halving at most: enough to find the data on the way from a million units off.
_ROUNDS = 30
#: A curve is measured at so many more points at most than it is given with.
_MOST_MORE = 2048


class CancelledError(Exception):
    """Nobody wants the result any more: `cancelled` said so."""


def check(cancelled: Cancelled) -> None:
    """Go on only if the result is still wanted.

    Raises:
        CancelledError: it is not.
    """
    if cancelled is not None and cancelled():
        raise CancelledError


class DecoderSpace:
    """The decoder space of one model, and what is costly to find out about it.

    Making it costs nothing. Grid, graph and densities are made when a path first needs them, or by `prepare` of
    `core.paths`, and kept.

    Args:
        snapshot: whose decoder.
        posterior: of the digits, by that model: where the data are.

    Attributes:
        snapshot: the model.
        posterior: of the digits.
        latent: latent dimensions.
    """

    def __init__(self, snapshot: ModelSnapshot, posterior: Posterior) -> None:
        self.snapshot = snapshot
        self.posterior = posterior
        self.latent = snapshot.config.latent
        self._kept: dict[Hashable, Any] = {}

    def phi(self, z: NDArray[np.floating], cancelled: Cancelled = None) -> FloatArray:
        """φ(z) of each pixel, in [0, π] for a Bernoulli, shape (m, pixels), for `z` of shape (m, latent).

        Raises:
            CancelledError: `cancelled` said so.
        """
        places = np.asarray(z, np.float64)
        image = np.empty((len(places), self.snapshot.config.input_size), np.float32)
        for rows in row_blocks(len(places), _row_bytes(self.snapshot), block_bytes=LAYER_BLOCK_BYTES):
            check(cancelled)
            image[rows] = self.snapshot.likelihood.embedding(self.snapshot.decode_logits(places[rows]))
        return image

    def step_lengths(self, points: NDArray[np.floating], cancelled: Cancelled = None) -> Values:
        """|φ(z_{i+1}) − φ(z_i)| from each point to the next, shape (n − 1,), for `points` of shape (n, latent).

        Raises:
            CancelledError: `cancelled` said so.
        """
        return norms(np.diff(self.phi(points, cancelled), axis=0))

    def length(self, curve: NDArray[np.floating], cancelled: Cancelled = None) -> float:
        """Length in decoder space of the polyline through `curve`, shape (n, latent).

        Its pieces are measured at points in between wherever the image changes much.

        Raises:
            CancelledError: `cancelled` said so.
        """
        points = np.asarray(curve, np.float64)
        return float(self.measured(lambda t: along(points, t), len(points), cancelled)[1][-1])

    def measured(
        self, at: Callable[[Values], Values], count: int, cancelled: Cancelled = None
    ) -> tuple[Values, Values]:
        """Places on a curve, as t in [0, 1], and the length of the curve from its start up to each; shape (m,).

        Args:
            at: the curve, from t of shape (n,) to points of shape (n, latent).
            count: at how many even t it is looked at in the beginning, at least 1.
            cancelled: asked before each round.

        Raises:
            CancelledError: `cancelled` said so.
        """
        t = np.linspace(0, 1, max(count, 2))
        phi = self.phi(at(t), cancelled)
        steps = norms(np.diff(phi, axis=0))
        for _ in range(_ROUNDS):
            wide = np.flatnonzero((steps > _FINE * steps.sum()) & (np.diff(t) > np.spacing(t[1:]) * 4))
            if not len(wide) or len(t) > count + _MOST_MORE:
                break
            middle = (t[wide] + t[wide + 1]) / 2
            image = self.phi(at(middle), cancelled)
            halves = norms(image - phi[wide]), norms(phi[wide + 1] - image)
            steps[wide] = halves[0]
            steps = np.insert(steps, wide + 1, halves[1])
            t, phi = np.insert(t, wide + 1, middle), np.insert(phi, wide + 1, image, axis=0)
        return t, np.concatenate((np.zeros(1), np.cumsum(steps)))

    def kept(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` returned when it was first asked for under this name. What it raises is not kept."""
        if what not in self._kept:
            self._kept[what] = make()
        made: Made = self._kept[what]
        return made


def angles_and_derivatives(snapshot: ModelSnapshot, z: NDArray[np.floating]) -> tuple[FloatArray, FloatArray]:
    """φ, shape (m, pixels), and its derivatives along all latent axes, shape (m, latent, pixels).

    DφᵀDφ is the Fisher–Rao metric. For few dimensions: the derivatives take latent times the memory of the images.
    """
    axes = np.eye(snapshot.config.latent, dtype=np.float32)
    logits, derivatives = logits_and_derivatives(snapshot, np.asarray(z, np.float32), axes)
    likelihood = snapshot.likelihood
    return likelihood.embedding(logits), derivatives * likelihood.slopes(logits)[:, None]


def angles_and_pull_back(
    snapshot: ModelSnapshot, z: NDArray[np.floating]
) -> tuple[FloatArray, Callable[[FloatArray], Values]]:
    """φ, shape (m, pixels), and what takes gradients by φ to gradients by z, (m, pixels) to (m, latent).

    Costs two decodings, however many dimensions there are.
    """
    weights = snapshot.weights
    layers = [f"decoder.{layer}" for layer in range(len(snapshot.config.hidden))]
    values = np.asarray(z, np.float32)
    slopes_of_layers = []
    for name in layers:
        values = values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        values, layer_slopes = activate_with_slopes(snapshot.config.activation, values)
        slopes_of_layers.append(layer_slopes)
    logits = values @ weights["logits.weight"].T + weights["logits.bias"]

    def pull_back(gradient: FloatArray) -> Values:
        back = (gradient * snapshot.likelihood.slopes(logits)) @ weights["logits.weight"]
        for name, layer_slopes in zip(reversed(layers), reversed(slopes_of_layers), strict=True):
            back = (back * layer_slopes) @ weights[f"{name}.weight"]
        gradients: Values = back.astype(np.float64)
        return gradients

    return snapshot.likelihood.embedding(logits), pull_back


def along(curve: Values, t: Values) -> Values:
    """Points of a polyline, shape (n, latent), at `t` in [0, 1], of which each piece takes the same share."""
    place = np.clip(t, 0, 1) * (len(curve) - 1)
    first = np.minimum(place.astype(np.intp), max(len(curve) - 2, 0))
    share = (place - first)[:, None]
    # Both products: a difference of the two points would not meet the second exactly.
    points: Values = (1 - share) * curve[first] + share * curve[np.minimum(first + 1, len(curve) - 1)]
    return points


def evenly(t: Values, lengths: Values, count: int) -> Values:
    """The t, shape (count,), between which equal lengths lie, from what `DecoderSpace.measured` found."""
    share = np.linspace(0, 1, count)
    total = lengths[-1]
    found: Values = np.interp(share * total, lengths, t) if total > 0 else share
    return found


def norms(vectors: NDArray[np.floating]) -> Values:
    """Lengths of vectors, shape (m, p) to (m,)."""
    found: Values = np.sqrt(np.einsum("mp,mp->m", vectors, vectors), dtype=np.float64)
    return found


def _row_bytes(snapshot: ModelSnapshot) -> int:
    return 4 * max(snapshot.config.input_size, *snapshot.config.hidden, 1)
