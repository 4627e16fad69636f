import csv
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.support import COMMAND, cli, done, posix, refused
from tests.processes import environment
from vae_explorer.core.bundled import DEFAULT_MODEL
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import load_images
from vae_explorer.core.images import gray_levels, grid
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import Change


def test_info_says_what_the_bundled_model_is() -> None:
    text = done("info", DEFAULT_MODEL)
    assert "784-512-256-128-2" in text
    assert "MNIST" in text


def test_info_as_json(file: Path) -> None:
    facts = json.loads(done("info", file, "--json"))
    assert facts["model"] == "784-20-3"
    assert facts["parameters"] == VAEConfig(784, (20,), 3).parameter_count
    assert facts["config"] == VAEConfig(784, (20,), 3).to_dict()
    assert facts["data_set"] is facts["seed"] is facts["training"] is facts["last"] is None
    bundled = json.loads(done("info", DEFAULT_MODEL, "--json"))
    assert bundled["seed"] == 0
    assert bundled["last"]["test"]["elbo"] >= -137
    assert set(bundled["last"]) == {"epoch", "seconds", "train", "test"}


def test_info_of_a_model_of_unknown_origin(file: Path) -> None:
    assert "not known" in done("info", file)


def test_info_of_a_model_says_what_was_changed_while_it_was_trained(
    model: ModelSnapshot, tmp_path: Path
) -> None:
    changes = (
        Change(1840, 2.5, "beta", 5.0, 0.5),
        Change(2760, 3.0, "learning_rate", 0.001, 0.0005),
    )
    steered = tmp_path / "steered.safetensors"
    save_model(replace(model, record=TrainingRecord(changes=changes)), steered)
    line = "steered     β 5 → 0.5 (epoch 3), learning rate 0.001 → 0.0005 (epoch 4)"
    assert line in done("info", steered).splitlines()
    facts = json.loads(done("info", steered, "--json"))
    assert facts["changes"] == [change.to_dict() for change in changes]


def test_info_of_a_model_that_nobody_steered_says_nothing_of_it(file: Path) -> None:
    assert "steered" not in done("info", file)
    assert json.loads(done("info", file, "--json"))["changes"] == []


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


@pytest.mark.parametrize(
    "z", [["0.5", "-1.2", "0"], ["-1.2", "0.5", "-3"], ["-1e-3", "-.5", "1e1"], ["-0", "+1", "-2E0"]]
)
def test_decode_writes_the_mean_image(z: list[str], model: ModelSnapshot, file: Path, tmp_path: Path) -> None:
    done("decode", file, "--z", *z, "--output", tmp_path / "a.png", "--scale", 1)
    means = model.decode(np.array([[float(value) for value in z]]))[0].reshape(28, 28)
    np.testing.assert_array_equal(picture(tmp_path / "a.png"), np.rint(means * 255))


def test_options_may_come_before_the_model(file: Path, tmp_path: Path) -> None:
    done("decode", "--z", "-1", "-2e0", "0", "--output", tmp_path / "a.png", file)
    assert picture(tmp_path / "a.png").shape == (224, 224)


@pytest.mark.parametrize(("scale", "times"), [((), 8), (("--scale", 4), 4)])
def test_decode_enlarges(scale: tuple[object, ...], times: int, file: Path, tmp_path: Path) -> None:
    done("decode", file, "--z", 0, 0, 0, "--output", tmp_path / "a.png", "--scale", 1)
    done("decode", file, "--z", 0, 0, 0, "--output", tmp_path / "b.png", *scale)
    small = picture(tmp_path / "a.png")
    assert small.shape == (28, 28)
    np.testing.assert_array_equal(picture(tmp_path / "b.png"), small.repeat(times, 0).repeat(times, 1))


@posix
def test_a_picture_can_go_to_a_pipe(file: Path) -> None:
    result = subprocess.run(
        [*COMMAND, "decode", str(file), "--z", "0", "0", "0", "--output", "/dev/stdout"],
        stdout=subprocess.PIPE,
        env=environment(),
        check=True,
    )
    assert result.stdout.startswith(b"\x89PNG")


def test_embed_writes_the_posterior_of_every_test_image(
    model: ModelSnapshot, file: Path, tmp_path: Path
) -> None:
    done("embed", file, "--output", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as table:
        header, *rows = csv.reader(table)
    assert header == ["index", "label", "mu_1", "mu_2", "mu_3", "logvar_1", "logvar_2", "logvar_3"]
    test = load_images("test")
    assert [int(row[0]) for row in rows] == list(range(10_000))
    assert [int(row[1]) for row in rows] == test.labels.tolist()
    posterior = model.encode(test.images)
    numbers = np.array([row[2:] for row in rows], np.float32)
    np.testing.assert_allclose(numbers[:, :3], posterior.mu, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(numbers[:, 3:], posterior.logvar, rtol=1e-5, atol=1e-6)


def test_sample_is_the_grid_of_the_tutorials_and_repeatable(
    model: ModelSnapshot, file: Path, tmp_path: Path
) -> None:
    done("sample", file, "-n", 64, "--seed", 5, "--output", tmp_path / "a.png", "--scale", 1)
    done("sample", file, "--seed", 5, "--output", tmp_path / "b.png", "--scale", 1)
    done("sample", file, "--seed", 6, "--output", tmp_path / "c.png", "--scale", 1)
    sheet = picture(tmp_path / "a.png")
    assert sheet.shape == (8 * 30 + 2, 8 * 30 + 2)
    np.testing.assert_array_equal(sheet, picture(tmp_path / "b.png"))
    assert (sheet != picture(tmp_path / "c.png")).any()
    z = np.random.default_rng(5).standard_normal((64, 3))
    np.testing.assert_allclose(sheet, grid(gray_levels(model.decode(z))), atol=1)


def test_a_state_dict_is_as_good_as_a_model_file(tmp_path: Path) -> None:
    sizes = {"fc1": (784, 9), "fc_mu": (9, 2), "fc_logvar": (9, 2), "fc3": (2, 9), "fc4": (9, 784)}
    layers = torch.nn.ModuleDict({name: torch.nn.Linear(a, b) for name, (a, b) in sizes.items()})
    torch.save(layers.state_dict(), tmp_path / "vae.pth")
    assert json.loads(done("info", tmp_path / "vae.pth", "--json"))["model"] == "784-9-2"


def test_a_model_of_other_images_cannot_embed_these(tmp_path: Path) -> None:
    save_model(VAE(VAEConfig(16, (4,), 2)).snapshot(), tmp_path / "m")
    refused("embed", tmp_path / "m", "--output", tmp_path / "a.csv", says="16 pixels")


def test_a_model_with_absurd_weights_is_said(tmp_path: Path) -> None:
    config = VAEConfig(784, (4,), 2)
    weights = {name: np.full(shape, 3e38, np.float32) for name, shape in config.weight_shapes.items()}
    save_model(ModelSnapshot(config, weights), tmp_path / "m")
    refused("embed", tmp_path / "m", "--output", tmp_path / "a.csv", says="no longer numbers")
    refused("decode", tmp_path / "m", "--z", -9, 3, "--output", tmp_path / "a.png", says="no longer numbers")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("decode", "--z", 0, 0, 0), "the picture"),
        (("sample", "-n", 4), "the pictures"),
        (("embed",), "the table"),
    ],
)
def test_it_is_said_where_a_file_went_and_what_it_replaced(
    words: tuple[object, ...], what: str, file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    command, *options = words
    said = f"vae-explorer: saved {what} in {output}"
    assert cli(command, file, *options, "--output", output).stderr == f"{said}\n"
    again = cli(command, file, *options, "--output", output).stderr
    assert again == f"{said}, replacing the file that was there\n"
