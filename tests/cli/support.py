"""The command line as a shell runs it: in a process of its own, judged by what it prints and leaves behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import environment, run_prepared
from vae_explorer.core.data import DATA_VARIABLE

posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices are POSIX's")
COMMAND = [sys.executable, "-m", "vae_explorer"]
#: The same for `run_prepared`.
MAIN = "import runpy; runpy.run_module('vae_explorer', run_name='__main__', alter_sys=True)"

#: A model whose epoch takes a blink.
SMALL = ("--hidden", 8, "--batch-size", 64, "--device", "cpu")

#: Presses Ctrl-C in the middle of the epochs that the first argument lists, and trains with the other words.
PRESS_CTRL_C = """
import os, signal, sys, torch
signal.signal(signal.SIGINT, signal.default_int_handler)
shuffle, when, epochs = torch.randperm, sys.argv[1].split(","), 0
def shuffle_and_press(*sizes, **options):
    global epochs
    epochs += 1
    if str(epochs) in when:
        os.kill(os.getpid(), signal.SIGINT)
    return shuffle(*sizes, **options)
torch.randperm = shuffle_and_press  # every epoch begins with it
from vae_explorer.cli import main
print(main(["train", *sys.argv[2:]]))
"""


def cli(*words: object, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs `vae-explorer` with these words to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONIOENCODING="utf-8", **variables),
        cwd=cwd,
        timeout=120,
        check=False,
    )


def done(*words: object, cwd: Path | None = None, **variables: str) -> str:
    """What it prints; fails if it does not succeed."""
    result = cli(*words, cwd=cwd, **variables)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(*words: object, says: str, cwd: Path | None = None, **variables: str) -> None:
    """Fails unless these words are refused in one line that `says` why."""
    _check_refusal(cli(*words, cwd=cwd, **variables), says)


def _check_refusal(result: subprocess.CompletedProcess[str], says: str) -> None:
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("vae-explorer: ")
    assert says in line


# Training on a few digits, which lie in the folder that the first argument names


def run_training(few: str, *words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `vae-explorer train` to its end, whichever that is, and saves the seconds that reading PyTorch takes.

    `endless_training` begins from nothing, as a shell does.
    """
    return run_prepared(MAIN, "train", *words, cwd=cwd, strict=False, **{DATA_VARIABLE: few})


def train_on(few: str, *words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    result = run_training(few, *words, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result


def refused_on(few: str, *words: object, says: str) -> None:
    _check_refusal(run_training(few, *words), says)


@contextmanager
def endless_training(few: str, *words: object) -> Iterator["subprocess.Popen[str]"]:
    """A small training without an end in a process that is killed afterwards; its first epoch is over."""
    with subprocess.Popen(
        [*COMMAND, "train", *map(str, SMALL), "--epochs", "100000", "--json", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**{DATA_VARIABLE: few}),
        # However the tests themselves were started, Ctrl-C is to reach this process.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["epoch"] == 1
            yield process
        finally:
            process.kill()


def epochs_in(stdout: str) -> list[int]:
    """Which epochs a program was told of with --json."""
    return [json.loads(line)["epoch"] for line in stdout.splitlines()]
