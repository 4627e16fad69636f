from pathlib import Path

import pytest
import torch

from tests.core.leaning import Bundled
from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE, ImageSet, load_images
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot


@pytest.fixture(autouse=True)
def bundled_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture(scope="session")
def mnist_test() -> ImageSet:
    return load_images("test")


@pytest.fixture(scope="session")
def few(mnist_test: ImageSet) -> ImageSet:
    """So few real digits that training on them takes milliseconds."""
    return ImageSet("few", mnist_test.images[:500], mnist_test.labels[:500])


@pytest.fixture(scope="session")
def bundled(mnist_test: ImageSet) -> Bundled:
    snapshot = load_model(model_path(DEFAULT_MODEL))
    return Bundled(snapshot, snapshot.encode(mnist_test.images).mu)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a run can be written; nothing is there yet."""
    return tmp_path / "runs" / "run"


@pytest.fixture(scope="session")
def small_model() -> ModelSnapshot:
    return random_model(VAEConfig(16, (8, 5), 3))


def random_model(config: VAEConfig, seed: int = 0) -> ModelSnapshot:
    return VAE(config, torch.Generator().manual_seed(seed)).snapshot()
