"""The set-up scripts, run for real: in a small project, with small packages from a folder instead of a network."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    venv = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    return venv


@pytest.fixture
def checkout(new: Checkout, empty_venv: Path) -> Checkout:
    """A checkout with an empty environment, which saves the seconds that making one costs."""
    shutil.copytree(empty_venv, new.root / ".venv", symlinks=True)
    return new


@pytest.fixture
def ready(checkout: Checkout) -> Iterator[Checkout]:
    """A checkout in which the application was started before."""
    assert checkout.run().returncode == 0
    return checkout


def test_first_run_sets_up_and_starts_the_application(new: Checkout) -> None:
    result = new.run("run", "picture.png", "7")

    assert result.returncode == 7
    assert result.stdout.startswith(f"app tinydep 1.0 ['picture.png', '7'] {new.elsewhere} ")
    assert len(result.stdout.splitlines()) == 1, "standard output belongs to the application"
    for words in (
        "Preparing a Python environment",
        "downloads large packages",
        "Installing VAE Explorer itself",
        "Ready",
    ):
        assert words in result.stderr


def test_second_run_is_silent_and_needs_neither_pip_nor_packages(ready: Checkout) -> None:
    ready.remove_pip()

    result = ready.run(PIP_FIND_LINKS=os.devnull)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("app tinydep 1.0 []")


@posix_only
def test_the_application_takes_the_place_of_the_script_so_that_signals_reach_it(ready: Checkout) -> None:
    process = ready.start()
    out, _ = process.communicate()
    assert int(out.split()[-1]) == process.pid


def test_set_up_only_starts_nothing(ready: Checkout) -> None:
    result = ready.run("run", "--set-up-only")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_changed_lock_is_installed(ready: Checkout) -> None:
    ready.lock("2.0")
    assert ready.run().stdout.startswith("app tinydep 2.0 []")
    assert ready.run().stderr == ""


def test_changed_project_file_is_installed_without_a_network(ready: Checkout) -> None:
    with (ready.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")

    result = ready.run(PIP_FIND_LINKS=os.devnull)

    assert result.returncode == 0
    assert "Installing VAE Explorer itself" in result.stderr
    assert ready.run().stderr == ""


def test_moved_checkout_runs_its_own_code(ready: Checkout) -> None:
    ready.root = ready.root.rename(ready.root.with_name("moved"))
    (ready.root / "vae_explorer" / "__main__.py").write_text("print('from the new place')")

    assert ready.run().stdout == "from the new place\n"


def test_run_and_test_share_an_environment_and_leave_each_other_alone(ready: Checkout) -> None:
    first = ready.run("test", "-k", "name")
    assert first.stdout == f"tests ['-k', 'name'] {ready.root}\n"
    assert "packages of requirements.lock" not in first.stderr, "what run had installed was installed again"

    ready.remove_pip()
    assert ready.run("run").stderr == ""
    assert ready.run("test").stderr == ""


def test_going_back_to_an_earlier_lock_installs_it_for_the_tests_too(ready: Checkout) -> None:
    assert ready.run("test").returncode == 0
    ready.lock("2.0")
    assert ready.run("run").returncode == 0

    ready.lock("1.0")
    assert ready.run("test").returncode == 0
    assert (ready.site_packages / "tinydep-1.0.dist-info").exists()


def test_test_installs_what_run_needs_too(checkout: Checkout) -> None:
    assert checkout.run("test").returncode == 0
    checkout.remove_pip()
    result = checkout.run("run")
    assert (result.returncode, result.stderr) == (0, "")


def test_new_test_tools_do_not_bother_run(ready: Checkout) -> None:
    with (ready.root / "requirements-test.lock").open("a") as file:
        file.write("# changed\n")
    ready.remove_pip()
    assert ready.run("run").stderr == ""


def test_two_first_runs_at_once_both_work(new: Checkout) -> None:
    processes = [new.start("run"), new.start("test")]
    results = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0], results
    assert sum("Waiting for it to end" in err for _, err in results) == 1
    assert sum("Preparing a Python environment" in err for _, err in results) == 1


@posix_only
def test_run_after_a_kill_while_making_the_environment(new: Checkout) -> None:
    check_that_a_kill_is_repaired(new, "pyvenv.cfg")


@posix_only
def test_run_after_a_kill_while_installing(checkout: Checkout) -> None:
    check_that_a_kill_is_repaired(checkout, "tinydep/second.py")


def check_that_a_kill_is_repaired(checkout: Checkout, ending: str) -> None:
    process, pipe = checkout.stop_at(ending)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    os.close(pipe)

    result = checkout.run()

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("app tinydep 1.0 []")
    assert "making it anew" in result.stderr
    assert not (checkout.root / ".venv.old").exists()


@posix_only
def test_run_waits_for_a_pip_that_outlived_its_killed_owner(checkout: Checkout) -> None:
    process, pipe = checkout.stop_at("tinydep/second.py")
    process.kill()
    process.wait()
    second = checkout.start()
    assert second.stderr is not None
    assert "Waiting for it to end" in second.stderr.readline()

    os.close(pipe)

    out, err = second.communicate()
    assert second.returncode == 0, err
    assert out.startswith("app tinydep 1.0 []")
    assert "making it anew" not in err
    process.communicate()


@posix_only
def test_ctrl_c_stops_the_set_up_and_the_next_run_continues(checkout: Checkout) -> None:
    process, pipe = checkout.stop_at("setup.log")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    os.close(pipe)

    assert process.returncode == 130
    assert "Stopped. Run the same command again" in err
    assert "VAE Explorer could not" not in err

    again = checkout.run()
    assert again.stdout.startswith("app tinydep 1.0 []")
    assert "making it anew" not in again.stderr, "nothing was changed yet, so nothing is torn"


def test_full_disk_is_told(checkout: Checkout) -> None:
    result = checkout.run(**checkout.hooked("second.py", FULL_DISK))
    assert result.returncode == 2
    assert "The disk is full" in result.stderr


def test_missing_package_is_told_and_keeps_the_environment(ready: Checkout) -> None:
    ready.lock("3.0")
    result = ready.run()
    assert result.returncode == 2
    assert "Check the network connection" in result.stderr

    ready.lock("1.0")
    again = ready.run(PIP_FIND_LINKS=os.devnull)
    assert again.stdout.startswith("app tinydep 1.0 []"), again.stderr


def test_missing_network_is_told(checkout: Checkout) -> None:
    # Nothing listens on this port of this machine.
    result = checkout.run(
        PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0"
    )
    assert result.returncode == 2
    assert "The packages could not be downloaded. Check the network connection" in result.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_module_is_told(new: Checkout, module: str) -> None:
    (new.hooks / "sitecustomize.py").write_text(f"import sys; sys.modules[{module!r}] = None")

    result = new.run(PYTHONPATH=str(new.hooks))

    assert result.returncode == 2
    assert "apt-get install python3-venv" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (new.root / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14)])
def test_unsupported_python_is_told(new: Checkout, version: tuple[int, int]) -> None:
    (new.hooks / "sitecustomize.py").write_text(f"import sys; sys.version_info = {(*version, 0, 'final', 0)}")

    result = new.run(PYTHONPATH=str(new.hooks))

    assert result.returncode == 2
    assert f"needs Python 3.11 to 3.13, but this is Python 3.{version[1]}" in result.stderr


@pytest.mark.parametrize("script", ["run.py", "test.py", "python_version.py"])
def test_old_python_can_read_as_far_as_the_message(script: str) -> None:
    tree = ast.parse((SCRIPTS / script).read_text(), feature_version=(3, 5))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)], (
        "f-strings need Python 3.6"
    )
