"""How much of the prior and of the data lies at a place of the latent space, in nats.

The decoder turns any point into an image, also where no image was ever encoded. These densities say where that is:
the prior N(0, I) is what the model was asked to fill, the aggregate posterior q(z) = 1/N Σ_i q(z|x_i) what it filled.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import block_rows, product_block_bytes, row_blocks
from vae_explorer.core.snapshot import FloatArray, Posterior

Values = NDArray[np.float64]

_LOG_2PI = math.log(2 * math.pi)
#: A σ below 1e-6 counts as 1e-6: a narrower peak is no place of the map, and its precision would swamp a float64.
_LEAST_LOGVAR = 2 * math.log(1e-6)
#: The precision of a wider one would be 0, and its logarithm infinite.
_MOST_LOGVAR = 600.0
#: Farther out than this its square would be infinite.
_FARTHEST = 1e100
#: A second of work: so many pairs of a mean and a posterior are evaluated to learn how dense the data lie.
_PAIRS = 10**8
_LEAST_ROWS = 500
#: Factors of the separable sum are at least e^−345 = 1e-150, so that no product of two is denormal (very slow).
_LEAST_FACTOR = -345.0
#: Below 1e-140 a sum of up to a million such factors would be wrong by more than 1e-4 nats.
_LEAST_SUM = 1e-140


def prior_log_density(z: NDArray[np.floating]) -> Values:
    """log N(z; 0, I), nats, shape (m,), for `z` of shape (m, latent)."""
    place = np.clip(np.asarray(z, np.float64), -_FARTHEST, _FARTHEST)
    density: Values = -0.5 * (np.einsum("md,md->m", place, place) + place.shape[1] * _LOG_2PI)
    return density


class AggregatePosterior:
    """q(z) = 1/N Σ_i N(z; mu_i, diag exp(logvar_i)), the mixture of the posteriors of N images.

    Exact: every image counts at every place. Exponents are computed in float64 by one matrix product of [z², z, 1]
    about the middle of the data; with σ down to 1e-3 the error is below 1e-4 nats, or 1e-12 of the value if that is
    more. Keeps 16 bytes for each coordinate of the posteriors.

    Args:
        posterior: of the images; a σ below 1e-6 counts as 1e-6.

    Raises:
        ValueError: there are no images.
    """

    def __init__(self, posterior: Posterior) -> None:
        if not len(posterior.mu):
            raise ValueError("an aggregate posterior needs at least one image")
        self._mu = posterior.mu
        self._logvar = posterior.logvar
        self._centre: Values = posterior.mu.mean(0, dtype=np.float64)
        precision = self._precision(slice(None))
        mu = self._mu - self._centre
        #: log N(mu_i; mu_i, σ_i), shape (N,).
        self.peaks: Values = 0.5 * np.log(precision).sum(1) - 0.5 * self.latent * _LOG_2PI
        constant = self.peaks - 0.5 * np.einsum("nd,nd,nd->n", mu, mu, precision)
        parts = (-0.5 * precision, mu * precision, constant[:, None])
        self._coefficients = np.ascontiguousarray(np.concatenate(parts, 1).T)
        self._at_means: Values | None = None

    @property
    def count(self) -> int:
        """N, the number of images."""
        return len(self._mu)

    @property
    def latent(self) -> int:
        """Latent dimensions."""
        return int(self._mu.shape[1])

    def log_components(self, z: NDArray[np.floating]) -> Values:
        """log N(z; mu_i, σ_i) of each image i by itself, nats, shape (m, N), for `z` of shape (m, latent).

        For few places at a time: 10,000 images take 80 kB for each.
        """
        components: Values = self._features(z) @ self._coefficients
        return components

    def log_density(self, z: NDArray[np.floating], cancelled: Callable[[], bool] | None = None) -> Values:
        """log q(z), nats, shape (m,), for `z` of shape (m, latent).

        Args:
            z: the places.
            cancelled: asked every few milliseconds; after a yes, the places that were not reached are NaN.
        """
        density = _log_sums(len(z), lambda rows: self._features(z[rows]), self._coefficients, cancelled)
        density -= math.log(self.count)
        return density

    def on_grid(
        self,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        base: NDArray[np.floating] | None = None,
        axes: NDArray[np.floating] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Values:
        """log q at the places base + x·axes[0] + y·axes[1], nats, shape (gy, gx).

        Where the two axes share no latent coordinate (the plane of two latent dimensions), each component is a product
        of a function of x and one of y, so that the sum over all images is one matrix product: milliseconds. Then
        values are at least the largest that any component could have, less 322 nats (a factor of 1e-140): what is
        lower is set to that. On any other plane the sum is taken place by place, as by `log_density`, but at a cost
        that does not depend on the latent size.

        Args:
            x: coordinates of the columns, shape (gx,).
            y: coordinates of the rows, shape (gy,).
            base: the latent point at (0, 0), shape (latent,); the origin without it. `Projection.lift` of (0, 0).
            axes: two directions, shape (2, latent), as in a `Projection`: the second is zero for one dimension, and
                the rows are then equal. May be left out for one or two dimensions.
            cancelled: as for `log_density`.

        Raises:
            ValueError: more than two dimensions, and no axes.
        """
        if axes is None and self.latent > 2:
            raise ValueError("a grid in more than two dimensions needs axes")
        a, b = np.eye(2, self.latent) if axes is None else np.asarray(axes, np.float64)
        origin = np.zeros(self.latent) if base is None else np.asarray(base, np.float64)
        columns, lines = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if (a * b).any():
            return self._on_plane(columns, lines, origin, a, b, cancelled)
        return self._on_separable_plane(columns, lines, origin, a, b)

    @property
    def at_means(self) -> Values:
        """log q at the images' own means, sorted, nats; each mean without its own image's component.

        Its own component is left out because a new image has none: so the figures are those that new images of the
        same kind get, in any number of dimensions. (A single image has nothing but its own, which then counts.)
        Computed when first asked for, or by `prepare`. Beyond 10,000 images, or some ten dimensions, an evenly spaced
        subset of the means stands for all (`sample`); the density itself always counts every image.
        """
        if self._at_means is None:
            self._at_means = self._measure(None)
        return self._at_means

    @property
    def sample(self) -> NDArray[np.intp]:
        """The rows of the images whose means `at_means` looks at, ascending."""
        affordable = int(_PAIRS / self.count / (1 + self.latent / 64))
        rows = min(self.count, max(_LEAST_ROWS, affordable))
        return np.linspace(0, self.count - 1, rows).astype(np.intp)

    def prepare(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Compute `at_means` now (up to about a second), so that `percentile` takes no time; unless cancelled."""
        if self._at_means is None:
            measured = self._measure(cancelled)
            if not np.isnan(measured).any():
                self._at_means = measured

    def percentile(self, log_density: float) -> float:
        """Share of the images, 0 to 100, whose own means have a lower density than `log_density` (nats)."""
        at_means = self.at_means
        return 100.0 * int(np.searchsorted(at_means, log_density)) / len(at_means)

    def _precision(self, rows: slice) -> Values:
        """1/σ² of some images, shape (n, latent)."""
        precision: Values = np.exp(
            -np.clip(self._logvar[rows].astype(np.float64), _LEAST_LOGVAR, _MOST_LOGVAR)
        )
        return precision

    def _measure(self, cancelled: Callable[[], bool] | None) -> Values:
        sample = self.sample
        density = _log_sums(
            len(sample),
            lambda rows: self._features(self._mu[sample[rows]]),
            self._coefficients,
            cancelled,
            sample if self.count > 1 else None,
        )
        density -= math.log(max(1, self.count - 1))
        return np.sort(density)

    def _features(self, z: NDArray[np.floating]) -> Values:
        place = np.clip(np.asarray(z, np.float64) - self._centre, -_FARTHEST, _FARTHEST)
        return np.concatenate((place * place, place, np.ones((len(place), 1))), 1)

    def _on_plane(
        self,
        x: Values,
        y: Values,
        base: Values,
        a: Values,
        b: Values,
        cancelled: Callable[[], bool] | None,
    ) -> Values:
        coefficients = np.empty((6, self.count))
        for rows in row_blocks(self.count, 8 * self.latent):
            coefficients[:, rows] = self._plane_coefficients(rows, base, a, b)
        across, up = (grid.ravel() for grid in np.meshgrid(x, y))

        def features(rows: slice) -> Values:
            u, v = across[rows], up[rows]
            return np.stack((u * u, u * v, v * v, u, v, np.ones_like(u)), 1)

        density = _log_sums(len(up), features, coefficients, cancelled)
        density -= math.log(self.count)
        return density.reshape(len(y), len(x))

    def _plane_coefficients(self, rows: slice, base: Values, a: Values, b: Values) -> Values:
        """Of x², xy, y², x, y and 1 in the exponents of some components, shape (6, n)."""
        precision = self._precision(rows)
        offset = base - self._mu[rows]
        pull = precision * offset
        constant = self.peaks[rows] - 0.5 * np.einsum("nd,nd->n", pull, offset)
        square = (-0.5 * precision @ a**2, -precision @ (a * b), -0.5 * precision @ b**2)
        return np.stack((*square, -pull @ a, -pull @ b, constant))

    def _on_separable_plane(self, x: Values, y: Values, base: Values, a: Values, b: Values) -> Values:
        """exp(−½A_i(x − x_i)²) · exp(−½B_i(y − y_i)²) · w_i, summed over the images i."""
        parts = [self._separated(rows, base, a, b) for rows in row_blocks(self.count, 8 * self.latent)]
        (across, middle_x), (up, middle_y), weights = (
            np.concatenate(part, -1) for part in zip(*parts, strict=True)
        )
        highest = weights.max()
        columns = _factors(x, across, middle_x, weights - highest)
        lines = _factors(y, up, middle_y, np.zeros(1))
        total = np.maximum(lines @ columns.T, _LEAST_SUM)
        density: Values = np.log(total) + (highest - math.log(self.count))
        return density

    def _separated(self, rows: slice, base: Values, a: Values, b: Values) -> tuple[Values, Values, Values]:
        """Precision and middle along each axis, twice (2, n), and the logarithm of the peak on the plane, (n,)."""
        precision = self._precision(rows)
        offset = base - self._mu[rows]
        along = [_middle(precision, offset, axis) for axis in (a, b)]
        for (_, middle), axis in zip(along, (a, b), strict=True):
            offset += middle[:, None] * axis
        weights = self.peaks[rows] - 0.5 * np.einsum("nd,nd,nd->n", offset, offset, precision)
        return along[0], along[1], weights


def _middle(precision: Values, offset: Values, axis: Values) -> Values:
    """Precision along `axis`, and where on it each component is highest; shape (2, n)."""
    along = precision @ axis**2
    pull = (precision * offset) @ axis
    return np.stack((along, -np.divide(pull, along, out=np.zeros_like(pull), where=along > 0)))


def _factors(places: Values, precision: Values, middle: Values, weights: Values) -> Values:
    """exp(weight − ½ precision·(place − middle)²), shape (places, n)."""
    distance = np.clip(places, -_FARTHEST, _FARTHEST)[:, None] - middle
    exponent = weights - 0.5 * precision * distance * distance
    factors: Values = np.exp(np.maximum(exponent, _LEAST_FACTOR))
    return factors


def _log_sums(
    count: int,
    features: Callable[[slice], Values],
    coefficients: Values,
    cancelled: Callable[[], bool] | None,
    without: NDArray[np.intp] | None = None,
) -> Values:
    """log Σ_n exp(features @ coefficients) for `count` places, shape (count,); NaN for those not reached.

    The working memory is taken once: to get and give back megabytes for each block can cost ten times the sum itself.

    Args:
        count: how many places.
        features: those of some places, shape (m, k).
        coefficients: shape (k, n).
        cancelled: asked before each block.
        without: for each place, the column that is left out of its sum.
    """
    sums = np.full(count, np.nan)
    row_bytes, block_bytes = 8 * coefficients.shape[1], product_block_bytes(len(coefficients))
    most = min(count, block_rows(row_bytes, block_bytes))
    exponents = np.empty((most, coefficients.shape[1]))
    scratch = np.empty(exponents.shape, np.float32)
    for rows in row_blocks(count, row_bytes, cancelled, block_bytes):
        size = rows.stop - rows.start
        block = np.matmul(features(rows), coefficients, out=exponents[:size])
        if without is not None:
            block[np.arange(size), without[rows]] = -np.inf
        sums[rows] = _log_sum_exp(block, scratch[:size])
    return sums


def _log_sum_exp(exponents: Values, scratch: FloatArray) -> Values:
    """log Σ_n exp(exponents), shape (m,), for `exponents` of shape (m, n), which are overwritten.

    What is summed is at most 1 and at least one of it is 1, so that float32 does for the sum (error 1e-6 nats); unlike
    float64 it is not slowed down by results too small for it.
    """
    highest: Values = exponents.max(1)
    exponents -= highest[:, None]
    with np.errstate(over="ignore"):  # what is too low for a float32 becomes −inf, and adds nothing
        scratch[...] = exponents
    total = np.exp(scratch, out=scratch).sum(1)
    sums: Values = highest + np.log(total.astype(np.float64))
    return sums
