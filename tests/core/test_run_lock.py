"""Only one writes a run at a time, in this process or in another, and nobody sees a lock afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.folders import contents
from tests.core.runs import add_epochs, info, made_up_run
from tests.processes import environment
from vae_explorer.core.run_folder import is_busy, read_run
from vae_explorer.core.run_lock import hold, lock_path
from vae_explorer.core.run_recorder import RunBusyError, RunRecorder


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


def test_no_lock_is_left_beside_a_run_that_nobody_writes(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        assert lock_path(folder).exists()
        assert lock_path(folder).name.startswith(".")
        add_epochs(recorder, 1, 1)
    assert not is_busy(folder)
    read_run(folder)
    assert list(folder.parent.iterdir()) == [folder]


def test_the_lock_of_a_killed_process_is_removed_by_whoever_asks_for_the_run(folder: Path) -> None:
    made_up_run(folder)
    with hold_elsewhere(folder) as process:
        process.kill()
        process.wait()
    assert lock_path(folder).exists()
    assert not is_busy(folder)
    assert list(folder.parent.iterdir()) == [folder]


def test_a_lock_can_be_given_back_twice_without_taking_that_of_the_next(folder: Path) -> None:
    first = hold(folder)
    first.release()
    second = hold(folder)
    first.release()
    assert is_busy(folder)
    with pytest.raises(RunBusyError):
        hold(folder)
    second.release()
    assert not is_busy(folder)


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows moves no folder with an open file in it")
def test_a_folder_that_is_renamed_takes_the_locks_of_its_runs_along(folder: Path) -> None:
    moved = folder.parent.with_name("moved")
    first = hold(folder)
    folder.parent.rename(moved)
    assert is_busy(moved / folder.name)
    # In its place somebody may begin anew; the lock there is theirs.
    second = hold(folder)
    first.release()
    assert is_busy(folder)
    assert not is_busy(moved / folder.name)
    second.release()
    assert list(folder.parent.iterdir()) == []


TAKE_TURNS = """
import sys, time
from pathlib import Path
from vae_explorer.core.run_lock import RunBusyError, hold, is_busy
folder, mark = Path(sys.argv[1]), Path(sys.argv[1]) / "mark"
end, turns = time.monotonic() + 2, 0
while time.monotonic() < end:
    is_busy(folder)
    try:
        lock = hold(folder)
    except RunBusyError:
        continue
    mark.touch(exist_ok=False)  # fails if somebody else holds it too
    mark.unlink()
    lock.release()
    turns += 1
print(turns)
"""


def test_processes_that_take_turns_never_hold_it_together(folder: Path) -> None:
    """The file of the lock comes and goes all the time, and some open it just before it goes."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", TAKE_TURNS, str(folder)]
    processes = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
        for _ in range(3)
    ]
    for process in processes:
        said, problems = process.communicate(timeout=60)
        assert process.returncode == 0, problems
        assert int(said) > 10
    assert list(folder.parent.iterdir()) == [folder]
