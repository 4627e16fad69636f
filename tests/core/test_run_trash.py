import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.folders import contents
from tests.core.runs import info, made_up_run
from tests.processes import environment
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_folder import (
    RunBusyError,
    delete_run,
    list_folders,
    purge_deleted,
    read_run,
    restore_run,
)
from vae_explorer.core.run_recorder import RunRecorder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def everything(root: Path) -> set[str]:
    """All files but those of runs that are there."""
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.parts[-2] != "snapshots"
    }


def test_a_deleted_run_is_gone_and_comes_back(root: Path) -> None:
    folder = made_up_run(root / "run", 1)
    before = contents(folder)
    path = delete_run(folder)
    assert not folder.exists()
    assert list_folders(root) == []
    assert restore_run(path) == folder.resolve()
    assert contents(folder) == before
    # And again, as often as the user likes.
    restore_run(delete_run(folder))
    with RunRecorder.reopen(folder):
        pass
    assert read_run(folder).problems == ()


def test_a_run_is_not_deleted_while_it_is_written(root: Path) -> None:
    folder = root / "run"
    with RunRecorder.create(folder, info(folder)), pytest.raises(RunBusyError):
        delete_run(folder)
    assert read_run(folder).info == info(folder)


def test_what_is_purged_is_gone(root: Path) -> None:
    kept = made_up_run(root / "kept", 1)
    path = delete_run(made_up_run(root / "run", 1))
    purge_deleted(root)
    assert not path.exists()
    with pytest.raises(UserError, match="Cannot move"):
        restore_run(path)
    assert list_folders(root) == [kept]
    # No lock of a run that is gone stays behind.
    assert everything(root) == {
        *(str(Path("kept") / name) for name in ("run.json", "metrics.jsonl", "state.safetensors")),
    }
    # It can go on after that.
    restore_run(delete_run(kept))
    purge_deleted(root)
    assert list_folders(root) == [kept]


def test_purging_nothing_is_nothing(root: Path) -> None:
    purge_deleted(root)
    assert not root.exists()


def test_a_run_is_not_put_back_over_another(root: Path) -> None:
    path = delete_run(made_up_run(root / "run", 1))
    other = root / "run"
    other.mkdir()
    with pytest.raises(UserError, match=r"Cannot move"):
        restore_run(path)
    other.rmdir()
    restore_run(path)
    assert list_folders(root) == [other]
    purge_deleted(root)


def test_a_run_that_is_not_there_is_not_deleted(root: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot move .*No such file"):
        delete_run(root / "run")
    purge_deleted(root)


DELETE = """
import sys
from pathlib import Path
from vae_explorer.core.run_folder import delete_run, purge_deleted
folder = Path(sys.argv[1])
print(delete_run(folder), flush=True)
for line in sys.stdin:
    purge_deleted(folder.parent)
    print("purged", flush=True)
"""


def delete_elsewhere(folder: Path) -> "tuple[subprocess.Popen[str], Path]":
    process = subprocess.Popen(
        [sys.executable, "-c", DELETE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_another_window_deleted_is_left_to_it_until_it_is_gone(root: Path) -> None:
    mine, theirs = made_up_run(root / "mine", 1), made_up_run(root / "theirs", 1)
    process, path = delete_elsewhere(theirs)
    with process:
        own = delete_run(mine)
        purge_deleted(root)
        assert not own.exists()
        assert contents(path)
        own = delete_run(made_up_run(root / "mine", 1))
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("purge\n")
        process.stdin.flush()
        assert process.stdout.readline() == "purged\n"
        assert contents(own)
        assert not path.exists()
    purge_deleted(root)
    assert not own.exists()


def test_what_a_killed_window_deleted_is_purged(root: Path) -> None:
    process, path = delete_elsewhere(made_up_run(root / "run", 1))
    with process:
        process.kill()
        process.wait()
    assert contents(path)
    purge_deleted(root)
    assert not path.exists()
    assert everything(root) == set()
