"""Pulls a curve tight in decoder space, its ends held.

A geodesic has the least energy Σ |φ(z_{i+1}) − φ(z_i)|² of all curves in n pieces between its ends (and then pieces of
the same length). The residuals are known with their exact derivatives, so a few steps of Levenberg–Marquardt do what
takes hundreds of gradient descent. In many dimensions the derivatives would be too many, and a quasi-Newton method
takes over, in coordinates in which a plain space would need but one step.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.decoder_space import (
    Cancelled,
    DecoderSpace,
    Values,
    angles_and_derivatives,
    angles_and_pull_back,
    check,
)
from vae_explorer.core.snapshot import FloatArray

#: Up to so many latent dimensions all derivatives are computed.
_FEW_DIMENSIONS = 6
#: Steps at most, of either method.
_MOST_STEPS = 16
_MOST_QUASI_STEPS = 80
#: Less would be lost in the rounding of the derivatives.
_LEAST_DAMPING = 1e-7
#: A step that lowers the energy by less than this share is the last.
_ENOUGH = 1e-3


class Factor(Protocol):
    """What lengths are multiplied with, by place."""

    def with_gradient(self, z: NDArray[np.floating]) -> tuple[Values, Values]:
        """Factors, shape (m,), and their gradients, shape (m, latent)."""


def tightened(
    space: DecoderSpace, curve: Values, factor: Factor | None, cancelled: Cancelled = None
) -> Values:
    """A curve of the same ends and as many points with less energy, shape (n + 1, latent).

    Args:
        space: whose φ.
        curve: where to start, shape (n + 1, latent), n ≥ 2.
        factor: on all lengths; None for 1.
        cancelled: asked before each evaluation, some milliseconds in two dimensions.

    Raises:
        CancelledError: `cancelled` said so.
    """
    tight = _by_least_squares if space.latent <= _FEW_DIMENSIONS else _by_quasi_newton
    return tight(space, curve, factor, cancelled)


# Few dimensions: Levenberg–Marquardt


def _by_least_squares(
    space: DecoderSpace, curve: Values, factor: Factor | None, cancelled: Cancelled
) -> Values:
    best, system = curve, _System(space, curve, factor, cancelled)
    damping, small_gains = 1e-2, 0
    for _ in range(_MOST_STEPS):
        step = system.step(damping)
        if step is None:
            damping *= 100
            continue
        trial = best.copy()
        trial[1:-1] += step
        tried = _System(space, trial, factor, cancelled)
        gain = system.energy - tried.energy
        if gain > 0:
            small_gains = small_gains + 1 if gain < _ENOUGH * system.energy else 0
            best, system, damping = trial, tried, max(damping / 5, _LEAST_DAMPING)
        else:
            damping *= 6
        # One small gain may be that of a step that was too careful.
        if small_gains == 2 or damping > 1e6:
            break
    return best


class _System:
    """Energy of a curve, and the normal equations of its residuals: block-tridiagonal, kept as bands."""

    def __init__(
        self, space: DecoderSpace, curve: Values, factor: Factor | None, cancelled: Cancelled
    ) -> None:
        check(cancelled)
        phi, derivatives = angles_and_derivatives(space.snapshot, curve)
        steps = np.diff(phi, axis=0)
        starts, ends = -derivatives[:-1], derivatives[1:]
        if factor is not None:
            steps, starts, ends = _with_factor(factor, curve, steps, starts, ends)
        self.energy = float(np.einsum("np,np->", steps, steps, dtype=np.float64))
        # Residual i depends on the points i (by `starts`) and i + 1 (by `ends`); the first and the last are held.
        diagonal = _products(ends[:-1], ends[:-1]) + _products(starts[1:], starts[1:])
        beside = _products(starts[1:-1], ends[1:-1])
        gradient = np.einsum("ndp,np->nd", ends[:-1], steps[:-1]) + np.einsum(
            "ndp,np->nd", starts[1:], steps[1:]
        )
        self._bands = _bands(diagonal, beside)
        self._gradient = gradient.astype(np.float64)

    def step(self, damping: float) -> Values | None:
        """Where the points between the ends should move, shape (n − 1, latent); None: it takes more damping."""
        from scipy.linalg import LinAlgError, solveh_banded

        bands = self._bands.copy()
        # Relative, with a rest where the image does not change at all and any place is as good.
        bands[-1] += damping * bands[-1] + _LEAST_DAMPING * max(float(bands[-1].max()), 1e-30)
        try:
            moved: Values = solveh_banded(bands, -self._gradient.ravel(), check_finite=False)
        except LinAlgError:
            return None
        return moved.reshape(self._gradient.shape)


def _with_factor(
    factor: Factor,
    curve: Values,
    steps: FloatArray,
    starts: FloatArray,
    ends: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Residuals and derivatives times the mean factor of both ends of each piece, which also depends on them."""
    factors, gradients = factor.with_gradient(curve)
    mean: FloatArray = ((factors[:-1] + factors[1:]) / 2).astype(np.float32)[:, None]
    rise: FloatArray = (gradients / 2).astype(np.float32)[:, :, None]
    starts = starts * mean[:, None] + rise[:-1] * steps[:, None]
    ends = ends * mean[:, None] + rise[1:] * steps[:, None]
    return steps * mean, starts, ends


def _products(first: FloatArray, second: FloatArray) -> Values:
    """Of derivatives, shape (n, latent, pixels) each, to (n, latent, latent)."""
    products: Values = np.matmul(first, second.transpose(0, 2, 1)).astype(np.float64)
    return products


def _bands(diagonal: Values, beside: Values) -> Values:
    """Upper bands, as `scipy.linalg.solveh_banded` takes them, of symmetric blocks and those to their right."""
    count, d = diagonal.shape[:2]
    bands = np.zeros((2 * d, count * d))
    for i in range(d):
        for j in range(i, d):
            bands[2 * d - 1 + i - j, j::d] = diagonal[:, i, j]
        for j in range(d):
            bands[d - 1 + i - j, d + j :: d] = beside[:, i, j]
    return bands


# Many dimensions: L-BFGS


def _by_quasi_newton(
    space: DecoderSpace, curve: Values, factor: Factor | None, cancelled: Cancelled
) -> Values:
    from scipy.optimize import minimize

    line = np.linspace(0, 1, len(curve))[:, None]
    straight = curve[0] * (1 - line) + curve[-1] * line
    modes = _modes(len(curve) - 1)
    shape = (modes.shape[1], space.latent)

    def energy(coordinates: Values) -> tuple[float, Values]:
        check(cancelled)
        value, gradient = _energy(space, straight + modes @ coordinates.reshape(shape), factor)
        return value, (modes.T @ gradient).ravel()

    # The modes are orthogonal.
    begin = modes.T @ (curve - straight) / np.square(modes).sum(0)[:, None]
    found = minimize(
        energy,
        begin.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MOST_QUASI_STEPS, "ftol": _ENOUGH / 100},
    )
    tight: Values = straight + modes @ found.x.reshape(shape)
    return tight


def _modes(pieces: int) -> Values:
    """Sines that vanish at both ends, each with the same energy; shape (pieces + 1, pieces − 1)."""
    frequency = np.arange(1, pieces)
    angle = np.pi * np.arange(pieces + 1)[:, None] * frequency / pieces
    modes: Values = np.sin(angle) / (2 * np.sin(np.pi * frequency / (2 * pieces)))
    modes[-1] = 0
    return modes


def _energy(space: DecoderSpace, curve: Values, factor: Factor | None) -> tuple[float, Values]:
    """The energy and its gradient, shape (n + 1, latent)."""
    phi, pull_back = angles_and_pull_back(space.snapshot, curve)
    steps = np.diff(phi, axis=0)
    squares = np.einsum("np,np->n", steps, steps, dtype=np.float64)
    mean = np.ones(len(steps))
    bend = np.zeros_like(curve)
    if factor is not None:
        factors, gradients = factor.with_gradient(curve)
        mean = (factors[:-1] + factors[1:]) / 2
        shares = mean * squares
        bend[:-1] += shares[:, None] * gradients[:-1]
        bend[1:] += shares[:, None] * gradients[1:]
    pulls = (2 * mean * mean)[:, None].astype(np.float32) * steps
    gradient = -np.diff(pulls, axis=0, prepend=0, append=0)
    return float(mean * mean @ squares), pull_back(gradient) + bend
