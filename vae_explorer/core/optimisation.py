"""One training step by hand: forward pass, gradients and Adam, with few passes over memory.

A fully connected VAE is a dozen matrix products. PyTorch's autograd and optimisers serve it well, but at this size
their bookkeeping, fresh buffers and calls for each parameter take as long as the products. So the gradients are written
out, all parameters are views of one flat tensor, and the large products are in bfloat16 where the processor multiplies
it twice as fast. The weights that learn, their moments and everything at z stay float32. The tests hold a step against
autograd and `torch.optim.Adam`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.optim.adam import adam

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.models import VAE
from vae_explorer.core.objective import TORCH_LIKELIHOODS
from vae_explorer.core.torch_activations import TORCH_ACTIVATIONS, TorchActivation

#: Tensors start at multiples of this many elements in the flat ones: a cache line of bfloat16.
_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What a step optimises, and how far it goes.

    Attributes:
        beta: weight of the KL term (Higgins et al. 2017); 1 is the ELBO.
        free_bits: λ, the nats of KL that each latent dimension has for nothing (Kingma et al. 2016).
        learning_rate: Adam's step size.
        max_norm: a gradient longer than this, over all parameters together, is shortened to it; 0 shortens none.
    """

    beta: float = 1.0
    free_bits: float = 0.0
    learning_rate: float = 1e-3
    max_norm: float = 0.0


def matmul_dtype(device: torch.device) -> torch.dtype:
    """The type in which the large products are quickest: bfloat16 where the processor has instructions for it.

    Known from the hardware, never timed: the same machine always gives the same weights.
    """
    # PyTorch emulates bfloat16 on other processors, slower than float32.
    has_instructions = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    if device.type == "cpu" and torch.backends.mkldnn.is_available() and has_instructions():  # type: ignore[no-untyped-call]
        return torch.bfloat16
    return torch.float32


class Optimisation:
    """Adam, as `torch.optim.Adam` has it by default, on the negative ELBO of a model.

    Args:
        model: is moved to `device`; its parameters become views of one flat tensor.
        device: where the steps run.
        precision: type of the large products; without it `matmul_dtype` of the device.
    """

    def __init__(self, model: VAE, device: torch.device, *, precision: torch.dtype | None = None) -> None:
        self._slots = _lay_out(model.config)
        wide, self._layers_end = self._slots[-2].start, self._slots[-1].end
        # A learned σ comes last.
        self._scalars = [name for name in model.config.weight_shapes if name == "log_sigma"]
        size = self._layers_end + len(self._scalars)
        self._parameters, self._gradients, self._exp_avg, self._exp_avg_sq = (
            torch.zeros(size, device=device) for _ in range(4)
        )
        self._steps = torch.zeros((), device=device)
        self._adopt(model.to(device))
        precision = precision or matmul_dtype(device)
        # In float32 the copies are the originals themselves, and copying does nothing.
        self._wide, self._wide_gradients = self._parameters[:wide], self._gradients[:wide]
        self._wide_copy = self._wide.to(precision)
        self._wide_gradients_copy = self._wide_gradients.to(precision)
        *outer, heads, from_z = (self._layer(slot) for slot in self._slots)
        depth = len(model.config.hidden)
        self._encoder, self._decoder = [*outer[:depth], heads], [from_z, *outer[depth:]]
        self._activation = TORCH_ACTIVATIONS[model.config.activation]
        self._log_sigma = model.log_sigma.detach()
        self._value_and_gradients = TORCH_LIKELIHOODS[model.config.likelihood].value_and_gradients

    def _adopt(self, model: VAE) -> None:
        """Let the model's parameters be views of the flat tensor."""
        views = self._views(self._parameters)
        for name, parameter in model.named_parameters():
            parameter.data = views[name].copy_(parameter.data)

    def _views(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters' parts of a flat tensor, by their names."""
        views: dict[str, Tensor] = {}
        for slot in self._slots:
            # The two heads share a slot: their rows lie one above the other.
            for kind, tensor in (("weight", slot.weight(flat)), ("bias", slot.bias(flat))):
                parts = tensor.chunk(len(slot.names))
                views |= {f"{name}.{kind}": part for name, part in zip(slot.names, parts, strict=True)}
        if self._scalars:
            views["log_sigma"] = flat[self._layers_end :]
        return views

    def _layer(self, slot: _Slot) -> _Layer:
        is_wide = slot.end <= len(self._wide)
        weights = self._wide_copy if is_wide else self._parameters
        gradients = self._wide_gradients_copy if is_wide else self._gradients
        return _Layer(slot.weight(weights), slot.bias(weights), slot.weight(gradients), slot.bias(gradients))

    @torch.no_grad()
    def step(self, data: Tensor, index: Tensor, generator: torch.Generator, settings: StepSettings) -> Tensor:
        """One step of Adam on a batch; never waits for the device.

        With n images it goes down the gradient of (reconstruction + β·n·Σ_j max(λ, mean KL_j)) / n.

        Args:
            data: gray levels 0–255, ``uint8``, shape (N, pixels).
            index: the batch's rows of `data`.
            generator: source of one draw of z for each image.
            settings: may be others at every step.

        Returns:
            Sums over the batch in nats, shape (2 + latent,): the optimised loss, the reconstruction −log p(x|z), and
            the KL of each latent dimension.
        """
        self._wide_copy.copy_(self._wide)
        images = data.index_select(0, index).float().mul_(1 / 255)
        sums = self._compute_gradients(images, generator, settings)
        self._wide_gradients.copy_(self._wide_gradients_copy)
        if settings.max_norm > 0:
            self._clip(settings.max_norm)
        self._descend(settings.learning_rate)
        return sums

    def _compute_gradients(
        self, images: Tensor, generator: torch.Generator, settings: StepSettings
    ) -> Tensor:
        count = len(images)
        encoded, posterior = _forward(self._encoder, self._activation, images)
        # Contiguous, or expm1 takes six times as long.
        mu, logvar = (part.contiguous() for part in posterior.chunk(2, 1))
        sigma = torch.exp(0.5 * logvar)
        epsilon = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device, generator=generator)
        decoded, logits = _forward(self._decoder, self._activation, torch.addcmul(mu, sigma, epsilon))
        reconstruction, gradient, at_log_sigma = self._value_and_gradients(
            logits.float(), images, self._log_sigma
        )
        if self._scalars and at_log_sigma is not None:
            torch.div(at_log_sigma, count, out=self._gradients[self._layers_end :])
        # σ² − 1 without cancelling near the prior; the KL and its gradient both need it.
        excess = torch.expm1(logvar)
        kl = (0.5 * (mu.square() + excess - logvar)).sum(0)
        floor = settings.free_bits * count
        kl_weight = (kl >= floor) * (settings.beta / count)
        at_z = _backward(self._decoder, self._activation, decoded, gradient.mul_(1 / count))
        at_mu = torch.addcmul(at_z, mu, kl_weight)
        at_logvar = 0.5 * torch.addcmul(at_z * epsilon * sigma, excess, kl_weight)
        at_heads = torch.cat((at_mu, at_logvar), 1)
        _backward(self._encoder, self._activation, encoded, at_heads, to_inputs=False)
        optimised = reconstruction + settings.beta * kl.clamp(min=floor).sum()
        return torch.cat((optimised.reshape(1), reconstruction.reshape(1), kl))

    def _clip(self, max_norm: float) -> None:
        """As `torch.nn.utils.clip_grad_norm_` does."""
        norm = torch.linalg.vector_norm(self._gradients)
        self._gradients.mul_((max_norm / (norm + 1e-6)).clamp(max=1))

    def _descend(self, learning_rate: float) -> None:
        adam(
            [self._parameters],
            [self._gradients],
            [self._exp_avg],
            [self._exp_avg_sq],
            max_exp_avg_sqs=[],
            state_steps=[self._steps],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=learning_rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """What goes on bit for bit after `load_state`, beside the weights: the moments and the number of steps."""
        tensors = {
            f"{moment}.{name}": view.to("cpu", copy=True).contiguous()
            for moment, flat in self._moments().items()
            for name, view in self._views(flat).items()
        }
        return tensors | {"steps": self._steps.to("cpu", torch.int64)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned for the same architecture."""
        for moment, flat in self._moments().items():
            for name, view in self._views(flat).items():
                view.copy_(state[f"{moment}.{name}"])
        self._steps.copy_(state["steps"])

    def _moments(self) -> dict[str, Tensor]:
        return {"exp_avg": self._exp_avg, "exp_avg_sq": self._exp_avg_sq}


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where the parameters of a linear layer lie in a flat tensor; the heads for μ and log σ² are one layer here."""

    names: tuple[str, ...]
    inputs: int
    outputs: int
    start: int

    @property
    def bias_start(self) -> int:
        return self.start + _aligned(self.inputs * self.outputs)

    @property
    def end(self) -> int:
        return self.bias_start + _aligned(self.outputs)

    def weight(self, flat: Tensor) -> Tensor:
        """Shape (outputs, inputs); its longer side is contiguous, thin products are up to thrice as fast so."""
        part = flat[self.start : self.start + self.inputs * self.outputs]
        if self.outputs > self.inputs:
            return part.view(self.inputs, self.outputs).t()
        return part.view(self.outputs, self.inputs)

    def bias(self, flat: Tensor) -> Tensor:
        """Shape (outputs,)."""
        return flat[self.bias_start : self.bias_start + self.outputs]


def _aligned(size: int) -> int:
    return math.ceil(size / _ALIGNMENT) * _ALIGNMENT


def _lay_out(config: VAEConfig) -> list[_Slot]:
    """A slot for every layer: the wide ones in the order data passes through them, then those into and out of z.

    The two at z take little time, and float32 keeps μ, σ and z exact there. So the wide ones lie together in front,
    where one call copies them all to another precision.
    """
    depth = len(config.hidden)
    layers = [((name,), inputs, outputs) for name, inputs, outputs in config.layer_sizes]
    (_, width, _), _, from_z = layers[depth : depth + 3]
    slots: list[_Slot] = []
    for layer in (
        *layers[:depth],
        *layers[depth + 3 :],
        (("mu", "logvar"), width, 2 * config.latent),
        from_z,
    ):
        slots.append(_Slot(*layer, start=slots[-1].end if slots else 0))
    return slots


@dataclass(frozen=True, slots=True)
class _Layer:
    """A linear layer as the products take it, and where its gradients go."""

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor


class _Passed(NamedTuple):
    """What goes into a linear layer, and what the gradient of the activation before it needs."""

    inputs: Tensor
    kept: Tensor


def _forward(
    layers: list[_Layer], activation: TorchActivation, values: Tensor
) -> tuple[list[_Passed], Tensor]:
    """Through linear layers with activations between them: what goes into each, and what comes out of the last."""
    passed: list[_Passed] = []
    for layer in layers:
        if passed:
            passed.append(_Passed(*activation.forward(values, layer.weight.dtype)))
        else:
            first = values.to(layer.weight.dtype)
            passed.append(_Passed(first, first))
        values = torch.addmm(layer.bias, passed[-1].inputs, layer.weight.t())
    return passed, values


def _backward(
    layers: list[_Layer],
    activation: TorchActivation,
    passed: list[_Passed],
    gradient: Tensor,
    *,
    to_inputs: bool = True,
) -> Tensor:
    """Store the gradients of all layers and return the one at the first's inputs; uses up what was passed."""
    for place in range(len(layers) - 1, -1, -1):
        layer = layers[place]
        gradient = gradient.to(layer.weight.dtype)
        torch.mm(gradient.t(), passed[place].inputs, out=layer.weight_gradient)
        torch.sum(gradient, 0, out=layer.bias_gradient)
        if place > 0 or to_inputs:
            gradient = gradient @ layer.weight
        if place > 0:
            activation.backward(gradient, passed[place].kept)
    return gradient
