"""A disk that is full while a run is written to it."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.core.folders import contents
from tests.core.runs import ROOT, made_up_run
from tests.processes import environment
from vae_explorer.core.config import VAEConfig

#: A model of 100 kB, whose autosave takes 300 kB.
BIG = VAEConfig(784, (16,), 3)
FILL_UP = """
import os, resource, subprocess, sys
from pathlib import Path
from tests.core.runs import add_epochs, epoch_stats, info, snapshot, state, step_stats
from tests.core.test_run_full_disk import BIG
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


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such limit")
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
