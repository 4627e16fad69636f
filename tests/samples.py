"""Small real things for tests: some of the MNIST digits as files, and models with random weights."""

import gzip
import struct
from pathlib import Path

import numpy as np

from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import ElboTerms, EpochStats, History

#: Enough for one epoch to have many steps, and few enough for it to take a blink.
TRAIN_COUNT = 3000
TEST_COUNT = 600


def random_model(config: VAEConfig, seed: int = 0, history: History = ()) -> ModelSnapshot:
    """A model that nobody trained: it maps different digits to different places, and that is enough."""
    random = np.random.default_rng(seed)
    weights: dict[str, FloatArray] = {
        name: random.normal(0, 1.4 / np.sqrt(shape[-1]), shape).astype(np.float32)
        for name, shape in config.weight_shapes.items()
    }
    return ModelSnapshot(config, weights, TrainingRecord("MNIST", None, history))


def same_weights(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    """Whether two models have the same weights, bit for bit."""
    return all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())


def save_random_model(path: Path, config: VAEConfig, seed: int = 0, history: History = ()) -> Path:
    save_model(random_model(config, seed, history), path)
    return path


def some_history(epochs: int) -> History:
    return tuple(
        EpochStats(k, 1.5, ElboTerms(200.0 - k, (2.0, 1.0)), ElboTerms(201.0 - k, (2.5, 1.0)))
        for k in range(1, epochs + 1)
    )


def first_digits(count: int) -> ImageSet:
    """The first test digits."""
    digits = load_images("test", bundled_folder())
    return ImageSet("few", digits.images[:count], digits.labels[:count])


def write_digits(folder: Path, side: int = 28) -> Path:
    """The first digits of MNIST as a folder for VAE_EXPLORER_DATA, cut to their middle `side` pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, prefix, count in (("train", "train", TRAIN_COUNT), ("test", "t10k", TEST_COUNT)):
        digits: ImageSet = load_images(split, bundled_folder())  # type: ignore[arg-type]
        edge = (28 - side) // 2
        images = digits.images[:count].reshape(-1, 28, 28)[:, edge : edge + side, edge : edge + side]
        _write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", images)
        _write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", digits.labels[:count])
    return folder


def bundled_folder() -> Path:
    from vae_explorer.resources import resource_path

    return resource_path("mnist")


def _write_idx(path: Path, values: np.ndarray) -> None:
    header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(gzip.compress(header + np.ascontiguousarray(values).tobytes(), compresslevel=1))
