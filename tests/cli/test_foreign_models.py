"""Other people's models, given to the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.support import done, refused
from tests.core.foreign_models import FlatVAE, PythaeVAE, save_pythae


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the pythae library saved."""
    return save_pythae(tmp_path_factory.mktemp("pythae") / "digits", PythaeVAE())


def test_info_describes_a_folder_of_pythae(folder: Path) -> None:
    facts = json.loads(done("info", folder, "--json"))
    assert (facts["file"], facts["model"], facts["data_set"]) == (str(folder), "784-512-10", None)


def test_a_picture_is_decoded_from_a_checkpoint(tmp_path: Path) -> None:
    model = FlatVAE()
    torch.save(
        {"epoch": 3, "model_state_dict": torch.nn.DataParallel(model).state_dict()}, tmp_path / "vae.pt"
    )
    done("decode", tmp_path / "vae.pt", "--z", "0.5", "-1", "--output", tmp_path / "a.png", "--scale", "1")
    with torch.no_grad():
        means = model.decode(torch.tensor([[0.5, -1.0]])).numpy().reshape(28, 28)
    pixels = np.asarray(Image.open(tmp_path / "a.png"), np.float64)
    assert np.abs(pixels - 255 * means).max() <= 0.51


def test_a_folder_that_is_neither_is_refused(tmp_path: Path) -> None:
    refused("sample", tmp_path, "--output", tmp_path / "a.png", says="neither that of a run")
