"""What every test gets: folders of its own, and the duty to leave nothing behind.

Imports neither Qt nor torch: most tests need neither. Fixtures for windows are in `tests/ui/conftest.py`.
"""

import gc
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

#: How long a thread that was told to end may take to do so, before it counts as left behind.
GRACE_SECONDS = 2.0

#: Windows that Qt itself keeps for the whole program.
QT_OWN_WINDOWS = {"QTipLabel"}

FAILED = pytest.StashKey[bool]()
LEFT_OUT = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Chooses where Qt draws before anything of Qt is loaded."""
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if _wants_x11(config) else "offscreen")
    _share_the_cores()
    if _wants_x11(config) and not os.environ.get("DISPLAY"):
        raise pytest.UsageError("The tests marked x11 need a real X display, and DISPLAY names none.")
    if "CI" not in os.environ:
        # The machine may be busy with other things. On CI, Hypothesis has settings of its own for that.
        settings.register_profile("project", deadline=None)
        settings.load_profile("project")


def _share_the_cores() -> None:
    """As the application does: threads of matrix products that wait for each other take the cores of other tests.

    PyTorch's keep to a thousand rounds of waiting, here and in processes that tests start; NumPy has one here, and is
    told while it is loaded. Not with `vae_explorer.core.threads`: this file also works where the package is not.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        import numpy as np  # noqa: F401

        del os.environ["OPENBLAS_NUM_THREADS"]


def _wants_x11(config: pytest.Config) -> bool:
    expression = config.option.markexpr
    return "x11" in expression and "not x11" not in expression


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _wants_x11(config):
        return
    x11 = [item for item in items if item.get_closest_marker("x11")]
    config.stash[LEFT_OUT] = len(x11)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = len(x11)
    if x11:
        items[:] = [item for item in items if not item.get_closest_marker("x11")]
        config.hook.pytest_deselected(items=x11)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage after each window takes as long as many a test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Each of several processes finds the same tests; the one that prints the summary finds none."""
    node.config.stash[LEFT_OUT] = node.workeroutput.get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{count} x11 tests left out: they need a real X display. Run them with: -m x11"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, data and caches of the user go to a folder of this test, on each system."""
    home = tmp_path / "home"
    home.mkdir()
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(home))
    for variable in (
        "APPDATA",
        "LOCALAPPDATA",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
    ):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    monkeypatch.delenv("VAE_EXPLORER_RUNS", raising=False)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a window, an active timer or a running thread.

    Left alone, such a thing makes some later test fail, or crashes the program at its end.
    """
    threads, qt_objects = set(threading.enumerate()), _held(_qt_leftovers())
    yield
    # The traceback of a failed test holds its objects, and one report of a failure is enough.
    if request.node.stash.get(FAILED, False):
        return
    _settle_qt()
    left = [*_threads_since(threads), *_qt_since(qt_objects)]
    if left:
        pytest.fail(f"The test left behind: {', '.join(left)}", pytrace=False)


def _threads_since(before: set[threading.Thread]) -> list[str]:
    started = [
        # A dummy stands for a thread that is not Python's, such as one of Qt's, which is looked at below.
        thread
        for thread in set(threading.enumerate()) - before
        if not isinstance(thread, threading._DummyThread)
    ]
    for thread in started:
        thread.join(GRACE_SECONDS)
    return [f"thread {thread.name}" for thread in started if thread.is_alive()]


def _qt_since(before: "dict[int, QObject]") -> list[str]:
    def new() -> "list[QObject]":
        return [thing for thing in _qt_leftovers() if id(thing) not in before]

    if new():
        # What only a cycle of references keeps alive is not left behind: Python just has not noticed yet.
        gc.collect()
        _settle_qt()
    return [
        f"{type(thing).__name__} {thing.objectName()}".strip() for thing in new() if not _ends_soon(thing)
    ]


def _ends_soon(thing: "QObject") -> bool:
    from PySide6.QtCore import QThread

    return isinstance(thing, QThread) and thing.wait(int(GRACE_SECONDS * 1000))


def _held(things: "list[QObject]") -> "dict[int, QObject]":
    """By identity; the objects are kept, so that no new object can get the identity of an old one."""
    return {id(thing): thing for thing in things}


def _qt_leftovers() -> "list[QObject]":
    """Every top-level window, active timer and running thread of Qt; none if Qt is not in use."""
    if not _qt_runs():
        return []
    import shiboken6
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication

    is_alive: dict[type, Callable[..., bool]] = {QTimer: QTimer.isActive, QThread: QThread.isRunning}
    objects = [
        thing
        for thing in shiboken6.getAllValidWrappers()
        for kind, alive in is_alive.items()
        if isinstance(thing, kind) and alive(thing) and thing is not QThread.currentThread()
    ]
    windows = [
        window for window in QApplication.topLevelWidgets() if type(window).__name__ not in QT_OWN_WINDOWS
    ]
    return objects + windows


def _settle_qt() -> None:
    """Lets Qt carry out what is asked for already: `deleteLater`, queued signals, `quit` of a thread."""
    if not _qt_runs():
        return
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _qt_runs() -> bool:
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets is not None and widgets.QApplication.instance() is not None
