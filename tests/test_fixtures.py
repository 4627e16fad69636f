"""Shows that the checks in `conftest` can fail: each is given a test that does what it forbids."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = "tests/test_something"

LEAKS = """
import threading
import warnings

import pytest
from PySide6.QtCore import QObject, QThread, QTimer, qWarning
from PySide6.QtWidgets import QMenu, QWidget

kept = []
release = threading.Event()

def keep(thing):
    kept.append(thing)
    return thing

def test_leaks_window(qapp):
    keep(QWidget()).setObjectName("lost")

def test_leaks_hidden_menu(qapp):
    keep(QMenu())

def test_leaks_timer(qapp):
    keep(QTimer()).start(100_000)

def test_leaks_timer_of_a_living_parent(qapp):
    QTimer(keep(QObject())).start(100_000)

def test_leaks_qt_thread(qapp):
    keep(QThread()).start()

def test_leaks_thread():
    keep(threading.Thread(target=release.wait, name="lost thread", daemon=True)).start()

def test_warns():
    warnings.warn("careful")

def test_qt_warns(qapp):
    qWarning("careful")

def test_fails_and_leaks(qapp):
    window = QWidget()
    assert False
"""

CLEAN = """
import threading
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

def test_closes_what_it_opens(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    QTimer(window).start(100_000)

def test_deletes_later(qapp):
    window = QWidget()
    window.deleteLater()

def test_keeps_a_cycle_that_python_will_find(qapp):
    window = QWidget()
    window.itself = window

def test_asks_a_qt_thread_to_end(qapp):
    thread = QThread(qapp)
    thread.start()
    thread.quit()

def test_lets_a_thread_run_out():
    threading.Thread(target=sum, args=([],)).start()

@pytest.fixture(scope="module")
def shared_window(qapp):
    window = QWidget()
    yield window
    window.deleteLater()

def test_uses_a_window_of_the_module(shared_window):
    pass

def test_has_folders_of_its_own(tmp_path):
    folders = platformdirs.PlatformDirs("VAE Explorer")
    for path in (folders.user_config_path, folders.user_data_path, folders.user_state_path,
                 folders.user_cache_path, Path.home()):
        assert path.is_relative_to(tmp_path), path
"""

X11 = """
import os
import pytest

@pytest.mark.x11
def test_x11():
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"

def test_other():
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with this project's own `conftest` and settings of pytest."""
    pytester.mkdir("tests")
    for file in ("pyproject.toml", "tests/conftest.py"):
        (pytester.path / file).write_text((ROOT / file).read_text())
    for variable in ("QT_QPA_PLATFORM", "DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    return pytester


def test_what_is_left_behind_fails_a_test(project: pytest.Pytester) -> None:
    project.makepyfile(**{TESTS: LEAKS})
    result = project.runpytest_subprocess()
    # Leaks are found after the test itself has passed, so they are errors.
    result.assert_outcomes(passed=6, errors=6, failed=3)
    for leak in ("QWidget lost", "QMenu", "QTimer", "QTimer", "QThread", "thread lost thread"):
        result.stdout.fnmatch_lines_random([f"The test left behind: {leak}"])


def test_what_is_tidied_up_passes(project: pytest.Pytester) -> None:
    project.makepyfile(**{TESTS: CLEAN})
    project.runpytest_subprocess().assert_outcomes(passed=7)


def test_x11_tests_are_left_out_and_named(project: pytest.Pytester) -> None:
    project.makepyfile(**{TESTS: X11})
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["1 x11 tests left out*"])


def test_several_processes_name_what_they_leave_out_too(project: pytest.Pytester) -> None:
    project.makepyfile(**{TESTS: X11})
    project.runpytest_subprocess("-n", "2").stdout.fnmatch_lines(["1 x11 tests left out*"])


def test_x11_tests_run_when_asked_for(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":99")
    project.makepyfile(**{TESTS: X11})
    project.runpytest_subprocess("-m", "x11").assert_outcomes(passed=1, deselected=1)


def test_x11_tests_do_not_pass_for_want_of_a_display(project: pytest.Pytester) -> None:
    project.makepyfile(**{TESTS: X11})
    result = project.runpytest_subprocess("-m", "x11")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*need a real X display*"])


def test_conftest_itself_loads_neither_qt_nor_torch() -> None:
    program = "import sys, tests.conftest; print({'PySide6', 'torch'} & set(sys.modules))"
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"
