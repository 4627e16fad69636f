"""A small project with the real set-up scripts, and small packages from a folder instead of a network."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

posix_only = pytest.mark.skipif(os.name == "nt", reason="kills processes through signals and named pipes")

# What stands for the application: says how it was started, and ends with the code it is asked for.
APPLICATION = """
import os, sys, tinydep
print("app", tinydep.whole(), sys.argv[1:], os.getcwd(), os.getpid())
sys.exit(int(sys.argv[-1]) if sys.argv[-1:] and sys.argv[-1].isdigit() else 0)
"""

# A build backend without a dependency, in place of the real one, which is not on the folder of packages.
BACKEND = """
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "vae_explorer-1.0-py3-none-any.whl"
    info = "vae_explorer-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("vae_explorer_here.pth", os.getcwd())
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: vae-explorer\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name

build_wheel = build_editable
"""

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

# Loaded by every Python that a test starts with it: the first time it writes a file of this name, ...
HOOK = """
import os, sys

met = []

def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith({ending!r}) \\
            and arguments[2] & (os.O_WRONLY | os.O_RDWR) and not met:
        met.append(arguments[0])
        {action}

sys.addaudithook(hook)
"""
# ... wait until the test has opened and closed the pipe, or pretend that the disk is full.
WAIT = "open({pipe!r}).read()"
FULL_DISK = "raise OSError(28, 'No space left on device')"


class Checkout:
    """A copy of the scripts around a tiny application, with the packages that it needs in a folder."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.root = folder / "checkout"
        self.elsewhere = folder / "elsewhere"
        self.hooks = folder / "hooks"
        self.packages = packages
        for path in (self.root / "vae_explorer", self.elsewhere, self.hooks):
            path.mkdir(parents=True)
        shutil.copytree(SCRIPTS, self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "vae_explorer" / "__init__.py").touch()
        (self.root / "vae_explorer" / "__main__.py").write_text(APPLICATION)
        (self.root / "backend.py").write_text(BACKEND)
        (self.root / "pyproject.toml").write_text(PYPROJECT)
        (self.root / "requirements-test.lock").write_text("-r requirements.lock\npytest==99.0\n")
        self.lock("1.0")

    def lock(self, version: str) -> None:
        (self.root / "requirements.lock").write_text(f"tinydep=={version}\n")

    @property
    def site_packages(self) -> Path:
        return next((self.root / ".venv").rglob("site-packages"))

    def remove_pip(self) -> None:
        """From now on, whoever needs pip fails."""
        shutil.rmtree(self.site_packages / "pip")

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.packages), "PIP_CONFIG_FILE": os.devnull}
        return kept | pip | changes

    def start(self, script: str = "run", *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, self.root / "scripts" / f"{script}.py", *arguments],
            cwd=self.elsewhere,
            env=self.environment(**changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A group of its own, so that all of it can be killed, or interrupted as by Ctrl-C.
            start_new_session=True,
            # Whoever starts the tests in the background of a shell lets them ignore it.
            preexec_fn=_heed_ctrl_c if os.name == "posix" else None,
        )

    def run(self, script: str = "run", *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(script, *arguments, **changes)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def hooked(self, ending: str, action: str) -> dict[str, str]:
        """Variables that make every Python do `action` when it writes a file whose name ends so."""
        (self.hooks / "sitecustomize.py").write_text(HOOK.format(ending=ending, action=action))
        return {"PYTHONPATH": str(self.hooks)}

    def stop_at(self, ending: str) -> "tuple[subprocess.Popen[str], int]":
        """A run that now stands still where it writes that file, and the pipe that lets it go on when closed."""
        pipe = self.hooks / "pipe"
        os.mkfifo(pipe)
        process = self.start(**self.hooked(ending, WAIT.format(pipe=str(pipe))))
        # Opening waits until the other side opens it too, which is when it got to the file.
        return process, os.open(pipe, os.O_WRONLY)


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    info = f"{name}-{version}.dist-info/"
    about = {
        info + "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        info + "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in (files | about).items():
            wheel.writestr(path, content)
