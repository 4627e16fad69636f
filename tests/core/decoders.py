"""Models whose decoder space is known, for tests of paths: most pixels of real decoders are no simple surfaces."""

import numpy as np
import torch

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import DecoderSpace
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot, Posterior


def with_decoder(config: VAEConfig, **weights: np.ndarray) -> ModelSnapshot:
    """A model with these weights of the decoder ("logits_bias" for "logits.bias"); all others are 0."""
    zeros = {name: np.zeros(shape, np.float32) for name, shape in config.weight_shapes.items()}
    given = {name.replace("__", ".").replace("_", "."): values for name, values in weights.items()}
    assert given.keys() <= zeros.keys()
    return ModelSnapshot(
        config, {**zeros, **{name: values.astype(np.float32) for name, values in given.items()}}
    )


def flat(latent: int = 2, pixels: int = 4, scale: float = 0.02, seed: int = 0) -> ModelSnapshot:
    """φ is affine but for 1e-3: logits stay near 0, where arcsin is straight. Isometric up to a stretch of the axes."""
    rng = np.random.default_rng(seed)
    weight = scale * rng.standard_normal((pixels, latent))
    return with_decoder(VAEConfig(pixels, (), latent), logits_weight=weight)


def roof(across: float = 30.0) -> ModelSnapshot:
    """Around the origin lies a hill: there, and only there, a pixel goes up and down as one walks over it.

    Two other pixels hold the plane's own coordinates, so that going round the hill costs about what it does on paper.
    """
    # The hill's height is relu(1 − |x| − |y|) up to the corners: four ReLUs under a fifth.
    first = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    second = np.array([[-1.0, -1, -1, -1], [1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]])
    bias = np.array([1.0, 0, 0, 0, 0])
    out = np.array([[across, 0, 0, 0, 0], [0, 0.2, -0.2, 0, 0], [0, 0, 0, 0.2, -0.2], [0, 0, 0, 0, 0]])
    # The decoder mirrors the encoder's widths.
    config = VAEConfig(4, (5, 4), 2)
    return with_decoder(
        config, decoder_0_weight=first, decoder_1_weight=second, decoder_1_bias=bias, logits_weight=out
    )


def cloud(latent: int, count: int = 300, spread: float = 1.5, seed: int = 0) -> Posterior:
    """Where made-up data lie."""
    mu = spread * np.random.default_rng(seed).standard_normal((count, latent))
    return Posterior(mu.astype(np.float32), np.full((count, latent), -3, np.float32))


def space_of(snapshot: ModelSnapshot, **options: float) -> DecoderSpace:
    return DecoderSpace(snapshot, cloud(snapshot.config.latent, **options))  # type: ignore[arg-type]


def random_space(config: VAEConfig, seed: int = 0, scale: float = 3.0) -> DecoderSpace:
    """A random model whose images change a good deal over the data."""
    import torch

    snapshot = VAE(config, torch.Generator().manual_seed(seed)).snapshot()
    stretched = {
        name: values * (scale if name.startswith(("decoder", "logits")) else 1)
        for name, values in snapshot.weights.items()
    }
    return space_of(ModelSnapshot(config, stretched))


def pixel_jacobian(model: VAE, at: torch.Tensor) -> torch.Tensor:
    """∂logits/∂z by PyTorch, shape (pixels, latent): along each dimension, which are fewer than the pixels.

    Args:
        model: whose decoder.
        at: a latent point, shape (1, latent).
    """
    axes = torch.eye(at.shape[1], dtype=at.dtype)
    along = [torch.autograd.functional.jvp(model.decode, at, axis[None])[1][0] for axis in axes]
    return torch.stack(along, dim=1)
