"""Fits of a direction to latent points, and the scores of a fit: plain arrays in, plain arrays out.

Which digits are fitted and which are kept to judge the fit is decided by `core.directions`; nothing here may know.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import Cancelled, check

Values = NDArray[np.float64]

#: Strengths of the ridge that are tried, as shares of the largest eigenvalue of XᵀX.
_STRENGTHS = np.logspace(-7, 1, 17)
#: Added to the within-class covariance as a share of its mean variance, so that it can be inverted whatever the data.
_LEAST_SHRINKAGE = 1e-6


def mean_difference(a: Values, b: Values) -> Values:
    """From the mean of points `a`, shape (n, latent), to that of `b`: shape (latent,)."""
    difference: Values = b.mean(0) - a.mean(0)
    return difference


def discriminant(a: Values, b: Values, cancelled: Cancelled = None) -> Values:
    """Fisher's linear discriminant Σ⁻¹Δμ from points `a`, shape (n, latent), towards `b`: shape (latent,).

    Σ is the covariance within the groups, shrunk towards a sphere as far as Ledoit and Wolf (2004, "A well-conditioned
    estimator for large-dimensional covariance matrices") find best: with few points in many dimensions it would be
    singular. Where the points do not vary within the groups, it is the difference of the means.

    Raises:
        CancelledError: `cancelled` said so.
    """
    within = np.concatenate([a - a.mean(0), b - b.mean(0)])
    covariance = shrunk_covariance(within)
    difference = mean_difference(a, b)
    if not np.trace(covariance) > 0:
        return difference
    check(cancelled)
    return np.asarray(np.linalg.solve(covariance, difference), np.float64)


def shrunk_covariance(centred: Values) -> Values:
    """Covariance of centred points, shape (n, latent), by Ledoit and Wolf's shrinkage: shape (latent, latent)."""
    n, latent = centred.shape
    sample: Values = centred.T @ centred / n
    sphere = np.trace(sample) / latent * np.eye(latent)
    spread = np.square(sample - sphere).sum()
    noise = (np.square(np.square(centred).sum(1)).sum() / n - np.square(sample).sum()) / n
    share = min(max(noise, 0.0) / spread, 1.0) if spread > 0 else 0.0
    share = max(share, _LEAST_SHRINKAGE)
    shrunk: Values = share * sphere + (1 - share) * sample
    return shrunk


def ridge(points: Values, target: Values, cancelled: Cancelled = None) -> Values:
    """Weights of the ridge regression of `target`, shape (n,), on `points`, shape (n, latent).

    The strength is the one with the least squared error in leave-one-out cross-validation, which has a closed form: the
    residual of a point that was left out is e_i / (1 − h_ii) (Hastie, Tibshirani and Friedman 2009, section 7.10). The
    intercept is not shrunk.

    Returns:
        Shape (latent,); zeros where the target does not follow the points at all.

    Raises:
        CancelledError: `cancelled` said so.
    """
    x, y = points - points.mean(0), target - target.mean()
    products = x.T @ x
    check(cancelled)
    squares, axes = np.linalg.eigh(products)
    check(cancelled)
    squares = np.maximum(squares, 0)
    if not squares[-1] > 0:
        return np.zeros(points.shape[1])
    scores = x @ axes
    inverses = 1 / (squares + squares[-1] * _STRENGTHS[:, None])
    weights = inverses * (scores.T @ y)
    leverage = 1 / len(y) + np.square(scores) @ inverses.T
    residuals = (y[:, None] - scores @ weights.T) / np.maximum(1 - leverage, np.finfo(float).eps)
    best = int(np.square(residuals).sum(0).argmin())
    return np.asarray(axes @ weights[best], np.float64)


def line_r2(along: Values, target: Values, held_along: Values, held_target: Values) -> float:
    """R² on held-out points of the line fitted to others: 1 − Σ(y − ŷ)² / Σ(y − ȳ)², at most 1, negative if useless.

    Args:
        along: places on the direction to fit the line to, shape (n,).
        target: what is to be told from them, shape (n,).
        held_along: places to judge it by, shape (m,).
        held_target: their targets, shape (m,), not all the same.
    """
    x, y = along - along.mean(), target - target.mean()
    variance = float(x @ x)
    slope = float(x @ y) / variance if variance > 0 else 0.0
    predicted = target.mean() + slope * (held_along - along.mean())
    total = np.square(held_target - held_target.mean()).sum()
    return 1 - float(np.square(held_target - predicted).sum() / total)


def separation(a: Values, b: Values) -> float:
    """Area under the ROC curve: how likely a value of `b` is larger than one of `a`, ties by half; in [0, 1].

    0.5 is chance, 1 perfect. From the rank sum (Mann and Whitney 1947).

    Args:
        a: shape (n,), n ≥ 1.
        b: shape (m,), m ≥ 1.
    """
    ordered = np.sort(a)
    below = np.searchsorted(ordered, b, "left") + np.searchsorted(ordered, b, "right")
    return float(below.sum() / (2 * len(a) * len(b)))
