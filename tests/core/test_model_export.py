from pathlib import Path

import numpy as np
import pytest
import torch

from tests.permissions import without_root_rights
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.model_export import both_paths, save_onnx, save_state_dict
from vae_explorer.core.onnx_export import encode_onnx
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tutorial_layouts import layout_named

OWN = layout_named("vae-explorer")


def test_a_state_dict_holds_the_weights_and_nothing_else(small_model: ModelSnapshot, tmp_path: Path) -> None:
    save_state_dict(small_model, OWN, tmp_path / "m.pt")
    loaded = torch.load(tmp_path / "m.pt", weights_only=True)
    assert type(loaded) is dict
    assert loaded.keys() == small_model.weights.keys()
    for name, values in loaded.items():
        assert type(values) is torch.Tensor
        np.testing.assert_array_equal(values.numpy(), small_model.weights[name])


def test_onnx_is_written_as_it_is_encoded(small_model: ModelSnapshot, tmp_path: Path) -> None:
    save_onnx(small_model, "encoder", tmp_path / "m.onnx", "m")
    assert (tmp_path / "m.onnx").read_bytes() == encode_onnx(small_model, "encoder", "m")


def test_the_name_of_another_kind_of_file_is_refused(small_model: ModelSnapshot, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \.onnx file\. Call it m\.pt, or choose ONNX"):
        save_state_dict(small_model, OWN, tmp_path / "m.onnx")
    with pytest.raises(ConfigError, match=r"no \.pth file\. Call it m\.onnx, or choose a PyTorch state_dict"):
        save_onnx(small_model, "encoder", tmp_path / "m.pth", "m")
    with pytest.raises(ConfigError, match=r"no \.pt file"):
        both_paths(tmp_path / "m.pt")
    assert not list(tmp_path.glob("m*"))


@pytest.mark.parametrize(
    ("name", "encoder"),
    [("a.onnx", "a-encoder.onnx"), ("a", "a-encoder.onnx"), ("a.b.onnx", "a.b-encoder.onnx")],
)
def test_two_files_beside_each_other(name: str, encoder: str) -> None:
    decoder = encoder.replace("encoder", "decoder")
    assert both_paths(Path("folder", name)) == {
        "encoder": Path("folder", encoder),
        "decoder": Path("folder", decoder),
    }


def test_a_folder_is_no_name_for_two_files(tmp_path: Path) -> None:
    for folder in (tmp_path, Path(), Path("/")):
        with pytest.raises(ConfigError, match=r"is a folder\. Add the name of a file"):
            both_paths(folder)


# Places where nothing can be written


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_said(small_model: ModelSnapshot) -> None:
    full = Path("/dev/full")
    with pytest.raises(UserError, match=r"^Cannot write /dev/full: No space left on device\.$"):
        save_onnx(small_model, "decoder", full, "m")
    with pytest.raises(UserError, match=r"^Cannot write /dev/full: No space left on device\.$"):
        save_state_dict(small_model, OWN, full)


def test_a_folder_that_may_not_be_written_leaves_the_file_in_it_whole(
    small_model: ModelSnapshot, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    for name in ("m.onnx", "m.pt"):
        (folder / name).write_bytes(b"before")
    folder.chmod(0o555)
    with without_root_rights():
        for write in (
            lambda: save_onnx(small_model, "decoder", folder / "m.onnx", "m"),
            lambda: save_state_dict(small_model, OWN, folder / "m.pt"),
        ):
            with pytest.raises(UserError, match=r"Cannot write .*: Permission denied"):
                write()
    folder.chmod(0o755)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "m.onnx": b"before",
        "m.pt": b"before",
    }


def test_a_missing_folder_is_said(small_model: ModelSnapshot, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no folder"):
        save_onnx(small_model, "decoder", tmp_path / "none" / "m.onnx", "m")
    with pytest.raises(UserError, match="there is no folder"):
        save_state_dict(small_model, OWN, tmp_path / "none" / "m.pt")
