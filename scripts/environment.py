"""Knows whether the project's virtual environment is ready, and starts programs in it.

This is the quick half: it runs at every start and so looks only at a few small files. What has to be done when the
environment is not ready is in `installation`. Both use only what comes with Python.

When an environment is complete, a stamp is written into it: a hash of everything that decided what was installed.
`run` and `test` have a stamp each, in one environment; that of `test` also covers what `run` installs.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

#: Part of every stamp: another number makes every environment be brought up to date.
STAMP_FORMAT = "1"
#: The one option of the scripts themselves; all others belong to the program that is started.
SET_UP_ONLY = "--set-up-only"


class SetUp(NamedTuple):
    """Something to be installed: the packages of one lock file."""

    name: str
    lock: str
    after: "tuple[SetUp, ...]" = ()

    @property
    def stamp(self) -> Path:
        """The file that says that this is installed."""
        return VENV / f"{self.name}.stamp"

    def is_ready(self) -> bool:
        """Whether all of this is installed, and nothing changed since."""
        if not all(each.is_ready() for each in self.after):
            return False
        try:
            return self.stamp.read_text() == self.fingerprint()
        except OSError:
            return False

    def fingerprint(self) -> str:
        """A hash of all that decides what is installed: the files, and where the project and its Python lie.

        Raises:
            OSError: a file or the environment's Python is missing.
        """
        locks = [ROOT / each.lock for each in (*self.after, self)]
        contents = [path.read_bytes() for path in (*locks, ROOT / "pyproject.toml")]
        # An upgrade of the system may put another Python behind the link in the environment.
        places = [str(ROOT), str(PYTHON.resolve(strict=True))]
        parts = [STAMP_FORMAT.encode(), *map(os.fsencode, places), *contents]
        return hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()


RUN = SetUp("run", "requirements.lock")
TEST = SetUp("test", "requirements-test.lock", after=(RUN,))


def main(set_up: SetUp, command: list[str], folder: Path | None = None) -> int:
    """Makes the environment ready if it is not, and runs Python in it with `command` and this program's arguments.

    Returns the exit code of that program, or 2 if the environment could not be made, or 130 if that was interrupted.
    """
    arguments = sys.argv[1:]
    if not set_up.is_ready() and (code := _install(set_up)) != 0:
        return code
    if arguments == [SET_UP_ONLY]:
        return 0
    if folder is not None:
        os.chdir(folder)
    return _start([str(PYTHON), *command, *arguments])


def _install(set_up: SetUp) -> int:
    # Imported here because it is seldom needed, and every start would pay for it.
    import installation

    try:
        installation.install(set_up)
    except installation.InstallationError as error:
        print(f"\nVAE Explorer could not be set up.\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to continue.", file=sys.stderr)
        return 130
    return 0


def _start(command: list[str]) -> int:
    if os.name != "nt":
        # The program takes the place of this one, so signals and the exit code need no passing on.
        os.execv(command[0], command)
    import subprocess

    # Ctrl-C reaches both; it is the program that decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)
