"""The variational autoencoder as a PyTorch module, for training.

Kingma & Welling 2014, "Auto-Encoding Variational Bayes": a Gaussian encoder q(z|x) with diagonal covariance, a
standard normal prior and a decoder that returns a logit for each pixel.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.objective import TORCH_LIKELIHOODS
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.torch_activations import TORCH_ACTIVATIONS


class VAE(nn.Module):
    """Fully connected VAE; the decoder mirrors the encoder.

    Attributes:
        log_sigma: of a Gaussian pixel, shape (1,); a parameter where it is learned.

    Args:
        config: the architecture.
        generator: source of the initial weights, on the CPU; torch's global one without it.
    """

    log_sigma: Tensor

    def __init__(self, config: VAEConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        layers = {name: _empty_layer(a, b) for name, a, b in config.layer_sizes}
        depth = len(config.hidden)
        self.encoder = nn.ModuleList(layers[f"encoder.{i}"] for i in range(depth))
        self.mu = layers["mu"]
        self.logvar = layers["logvar"]
        self.decoder = nn.ModuleList(layers[f"decoder.{i}"] for i in range(depth))
        self.logits = layers["logits"]
        self._activation = TORCH_ACTIVATIONS[config.activation].value
        log_sigma = torch.full((1,), math.log(config.sigma))
        if config.likelihood == "gaussian_learned":
            self.log_sigma = nn.Parameter(log_sigma)
        else:
            self.register_buffer("log_sigma", log_sigma, persistent=False)
        for layer in layers.values():
            _initialise(layer, generator)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each (n, latent), for images `x` in [0, 1], shape (n, pixels)."""
        for layer in self.encoder:
            x = self._activation(layer(x))
        return self.mu(x), self.logvar(x)

    def reparameterize(self, mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw z = μ + σ·ε with ε ~ N(0, I), so that gradients reach μ and σ."""
        epsilon = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device, generator=generator)
        return mu + epsilon * torch.exp(0.5 * logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Logits of each pixel, shape (n, pixels), for `z` of shape (n, latent); see `core.likelihoods`."""
        for layer in self.decoder:
            z = self._activation(layer(z))
        logits: Tensor = self.logits(z)
        return logits

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the reconstruction from one draw of z, and the posterior's mean and log-variance."""
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar, generator)), mu, logvar

    def negative_log_likelihood(self, logits: Tensor, x: Tensor) -> Tensor:
        """−Σ log p(x|z) over all images and pixels, nats, all constants with it: one number."""
        return TORCH_LIKELIHOODS[self.config.likelihood].value(logits, x, self.log_sigma)

    @classmethod
    def from_snapshot(cls, snapshot: ModelSnapshot) -> VAE:
        """A trainable copy."""
        model = cls(snapshot.config)
        model.load_state_dict({name: torch.tensor(values) for name, values in snapshot.weights.items()})
        return model

    def snapshot(self, record: TrainingRecord | None = None) -> ModelSnapshot:
        """An immutable copy of the weights as they are now.

        Raises:
            CheckpointError: a weight is not finite.
        """
        weights = {name: values.detach().cpu().numpy().copy() for name, values in self.state_dict().items()}
        return ModelSnapshot(self.config, weights, record or TrainingRecord())


def _empty_layer(inputs: int, outputs: int) -> nn.Linear:
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs)  # type: ignore[no-untyped-call]
    return layer


def _initialise(layer: nn.Linear, generator: torch.Generator | None) -> None:
    """PyTorch's own start for a linear layer, U(−1/√inputs, 1/√inputs), from a generator of ours."""
    bound = 1 / math.sqrt(layer.in_features)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
