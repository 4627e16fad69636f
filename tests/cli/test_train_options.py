from pathlib import Path

import pytest

from tests.cli.support import done, refused
from vae_explorer.cli.parser import parse
from vae_explorer.cli.train_settings import training_settings
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.training_config import TrainingConfig


def test_without_options_the_defaults_of_the_core_hold() -> None:
    assert training_settings(parse(["train", "--output", "m"])) == TrainingConfig()


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
    settings = training_settings(parse(["train", "--output", "m", *words]))
    assert settings == TrainingConfig(
        *(20, 64, 3e-4, 5, "cpu", 4.0, "linear", 7, 4, 0.25, "cosine", 5.0, 3, 0.1)
    )
    words = ["--annealing", "cyclical", "--annealing-cycles", "2"]
    settings = training_settings(parse(["train", "--output", "m", *words]))
    assert settings == TrainingConfig(annealing="cyclical", annealing_cycles=2)


def test_the_help_of_train_gives_units_and_defaults() -> None:
    text = " ".join(done("train", "--help").split())
    assert text.encode("cp1252")  # the console of Windows has no Greek letters
    for words in (
        "what follows each hidden layer (relu)",
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


def test_a_place_to_save_that_is_not_there_is_said_before_the_data_is_read(tmp_path: Path) -> None:
    words = ["train", "--output", tmp_path / "missing" / "m"]
    refused(*words, says="Cannot write", **{DATA_VARIABLE: "/nowhere"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--output M.safetensors, --run FOLDER, or both"),
        (["--json"], "--output"),
        (["--resume", "missing"], "There is no run at missing"),
        (["--resume", "."], "no other file says what it was"),
        (["--resume", "model.safetensors"], "There is no run at model.safetensors"),
        (["--resume", ".", "--beta", "1"], "--beta cannot be given"),
        (["--resume", ".", "--run", "there"], "--run cannot be given"),
        (["--resume", ".", "--latent", "3"], "--latent cannot be given"),
        (["--run", "."], ". is not empty"),
        (["--output", "m", "--epochs", "0"], "number of epochs"),
        (["--output", "m", "--epochs", "-3"], "number of epochs"),
        (["--output", "m", "--epochs", "many"], "many"),
        (["--output", "m", "--hidden", "4x4"], "Hidden widths"),
        (["--output", "m", "--hidden", "-5"], "Hidden widths"),
        (["--output", "m", "--hidden", "0"], "hidden width"),
        (["--output", "m", "--hidden", "65536,65536"], "parameters"),
        (["--output", "m", "--latent", "0"], "latent size"),
        (["--output", "m", "--activation", "softplus"], "'relu', 'silu', 'gelu', 'tanh'"),
        (["--resume", ".", "--activation", "relu"], "--activation cannot be given"),
        (["--resume", ".", "--sigma", "1"], "--sigma cannot be given"),
        (["--output", "m", "--likelihood", "poisson"], "'continuous_bernoulli'"),
        (["--output", "m", "--sigma", "0.5"], "--sigma only counts with"),
        (["--output", "m", "--likelihood", "gaussian", "--sigma", "0"], "--sigma: The standard deviation"),
        (["--output", "m", "--latent", "-2"], "latent size"),
        (["--output", "m", "--batch-size", "0"], "batch size"),
        (["--output", "m", "--learning-rate", "0"], "learning rate"),
        (["--output", "m", "--learning-rate", "nan"], "learning rate"),
        (["--output", "m", "--seed", "-1"], "seed"),
        (["--output", "m", "--device", "tpu"], "tpu"),
        (["--output", "m", "--beta", "-1"], "weight β"),
        (["--output", "m", "--beta", "nan"], "weight β"),
        (["--output", "m", "--beta", "1e9"], "from 0 to 1000"),
        (["--output", "m", "--annealing", "sudden"], "sudden"),
        (["--output", "m", "--annealing", "linear", "--annealing-epochs", "11"], "longer than"),
        (
            ["--output", "m", "--annealing", "linear", "--epochs", "4"],
            "longer than the training of 4 (--epochs). Give --annealing-epochs 4 or less, or --epochs 5 or more.",
        ),
        (["--output", "m", "--annealing", "linear", "--annealing-epochs", "0"], "--annealing-epochs: The"),
        (["--output", "m", "--annealing-epochs", "5"], "--annealing-epochs only counts with"),
        (["--output", "m", "--annealing-cycles", "2"], "only counts with --annealing cyclical"),
        (["--output", "m", "--annealing", "cyclical", "--annealing-cycles", "0"], "--annealing-cycles: The"),
        (
            ["--output", "m", "--annealing", "cyclical", "--beta", "0"],
            "With --beta 0 there is nothing to anneal",
        ),
        (["--output", "m", "--free-bits", "-0.5"], "free bits"),
        (["--output", "m", "--free-bits", "inf"], "free bits"),
        (["--output", "m", "--schedule", "steep"], "steep"),
        (["--output", "m", "--clip", "-1"], "longest gradient"),
        (["--output", "m", "--clip", "nan"], "--clip: The longest gradient"),
        (["--output", "m", "--patience", "-1"], "patience"),
        (["--output", "m", "--validation", "0.6"], "held out"),
        (["--output", "m", "--validation", "-0.1"], "--validation: The share"),
        (["--output", "missing/m"], "Cannot write missing"),
        (["--output", "."], "folder"),
        (["--output", "model.safetensors/m"], "Cannot write model.safetensors"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_line_says_what_is_wrong(words: list[str], says: str, file: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    refused("train", *words, says=says, cwd=tmp_path, **{DATA_VARIABLE: "/nowhere"})
    assert sorted(tmp_path.rglob("*")) == before
