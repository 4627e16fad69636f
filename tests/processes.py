"""Runs Python in a process of its own, as a user's shell does."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import vae_explorer

#: Where the package lies that is under test.
ROOT = Path(vae_explorer.__file__).parents[1]


def environment(**variables: str) -> dict[str, str]:
    """This process's environment, in which the package under test is found from any folder."""
    kept = {name: value for name, value in os.environ.items() if name != "VAE_EXPLORER_DATA"}
    return kept | {"PYTHONPATH": str(ROOT)} | variables


def run_code(code: str, *arguments: object, cwd: Path | None = None, **variables: str) -> str:
    """What `code` prints; fails if it fails or warns."""
    done = _run(code, [*map(str, arguments)], cwd, strict=True, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _run(
    code: str, words: list[str], cwd: Path | None, *, strict: bool, **variables: str
) -> subprocess.CompletedProcess[str]:
    options = ["-W", "error"] if strict else []
    return subprocess.run(
        [sys.executable, *options, "-c", code, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**variables),
        cwd=cwd,
        timeout=120,
        check=False,
    )


def run_prepared(
    code: str, *arguments: object, cwd: Path | None = None, strict: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs `code` to its end in a process that need not read PyTorch first, where the system can fork.

    Args:
        code: what a process of its own would run, with `arguments` in ``sys.argv``.
        cwd: where.
        strict: whether warnings are errors.
        variables: of the environment, besides this process's own.
    """
    words = [*map(str, arguments)]
    if not hasattr(os, "fork"):
        return _run(code, words, cwd, strict=strict, **variables)
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        status = _forked(
            code=code,
            arguments=words,
            cwd=str(cwd or Path.cwd()),
            environment=environment(**variables),
            out=str(out),
            err=str(err),
            strict=strict,
        )
        return subprocess.CompletedProcess(words, status, out.read_text("utf-8"), err.read_text("utf-8"))


#: The process that forks, once it is needed.
_forking: "list[subprocess.Popen[str]]" = []


def _forked(**task: object) -> int:
    """The exit code."""
    if not _forking:
        atexit.register(_end_forking)
        _forking.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.forking"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment(PYTHONIOENCODING="utf-8"),
                cwd=ROOT,
            )
        )
    (process,) = _forking
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def _end_forking() -> None:
    with _forking.pop() as process:
        process.communicate(timeout=120)
