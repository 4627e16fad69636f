import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.support import COMMAND, SMALL, posix, train_on
from tests.processes import environment
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE


def test_train_prints_one_json_object_an_epoch_and_saves(few: str, tmp_path: Path) -> None:
    output = tmp_path / "m.safetensors"
    words = [
        "--epochs",
        2,
        "--hidden",
        "32,16",
        "--latent",
        3,
        "--batch-size",
        64,
        "--seed",
        9,
        "--json",
    ]
    result = train_on(few, *words, "--output", output)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    for line in lines:
        assert set(line) == {"epoch", "seconds", "train", "test", "loss"}
        assert line["loss"] == pytest.approx(-line["train"]["elbo"], rel=1e-5)
        for part in (line["train"], line["test"]):
            assert part["elbo"] == pytest.approx(-(part["reconstruction"] + part["kl"]))
            assert part["reconstruction"] > 0
            assert part["kl"] > 0
    model = load_model(output)
    assert model.config == VAEConfig(784, (32, 16), 3)
    assert model.record.settings is not None
    assert (model.record.settings.seed, model.record.settings.batch_size) == (9, 64)
    assert [stats.test.elbo for stats in model.record.history] == [line["test"]["elbo"] for line in lines]
    assert str(output) in result.stderr


def test_without_json_the_epochs_are_told_on_stderr(few: str, tmp_path: Path) -> None:
    result = train_on(few, "--epochs", 1, "--hidden", 8, "--output", tmp_path / "m")
    assert result.stdout == ""
    assert "epoch 1/1" in result.stderr
    assert "\r" not in result.stderr


def test_without_json_validation_is_told_as_well(few: str, tmp_path: Path) -> None:
    result = train_on(few, *SMALL, "--epochs", 1, "--validation", 0.1, "--output", tmp_path / "m")
    assert re.search(r"nats an image, validation -\d+\.\d\d\n", result.stderr)


@posix
def test_on_a_terminal_there_is_a_progress_bar(few: str, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    # Nothing is said of the time that is left before it can be known.
    words = ["train", "--epochs", "5", "--hidden", "8", "--batch-size", "4", "--output", str(tmp_path / "m")]
    with subprocess.Popen(
        [*COMMAND, *words], stderr=theirs, env=environment(**{DATA_VARIABLE: few})
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "\repoch 1/5 [" in shown
    assert re.search(r"\[#*\.*\] +\d+%, \d+:\d\d left", shown)
    assert "epoch 5/5: " in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # so Linux says that the other side is closed
        return b""
