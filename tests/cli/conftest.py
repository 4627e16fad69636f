from pathlib import Path

import pytest
import torch

from tests.samples import write_digits
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot


@pytest.fixture(scope="session")
def model() -> ModelSnapshot:
    return VAE(VAEConfig(784, (20,), 3), torch.Generator().manual_seed(0)).snapshot()


@pytest.fixture
def file(model: ModelSnapshot, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with so few real digits that an epoch takes a moment."""
    return str(write_digits(tmp_path_factory.mktemp("data") / "few"))
