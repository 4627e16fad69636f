"""Decoders of which it is known how attributes of their images change: one made up, and that of the default model."""

from dataclasses import dataclass

import numpy as np

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot


@dataclass(frozen=True)
class Bundled:
    """The model that the window opens, with the means of the test digits."""

    snapshot: ModelSnapshot
    mu: FloatArray


def leaning_model(latent: int = 2) -> ModelSnapshot:
    """A decoder without hidden layers: a blurred bar, which z1 makes lean to the right, and nothing else changes it."""
    x, y = np.meshgrid(np.arange(28) - 13.5, np.arange(28) - 13.5)
    upright = 3 - (x / 1.5) ** 2 - (y / 6) ** 4
    # d/ds of −((x + s·y) / 1.5)² at s = 0: where the ink goes while the bar starts to lean.
    lean = -2 * x * y / 1.5**2
    weights = {
        name: np.zeros(shape, np.float32) for name, shape in VAEConfig(784, (), latent).weight_shapes.items()
    }
    weights["logits.bias"] = upright.ravel().astype(np.float32)
    weights["logits.weight"][:, 0] = lean.ravel()
    return ModelSnapshot(VAEConfig(784, (), latent), weights)
