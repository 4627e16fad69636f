"""A real training that is cut off again and again, and leaves the same run as one that never was."""

import os
import random
import signal
from pathlib import Path

import pytest

from tests.core.runs import TRAIN, figures, same_state, start_training
from tests.processes import ROOT, run_prepared
from vae_explorer.core.run_folder import is_busy, load_snapshot, read_run
from vae_explorer.core.state_file import load_state


def finish(folder: Path) -> Path:
    done = run_prepared(TRAIN, folder, 0, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("finished\n")
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


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
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
    done = run_prepared(TRAIN, folder, step, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert load_state(folder / "state.safetensors").position.step == step
    assert_same_run(finish(folder), uninterrupted)
