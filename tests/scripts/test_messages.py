"""What a user is told whose machine lacks something."""

import ast
import os

import pytest

from tests.scripts.checkout import FULL_DISK, SCRIPTS, Checkout


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
