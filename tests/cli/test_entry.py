from pathlib import Path

import pytest

from tests.cli.support import refused
from tests.processes import run_code
from vae_explorer.core.bundled import DEFAULT_MODEL
from vae_explorer.core.data import DATA_VARIABLE


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["train", "--help"],
        ["info", DEFAULT_MODEL],
        ["decode", DEFAULT_MODEL, "--z", "0", "0", "--output", "a.png"],
        ["embed", DEFAULT_MODEL, "--output", "a.csv"],
        ["sample", DEFAULT_MODEL, "--output", "a.png"],
    ],
    ids=lambda words: words[0],
)
def test_neither_qt_nor_torch_is_imported_without_need(words: list[str], tmp_path: Path) -> None:
    code = """
import sys
from vae_explorer.cli import main
assert main(sys.argv[1:]) == 0
print(sorted({"PySide6", "pyqtgraph", "torch", "torchvision"} & sys.modules.keys()))
"""
    assert run_code(code, *words, cwd=tmp_path).splitlines()[-1] == "[]"


def test_training_imports_no_qt(few: str, tmp_path: Path) -> None:
    code = """
import sys
from vae_explorer.cli import main
assert main(sys.argv[1:]) == 0
print(sorted({"PySide6", "pyqtgraph", "torchvision"} & sys.modules.keys()))
"""
    words = ["train", "--epochs", "1", "--hidden", "8", "--output", "m.safetensors"]
    assert run_code(code, *words, cwd=tmp_path, **{DATA_VARIABLE: few}) == "[]"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--theme", "pink"], "pink"),
        (["--size", "big"], "WIDTHxHEIGHT"),
        (["--size", "0x0"], "WIDTHxHEIGHT"),
        (["--size", "1400"], "WIDTHxHEIGHT"),
        (["--colour"], "--colour"),
        (["a", "b"], "b"),
        (["missing.safetensors"], "missing.safetensors: No such file"),
        (["--screenshot", "missing/a.png"], "Cannot write missing"),
        (["info"], "required: M"),
        (["info", "missing"], "Cannot open missing: No such file"),
        (["info", "."], ". is a folder, but not that of a run."),
        (["info", "text.safetensors"], "neither a safetensors file nor"),
        (["info", "empty"], "empty"),
        (["decode", "model.safetensors", "--output", "a.png"], "--z"),
        (["decode", "model.safetensors", "--z", "0", "0", "--output", "a.png"], "3 latent dimension(s)"),
        (
            ["decode", "model.safetensors", "--z", "0", "0", "0", "0", "--output", "a.png"],
            "3 latent dimension(s)",
        ),
        (["decode", "model.safetensors", "--z", "0", "0", "x", "--output", "a.png"], "'x'"),
        (["decode", "model.safetensors", "--z", "0", "0", "nan", "--output", "a.png"], "nan"),
        (["decode", "model.safetensors", "--z", "0", "0", "-inf", "--output", "a.png"], "-inf"),
        (["decode", "model.safetensors", "--z", "0", "0", "1e300", "--output", "a.png"], "1e+300"),
        (["decode", "model.safetensors", "--z", "0", "0", "0", "--output", "a.png", "--scale", "0"], "scale"),
        (
            ["decode", "model.safetensors", "--z", "0", "0", "0", "--output", "a.png", "--scale", "-2"],
            "scale",
        ),
        (
            ["decode", "model.safetensors", "--z", "0", "0", "0", "--output", "a.png", "--scale", "9999"],
            "scale",
        ),
        (["decode", "model.safetensors", "--z", "0", "0", "0", "--output", "no/a.png"], "Cannot write no"),
        (["sample", "model.safetensors", "-n", "0", "--output", "a.png"], "-n must be"),
        (["sample", "model.safetensors", "-n", "-8", "--output", "a.png"], "-n must be"),
        (["sample", "model.safetensors", "-n", "1000000", "--output", "a.png"], "-n must be"),
        (["sample", "model.safetensors", "--seed", "-1", "--output", "a.png"], "seed"),
        (["embed", "model.safetensors", "--output", "no/a.csv"], "Cannot write no"),
        (["embed", "model.safetensors"], "--output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_line_says_what_is_wrong(words: list[str], says: str, file: Path, tmp_path: Path) -> None:
    (tmp_path / "text.safetensors").write_text("not a model")
    (tmp_path / "empty").touch()
    before = sorted(tmp_path.rglob("*"))
    refused(*words, says=says, cwd=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_data_folder_is_said(file: Path, tmp_path: Path) -> None:
    for words in (["train", "--output", tmp_path / "m"], ["embed", file, "--output", tmp_path / "a.csv"]):
        refused(*words, says="nowhere", **{DATA_VARIABLE: str(tmp_path / "nowhere")})
