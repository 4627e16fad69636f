import csv
import json
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.core.runs import figures
from tests.processes import environment, run_code
from vae_explorer import __version__
from vae_explorer.cli import commands
from vae_explorer.cli.parser import parse
from vae_explorer.core.bundled import DEFAULT_MODEL
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE, load_images
from vae_explorer.core.devices import available_devices
from vae_explorer.core.images import gray_levels, grid
from vae_explorer.core.models import VAE
from vae_explorer.core.run_folder import load_snapshot, read_run
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.training_config import TrainingConfig

posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices are POSIX's")
COMMAND = [sys.executable, "-m", "vae_explorer"]


def cli(*words: object, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONIOENCODING="utf-8", **variables),
        cwd=cwd,
        timeout=120,
        check=False,
    )


def done(*words: object, cwd: Path | None = None, **variables: str) -> str:
    result = cli(*words, cwd=cwd, **variables)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(*words: object, says: str, cwd: Path | None = None, **variables: str) -> None:
    result = cli(*words, cwd=cwd, **variables)
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("vae-explorer: ")
    assert says in line


@pytest.fixture(scope="module")
def model() -> ModelSnapshot:
    return VAE(VAEConfig(784, (20,), 3), torch.Generator().manual_seed(0)).snapshot()


@pytest.fixture
def file(model: ModelSnapshot, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with so few real digits that an epoch takes a moment."""
    folder = tmp_path_factory.mktemp("few")
    test = load_images("test")
    for prefix, part in (("train", slice(0, 2000)), ("t10k", slice(2000, 2300))):
        images, labels = test.images[part].reshape(-1, 28, 28), test.labels[part]
        for kind, values in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
            (folder / f"{prefix}-{kind}-ubyte").write_bytes(header + values.tobytes())
    return str(folder)


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


# --- Help and imports -------------------------------------------------------------------------------


def test_help_names_the_window_and_every_command() -> None:
    text = done("--help")
    for word in (
        "FILE",
        "--screenshot",
        "--size",
        "--theme",
        "train",
        "info",
        "decode",
        "embed",
        "sample",
        "./train",
    ):
        assert word in text


@pytest.mark.parametrize("command", ["train", "info", "decode", "embed", "sample"])
def test_each_command_explains_itself(command: str) -> None:
    assert f"usage: vae-explorer {command}" in done(command, "--help")


def test_version() -> None:
    assert done("--version") == f"vae-explorer {__version__}\n"


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


@pytest.mark.parametrize("words", [["./train"], ["--theme", "dark", "./info"], ["--", "a.safetensors"], []])
def test_everything_but_a_command_opens_the_window(words: list[str]) -> None:
    options = parse(words)
    assert options.run is commands.open_window
    assert options.file == (words[-1] if words else None)


def test_options_of_the_window() -> None:
    options = parse(["m", "--screenshot", "a.png", "--size", "1400x900", "--theme", "dark"])
    assert (options.screenshot, options.size, options.theme) == (Path("a.png"), (1400, 900), "dark")


# --- info -------------------------------------------------------------------------------------------


def test_info_says_what_the_bundled_model_is() -> None:
    text = done("info", DEFAULT_MODEL)
    assert "784-512-256-128-2" in text
    assert "MNIST" in text


def test_info_as_json(file: Path) -> None:
    facts = json.loads(done("info", file, "--json"))
    assert facts["model"] == "784-20-3"
    assert facts["parameters"] == VAEConfig(784, (20,), 3).parameter_count
    assert facts["config"] == {"input_size": 784, "hidden": [20], "latent": 3, "likelihood": "bernoulli"}
    assert facts["data_set"] is facts["seed"] is facts["training"] is facts["last"] is None
    bundled = json.loads(done("info", DEFAULT_MODEL, "--json"))
    assert bundled["seed"] == 0
    assert bundled["last"]["test"]["elbo"] >= -137
    assert set(bundled["last"]) == {"epoch", "seconds", "train", "test"}


def test_info_of_a_model_of_unknown_origin(file: Path) -> None:
    assert "not known" in done("info", file)


@posix
def test_what_a_file_holds_cannot_reach_the_terminal_unfiltered(model: ModelSnapshot, tmp_path: Path) -> None:
    from dataclasses import replace

    record = replace(model.record, data_set="evil\x1b[2J\nname")
    save_model(replace(model, record=record), tmp_path / "a")
    text = done("info", tmp_path / "a")
    assert "\x1b" not in text
    assert "evil [2J name" in text


@posix
def test_a_reader_that_goes_away_is_no_error(file: Path) -> None:
    for words in (["info", file], ["--help"], ["info", file, "--json"]):
        with subprocess.Popen(
            [*COMMAND, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_goes_nowhere_is_said(file: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*COMMAND, "info", str(file)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == "vae-explorer: Cannot write the output: No space left on device.\n"


# --- decode, embed, sample --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "z", [["0.5", "-1.2", "0"], ["-1.2", "0.5", "-3"], ["-1e-3", "-.5", "1e1"], ["-0", "+1", "-2E0"]]
)
def test_decode_writes_the_mean_image(z: list[str], model: ModelSnapshot, file: Path, tmp_path: Path) -> None:
    done("decode", file, "--z", *z, "--output", tmp_path / "a.png")
    means = model.decode(np.array([[float(value) for value in z]]))[0].reshape(28, 28)
    np.testing.assert_array_equal(picture(tmp_path / "a.png"), np.rint(means * 255))


def test_options_may_come_before_the_model(file: Path, tmp_path: Path) -> None:
    done("decode", "--z", "-1", "-2e0", "0", "--output", tmp_path / "a.png", file)
    assert picture(tmp_path / "a.png").shape == (28, 28)


def test_decode_enlarges(file: Path, tmp_path: Path) -> None:
    done("decode", file, "--z", 0, 0, 0, "--output", tmp_path / "a.png")
    done("decode", file, "--z", 0, 0, 0, "--output", tmp_path / "b.png", "--scale", 4)
    np.testing.assert_array_equal(picture(tmp_path / "b.png")[::4, ::4], picture(tmp_path / "a.png"))


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
    done("sample", file, "-n", 64, "--seed", 5, "--output", tmp_path / "a.png")
    done("sample", file, "--seed", 5, "--output", tmp_path / "b.png")
    done("sample", file, "--seed", 6, "--output", tmp_path / "c.png")
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


# --- options of train -------------------------------------------------------------------------------


def test_without_options_the_defaults_of_the_core_hold() -> None:
    assert commands.training_settings(parse(["train", "--output", "m"])) == TrainingConfig()


def test_every_setting_has_an_option() -> None:
    words = [
        *(
            "--epochs",
            "20",
            "--batch-size",
            "64",
            "--learning-rate",
            "3e-4",
            "--seed",
            "5",
            "--device",
            "cpu",
        ),
        *("--beta", "4", "--annealing", "linear", "--annealing-epochs", "7", "--free-bits", "0.25"),
        *("--schedule", "cosine", "--clip", "5", "--patience", "3", "--validation", "0.1"),
    ]
    settings = commands.training_settings(parse(["train", "--output", "m", *words]))
    assert settings == TrainingConfig(
        *(20, 64, 3e-4, 5, "cpu", 4.0, "linear", 7, 4, 0.25, "cosine", 5.0, 3, 0.1)
    )
    words = ["--annealing", "cyclical", "--annealing-cycles", "2"]
    settings = commands.training_settings(parse(["train", "--output", "m", *words]))
    assert settings == TrainingConfig(annealing="cyclical", annealing_cycles=2)


def test_the_help_of_train_gives_units_and_defaults() -> None:
    text = " ".join(done("train", "--help").split())
    assert text.encode("cp1252")  # the console of Windows has no Greek letters
    for words in (
        "--beta X weight of the KL term; 1 is the ELBO (1)",
        "length of the linear ramp in epochs (5)",
        "nats of KL that each latent dimension has for free; 0 for none (0)",
        "--clip X",
        "from 0 to 0.5 (0)",
    ):
        assert words in text


def test_what_is_wrong_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    words = ["train", "--output", tmp_path / "m", "--annealing", "linear", "--epochs", 2]
    refused(*words, says="annealing ramp", **{DATA_VARIABLE: "/nowhere"})


# --- train ------------------------------------------------------------------------------------------


def test_train_prints_one_json_object_an_epoch_and_saves(few: str, tmp_path: Path) -> None:
    output = tmp_path / "m.safetensors"
    words = [
        "train",
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
    result = cli(*words, "--output", output, **{DATA_VARIABLE: few})
    assert result.returncode == 0
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


def test_the_same_seed_gives_the_same_file_but_for_the_times(few: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        done("train", "--epochs", 1, "--hidden", 16, "--output", tmp_path / name, **{DATA_VARIABLE: few})
    a, b = load_model(tmp_path / "a"), load_model(tmp_path / "b")
    assert all(np.array_equal(values, b.weights[name]) for name, values in a.weights.items())


def test_without_json_the_epochs_are_told_on_stderr(few: str, tmp_path: Path) -> None:
    result = cli("train", "--epochs", 1, "--hidden", 8, "--output", tmp_path / "m", **{DATA_VARIABLE: few})
    assert result.stdout == ""
    assert "epoch 1/1" in result.stderr
    assert "\r" not in result.stderr


@posix
def test_on_a_terminal_there_is_a_progress_bar(few: str, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    # Nothing is said of the time that is left before it can be known.
    words = ["train", "--epochs", "9", "--hidden", "8", "--batch-size", "4", "--output", str(tmp_path / "m")]
    with subprocess.Popen(
        [*COMMAND, *words], stderr=theirs, env=environment(**{DATA_VARIABLE: few})
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "\repoch 1/9 [" in shown
    assert re.search(r"\[#*\.*\] +\d+%, \d+:\d\d left", shown)
    assert "epoch 9/9: " in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # so Linux says that the other side is closed
        return b""


def test_a_missing_device_is_said_and_the_cpu_used(few: str, tmp_path: Path) -> None:
    (missing, *_) = {"cuda", "mps"} - set(available_devices())
    words = ["train", "--epochs", 1, "--hidden", 8, "--device", missing, "--json", "--output", tmp_path / "m"]
    result = cli(*words, **{DATA_VARIABLE: few})
    assert result.returncode == 0
    assert f"vae-explorer: {missing} cannot be used" in result.stderr
    assert "training on cpu" in result.stderr
    assert (tmp_path / "m").exists()


@pytest.fixture
def running(few: str, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A long training whose first epoch is over."""
    words = ["train", "--epochs", "10000", "--hidden", "8", "--json", "--output", str(tmp_path / "m")]
    with subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**{DATA_VARIABLE: few}),
        # However the tests themselves were started, Ctrl-C is to reach this process.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        yield process
        process.kill()


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


#: Presses Ctrl-C in the middle of the epochs that the first argument lists, and trains with the other words.
PRESS_CTRL_C = """
import os, signal, sys, torch
signal.signal(signal.SIGINT, signal.default_int_handler)
shuffle, when, epochs = torch.randperm, sys.argv[1].split(","), 0
def shuffle_and_press(*sizes, **options):
    global epochs
    epochs += 1
    if str(epochs) in when:
        os.kill(os.getpid(), signal.SIGINT)
    return shuffle(*sizes, **options)
torch.randperm = shuffle_and_press  # every epoch begins with it
from vae_explorer.cli import main
print(main(["train", *sys.argv[2:]]))
"""


@posix
def test_ctrl_c_before_the_first_epoch_saves_nothing_and_says_so(few: str, tmp_path: Path) -> None:
    words = ["--hidden", "8", "--output", tmp_path / "m"]
    assert run_code(PRESS_CTRL_C, "1", *words, **{DATA_VARIABLE: few}) == "130"
    assert not (tmp_path / "m").exists()


def test_training_that_diverges_keeps_the_old_file(few: str, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"old")
    words = ["train", "--hidden", 512, "--learning-rate", 1, "--json", "--output", tmp_path / "m"]
    result = cli(*words, **{DATA_VARIABLE: few})
    assert result.returncode == 2
    assert "diverged" in result.stderr.splitlines()[-1]
    saved = len(result.stdout.splitlines())
    assert ((tmp_path / "m").read_bytes() == b"old") == (saved == 0)


# --- Runs -------------------------------------------------------------------------------------------

SMALL = ("--hidden", 8, "--batch-size", 64, "--device", "cpu")


def run_in(few: str, *words: object) -> subprocess.CompletedProcess[str]:
    result = cli("train", *words, **{DATA_VARIABLE: few})
    assert result.returncode == 0, result.stderr
    return result


def refused_in(few: str, *words: object, says: str) -> None:
    refused("train", *words, says=says, **{DATA_VARIABLE: few})


def same_weights(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    return all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_is_kept_in_its_folder_and_needs_no_other_output(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "first"
    result = run_in(few, *SMALL, "--epochs", 2, "--beta", 2, "--run", folder)
    assert "go on later" not in result.stderr
    assert "saved" not in result.stderr
    found = read_run(folder)
    assert (found.info.name, found.info.status, found.info.data_set) == ("first", "finished", "few0")
    assert (found.info.config.hidden, found.info.settings.beta) == ((8,), 2.0)
    assert found.saved_epochs == (1, 2)
    assert [stats.epoch for stats in found.metrics.epochs] == [1, 2]
    assert found.problems == ()


def test_a_run_and_a_file_hold_the_same_model(few: str, tmp_path: Path) -> None:
    words = (*SMALL, "--epochs", 1, "--run", tmp_path / "run", "--output", tmp_path / "m", "--json")
    result = run_in(few, *words)
    assert json.loads(result.stdout)["epoch"] == 1
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(tmp_path / "run", 1))


def test_an_empty_folder_may_become_a_run(few: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    run_in(few, *SMALL, "--epochs", 1, "--run", tmp_path / "run")
    assert read_run(tmp_path / "run").info.status == "finished"


def test_a_folder_that_is_not_empty_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    refused("train", "--run", tmp_path, says="not empty", **{DATA_VARIABLE: "/nowhere"})
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["notes.txt"]


def test_a_file_is_no_place_for_a_run(few: str, file: Path) -> None:
    before = file.read_bytes()
    refused_in(few, "--run", file, says="File exists")
    assert file.read_bytes() == before


@posix
def test_ctrl_c_in_the_middle_of_an_epoch_and_resume_is_as_if_nothing_had_happened(
    few: str, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    settings = (*SMALL, "--epochs", "3", "--annealing", "linear", "--annealing-epochs", "2", "--json")
    run_in(few, *settings, "--run", whole)
    said = run_code(PRESS_CTRL_C, "2", *settings, "--run", cut, **{DATA_VARIABLE: few}).splitlines()
    assert [json.loads(line)["epoch"] for line in said[:-1]] == [1]
    assert said[-1] == "130"
    paused = read_run(cut)
    assert (paused.info.status, paused.can_resume, paused.saved_epochs) == ("paused", True, (1,))
    assert paused.metrics.column("step")[-1] > 32, "it was put away after the first epoch of 32 steps"

    resumed = run_in(few, "--resume", cut, "--json")
    assert [json.loads(line)["epoch"] for line in resumed.stdout.splitlines()] == [2, 3]
    assert figures(read_run(cut).metrics) == figures(read_run(whole).metrics)
    assert read_run(cut).info.status == "finished"
    for epoch in (1, 2, 3):
        assert same_weights(load_snapshot(cut, epoch), load_snapshot(whole, epoch)), epoch


@posix
def test_after_ctrl_c_it_is_said_how_to_go_on(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = ["train", *SMALL, "--epochs", 100_000, "--json", "--run", folder]
    with subprocess.Popen(
        [*COMMAND, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**{DATA_VARIABLE: few}),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        # Nobody else may touch it meanwhile.
        refused_in(few, "--resume", folder, says="run")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == f"vae-explorer: to go on later: vae-explorer train --resume {folder}\n"
    done_before = 1 + len(stdout.splitlines())
    result = run_in(few, "--resume", folder, "--epochs", done_before + 1, "--output", tmp_path / "m")
    assert result.stderr.splitlines()[-1].startswith(
        f"vae-explorer: saved the model of epoch {done_before + 1} in "
    )
    assert read_run(folder).info.settings.epochs == done_before + 1


@posix
def test_ctrl_c_before_the_next_epoch_saves_the_model_of_the_last_one(few: str, tmp_path: Path) -> None:
    run_in(few, *SMALL, "--epochs", 1, "--run", tmp_path / "run")
    words = ("--resume", tmp_path / "run", "--epochs", "9", "--output", tmp_path / "m")
    assert run_code(PRESS_CTRL_C, "1", *words, **{DATA_VARIABLE: few}) == "130"
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(tmp_path / "run", 1))


def test_a_run_with_all_its_epochs_says_so_and_can_get_more(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_in(few, *SMALL, "--epochs", 1, "--run", folder)
    result = run_in(few, "--resume", folder, "--json", "--output", tmp_path / "m")
    assert result.stdout == ""
    assert "all 1 epochs are done; --epochs N gives the run more." in result.stderr
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(folder, 1))
    result = run_in(few, "--resume", folder, "--epochs", 2, "--json")
    assert [json.loads(line)["epoch"] for line in result.stdout.splitlines()] == [2]
    assert [stats.epoch for stats in read_run(folder).metrics.epochs] == [1, 2]


def test_only_epochs_and_device_of_a_run_can_be_changed(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_in(few, *SMALL, "--epochs", 1, "--run", folder)
    before = files_in(folder)
    for words, says in (
        (["--beta", 2], "--beta cannot be given"),
        (["--hidden", "16"], "--hidden cannot"),
        (["--clip", 1], "--clip cannot"),
        (["--batch-size", 32], "--batch-size cannot"),
        (["--run", tmp_path / "other"], "--run cannot"),
        (["--epochs", 0], "number of epochs"),
    ):
        refused_in(few, "--resume", folder, *words, says=says)
    assert files_in(folder) == before


def test_what_is_no_run_cannot_be_resumed(few: str, tmp_path: Path) -> None:
    refused_in(few, "--resume", tmp_path / "nowhere", says="There is no run at")
    (tmp_path / "empty").mkdir()
    refused_in(few, "--resume", tmp_path / "empty", says="no other file says what it was")


#: So steep that the first epochs are the best ones.
IMPATIENT = ("--hidden", 8, "--batch-size", 8, "--learning-rate", 0.2, "--clip", 1, "--patience", 2, "--json")


def test_early_stopping_is_a_good_end_and_saves_the_best_epoch(few: str, tmp_path: Path) -> None:
    folder, output = tmp_path / "run", tmp_path / "m"
    words = (*IMPATIENT, "--validation", 0.2, "--epochs", 500, "--run", folder, "--output", output)
    result = run_in(few, *words)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) < 500
    judged = [line["validation"]["elbo"] for line in lines]
    best = 1 + judged.index(max(judged))
    assert best == len(lines) - 2
    assert f"stopped early: no epoch after {best} was better." in result.stderr
    assert f"saved the model of epoch {best} in {output}" in result.stderr
    assert same_weights(load_model(output), load_snapshot(folder, best))
    assert read_run(folder).info.status == "finished"
    for line in lines:
        part = line["validation"]
        assert part["elbo"] == pytest.approx(-(part["reconstruction"] + part["kl"]))

    # The best one was trained before the run was taken up again.
    output.unlink()
    run_in(few, "--resume", folder, "--output", output)
    assert same_weights(load_model(output), load_snapshot(folder, best))


def test_without_json_validation_is_told_as_well(few: str, tmp_path: Path) -> None:
    result = run_in(few, *SMALL, "--epochs", 1, "--validation", 0.1, "--output", tmp_path / "m")
    assert re.search(r"nats an image, validation -\d+\.\d\d\n", result.stderr)


def test_a_run_that_diverges_is_kept_up_to_its_last_whole_epoch(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = cli("train", "--hidden", 512, "--learning-rate", 1, "--run", folder, **{DATA_VARIABLE: few})
    assert result.returncode == 2
    assert "diverged" in result.stderr.splitlines()[-1]
    assert "go on later" not in result.stderr
    found = read_run(folder)
    assert found.info.status == "failed"
    assert "diverged" in found.info.problem


# --- Wrong use and bad input ------------------------------------------------------------------------


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
        (["train"], "--output M.safetensors, --run FOLDER, or both"),
        (["train", "--json"], "--output"),
        (["train", "--resume", "missing"], "There is no run at missing"),
        (["train", "--resume", ".", "--run", "there"], "--run cannot be given"),
        (["train", "--resume", ".", "--latent", "3"], "--latent cannot be given"),
        (["train", "--run", "."], ". is not empty"),
        (["train", "--output", "m", "--epochs", "0"], "number of epochs"),
        (["train", "--output", "m", "--epochs", "-3"], "number of epochs"),
        (["train", "--output", "m", "--epochs", "many"], "many"),
        (["train", "--output", "m", "--hidden", "4x4"], "Hidden widths"),
        (["train", "--output", "m", "--hidden", "-5"], "Hidden widths"),
        (["train", "--output", "m", "--hidden", "0"], "hidden width"),
        (["train", "--output", "m", "--hidden", "65536,65536"], "parameters"),
        (["train", "--output", "m", "--latent", "0"], "latent size"),
        (["train", "--output", "m", "--latent", "-2"], "latent size"),
        (["train", "--output", "m", "--batch-size", "0"], "batch size"),
        (["train", "--output", "m", "--learning-rate", "0"], "learning rate"),
        (["train", "--output", "m", "--learning-rate", "nan"], "learning rate"),
        (["train", "--output", "m", "--seed", "-1"], "seed"),
        (["train", "--output", "m", "--device", "tpu"], "tpu"),
        (["train", "--output", "m", "--beta", "-1"], "weight β"),
        (["train", "--output", "m", "--beta", "nan"], "weight β"),
        (["train", "--output", "m", "--annealing", "sudden"], "sudden"),
        (["train", "--output", "m", "--annealing", "linear", "--annealing-epochs", "11"], "longer than"),
        (
            ["train", "--output", "m", "--annealing", "linear", "--epochs", "4"],
            "longer than the training of 4",
        ),
        (["train", "--output", "m", "--annealing-epochs", "5"], "--annealing-epochs only counts with"),
        (["train", "--output", "m", "--annealing-cycles", "2"], "only counts with --annealing cyclical"),
        (["train", "--output", "m", "--annealing", "cyclical", "--annealing-cycles", "0"], "cycles"),
        (["train", "--output", "m", "--annealing", "cyclical", "--beta", "0"], "nothing to anneal"),
        (["train", "--output", "m", "--free-bits", "-0.5"], "free bits"),
        (["train", "--output", "m", "--schedule", "steep"], "steep"),
        (["train", "--output", "m", "--clip", "-1"], "longest gradient"),
        (["train", "--output", "m", "--patience", "-1"], "patience"),
        (["train", "--output", "m", "--validation", "0.6"], "held out"),
        (["train", "--output", "missing/m"], "Cannot write missing"),
        (["train", "--output", "."], "folder"),
        (["train", "--output", "model.safetensors/m"], "Cannot write model.safetensors"),
        (["info"], "required: M"),
        (["info", "missing"], "Cannot open missing: No such file"),
        (["info", "."], "folder"),
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


def test_a_place_to_save_that_is_not_there_is_said_before_the_data_is_read(tmp_path: Path) -> None:
    words = ["train", "--output", tmp_path / "missing" / "m"]
    refused(*words, says="Cannot write", **{DATA_VARIABLE: "/nowhere"})


def test_a_missing_data_folder_is_said(file: Path, tmp_path: Path) -> None:
    for words in (["train", "--output", tmp_path / "m"], ["embed", file, "--output", tmp_path / "a.csv"]):
        refused(*words, says="nowhere", **{DATA_VARIABLE: str(tmp_path / "nowhere")})


def test_a_model_of_other_images_cannot_embed_these(tmp_path: Path) -> None:
    save_model(VAE(VAEConfig(16, (4,), 2)).snapshot(), tmp_path / "m")
    refused("embed", tmp_path / "m", "--output", tmp_path / "a.csv", says="16 pixels")


def test_a_model_with_absurd_weights_is_said(tmp_path: Path) -> None:
    config = VAEConfig(784, (4,), 2)
    weights = {name: np.full(shape, 3e38, np.float32) for name, shape in config.weight_shapes.items()}
    save_model(ModelSnapshot(config, weights), tmp_path / "m")
    refused("embed", tmp_path / "m", "--output", tmp_path / "a.csv", says="no longer numbers")
    refused("decode", tmp_path / "m", "--z", -9, 3, "--output", tmp_path / "a.png", says="no longer numbers")


def test_a_line_break_in_a_name_does_not_break_the_line() -> None:
    refused("info", "a\nb", says="Cannot open a b: ")
