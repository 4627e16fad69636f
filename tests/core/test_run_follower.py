import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.runs import (
    CHANGE,
    add_epochs,
    epoch_stats,
    info,
    made_up_run,
    snapshot,
    start_training,
    state,
    step_stats,
)
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics_file import encode
from vae_explorer.core.run_folder import is_busy, read_run
from vae_explorer.core.run_follower import Growth, RunFollower
from vae_explorer.core.run_recorder import RunRecorder


@pytest.fixture
def recorder(folder: Path) -> Iterator[RunRecorder]:
    with RunRecorder.create(folder, info(folder)) as recorder:
        yield recorder


def nothing(*saved: int) -> Growth:
    return Growth(None, (), (), (), saved, False)


def test_it_reports_what_comes_and_nothing_twice(folder: Path, recorder: RunRecorder) -> None:
    follower = RunFollower(folder)
    assert follower.poll() == replace(nothing(), info=info(folder))
    assert follower.poll() == nothing()
    recorder.add_steps(step_stats(1)[:2])
    assert follower.poll() == replace(nothing(), steps=step_stats(1)[:2])
    recorder.add_steps(step_stats(1)[2:])
    recorder.add_epoch(epoch_stats(1), snapshot(1), state(1))
    recorder.add_change(CHANGE)
    assert follower.poll() == Growth(None, step_stats(1)[2:], (epoch_stats(1),), (CHANGE,), (1,), False)
    assert follower.poll() == nothing(1)
    finished = recorder.info.with_status("finished")
    recorder.set_info(finished)
    assert follower.poll() == replace(nothing(1), info=finished)
    recorder.set_info(finished)
    assert follower.poll() == nothing(1)


def test_the_first_look_reports_all_that_is_there(folder: Path) -> None:
    made_up_run(folder)
    growth = RunFollower(folder).poll()
    assert [stats.step for stats in growth.steps] == list(range(1, 13))
    assert growth.epochs == tuple(epoch_stats(k) for k in (1, 2, 3))
    assert (growth.changes, growth.saved_epochs, growth.cut) == ((CHANGE,), (1, 2, 3), False)


def test_half_a_line_is_left_for_the_next_look(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    line = encode(step_stats(2))
    with (folder / "metrics.jsonl").open("ab", buffering=0) as file:
        for part in range(0, len(line), 50):
            assert follower.poll() == nothing(1)
            file.write(line[part : part + 50])
    assert follower.poll() == replace(nothing(1), steps=step_stats(2))


def test_half_a_line_that_is_taken_back_is_nothing(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"st')
    assert follower.poll() == nothing(1)
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_steps(step_stats(2))
    assert follower.poll() == replace(nothing(1), steps=step_stats(2))


@pytest.mark.parametrize("more", [0, 1, 3])
def test_after_a_cut_it_reports_everything_again(more: int, folder: Path) -> None:
    """Also where the file has grown beyond its former length meanwhile."""
    made_up_run(folder, 2)
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_steps(tuple(replace(stats, loss=1.0) for stats in step_stats(3)))
    follower = RunFollower(folder)
    assert len(follower.poll().steps) == 12
    with RunRecorder.reopen(folder) as recorder:
        recorder.take_up()
        add_epochs(recorder, 3, 2 + more)
    growth = follower.poll()
    assert growth.cut
    assert growth.steps == tuple(stats for epoch in range(1, 3 + more) for stats in step_stats(epoch))
    assert len(growth.epochs) == 2 + more
    assert growth.changes == (CHANGE,)
    assert follower.poll() == nothing(*range(1, 3 + more))


def test_figures_that_vanish_are_a_cut_to_nothing(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    (folder / "metrics.jsonl").unlink()
    assert follower.poll() == replace(nothing(1), cut=True)
    assert follower.poll() == nothing(1)


def test_damaged_lines_are_skipped(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b"garbage\n" + encode(CHANGE) + b"\0\0\0\n")
    assert follower.poll() == replace(nothing(1), changes=(CHANGE,))


def test_a_description_that_cannot_be_read_now_keeps_the_old_one(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    content = (folder / "run.json").read_bytes()
    (folder / "run.json").unlink()
    assert follower.poll() == nothing(1)
    (folder / "run.json").write_bytes(content)
    assert follower.poll() == nothing(1)


def test_a_folder_that_vanishes_is_said(folder: Path) -> None:
    made_up_run(folder, 1)
    follower = RunFollower(folder)
    follower.poll()
    shutil.rmtree(folder)
    with pytest.raises(UserError, match=r"no longer there: .*run"):
        follower.poll()


def test_a_run_that_another_process_trains_is_followed_to_its_end(folder: Path) -> None:
    steps, epochs, changes, busy = [], [], [], []
    with start_training(folder) as process:
        assert process.stdout is not None
        follower = None
        for line in process.stdout:
            if line.startswith("step"):
                follower = follower or RunFollower(folder)
                busy.append(is_busy(folder))
                growth = follower.poll()
                assert not growth.cut
                steps += growth.steps
                epochs += growth.epochs
                changes += growth.changes
    assert follower is not None
    last = follower.poll()
    assert last.info is not None
    assert last.info.status == "finished"
    metrics = read_run(folder).metrics
    assert [stats.step for stats in (*steps, *last.steps)] == metrics.column("step").tolist()
    assert [*epochs, *last.epochs] == metrics.epochs
    assert [*changes, *last.changes] == metrics.changes
    assert busy[0]
    assert not is_busy(folder)
