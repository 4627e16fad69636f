import signal
from pathlib import Path

from tests.cli.support import (
    PRESS_CTRL_C,
    SMALL,
    endless_training,
    epochs_in,
    posix,
    refused_on,
    train_on,
)
from tests.core.folders import contents
from tests.core.runs import figures
from tests.processes import run_prepared
from tests.samples import same_weights
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.run_folder import (
    METRICS,
    SNAPSHOTS,
    STATE,
    load_snapshot,
    read_run,
    snapshot_path,
)
from vae_explorer.core.state_file import load_state


@posix
def test_ctrl_c_in_the_middle_of_an_epoch_and_resume_is_as_if_nothing_had_happened(
    few: str, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    settings = (*SMALL, "--epochs", "3", "--annealing", "linear", "--annealing-epochs", "2", "--json")
    train_on(few, *settings, "--run", whole)
    pressed = run_prepared(PRESS_CTRL_C, "2", *settings, "--run", cut, **{DATA_VARIABLE: few})
    said = pressed.stdout.splitlines()
    assert epochs_in("\n".join(said[:-1])) == [1]
    assert said[-1] == "130"
    paused = read_run(cut)
    assert (paused.info.status, paused.can_resume, paused.saved_epochs) == ("paused", True, (1,))
    position = load_state(cut / STATE).position
    assert (position.epoch, position.images) == (2, 64), "it was put away after the first step of the epoch"

    resumed = train_on(few, "--resume", cut, "--json")
    assert epochs_in(resumed.stdout) == [2, 3]
    assert figures(read_run(cut).metrics) == figures(read_run(whole).metrics)
    assert read_run(cut).info.status == "finished"
    for epoch in (1, 2, 3):
        assert same_weights(load_snapshot(cut, epoch), load_snapshot(whole, epoch)), epoch


@posix
def test_kill_in_the_middle_of_an_epoch_and_resume_is_as_if_nothing_had_happened(
    few: str, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    with endless_training(few, "--run", cut, "--beta", 2) as process:
        process.kill()
        process.wait()
    killed = read_run(cut)
    assert killed.info.status == "running", "it had no time to say that it ended"
    assert killed.can_resume
    first = load_state(cut / STATE).position.epoch
    resumed = train_on(few, "--resume", cut, "--epochs", first + 1, "--json")
    assert epochs_in(resumed.stdout) == [first, first + 1]
    train_on(few, *SMALL, "--epochs", first + 1, "--beta", 2, "--run", whole)
    assert figures(read_run(cut).metrics) == figures(read_run(whole).metrics)
    assert read_run(cut).problems == ()
    for epoch in (1, first, first + 1):
        assert same_weights(load_snapshot(cut, epoch), load_snapshot(whole, epoch)), epoch


@posix
def test_two_processes_cannot_write_one_run(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with endless_training(few, "--run", folder) as process:
        refused_on(few, "--resume", folder, says="run is in use: another window or process is writing it")
        refused_on(few, "--run", folder, says="is not empty")
        # It was not disturbed.
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        process.communicate()
    found = read_run(folder)
    assert found.problems == ()
    assert [stats.epoch for stats in found.metrics.epochs] == list(range(1, len(found.metrics.epochs) + 1))


@posix
def test_after_ctrl_c_it_is_said_how_to_go_on(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with endless_training(few, "--run", folder) as process:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == f"vae-explorer: to go on later: vae-explorer train --resume {folder}\n"
    done_before = 1 + len(stdout.splitlines())
    result = train_on(few, "--resume", folder, "--epochs", done_before + 1, "--output", tmp_path / "m")
    assert result.stderr.splitlines()[-1].startswith(
        f"vae-explorer: saved the model of epoch {done_before + 1} in "
    )
    assert read_run(folder).info.settings.epochs == done_before + 1


@posix
def test_ctrl_c_before_the_next_epoch_saves_the_model_of_the_last_one(few: str, tmp_path: Path) -> None:
    train_on(few, *SMALL, "--epochs", 1, "--run", tmp_path / "run")
    words = ("--resume", tmp_path / "run", "--epochs", "9", "--output", tmp_path / "m")
    assert run_prepared(PRESS_CTRL_C, "1", *words, **{DATA_VARIABLE: few}).stdout == "130\n"
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(tmp_path / "run", 1))


def test_a_run_with_all_its_epochs_says_so_and_can_get_more(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train_on(few, *SMALL, "--epochs", 1, "--run", folder)
    result = train_on(few, "--resume", folder, "--json", "--output", tmp_path / "m")
    assert result.stdout == ""
    assert "all 1 epochs are done; --epochs N gives the run more." in result.stderr
    assert same_weights(load_model(tmp_path / "m"), load_snapshot(folder, 1))
    result = train_on(few, "--resume", folder, "--epochs", 2, "--json")
    assert epochs_in(result.stdout) == [2]
    assert [stats.epoch for stats in read_run(folder).metrics.epochs] == [1, 2]


def test_only_epochs_and_device_of_a_run_can_be_changed(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train_on(few, *SMALL, "--epochs", 1, "--run", folder)
    before = contents(folder)
    for words, says in (
        (["--beta", 2], "--beta cannot be given"),
        (["--hidden", "16"], "--hidden cannot"),
        (["--clip", 1], "--clip cannot"),
        (["--batch-size", 32], "--batch-size cannot"),
        (["--run", tmp_path / "other"], "--run cannot"),
        (["--epochs", 0], "--epochs: The number of epochs"),
    ):
        refused_on(few, "--resume", folder, *words, says=says)
    assert contents(folder) == before


def test_a_run_is_not_made_shorter_than_its_ramp(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ramp = ("--annealing", "linear", "--annealing-epochs", 2)
    train_on(few, *SMALL, "--epochs", 2, *ramp, "--run", folder)
    says = "--epochs 1 is shorter than the annealing ramp of the run. Give --epochs 2 or more."
    refused_on(few, "--resume", folder, "--epochs", 1, says=says)


def test_a_damaged_run_goes_on_and_what_was_lost_is_said(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train_on(few, *SMALL, "--epochs", 3, "--run", folder)
    metrics = folder / METRICS
    metrics.write_bytes(metrics.read_bytes()[: metrics.stat().st_size // 2])
    snapshot_path(folder, 1).unlink()
    damaged = snapshot_path(folder, 2)
    damaged.write_bytes(damaged.read_bytes()[:1000])
    said = train_on(few, "--resume", folder, "--epochs", 4, "--json").stderr
    assert f"vae-explorer: {SNAPSHOTS}/{damaged.name} is damaged and was skipped." in said
    assert f"{METRICS}: the last line was cut off in the middle and skipped." in said
    assert f"{METRICS} lacks epochs or changes; they were taken from the autosave." in said
    found = read_run(folder)
    assert [stats.epoch for stats in found.metrics.epochs] == [1, 2, 3, 4]
    assert found.saved_epochs == (3, 4)


def test_a_run_with_a_damaged_autosave_cannot_go_on(few: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train_on(few, *SMALL, "--epochs", 1, "--run", folder)
    (folder / STATE).write_bytes((folder / STATE).read_bytes()[:-1])
    before = contents(folder)
    refused_on(few, "--resume", folder, "--epochs", 2, says=f"{STATE}: it is damaged or truncated")
    (folder / STATE).unlink()
    refused_on(few, "--resume", folder, "--epochs", 2, says="has no autosave")
    assert contents(folder) == {name: content for name, content in before.items() if name != STATE}


def test_what_is_no_run_cannot_be_resumed(few: str, tmp_path: Path) -> None:
    refused_on(few, "--resume", tmp_path / "nowhere", says="There is no run at")
    (tmp_path / "empty").mkdir()
    refused_on(few, "--resume", tmp_path / "empty", says="no other file says what it was")
