import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.runs import (
    CHANGE,
    ROOT,
    add_epochs,
    epoch_stats,
    figures,
    info,
    made_up_run,
    same_state,
    snapshot,
    start_training,
    state,
    step_stats,
)
from tests.processes import environment
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.run_folder import is_busy, load_snapshot, read_run
from vae_explorer.core.run_recorder import RunBusyError, RunRecorder
from vae_explorer.core.state_file import load_state

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal or limit")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "run"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_recorded_is_read(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 3)
        assert recorder.saved_epochs == (1, 2, 3)
        recorder.set_info(replace(recorder.info, name="Another name"))
    run = read_run(folder)
    assert run.info == replace(info(folder), name="Another name")
    assert run.metrics.column("step").tolist() == list(range(1, 13))
    assert run.metrics.epochs == [epoch_stats(epoch) for epoch in (1, 2, 3)]
    assert run.metrics.changes == [CHANGE]
    assert run.saved_epochs == (1, 2, 3)
    assert run.problems == ()
    assert run.can_resume
    assert load_snapshot(folder, 2).weights["mu.bias"].tolist() == snapshot(2).weights["mu.bias"].tolist()
    assert same_state(load_state(folder / "state.safetensors"), state(3))


def test_figures_can_be_read_as_they_come(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        recorder.add_steps(step_stats(1)[:1])
        assert read_run(folder).metrics.step_count == 1
        recorder.add_steps(())
        recorder.add_steps(step_stats(1)[1:])
        assert read_run(folder).metrics.step_count == 4


def test_a_folder_that_is_there_is_not_overwritten(folder: Path) -> None:
    made_up_run(folder, 1)
    before = contents(folder)
    with pytest.raises(UserError, match="Cannot write"):
        RunRecorder.create(folder, info(folder))
    assert contents(folder) == before
    assert not is_busy(folder)


def test_a_folder_with_anything_in_it_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "notes.txt").touch()
    with pytest.raises(UserError, match="not empty"):
        RunRecorder.create(folder, info(folder))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert not is_busy(folder)


def test_an_empty_folder_becomes_a_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    made_up_run(folder, 2)
    assert read_run(folder).saved_epochs == (1, 2)


def test_what_is_no_run_is_not_reopened(folder: Path) -> None:
    with pytest.raises(UserError, match="There is no run at"):
        RunRecorder.reopen(folder)
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match=r"no other file says what it was"):
        RunRecorder.reopen(folder)
    assert not is_busy(folder)


# --- Taking up --------------------------------------------------------------------------------------


def test_taking_up_a_whole_run_changes_nothing(folder: Path) -> None:
    made_up_run(folder)
    before = contents(folder)
    with RunRecorder.reopen(folder) as recorder:
        assert same_state(recorder.take_up(), state(3))
        assert recorder.saved_epochs == (1, 2, 3)
    assert contents(folder) == before


def test_what_is_newer_than_the_autosave_is_removed(folder: Path, tmp_path: Path) -> None:
    """As if the power had gone after each thing that is written for the third epoch, but before the autosave."""
    whole = made_up_run(tmp_path / "whole" / "run", 2)
    made_up_run(folder, 3)
    shutil.copy(whole / "state.safetensors", folder)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"steps","steps":[{"st')
    with RunRecorder.reopen(folder) as recorder:
        assert same_state(recorder.take_up(), state(2))
        assert recorder.saved_epochs == (1, 2)
        assert contents(folder) == contents(whole) | {"run.json": (folder / "run.json").read_bytes()}
        add_epochs(recorder, 3, 3)
    assert contents(folder) == contents(made_up_run(tmp_path / "other" / "run", 3))


def test_steps_are_cut_within_their_line(folder: Path) -> None:
    made_up_run(folder, 1)
    with RunRecorder.reopen(folder) as recorder:
        middle = replace(state(1), position=replace(state(1).position, step=6))
        recorder.add_steps(step_stats(2))
        recorder.save_state(middle)
        recorder.take_up()
    assert read_run(folder).metrics.column("step").tolist() == [1, 2, 3, 4, 5, 6]


def test_a_change_that_the_autosave_does_not_know_is_removed(folder: Path) -> None:
    """It was made between two epochs, after the autosave: the training goes on without it."""
    made_up_run(folder, 1)
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_change(replace(CHANGE, step=4))
        recorder.take_up()
    assert read_run(folder).metrics.changes == []


def test_epochs_whose_lines_were_lost_come_back(folder: Path) -> None:
    made_up_run(folder)
    whole = figures(read_run(folder).metrics)
    path = folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = [line if b'"kind":"steps"' in line else b"\0" * 30 + b"\n" for line in lines]
    path.write_bytes(b"".join(damaged))
    run = read_run(folder)
    assert figures(run.metrics) == whole
    assert run.problems == (
        "metrics.jsonl: 4 damaged lines were skipped.",
        "metrics.jsonl lacks epochs or changes; they were taken from the autosave.",
    )
    with RunRecorder.reopen(folder) as recorder:
        recorder.take_up()
    assert figures(read_run(folder).metrics) == whole


def test_lines_of_another_version_stay(folder: Path) -> None:
    made_up_run(folder, 1)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"weather","sun":true}\n')
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_steps(step_stats(2))
        recorder.take_up()
    assert (folder / "metrics.jsonl").read_bytes().endswith(b'{"kind":"weather","sun":true}\n')
    assert read_run(folder).problems == ()


@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_without_a_whole_autosave_nothing_is_cut(content: bytes | None, folder: Path) -> None:
    made_up_run(folder)
    path = folder / "state.safetensors"
    path.unlink() if content is None else path.write_bytes(content)
    before = contents(folder)
    with RunRecorder.reopen(folder) as recorder, pytest.raises(CheckpointError, match="state"):
        recorder.take_up()
    assert contents(folder) == before


def test_a_run_without_its_description_can_be_taken_up(folder: Path) -> None:
    made_up_run(folder)
    (folder / "run.json").write_bytes(b"")
    with RunRecorder.reopen(folder) as recorder:
        recorder.take_up()
        recorder.set_info(recorder.info)
    run = read_run(folder)
    assert run.problems == ()
    assert (run.info.settings, run.info.config) == (info(folder).settings, info(folder).config)


def test_a_line_that_was_cut_off_does_not_spoil_the_next(folder: Path) -> None:
    made_up_run(folder, 1)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"steps","steps":[{"st')
    with RunRecorder.reopen(folder) as recorder:
        add_epochs(recorder, 2, 2)
    run = read_run(folder)
    assert (run.metrics.step_count, len(run.metrics.epochs), run.problems) == (8, 2, ())


# --- Budget -----------------------------------------------------------------------------------------


def test_snapshots_are_thinned_to_the_budget(folder: Path) -> None:
    """The made up runs get better all the time, so the last epoch is the best as well."""
    one = made_up_run(folder.with_name("one"), 1) / "snapshots" / "epoch-00001.safetensors"
    # The history in each grows a little.
    budget = int(6.5 * one.stat().st_size)
    with RunRecorder.create(folder, info(folder), budget=budget) as recorder:
        for epoch in range(1, 30):
            add_epochs(recorder, epoch, epoch)
            sizes = [path.stat().st_size for path in (folder / "snapshots").iterdir()]
            assert sum(sizes) <= budget or len(sizes) == 2
            assert recorder.saved_epochs[0] == 1
            assert recorder.saved_epochs[-1] == epoch
    before = recorder.saved_epochs
    assert before != tuple(range(1, 30))
    assert read_run(folder).saved_epochs == before
    with RunRecorder.reopen(folder, budget=budget) as recorder:
        recorder.take_up()
        assert recorder.saved_epochs == before
        add_epochs(recorder, 30, 30)
        # It goes on with the same distance as before.
        assert recorder.saved_epochs == (*before[:-1], *([29] if 29 % 8 == 0 else []), 30)


# --- Two writers ------------------------------------------------------------------------------------


def test_a_second_recorder_in_this_process_is_refused(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 1)
        with pytest.raises(RunBusyError, match=r"The run run is in use.*stop it there"):
            RunRecorder.reopen(folder)
        assert is_busy(folder)
        add_epochs(recorder, 2, 2)
    assert not is_busy(folder)
    RunRecorder.reopen(folder).close()


HOLD = """
import sys
from pathlib import Path
from vae_explorer.core.run_recorder import RunRecorder
with RunRecorder.reopen(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_second_process_is_refused_and_changes_nothing(folder: Path) -> None:
    made_up_run(folder)
    before = contents(folder)
    with hold_elsewhere(folder) as process:
        assert is_busy(folder)
        with pytest.raises(RunBusyError):
            RunRecorder.reopen(folder)
        with pytest.raises(RunBusyError):
            RunRecorder.create(folder, info(folder))
        assert read_run(folder).problems == ()
        assert contents(folder) == before
        process.kill()
        process.wait()
    # The system gives the lock back, however the process ended.
    assert not is_busy(folder)
    RunRecorder.reopen(folder).close()


# --- A disk that is full ----------------------------------------------------------------------------

#: A model of 100 kB, whose autosave takes 300 kB.
BIG = VAEConfig(784, (16,), 3)

FILL_UP = """
import os, resource, subprocess, sys
from pathlib import Path
from tests.core.runs import add_epochs, epoch_stats, info, snapshot, state, step_stats
from tests.core.test_run_recorder import BIG
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_recorder import RunRecorder

folder, kind, place = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ballast = folder.parent / "ballast"

def fill():
    if kind == "limit":
        begun = (folder / "metrics.jsonl").stat().st_size
        most = {"metrics": begun + 100, "snapshots": begun + 5_000, "state": 200_000}[place]
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    else:
        left = {"metrics": 0, "snapshots": 60_000, "state": 200_000}[place]
        free = os.statvfs(folder)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - left))

def make_room():
    if kind == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        ballast.unlink()

if kind == "tmpfs":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.parent], check=True)
with RunRecorder.create(folder, info(folder, BIG)) as recorder:
    add_epochs(recorder, 1, 1, BIG)
    if place == "metrics":
        write = lambda: recorder.add_steps(step_stats(2) + step_stats(3) * 10 + step_stats(4) * 10)
    else:
        recorder.add_steps(step_stats(2))
        write = lambda: recorder.add_epoch(epoch_stats(2), snapshot(2, BIG), state(2, BIG))
    fill()
    for _ in range(2):
        try:
            write()
        except UserError as error:
            print(error)
        # Nothing of it is there, and everything from before.
        lines = (folder / "metrics.jsonl").read_bytes().splitlines()
        print(len(lines), recorder.saved_epochs)
    make_room()
    write()
    if place != "metrics":
        add_epochs(recorder, 3, 3, BIG)
if kind == "tmpfs":
    subprocess.run(["cp", "-r", folder, sys.argv[4]], check=True)
"""


def in_a_namespace() -> list[str]:
    """How to run a program that may mount something which nobody else sees; empty where that is not allowed."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        with suppress(OSError):
            if not subprocess.run(
                [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
            ).returncode:
                return command
    return []


@posix
@pytest.mark.parametrize("place", ["metrics", "snapshots", "state"])
@pytest.mark.parametrize(
    ("kind", "reason"), [("limit", "File too large"), ("tmpfs", "No space left on device")]
)
def test_a_full_disk_is_said_and_the_same_call_completes_once_there_is_room(
    kind: str, reason: str, place: str, folder: Path, tmp_path: Path
) -> None:
    """With the system's limit on the size of files, which needs no rights, and with a disk that is really full."""
    command = in_a_namespace() if kind == "tmpfs" else []
    if kind == "tmpfs" and not command:
        pytest.skip(
            "mounting a small disk is not allowed here; the limit on the size of files was tried instead"
        )
    folder.parent.mkdir()
    copy = tmp_path / "copy"
    done = subprocess.run(
        [*command, sys.executable, "-W", "error", "-c", FILL_UP, str(folder), kind, place, str(copy)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file = {
        "metrics": "metrics.jsonl",
        "snapshots": "snapshots/epoch-00002.safetensors",
        "state": "state.safetensors",
    }[place]
    said = [f"Cannot write {folder / file}: {reason}.", f"{2 if place == 'metrics' else 3} (1,)"]
    assert done.stdout.splitlines() == said * 2
    written = copy if kind == "tmpfs" else folder
    if place == "metrics":
        assert len((written / "metrics.jsonl").read_bytes().splitlines()) == 3
        return
    expected = contents(made_up_run(tmp_path / "whole" / "run", 3, BIG))
    # No change is recorded in this one.
    there = contents(written)
    assert there.keys() == expected.keys()
    for name in there.keys() - {"metrics.jsonl"}:
        assert there[name] == expected[name]
    kinds = [line[:15] for line in there["metrics.jsonl"].splitlines()]
    assert kinds == [b'{"kind":"steps"', b'{"kind":"epoch"'] * 3


def test_a_folder_that_vanished_is_said(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 1)
        shutil.rmtree(folder)
        for write in (
            lambda: recorder.add_steps(step_stats(2)),
            lambda: recorder.add_epoch(epoch_stats(2), snapshot(2), state(2)),
            lambda: recorder.save_state(state(2)),
            lambda: recorder.set_info(recorder.info),
        ):
            with pytest.raises(UserError, match=f"Cannot write {folder}.*No such file"):
                write()


def test_a_run_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot write"):
        RunRecorder.create(tmp_path / "file" / "run", info(tmp_path / "run"))


# --- Killed while it trains -------------------------------------------------------------------------


def finish(folder: Path) -> Path:
    with start_training(folder) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert output.endswith("finished\n")
    return folder


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finish(tmp_path_factory.mktemp("runs") / "uninterrupted")


def assert_same_run(folder: Path, other: Path) -> None:
    run, expected = read_run(folder), read_run(other)
    assert same_state(load_state(folder / "state.safetensors"), load_state(other / "state.safetensors"))
    assert figures(run.metrics) == figures(expected.metrics)
    assert run.saved_epochs == expected.saved_epochs
    for epoch in run.saved_epochs:
        one, another = load_snapshot(folder, epoch), load_snapshot(other, epoch)
        assert all(
            values.tobytes() == another.weights[name].tobytes() for name, values in one.weights.items()
        )
    assert run.problems == expected.problems == ()


def test_an_uninterrupted_run_is_whole(uninterrupted: Path) -> None:
    run = read_run(uninterrupted)
    assert (run.problems, run.info.status, run.can_resume) == ((), "finished", True)
    assert run.metrics.step_count == 48
    assert [change.step for change in run.metrics.changes] == [21]
    assert run.saved_epochs == (1, 2, 3, 4, 5, 6)


@posix
@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_as_if_nothing_had_been(folder: Path, uninterrupted: Path) -> None:
    """Killed in the middle of an epoch and of an autosave, by its own progress."""
    moments = random.Random(0)
    killed = 0
    # Each goes on from an autosave at the latest one epoch of 8 steps before.
    for word in ("saving", "step", "saving", "step"):
        process = start_training(folder)
        assert process.stdout is not None
        with process:
            count = moments.randint(2, 3) if word == "saving" else moments.randint(9, 14)
            for line in process.stdout:
                count -= line.startswith(word)
                if not count:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    killed += 1
                    break
        assert not is_busy(folder)
        assert read_run(folder).can_resume
    assert killed == 4
    assert_same_run(finish(folder), uninterrupted)


@pytest.mark.slow
@pytest.mark.parametrize("step", [19, 22])
def test_a_pause_in_the_middle_of_an_epoch_changes_nothing(
    step: int, folder: Path, uninterrupted: Path
) -> None:
    """Before and after the user changed β, in the third epoch."""
    with start_training(folder, pause_at=step) as process:
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert load_state(folder / "state.safetensors").position.step == step
    assert_same_run(finish(folder), uninterrupted)
