"""What `vae-explorer info` says of a run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.support import done, refused
from tests.core.runs import CONFIG, SETTINGS, add_epochs, epoch_stats, info, made_up_run
from vae_explorer.core.run_folder import INFO, METRICS, snapshot_path
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a run that was killed after three of six epochs."""
    return made_up_run(tmp_path / "runs" / "my-run", 3)


def told(folder: Path) -> dict[str, str]:
    """Names and values of what a person reads."""
    lines = [line.split(maxsplit=1) for line in done("info", folder).splitlines()]
    return {line[0]: line[1] for line in lines}


def test_info_describes_a_run(folder: Path) -> None:
    text = done("info", folder)
    for line in (
        f"run         {folder}",
        "name        A run",
        f"model       16-8-5-3, {CONFIG.parameter_count} parameters",
        "data set    few",
        "settings    epochs 6, batch_size 64, device cpu",
        "steered     β 1 → 2 (epoch 2)",
        "status      interrupted",
        "epochs      3 of 6 done",
        "best        epoch 3: test ELBO -210.00 = -(207.00 + KL 3.00) nats an image",
        "last        epoch 3: test ELBO -210.00 = -(207.00 + KL 3.00) nats an image",
        "snapshots   of epochs 1, 2, 3",
    ):
        assert line in text.splitlines()
    assert "problem" not in text


def test_info_of_a_run_as_json(folder: Path) -> None:
    facts = json.loads(done("info", folder, "--json"))
    assert (facts["run"], facts["name"], facts["model"]) == (str(folder), "A run", "16-8-5-3")
    assert (facts["status"], facts["epochs_done"], facts["can_resume"]) == ("interrupted", 3, True)
    assert facts["training"] == SETTINGS.to_dict()
    assert facts["best"] == facts["last"] == epoch_stats(3).summary()
    assert facts["snapshots"] == [1, 2, 3]
    assert (facts["problem"], facts["problems"]) == (None, [])


def test_a_run_that_somebody_writes_is_not_called_interrupted(folder: Path) -> None:
    with RunRecorder.reopen(folder):
        assert told(folder)["status"] == "running"


def test_info_of_a_run_without_an_epoch(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    usual = replace(info(folder), settings=type(SETTINGS)())
    RunRecorder.create(folder, usual).close()
    facts = told(folder)
    assert facts["settings"] == "all as by default"
    assert facts["epochs"] == "0 of 10 done"
    assert facts["best"] == facts["last"] == "no epoch is over yet"
    assert facts["snapshots"] == "none"


def test_info_says_why_a_run_failed_and_where_it_came_from(folder: Path) -> None:
    values = RunInfo.from_dict(json.loads((folder / INFO).read_bytes()))
    values = replace(values.with_status("failed", "It diverged."), parent="Run 3, epoch 7")
    (folder / INFO).write_text(json.dumps(values.to_dict()))
    facts = told(folder)
    assert facts["status"] == "failed: It diverged."
    assert facts["from"] == "Run 3, epoch 7"


def test_info_lists_what_is_damaged(folder: Path) -> None:
    snapshot_path(folder, 2).write_bytes(b"half")
    with (folder / METRICS).open("ab") as file:
        file.write(b'{"half')
    text = done("info", folder)
    assert "snapshots   of epochs 1, 3" in text
    assert "problem     metrics.jsonl: the last line was cut off in the middle and skipped." in text
    assert "problem     snapshots/epoch-00002.safetensors is damaged and was skipped." in text


def test_many_snapshots_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 21)
    assert told(folder)["snapshots"] == "21, of epochs 1 to 21"


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    refused("info", tmp_path, says="is a folder, but not that of a run")
