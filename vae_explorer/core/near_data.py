"""What it costs a path to leave the data.

Off the data the decoded image hardly changes, so that a shortest path escapes there, and shows blots in place of
digits. A factor on every length that grows where the digits are sparse keeps it among them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, DecoderSpace, check
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.neighbours import NearestPoints
from vae_explorer.core.snapshot import Posterior

Values = NDArray[np.float64]

#: Digits that stand for all: the density is a smooth one, and each step along a path asks all of them.
_MOST_DIGITS = 2000
#: So many of the digits have a neighbour within the width of the density's kernels.
_CONNECTED = 0.99
#: Percentile of the density that is one unit of emptiness below its median.
_SPARSE = 3.0
#: Emptiness at which its rise goes over from none to even.
_SOFTNESS = 0.25
#: Farther out the square of a distance counts for no path, and would be infinite.
_FARTHEST = 1e100


class Emptiness:
    """How far below the usual the density of the data is, on a scale that the data set.

    The density is the aggregate posterior, each of its kernels widened so that the digits' own neighbours are within
    it: by itself it is made of separate peaks, between which a path would jump. Emptiness is about 0 where the density
    is the median of those at the digits, 1 where it is that of the sparsest 3 %, and goes on rising evenly with
    the logarithm of the density.

    Args:
        posterior: of the digits.
        cancelled: asked every few milliseconds.

    Raises:
        CancelledError: `cancelled` said so.
    """

    def __init__(self, posterior: Posterior, cancelled: Cancelled = None) -> None:
        rows = np.linspace(0, len(posterior.mu) - 1, min(len(posterior.mu), _MOST_DIGITS)).astype(np.intp)
        mu = posterior.mu[rows]
        width = _width(mu, cancelled)
        variance = np.exp(np.clip(posterior.logvar[rows].astype(np.float64), -30, 30)) + width**2
        self._mixture = AggregatePosterior(Posterior(mu, np.log(variance).astype(np.float32)))
        self._precision = 1 / variance
        self._pull = mu * self._precision
        self._mixture.prepare(cancelled)
        check(cancelled)
        at_means = self._mixture.at_means
        self._usual = float(np.median(at_means))
        self._unit = max(self._usual - float(np.percentile(at_means, _SPARSE)), 1e-6)

    def at(self, z: NDArray[np.floating]) -> Values:
        """Emptiness, shape (m,), for `z` of shape (m, latent)."""
        return self._softly(self._mixture.log_density(_within(z)))[0]

    def on_grid(self, x: Values, y: Values) -> Values:
        """The same at the nodes of a grid in two dimensions, shape (gy, gx); milliseconds."""
        return self._softly(self._mixture.on_grid(x, y))[0]

    def with_gradient(self, z: NDArray[np.floating]) -> tuple[Values, Values]:
        """Emptiness, shape (m,), and its gradient, shape (m, latent)."""
        place = _within(z)
        components = self._mixture.log_components(place)
        highest = components.max(1, keepdims=True)
        shares = np.exp(np.maximum(components - highest, -700))
        total = shares.sum(1, keepdims=True)
        shares /= total
        log_density = (highest + np.log(total / self._mixture.count))[:, 0]
        slope = shares @ self._pull - place * (shares @ self._precision)
        emptiness, rise = self._softly(log_density)
        return emptiness, rise[:, None] * slope

    def _softly(self, log_density: Values) -> tuple[Values, Values]:
        """Softplus of the nats that are missing, in units, and its derivative by the log-density."""
        missing = (self._usual - log_density) / (self._unit * _SOFTNESS)
        emptiness: Values = np.logaddexp(0, missing) * _SOFTNESS
        rise: Values = -0.5 * (1 + np.tanh(missing / 2)) / self._unit
        return emptiness, rise


class NearData:
    """The factor 1 + strength · emptiness on all lengths.

    Args:
        emptiness: of the data.
        strength: how strongly paths are kept near them, at least 0.
    """

    def __init__(self, emptiness: Emptiness, strength: float) -> None:
        self.emptiness = emptiness
        self.strength = strength

    def factors(self, z: NDArray[np.floating]) -> Values:
        """At least 1, shape (m,), for `z` of shape (m, latent)."""
        return 1 + self.strength * self.emptiness.at(z)

    def with_gradient(self, z: NDArray[np.floating]) -> tuple[Values, Values]:
        """Factors, shape (m,), and their gradients, shape (m, latent)."""
        emptiness, gradient = self.emptiness.with_gradient(z)
        return 1 + self.strength * emptiness, self.strength * gradient


def near_data_of(space: DecoderSpace, strength: float, cancelled: Cancelled = None) -> NearData | None:
    """The factor for paths of a space; None where it would be 1 everywhere.

    Raises:
        CancelledError: `cancelled` said so.
    """
    if strength <= 0:
        return None
    return NearData(space.kept("emptiness", lambda: Emptiness(space.posterior, cancelled)), strength)


def _width(mu: NDArray[np.floating], cancelled: Cancelled) -> float:
    """Standard deviation along each axis such that nearly all digits have another within it."""
    if len(mu) < 2:
        return 1.0
    gaps = NearestPoints(mu).query_others(np.arange(len(mu)), 1, cancelled)[0]
    check(cancelled)
    return max(float(np.quantile(gaps, _CONNECTED)) / float(np.sqrt(mu.shape[1])), 1e-3)


def _within(z: NDArray[np.floating]) -> Values:
    place: Values = np.clip(np.asarray(z, np.float64), -_FARTHEST, _FARTHEST)
    return place
