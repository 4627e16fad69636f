"""Checkouts in which the set-up scripts are run for real."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.checkout import Checkout, make_wheel


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for version in ("1.0", "2.0"):
        first = "from tinydep.second import VERSION\ndef whole(): return VERSION\n"
        second = f"VERSION = 'tinydep {version}'\n"
        make_wheel(folder, "tinydep", version, {"tinydep/__init__.py": first, "tinydep/second.py": second})
    make_wheel(
        folder, "pytest", "99.0", {"pytest.py": "import os, sys; print('tests', sys.argv[1:], os.getcwd())"}
    )
    return folder


@pytest.fixture
def new(tmp_path: Path, packages: Path) -> Checkout:
    """A checkout in which nothing was run yet."""
    return Checkout(tmp_path, packages)


@pytest.fixture(scope="session")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    venv = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    return venv


@pytest.fixture
def checkout(new: Checkout, empty_venv: Path) -> Checkout:
    """A checkout with an empty environment, which saves the seconds that making one costs."""
    shutil.copytree(empty_venv, new.root / ".venv", symlinks=True)
    return new


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory, packages: Path, empty_venv: Path) -> Checkout:
    """A checkout in which the application was started before; nobody touches it but `ready`."""
    checkout = Checkout(tmp_path_factory.mktemp("ready") / "folder", packages)
    shutil.copytree(empty_venv, checkout.root / ".venv", symlinks=True)
    assert checkout.run().returncode == 0
    return checkout


@pytest.fixture
def ready(started: Checkout) -> Iterator[Checkout]:
    """A checkout in which the application was started before: at the very place, which an environment remembers."""
    folder = started.root.parent
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept, symlinks=True)
    yield copy.copy(started)
    shutil.rmtree(folder)
    kept.rename(folder)
