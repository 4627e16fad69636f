"""What is installed: that the locks are complete on every system, and that the wheel is."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from vae_explorer import __version__
from vae_explorer.resources import resource_path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ["requirements.lock", "requirements-test.lock"]

# The systems that the locks are made for, as the markers in them see these.
SYSTEMS = {
    "Linux": {
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    },
    "macOS": {
        "platform_system": "Darwin",
        "sys_platform": "darwin",
        "os_name": "posix",
        "platform_machine": "arm64",
    },
    "Windows": {
        "platform_system": "Windows",
        "sys_platform": "win32",
        "os_name": "nt",
        "platform_machine": "AMD64",
    },
}
PYTHONS = ["3.11", "3.12", "3.13"]


def lock_lines(lock: str) -> list[str]:
    lines = [line.strip() for line in (ROOT / lock).read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def pins(lock: str) -> dict[str, Requirement]:
    found: dict[str, Requirement] = {}
    for line in lock_lines(lock):
        if line.startswith("-r "):
            found |= pins(line.removeprefix("-r "))
        else:
            requirement = Requirement(line)
            found[canonicalize_name(requirement.name)] = requirement
    return found


def is_here(pin: Requirement) -> bool:
    """Whether the package is installed on this system, so that it can be asked about itself."""
    return not pin.marker or pin.marker.evaluate()


def version(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_names_and_versions_only(lock: str) -> None:
    pattern = r"[a-z0-9-]+==[0-9.]+( ; platform_system == \"Linux\")?|-r requirements\.lock"
    assert [line for line in lock_lines(lock) if not re.fullmatch(pattern, line)] == []


def test_lock_pins_the_pair_of_torch_and_torchvision_that_fits_together() -> None:
    locked = pins("requirements.lock")
    assert (version(locked["torch"]), version(locked["torchvision"])) == ("2.14.1", "0.29.1")


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-test.lock", PROJECT["optional-dependencies"]["test"]),
    ],
    ids=["run", "test"],
)
def test_lock_covers_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(version(locked[canonicalize_name(requirement.name)])), (
            requirement
        )


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_complete(lock: str, system: str, python: str) -> None:
    """What a locked package needs on that system is locked too, so pip never has to choose a version."""
    environment = {**default_environment(), **SYSTEMS[system], "python_version": python}
    locked = {
        name: pin for name, pin in pins(lock).items() if not pin.marker or pin.marker.evaluate(environment)
    }
    for name in (name for name, pin in locked.items() if is_here(pin)):
        for needed in needs(name, environment):
            pin = locked.get(canonicalize_name(needed.name))
            assert pin, f"{name} needs {needed} on {system}"
            assert needed.specifier.contains(version(pin)), f"{name} needs {needed}"


def needs(name: str, environment: dict[str, str]) -> Iterator[Requirement]:
    for text in requires(name) or []:
        requirement = Requirement(text)
        if not requirement.marker or requirement.marker.evaluate({**environment, "extra": ""}):
            yield requirement


@pytest.mark.parametrize("python", PYTHONS)
def test_locked_packages_support_python(python: str) -> None:
    for name, pin in pins("requirements-test.lock").items():
        if not is_here(pin):
            continue
        supported = metadata(name).get("Requires-Python") or ""
        assert SpecifierSet(supported).contains(f"{python}.9"), f"{name} needs Python {supported}"


def test_resources_are_found_in_the_checkout() -> None:
    assert resource_path() == ROOT / "resources"
    assert resource_path("mnist", "t10k-labels-idx1-ubyte.gz").is_file()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return built / f"vae_explorer-{__version__}-py3-none-any.whl"


def files_under(folder: str) -> set[str]:
    kept = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in kept}


@pytest.mark.slow
def test_wheel_holds_the_code_and_the_resources_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        commands = archive.read(f"vae_explorer-{__version__}.dist-info/entry_points.txt").decode()
    assert names == files_under("vae_explorer") | {
        f"vae_explorer/{name}" for name in files_under("resources")
    }
    assert "[console_scripts]\nvae-explorer = vae_explorer.cli:main" in commands
    assert "[gui_scripts]\nvae-explorer-gui = vae_explorer.cli:main" in commands


@pytest.mark.slow
def test_source_distribution_holds_what_a_wheel_is_built_from(built: Path) -> None:
    top = f"vae_explorer-{__version__}"
    with tarfile.open(built / f"{top}.tar.gz") as archive:
        names = {name.removeprefix(f"{top}/") for name in archive.getnames()}
    assert (
        files_under("vae_explorer") | files_under("resources") | {"pyproject.toml", "LICENSE", "README.md"}
        <= names
    )


@pytest.mark.slow
def test_installed_wheel_works_from_another_folder(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the packages that are here already: only the project itself comes from the wheel."""
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(installed), str(wheel)], check=True)
    # Before the checkout, which is known to this Python too.
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.chdir(tmp_path)

    assert python("-m", "vae_explorer", "--version").split()[-1] == __version__
    find = "from vae_explorer.resources import resource_path; print(resource_path('mnist'))"
    assert python("-c", find) == str(installed / "vae_explorer" / "resources" / "mnist")
    assert list((installed / "vae_explorer" / "resources" / "mnist").glob("*.gz"))


def python(*arguments: str) -> str:
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return result.stdout.strip()
