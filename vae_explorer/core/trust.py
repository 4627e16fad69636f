"""How far to trust the image that the decoder draws at a place of the latent space.

The decoder draws something anywhere. Whether that is an image the model knows, a blend of some, or an invention, is
told by where the data lie and by whether the encoder recognises what was drawn. All thresholds are the data's own:
nothing has to be tuned for another model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.density import AggregatePosterior, prior_log_density
from vae_explorer.core.neighbours import NearestPoints
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, Posterior

Verdict = Literal["on", "between", "off"]
Values = NDArray[np.float64]

#: What `Trust.verdict` means, for the user.
RULE = (
    "On the data: the digits lie as densely here as around at least 3 % of them, and the decoded image is encoded as "
    "close to this point as for 99 % of the digits. Off the data: less densely, farther from the nearest digit than "
    "99.9 % of the digits are from theirs, and within 1 σ of no digit. Between: all else."
)
#: Percentile of the aggregate posterior's density from which a place is dense enough to be on the data.
DENSE_PERCENTILE = 3.0
#: Quantiles of the data's own drifts, and of the distances from each digit to its nearest neighbour.
_FAITHFUL_QUANTILE = 0.99
_ISOLATED_QUANTILE = 0.999
#: So many drifts, evenly spread over the digits, are enough for their quantile.
_MOST_DRIFTS = 2000
#: Squared distances come from a sum that cancels; a digit's own mean is within 0 of itself.
_ROUNDING = 1e-6
#: Farther out than this its square would be infinite.
_FARTHEST = 1e100


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about one latent point.

    Attributes:
        prior_log_density: log N(z; 0, I), nats.
        prior_outside: share of the prior's mass that lies farther from the origin than z, in [0, 1]: |z|² follows a
            chi-squared distribution. 1 at the origin; in two dimensions 0.61 at |z| = 1, 0.14 at 2 and 0.011 at 3.
        data_log_density: log q(z) of the aggregate posterior, nats.
        data_percentile: share of the digits, 0 to 100, that have a lower density around their own means than is here.
        within_sigma: number of digits whose posterior holds z within one σ: Σ_j ((z_j − mu_j) / σ_j)² ≤ 1 with the
            digit's own mu and σ.
        nearest: row of the digit whose mean is nearest.
        distance: to that mean, latent units.
        drift: |mu(decode(z)) − z|, latent units: how far from z the encoder puts the decoded image.
        verdict: the summary, by `RULE`.
    """

    prior_log_density: float
    prior_outside: float
    data_log_density: float
    data_percentile: float
    within_sigma: int
    nearest: int
    distance: float
    drift: float
    verdict: Verdict


class TrustGauge:
    """Reads the trust at any point of one model's latent space.

    Making it measures the data's own densities, drifts and distances, which takes up to a second or two; reading then
    takes a fraction of a millisecond in two dimensions.

    Args:
        snapshot: the model.
        posterior: of the digits to compare with (the test images), by that model.
        aggregate: of the same posterior, where it is at hand.
        cancelled: asked every few milliseconds; after a yes, the gauge is not `ready`.

    Raises:
        ValueError: there are no digits.
    """

    def __init__(
        self,
        snapshot: ModelSnapshot,
        posterior: Posterior,
        aggregate: AggregatePosterior | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._aggregate = aggregate or AggregatePosterior(posterior)
        self._points = NearestPoints(posterior.mu)
        self._aggregate.prepare(cancelled)
        prior_outside(np.zeros(self._aggregate.latent))  # so that reading need not import SciPy
        sample = self._aggregate.sample
        drifts = self._drifts(posterior.mu[_spread(sample, _MOST_DRIFTS)], cancelled)
        gaps = self._points.query_others(sample, 1, cancelled)[0] if len(posterior.mu) > 1 else np.zeros(1)
        #: The largest drift of a place on the data, latent units.
        self.faithful_drift = float(np.quantile(drifts, _FAITHFUL_QUANTILE))
        #: How far from the nearest digit a place must be to be off the data, latent units.
        self.isolated_distance = float(np.quantile(gaps, _ISOLATED_QUANTILE))

    @property
    def ready(self) -> bool:
        """Whether it was made to the end; one that was cancelled must not be read."""
        return math.isfinite(self.faithful_drift) and math.isfinite(self.isolated_distance)

    def read(self, z: NDArray[np.floating], image: FloatArray | None = None) -> Trust:
        """The trust at one point.

        Args:
            z: shape (latent,).
            image: pixel means decoded at z, shape (pixels,), where they are at hand.
        """
        place = np.asarray(z, np.float64).reshape(1, -1)
        components = self._aggregate.log_components(place)[0]
        density = _log_mean_exp(components)
        percentile = self._aggregate.percentile(density)
        within = int((self._aggregate.peaks - components <= 0.5 + _ROUNDING).sum())
        distances, rows = self._points.query(place)
        distance = float(distances[0, 0])
        drift = self._drift(place, image)
        return Trust(
            prior_log_density=float(prior_log_density(place)[0]),
            prior_outside=prior_outside(place[0]),
            data_log_density=density,
            data_percentile=percentile,
            within_sigma=within,
            nearest=int(rows[0, 0]),
            distance=distance,
            drift=drift,
            verdict=self._judge(percentile, within, distance, drift),
        )

    def _judge(self, percentile: float, within: int, distance: float, drift: float) -> Verdict:
        if percentile >= DENSE_PERCENTILE:
            return "on" if drift <= self.faithful_drift else "between"
        return "off" if within == 0 and distance > self.isolated_distance else "between"

    def _drift(self, place: Values, image: FloatArray | None) -> float:
        decoded = self._snapshot.decode(place) if image is None else image.reshape(1, -1)
        return float(np.linalg.norm(self._snapshot.encode(decoded).mu[0] - place[0]))

    def _drifts(self, mu: FloatArray, cancelled: Callable[[], bool] | None) -> Values:
        drifts = np.full(len(mu), np.nan)
        for rows in row_blocks(len(mu), 4 * self._snapshot.config.input_size, cancelled, LAYER_BLOCK_BYTES):
            again = self._snapshot.encode(self._snapshot.decode(mu[rows])).mu
            drifts[rows] = np.linalg.norm(again - mu[rows], axis=1)
        return drifts


def _spread(rows: NDArray[np.integer], most: int) -> NDArray[np.integer]:
    """At most so many of these rows, evenly spread."""
    return rows[:: -(-len(rows) // most)] if len(rows) else rows


def prior_outside(z: Values) -> float:
    """Share of the mass of N(0, I) farther from the origin than `z`, shape (latent,), in [0, 1]."""
    near = np.clip(z, -_FARTHEST, _FARTHEST)
    square = float(near @ near)
    if len(z) == 2:
        return math.exp(-square / 2)
    # SciPy takes a third of a second to import: the plane, where most models live, has a formula of its own.
    from scipy.special import gammaincc

    return float(gammaincc(len(z) / 2, square / 2))


def _log_mean_exp(values: Values) -> float:
    highest = values.max()
    # Terms below e^−700 of the largest add nothing, and are slow to compute.
    total = np.exp(np.maximum(values - highest, -700)).sum()
    return float(highest + math.log(total) - math.log(len(values)))
