import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.support import (
    PRESS_CTRL_C,
    SMALL,
    done,
    endless_training,
    posix,
    run_training,
    train_on,
)
from tests.core.test_config import ACTIVATIONS
from tests.processes import run_prepared
from tests.samples import same_weights
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import ACTIVATION_NAMES, VAEConfig
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.devices import available_devices
from vae_explorer.core.run_folder import load_snapshot, read_run


def test_the_same_seed_gives_the_same_file_but_for_the_times(few: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        train_on(few, "--epochs", 1, "--hidden", 16, "--output", tmp_path / name)
    a, b = load_model(tmp_path / "a"), load_model(tmp_path / "b")
    assert all(np.array_equal(values, b.weights[name]) for name, values in a.weights.items())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_model_keeps_its_activation(few: str, tmp_path: Path, activation: str) -> None:
    """In its file, in its run, when that goes on, and in what is said of them."""
    folder, output = tmp_path / "run", tmp_path / "m.safetensors"
    words = (*SMALL, "--run", folder, "--output", output)
    train_on(few, *words, "--activation", activation, "--epochs", 1)
    train_on(few, "--resume", folder, "--epochs", 2)
    model, last = load_model(output), load_snapshot(folder, 2)
    assert model.config == last.config == read_run(folder).info.config
    assert model.config == VAEConfig(hidden=(8,), activation=activation)  # type: ignore[arg-type]
    name = "784-8-2" if activation == "relu" else f"784-8-2 {ACTIVATION_NAMES[activation]}"
    for place in (folder, output):
        facts = json.loads(done("info", place, "--json"))
        assert (facts["model"], facts["config"]["activation"]) == (name, activation)
        assert name in done("info", place)


@pytest.mark.parametrize(
    ("words", "likelihood", "says"),
    [
        (["continuous_bernoulli"], "continuous_bernoulli", "continuous Bernoulli"),
        (["gaussian", "--sigma", "0.5"], "gaussian", "Gaussian, σ = 0.5"),
        (["gaussian_learned"], "gaussian_learned", "Gaussian, σ learned: 0.6"),
    ],
)
def test_a_model_keeps_its_likelihood(
    few: str, tmp_path: Path, words: list[str], likelihood: str, says: str
) -> None:
    folder, output = tmp_path / "run", tmp_path / "m.safetensors"
    train_on(few, *SMALL, "--run", folder, "--output", output, "--epochs", 1, "--likelihood", *words)
    train_on(few, "--resume", folder, "--epochs", 2)
    model = load_model(output)
    assert model.config == load_snapshot(folder, 2).config == read_run(folder).info.config
    assert model.config.likelihood == likelihood
    assert json.loads(done("info", output, "--json"))["likelihood"] == model.likelihood.name
    assert says in model.likelihood.name
    assert says in done("info", output)


def test_it_is_said_that_an_older_file_was_replaced(few: str, tmp_path: Path) -> None:
    words = (*SMALL, "--epochs", 1, "--output", tmp_path / "m")
    said = f"vae-explorer: saved the model of epoch 1 in {tmp_path / 'm'}"
    assert train_on(few, *words).stderr.splitlines()[-1] == said
    assert train_on(few, *words).stderr.splitlines()[-1] == f"{said}, replacing the file that was there"


def test_a_missing_device_is_said_and_the_cpu_used(few: str, tmp_path: Path) -> None:
    (missing, *_) = {"cuda", "mps"} - set(available_devices())
    words = ["--epochs", 1, "--hidden", 8, "--device", missing, "--json", "--output", tmp_path / "m"]
    result = train_on(few, *words)
    assert f"vae-explorer: {missing} cannot be used" in result.stderr
    assert "training on cpu" in result.stderr
    assert (tmp_path / "m").exists()


@pytest.fixture
def running(few: str, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with endless_training(few, "--output", tmp_path / "m") as process:
        yield process


@posix
def test_after_ctrl_c_the_last_epoch_is_saved(running: "subprocess.Popen[str]", tmp_path: Path) -> None:
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    epochs = 1 + len(stdout.splitlines())
    assert stderr == f"vae-explorer: saved the model of epoch {epochs} in {tmp_path / 'm'}\n"
    assert len(load_model(tmp_path / "m").record.history) == epochs


@posix
def test_training_outlives_whoever_reads_its_figures(
    running: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(timeout=1)
    running.send_signal(signal.SIGINT)
    assert "Traceback" not in running.stderr.read()
    assert running.wait(timeout=60) == 130
    assert load_model(tmp_path / "m").record.history


@posix
def test_ctrl_c_before_the_first_epoch_saves_nothing_and_says_so(few: str, tmp_path: Path) -> None:
    words = ["--hidden", "8", "--output", tmp_path / "m"]
    assert run_prepared(PRESS_CTRL_C, "1", *words, **{DATA_VARIABLE: few}).stdout == "130\n"
    assert not (tmp_path / "m").exists()


def test_training_that_diverges_keeps_the_old_file(few: str, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"old")
    words = ["--hidden", 512, "--learning-rate", 1, "--json", "--output", tmp_path / "m"]
    result = run_training(few, *words)
    assert result.returncode == 2
    assert "diverged" in result.stderr.splitlines()[-1]
    saved = len(result.stdout.splitlines())
    assert ((tmp_path / "m").read_bytes() == b"old") == (saved == 0)


#: The weight of the KL term grows so far that all but the first epochs are worse than the one before.
IMPATIENT = (
    *("--hidden", 64, "--batch-size", 16, "--learning-rate", 0.005, "--device", "cpu"),
    *("--beta", 100, "--annealing", "linear", "--annealing-epochs", 50, "--epochs", 50, "--patience", 5),
)


def test_early_stopping_is_a_good_end_and_saves_the_best_epoch(few: str, tmp_path: Path) -> None:
    folder, output = tmp_path / "run", tmp_path / "m"
    words = (*IMPATIENT, "--validation", 0.2, "--run", folder, "--output", output)
    result = train_on(few, *words, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) < 50
    judged = [line["validation"]["elbo"] for line in lines]
    best = 1 + judged.index(max(judged))
    assert best == len(lines) - 5
    assert f"stopped early: no epoch after {best} was better." in result.stderr
    assert f"saved the model of epoch {best} in {output}" in result.stderr
    assert same_weights(load_model(output), load_snapshot(folder, best))
    assert read_run(folder).info.status == "finished"
    for line in lines:
        part = line["validation"]
        assert part["elbo"] == pytest.approx(-(part["reconstruction"] + part["kl"]))

    # The best one was trained before the run was taken up again.
    output.unlink()
    train_on(few, "--resume", folder, "--output", output)
    assert same_weights(load_model(output), load_snapshot(folder, best))
