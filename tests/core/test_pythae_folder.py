import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.foreign_models import (
    FlatVAE,
    PythaeVAE,
    SequentialVAE,
    TwoPartVAE,
    assert_opens_as,
    assert_same,
    save_pythae,
    trained,
)
from tests.core.runs import made_up_run
from vae_explorer import api
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.pythae_folder import model_name, pythae_weights

CONFIG = VAEConfig(784, (512,), 10)


@pytest.fixture(scope="module")
def model(few: ImageSet) -> PythaeVAE:
    torch.manual_seed(0)
    model = PythaeVAE()
    trained(model, few.images[:100])
    return model


@pytest.fixture
def place(tmp_path: Path, model: PythaeVAE) -> Path:
    """A folder as the library's training leaves it."""
    return save_pythae(tmp_path / "VAE_training_2026-01-02_03-04-05" / "final_model", model)


def refused(path: Path, complaint: str) -> None:
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"Cannot open {path}: ")


@pytest.mark.parametrize("what", [".", "..", "model.pt", "model_config.json"])
def test_the_folder_and_what_is_in_it_open_the_model(what: str, place: Path, model: PythaeVAE) -> None:
    path = Path(os.path.normpath(place / what))
    assert_opens_as(model, CONFIG, path)
    assert pythae_weights(path) == place / "model.pt"
    assert model_name(path) == "VAE_training_2026-01-02_03-04-05"


def test_a_folder_of_another_name_gives_its_name(tmp_path: Path, model: PythaeVAE) -> None:
    assert model_name(save_pythae(tmp_path / "mnist.v2", model)) == "mnist.v2"
    assert model_name(tmp_path / "vae.pt") == "vae"


def test_the_python_interface_opens_it(place: Path, model: PythaeVAE) -> None:
    assert_same(model, api.open_model(place))
    assert_same(model, api.open_model(str(place)))


def test_a_network_of_ones_own_is_read_by_its_weights_and_never_unpickled(tmp_path: Path) -> None:
    model = TwoPartVAE()
    folder = save_pythae(tmp_path / "own", model, latent_dim=20, uses_default_encoder=False)
    marker = tmp_path / "marker"
    for half in ("encoder", "decoder"):
        (folder / f"{half}.pkl").write_bytes(pickle.dumps(_Bomb(marker)))
    assert_opens_as(model, VAEConfig(784, (400, 200), 20), folder)
    assert not marker.exists()


class _Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_what_only_judged_the_decoder_is_left_out(tmp_path: Path, model: PythaeVAE) -> None:
    judged = PythaeVAE()
    judged.load_state_dict(model.state_dict())
    judged.discriminator = nn.Sequential(nn.Linear(10, 256), nn.ReLU(), nn.Linear(256, 1))
    assert_opens_as(judged, CONFIG, save_pythae(tmp_path / "judged", judged, name="FactorVAEConfig"))


def test_an_older_file_need_not_say_its_sizes(tmp_path: Path, model: PythaeVAE) -> None:
    folder = save_pythae(tmp_path / "old", model, input_dim=None, latent_dim=None)
    assert_opens_as(model, CONFIG, folder)


def test_a_file_of_the_same_name_without_a_description_is_a_plain_state_dict(tmp_path: Path) -> None:
    model = FlatVAE()
    torch.save(model.state_dict(), tmp_path / "model.pt")
    assert_opens_as(model, VAEConfig(), tmp_path / "model.pt")
    assert model_name(tmp_path / "model.pt") == "model"


# Refused


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"latent_dim": 16},
            r"do not belong together: .* 1 × 28 × 28 pixels and 16 latent .* 784-512-10 model",
        ),
        ({"input_dim": [1, 32, 32]}, r"do not belong together: .* 1 × 32 × 32 pixels and 10 latent"),
        ({"input_dim": [3, 32, 32]}, "images with 3 channels; only gray images"),
        ({"name": "SVAEConfig"}, r"not that of a VAE with a normal prior \(SVAEConfig\)"),
        ({"name": "PoincareVAEConfig"}, "not that of a VAE with a normal prior"),
    ],
)
def test_models_that_would_not_be_shown_right_are_refused(
    changes: dict[str, object], complaint: str, tmp_path: Path, model: PythaeVAE
) -> None:
    refused(save_pythae(tmp_path / "other", model, **changes), complaint)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"VAEConfig"', "[" * 100_000])
def test_a_damaged_description_is_refused(text: str, place: Path) -> None:
    (place / "model_config.json").write_text(text, encoding="utf-8")
    refused(place, "model_config.json beside it is damaged|the file is empty")


def test_damaged_weights_are_refused(place: Path) -> None:
    whole = (place / "model.pt").read_bytes()
    (place / "model.pt").write_bytes(whole[: len(whole) // 2])
    refused(place, "damaged or is not a PyTorch state_dict")


def test_an_autoencoder_without_variances_is_refused_with_what_was_found(tmp_path: Path) -> None:
    model = SequentialVAE(784, 512, 10)
    model.encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    refused(
        save_pythae(tmp_path / "ae", model, name="AEConfig"),
        r"not those of a fully connected VAE\. Found: encoder\.0 \(784 → 512\), encoder\.2 \(512 → 10\), decoder\.0",
    )


def test_a_folder_that_is_neither_is_said(tmp_path: Path) -> None:
    refused(
        tmp_path,
        r"neither that of a run \(with run.json\) nor one that pythae saved \(with model_config.json",
    )


@pytest.mark.parametrize("missing", ["model_config.json", "model.pt"])
def test_half_a_folder_is_no_model(missing: str, place: Path) -> None:
    (place / missing).unlink()
    refused(place, "neither that of a run .* nor one that pythae saved")
    refused(place.parent, "neither that of a run .* nor one that pythae saved")


def test_the_folder_of_a_run_names_its_newest_model(tmp_path: Path) -> None:
    run = made_up_run(tmp_path / "run", 3)
    with pytest.raises(CheckpointError) as caught:
        load_model(run)
    said = str(caught.value)
    assert "it is the folder of a run, not a model. The newest model in it is " in said
    newest = Path(said.rpartition(" is ")[2].removesuffix("."))
    assert newest.is_relative_to(run)
    assert np.isfinite(load_model(newest).decode(np.zeros((1, 3)))).all()
