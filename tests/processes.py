"""Runs Python in a process of its own, as a user's shell does."""

import os
import subprocess
import sys
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
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**variables),
        cwd=cwd,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
