"""The activations in PyTorch: as autograd knows them, and as two halves of a training step that is written by hand.

Each half goes over memory as seldom as it can, and neither makes a graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.config import Activation

#: PyTorch's own derivatives, in one pass and in place.
_SILU_BACKWARD = torch.ops.aten.silu_backward.grad_input
_GELU_BACKWARD = torch.ops.aten.gelu_backward.grad_input
_TANH_BACKWARD = torch.ops.aten.tanh_backward.grad_input


@dataclass(frozen=True, slots=True)
class TorchActivation:
    """One activation.

    Attributes:
        value: of any tensor, differentiable by autograd.
        forward: from values, which it may overwrite, and a type: the activated values in that type, and what `backward`
            needs of them. The two may be one tensor.
        backward: multiplies a gradient, in place, with the derivative, from what `forward` kept; it may overwrite that.
    """

    value: Callable[[Tensor], Tensor]
    forward: Callable[[Tensor, torch.dtype], tuple[Tensor, Tensor]]
    backward: Callable[[Tensor, Tensor], object]


def _relu_forward(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    activated = values.relu_().to(dtype)
    return activated, activated


def _relu_backward(gradient: Tensor, activated: Tensor) -> None:
    # An output of ReLU is positive where its gradient passes, and its sign is 1 there.
    gradient.mul_(activated.sign_())


def _tanh_forward(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    activated = values.tanh_().to(dtype)
    return activated, activated


def _tanh_backward(gradient: Tensor, activated: Tensor) -> None:
    _TANH_BACKWARD(gradient, activated, grad_input=gradient)


def _silu_forward(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    values = values.to(dtype)
    return functional.silu(values), values


def _silu_backward(gradient: Tensor, values: Tensor) -> None:
    _SILU_BACKWARD(gradient, values, grad_input=gradient)


def _gelu_forward(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    values = values.to(dtype)
    return functional.gelu(values), values


def _gelu_backward(gradient: Tensor, values: Tensor) -> None:
    _GELU_BACKWARD(gradient, values, grad_input=gradient)


TORCH_ACTIVATIONS: dict[Activation, TorchActivation] = {
    "relu": TorchActivation(torch.relu, _relu_forward, _relu_backward),
    "silu": TorchActivation(functional.silu, _silu_forward, _silu_backward),
    "gelu": TorchActivation(functional.gelu, _gelu_forward, _gelu_backward),
    "tanh": TorchActivation(torch.tanh, _tanh_forward, _tanh_backward),
}
