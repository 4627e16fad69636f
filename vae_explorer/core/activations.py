"""What stands between the linear layers, in NumPy: values and slopes of the activations.

As PyTorch computes them, to float32's precision, so that the window shows what was trained. None overflows, and where
a unit is far off to one side its value and slope are exactly what they tend to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import Activation

FloatArray = NDArray[np.float32]
#: Values and slopes; those of ReLU, which are 0 or 1, are booleans.
WithSlopes = tuple[FloatArray, NDArray[Any]]

#: Beyond this, e^−|x| is 0 to a float32, and SiLU and GELU are 0 or x.
_FAR = np.float32(128)


def activate(name: Activation, values: FloatArray) -> FloatArray:
    """The activation of each value, same shape; `values` may be overwritten."""
    return _VALUES[name](values)


def activate_with_slopes(name: Activation, values: FloatArray) -> WithSlopes:
    """The same, and the derivative there; `values` may be overwritten.

    ReLU has no derivative at 0; it is taken as 0, as PyTorch does.
    """
    return _WITH_SLOPES[name](values)


def _relu(values: FloatArray) -> FloatArray:
    return np.maximum(values, 0, out=values)


def _relu_with_slopes(values: FloatArray) -> WithSlopes:
    passes = values > 0
    return _relu(values), passes


def _tanh(values: FloatArray) -> FloatArray:
    return np.tanh(values, out=values)


def _tanh_with_slopes(values: FloatArray) -> WithSlopes:
    activated = _tanh(values)
    return activated, 1 - activated * activated


def _silu(values: FloatArray) -> FloatArray:
    return _gated(values, _logistic_tail(values))


def _silu_with_slopes(values: FloatArray) -> WithSlopes:
    """x·s(x), and s + x·s·(1 − s), with the logistic function s."""
    tail = _logistic_tail(values)
    slopes = _gate(values, tail) + np.clip(values, -_FAR, _FAR) * tail * (1 - tail)
    return _gated(values, tail), slopes


def _gelu(values: FloatArray) -> FloatArray:
    return _gated(values, _normal_tail(values)[0])


def _gelu_with_slopes(values: FloatArray) -> WithSlopes:
    """x·Φ(x), and Φ + x·φ, with distribution Φ and density φ of the standard normal (Hendrycks & Gimpel 2016)."""
    tail, bell = _normal_tail(values)
    bell *= np.float32(1 / math.sqrt(2 * math.pi))
    slopes = _gate(values, tail) + np.clip(values, -_FAR, _FAR) * bell
    return _gated(values, tail), slopes


def _gated(values: FloatArray, tail: FloatArray) -> FloatArray:
    """x·G(x) for a symmetric distribution with G(−|x|) = tail: max(x, 0) − |x|·tail, which does not cancel."""
    size = np.minimum(np.abs(values), _FAR)
    gated: FloatArray = np.maximum(values, 0) - size * tail
    return gated


def _gate(values: FloatArray, tail: FloatArray) -> FloatArray:
    """G(x) itself."""
    gate: FloatArray = np.where(values > 0, 1 - tail, tail)
    return gate


def _logistic_tail(values: FloatArray) -> FloatArray:
    """1 / (1 + e^|x|)."""
    odds = np.exp(-np.minimum(np.abs(values), _FAR))
    tail: FloatArray = odds / (1 + odds)
    return tail


def _normal_tail(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Φ(−|x|) and e^(−x²/2). The former by Abramowitz & Stegun 7.1.26, to 1e-7; SciPy's takes 50 times as long."""
    size = np.minimum(np.abs(values), _FAR)
    bell: FloatArray = np.exp(np.float32(-0.5) * size * size)
    t = 1 / (1 + np.float32(0.3275911 / math.sqrt(2)) * size)
    tail: FloatArray = np.full_like(t, 0.5 * 1.061405429, np.float32)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(0.5 * coefficient)
    tail *= t * bell
    return tail, bell


_VALUES: dict[Activation, Callable[[FloatArray], FloatArray]] = {
    "relu": _relu,
    "silu": _silu,
    "gelu": _gelu,
    "tanh": _tanh,
}
_WITH_SLOPES: dict[Activation, Callable[[FloatArray], WithSlopes]] = {
    "relu": _relu_with_slopes,
    "silu": _silu_with_slopes,
    "gelu": _gelu_with_slopes,
    "tanh": _tanh_with_slopes,
}
