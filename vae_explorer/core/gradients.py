"""One training step's forward and backward pass, written out by hand.

A fully connected VAE is a dozen matrix products. PyTorch's autograd records and replays them well, but at this size its
bookkeeping, fresh gradient buffers and separate passes over the logits take a tenth of a step. The tests hold these
gradients against autograd's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vae_explorer.core.models import VAE
from vae_explorer.core.objective import VALUES_AND_GRADIENTS, kl_per_dimension


@torch.no_grad()
def compute_gradients(model: VAE, images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Put the gradients of the mean negative ELBO of `images` into the parameters' ``grad``.

    Args:
        model: its layers are linear, with ReLU between them.
        images: in [0, 1], shape (n, pixels).
        generator: source of one draw of z for each image.

    Returns:
        −Σ log p(x|z) over the batch, and the sum over the batch of each dimension's KL, shape (latent,); nats.
    """
    count = len(images)
    encoded = _relu_chain(model.encoder, images)
    mu, logvar = model.mu(encoded[-1]), model.logvar(encoded[-1])
    sigma = torch.exp(0.5 * logvar)
    epsilon = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device, generator=generator)
    decoded = _relu_chain(model.decoder, mu + sigma * epsilon)
    reconstruction, gradient = VALUES_AND_GRADIENTS[model.config.likelihood](
        model.logits(decoded[-1]), images
    )
    gradient = _through(model.logits, decoded[-1], gradient.div_(count))
    at_z = _back_through_chain(model.decoder, decoded, gradient)
    at_mu = at_z + mu / count
    at_logvar = 0.5 * (at_z * epsilon * sigma + torch.expm1(logvar) / count)
    gradient = _through(model.mu, encoded[-1], at_mu) + _through(model.logvar, encoded[-1], at_logvar)
    _back_through_chain(model.encoder, encoded, gradient, to_input=False)
    return reconstruction, kl_per_dimension(mu, logvar).sum(0)


def _relu_chain(layers: nn.ModuleList, values: Tensor) -> list[Tensor]:
    """The input and what comes out of each layer."""
    outputs = [values]
    for layer in layers:
        outputs.append(layer(outputs[-1]).relu_())
    return outputs


def _back_through_chain(
    layers: nn.ModuleList, outputs: list[Tensor], gradient: Tensor, *, to_input: bool = True
) -> Tensor:
    """From the gradient at the last of `outputs` to the one at the first; uses up the outputs."""
    for index in range(len(layers) - 1, -1, -1):
        # An output of ReLU is positive where its gradient passes, and its sign is 1 there.
        gradient.mul_(outputs[index + 1].sign_())
        gradient = _through(layers[index], outputs[index], gradient, to_input=to_input or index > 0)
    return gradient


def _through(layer: nn.Module, inputs: Tensor, gradient: Tensor, *, to_input: bool = True) -> Tensor:
    """Store the gradients of a linear layer's parameters, and return the one at its inputs if it is wanted."""
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, nn.Parameter)
    assert isinstance(bias, nn.Parameter)
    if weight.grad is None or bias.grad is None:
        weight.grad, bias.grad = torch.empty_like(weight), torch.empty_like(bias)
    # Into the buffers of the step before, which are still in the cache.
    torch.mm(gradient.t(), inputs, out=weight.grad)
    torch.sum(gradient, 0, out=bias.grad)
    return gradient @ weight if to_input else gradient
