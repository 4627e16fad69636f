from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from tests.cli.support import cli, done, refused
from vae_explorer.cli import exporting
from vae_explorer.cli.parser import parse
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tutorial_layouts import LAYOUTS

Z = np.array([[0.5, -1.0, 2.0]], np.float32)


def decode(path: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (means,) = session.run(None, {"z": Z})
    return np.asarray(means)


def test_onnx_goes_into_two_files(file: Path, model: ModelSnapshot, tmp_path: Path) -> None:
    result = cli("export", file, "--output", tmp_path / "digits.onnx")
    assert result.returncode == 0, result.stderr
    encoder, decoder = tmp_path / "digits-encoder.onnx", tmp_path / "digits-decoder.onnx"
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"vae-explorer: saved the encoder in {encoder}",
        f"vae-explorer: saved the decoder in {decoder}",
    ]
    np.testing.assert_allclose(decode(decoder), model.decode(Z), rtol=0, atol=1e-5)
    session = onnxruntime.InferenceSession(encoder, providers=["CPUExecutionProvider"])
    images = np.random.default_rng(0).random((2, 784), np.float32)
    mu, logvar = session.run(["mu", "logvar"], {"images": images})
    np.testing.assert_allclose(mu, model.encode(images).mu, rtol=0, atol=1e-5)
    np.testing.assert_allclose(logvar, model.encode(images).logvar, rtol=0, atol=1e-5)
    assert session.get_modelmeta().custom_metadata_map["name"] == "model"


def test_one_part_goes_where_it_is_told(file: Path, model: ModelSnapshot, tmp_path: Path) -> None:
    """Also under a name that says nothing."""
    target = tmp_path / "mine"
    target.write_bytes(b"before")
    result = cli("export", file, "--format", "onnx", "--part", "decoder", "-o", target)
    assert (
        result.stderr == f"vae-explorer: saved the decoder in {target}, replacing the file that was there\n"
    )
    np.testing.assert_allclose(decode(target), model.decode(Z), rtol=0, atol=1e-5)


def test_a_state_dict_in_a_layout(file: Path, model: ModelSnapshot, tmp_path: Path) -> None:
    done("export", file, "--layout", "pytorch-example", "-o", tmp_path / "m.pth")
    loaded = torch.load(tmp_path / "m.pth", weights_only=True)
    assert [*loaded][::2] == [f"{layer}.weight" for layer in ("fc1", "fc21", "fc22", "fc3", "fc4")]
    np.testing.assert_array_equal(loaded["fc22.bias"].numpy(), model.weights["logvar.bias"])


def test_a_state_dict_has_our_own_names_unless_told_otherwise(
    file: Path, model: ModelSnapshot, tmp_path: Path
) -> None:
    done("export", file, "--format", "state-dict", "-o", tmp_path / "m")
    assert torch.load(tmp_path / "m", weights_only=True).keys() == model.weights.keys()


def test_help_lists_every_layout() -> None:
    text = done("export", "--help")
    assert "usage: vae-explorer export" in text
    shown = [line.split()[0] for line in text.partition("layouts, by")[2].splitlines()[1:]]
    assert shown == [layout.name for layout in LAYOUTS]


def test_the_command_is_known() -> None:
    assert parse(["export", "m", "-o", "a.onnx"]).run is exporting.export
    assert "  export " in done("--help")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "a.safetensors"], "Say which --format, onnx or state-dict: the name of the file does not."),
        (["-o", "a.onnx", "--layout", "fc-mu"], "--layout only counts with --format state-dict."),
        (["-o", "a.pt", "--part", "encoder"], "--part only counts with --format onnx."),
        (["-o", "a.pt", "--format", "onnx"], "An ONNX model is no .pt file. Call it a.onnx"),
        (["-o", "a.onnx", "--format", "state-dict"], "A PyTorch state_dict is no .onnx file. Call it a.pt"),
        (["-o", "a.pt", "--layout", "fc"], "There is no layout “fc”. Choose one of: fc-mu, pytorch-example,"),
        (
            ["-o", "a.pt", "--layout", "encoder-decoder"],
            "this 784-20-3 model has 1. Layouts that fit it: fc-mu,",
        ),
        (["-o", "none/a.onnx"], "Cannot write none/a-encoder.onnx: there is no folder "),
        ([], "the following arguments are required: --output/-o"),
    ],
)
def test_wrong_use_leaves_no_file(file: Path, tmp_path: Path, words: list[str], says: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    refused("export", file, *words, says=says, cwd=empty)
    assert not list(empty.iterdir())


def test_of_two_files_none_is_written_where_one_cannot_be(file: Path, tmp_path: Path) -> None:
    (tmp_path / "m-decoder.onnx").mkdir()
    refused("export", file, "-o", tmp_path / "m.onnx", says="it is a folder")
    assert not (tmp_path / "m-encoder.onnx").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_said_in_one_line(file: Path) -> None:
    words = ("--format", "onnx", "--part", "encoder", "-o", "/dev/full")
    refused("export", file, *words, says="Cannot write /dev/full: No space left on device.")
