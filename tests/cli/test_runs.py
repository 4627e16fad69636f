import json
from pathlib import Path

from tests.cli.support import SMALL, refused, refused_on, run_training, train_on
from tests.samples import same_weights
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.run_folder import load_snapshot, read_run


def test_a_run_is_kept_in_its_folder_and_needs_no_other_output(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "first"
    result = train_on(few, *SMALL, "--epochs", 2, "--beta", 2, "--run", folder)
    assert "go on later" not in result.stderr
    assert "saved" not in result.stderr
    said = f"vae-explorer: kept the run in {folder}; to open it: vae-explorer {folder}"
    assert result.stderr.splitlines()[-1] == said
    found = read_run(folder)
    assert (found.info.name, found.info.status, found.info.data_set) == ("first", "finished", "few")
    assert (found.info.config.hidden, found.info.settings.beta) == ((8,), 2.0)
    assert found.saved_epochs == (1, 2)
    assert [stats.epoch for stats in found.metrics.epochs] == [1, 2]
    assert found.problems == ()


def test_a_run_and_a_file_hold_the_same_model(few: str, tmp_path: Path) -> None:
    words = (*SMALL, "--epochs", 1, "--run", tmp_path / "run", "--output", tmp_path / "m", "--json")
    result = train_on(few, *words)
    line = json.loads(result.stdout)
    assert (line["epoch"], line["run"]) == (1, str(tmp_path / "run"))
    assert "kept" not in result.stderr
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(tmp_path / "run", 1))


def test_an_empty_folder_may_become_a_run(few: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    train_on(few, *SMALL, "--epochs", 1, "--run", tmp_path / "run")
    assert read_run(tmp_path / "run").info.status == "finished"


def test_a_folder_that_is_not_empty_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    refused("train", "--run", tmp_path, says="not empty", **{DATA_VARIABLE: "/nowhere"})
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["notes.txt"]


def test_a_file_is_no_place_for_a_run(few: str, file: Path) -> None:
    before = file.read_bytes()
    refused_on(few, "--run", file, says="File exists")
    assert file.read_bytes() == before


def test_a_run_that_diverges_is_kept_up_to_its_last_whole_epoch(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = run_training(few, "--hidden", 512, "--learning-rate", 1, "--run", folder)
    assert result.returncode == 2
    assert "diverged" in result.stderr.splitlines()[-1]
    assert "go on later" not in result.stderr
    assert f"kept the run in {folder}" in result.stderr
    found = read_run(folder)
    assert found.info.status == "failed"
    assert "diverged" in found.info.problem


def test_nothing_but_the_run_is_left_where_it_was_started(few: str, tmp_path: Path) -> None:
    place = tmp_path / "work"
    place.mkdir()
    train_on(few, *SMALL, "--epochs", 1, "--run", "my-run", cwd=place)
    assert [path.name for path in place.iterdir()] == ["my-run"]
