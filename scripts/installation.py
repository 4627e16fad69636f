"""Makes the project's virtual environment, or brings it up to date.

It may be killed at any moment, and started twice at once. So that the next run always knows what it finds:

- One lock is held while anything changes. The system frees it when its holder dies, but not before a `pip` that the
  holder left behind has ended too, where the system can hand a lock on to it.
- The environment counts as torn from the moment a change in it begins until the change is complete. A torn one is
  moved aside and made anew; the packages come out of pip's cache then, not over the network.
- The stamp is written last, in one step.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from environment import PYTHON, ROOT, VENV, SetUp
from python_version import NEWEST, OLDEST

OLD_VENV = ROOT / ".venv.old"
LOCK = ROOT / ".venv.lock"
#: There while the environment is being created.
CREATING = VENV / "creating"
#: What pip wrote about its last run; only there if that run has not ended well.
LOG = VENV / "setup.log"

DOWNLOAD_SIZE = "about 3 GB" if sys.platform == "linux" else "several hundred MB"

_FULL_DISK = ("No space left", "Errno 28", "WinError 112", "Disk quota exceeded", "Errno 122")
_NO_NETWORK = (
    "NewConnectionError",
    "Failed to establish a new connection",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ConnectionResetError",
    "ReadTimeoutError",
    "Read timed out",
    "RemoteDisconnected",
    "ProxyError",
    "SSLError",
)
_NO_PACKAGE = ("No matching distribution found", "Could not find a version that satisfies")


class InstallationError(Exception):
    """The environment cannot be made; the text says why, and what to do."""


def install(set_up: SetUp) -> None:
    """Installs what `set_up` names, and what it builds upon, unless it is there already.

    Raises:
        InstallationError: it could not be done.
        KeyboardInterrupt: the user stopped it.
    """
    try:
        with _only_one() as lock:
            if not set_up.is_ready():
                _install(set_up, Worker(lock))
    except OSError as error:
        raise InstallationError(_explain(str(error), otherwise=str(error))) from error


class Worker:
    """Runs the programs that change the environment, and lets them hold the lock as long as they live."""

    def __init__(self, lock: int) -> None:
        self._inherited = () if os.name == "nt" else (lock,)

    def run(self, *command: str | Path, output: int | IO[str]) -> tuple[int, str]:
        """Runs `command` in the project's folder; returns its exit code, and its output if that is a pipe."""
        with subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=self._inherited,
            text=True,
            errors="replace",
        ) as process:
            try:
                text = process.communicate()[0]
            except KeyboardInterrupt:
                _let_end(process)
                raise
        return process.returncode, text or ""


def _let_end(process: subprocess.Popen[str]) -> None:
    """Ctrl-C in a terminal reaches `process` too, and it needs a moment to put things straight."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.terminate()


def _install(set_up: SetUp, worker: Worker) -> None:
    if not _is_usable(worker):
        _create(worker)
    for part in (*set_up.after, set_up):
        if not part.is_ready():
            _install_packages(part, worker)
    _say("Ready.")


def _is_usable(worker: Worker) -> bool:
    """Whether the environment can be added to. That it was made by hand is no hindrance."""
    if CREATING.exists() or _was_interrupted() or not PYTHON.exists():
        return False
    supported = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return worker.run(PYTHON, "-c", supported, output=subprocess.DEVNULL)[0] == 0


def _was_interrupted() -> bool:
    """Whether the last run of pip had begun to change packages and did not come to the end."""
    if not LOG.exists():
        return False
    log = LOG.read_text(errors="replace")
    return "Installing collected packages" in log and "Successfully installed" not in log


def _create(worker: Worker) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise InstallationError(
                f"This Python has no module “{module}”.\nOn Debian and Ubuntu it comes with: "
                f"apt-get install python3-venv\nThen run the same command again."
            )
    _say("Preparing a Python environment in the folder .venv. This is done once.")
    _remove_old()
    VENV.mkdir()
    CREATING.touch()
    # The Python behind the one that runs this, which may itself be the one in the environment just moved aside.
    python = getattr(sys, "_base_executable", sys.executable)
    code, output = worker.run(python, "-m", "venv", VENV, output=subprocess.PIPE)
    if code != 0:
        raise InstallationError(_explain(output, otherwise=output.strip()))
    CREATING.unlink()


def _remove_old() -> None:
    # Moved aside first, in one step: a half-deleted environment could pass for a good one.
    shutil.rmtree(OLD_VENV, ignore_errors=True)
    if VENV.exists() or VENV.is_symlink():
        _say("The environment is incomplete or from another Python: making it anew.")
        VENV.rename(OLD_VENV)
    if OLD_VENV.is_symlink():
        OLD_VENV.unlink()
    shutil.rmtree(OLD_VENV, ignore_errors=True)


def _install_packages(part: SetUp, worker: Worker) -> None:
    _say(f"Installing the packages of {part.lock}.")
    if not part.after:
        _say(
            f"The first time, this downloads large packages (Qt and PyTorch, {DOWNLOAD_SIZE}): some minutes."
        )
    # Taken now: a file that is edited while pip runs has to be installed once more.
    fingerprint = part.fingerprint()
    part.stamp.unlink(missing_ok=True)
    _pip(worker, "-r", part.lock)
    if not part.after:
        _say("Installing VAE Explorer itself.")
        _pip(worker, "--no-deps", "--no-build-isolation", "-e", ".")
    new = part.stamp.with_suffix(".new")
    new.write_text(fingerprint)
    new.replace(part.stamp)


def _pip(worker: Worker, *arguments: str) -> None:
    LOG.unlink(missing_ok=True)
    install = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--log", LOG, "install")
    # Standard output belongs to the program that is started afterwards.
    code, _ = worker.run(PYTHON, *install, *arguments, output=sys.stderr)
    if code != 0:
        log = LOG.read_text(errors="replace") if LOG.exists() else ""
        why = _explain(log, otherwise="A package could not be installed. What pip says of it is above.")
        raise InstallationError(f"{why}\nEverything that pip did is in {LOG}")
    LOG.unlink(missing_ok=True)


def _explain(text: str, otherwise: str) -> str:
    """What the user can do about the fault that `text` tells of; `otherwise` if it is none of the usual ones."""
    if any(sign in text for sign in _FULL_DISK):
        return "The disk is full. Free some space (8 GB are enough) and run the same command again."
    if any(sign in text for sign in _NO_NETWORK):
        return "The packages could not be downloaded. Check the network connection and run the same command again."
    if any(sign in text for sign in _NO_PACKAGE):
        return (
            "A package is not to be had for this system and this Python "
            f"({sys.platform}, Python {sys.version_info[0]}.{sys.version_info[1]}), or there is no network.\n"
            "Check the network connection, or try another Python "
            f"({OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}), and run the same command again."
        )
    return f"{otherwise}\nRun the same command again to have another try."


@contextlib.contextmanager
def _only_one() -> Iterator[int]:
    """Holds the lock; waits while another run holds it. Gives the lock's file descriptor."""
    with LOCK.open("a") as file:
        if not _try_to_lock(file):
            _say("Another set-up of this folder is running. Waiting for it to end.")
            _wait_for_lock(file)
        yield file.fileno()


if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(file: IO[str]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(file: IO[str]) -> None:
        # Windows itself waits, ten seconds each time.
        while True:
            with contextlib.suppress(OSError):
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import fcntl

    def _try_to_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _say(text: str) -> None:
    print(f"VAE Explorer: {text}", file=sys.stderr, flush=True)
