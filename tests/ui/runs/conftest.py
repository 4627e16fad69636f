"""A window with runs on disk, and the panel of runs alone on the screen."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.conftest import OpenWindow
from tests.ui.runs.folders import find_runs, write_run
from tests.ui.runs.samples import new_run
from vae_explorer.state.runs import Runs
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.theme import ThemeSwitch

switch, large_font = panels.switch, panels.large_font


@pytest.fixture
def found(open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window that found two finished runs, one and two."""
    write_run("one")
    write_run("two")
    window = open_window()
    find_runs(window, 2, qtbot)
    return window


@pytest.fixture
def runs() -> Runs:
    runs = Runs()
    for number in (1, 2, 3):
        runs.add(new_run(number))
    return runs


@pytest.fixture
def panel(runs: Runs, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[RunsPanel]:
    panel = RunsPanel(runs, switch)
    panel.resize(1100, 220)
    with panels.shown(panel, qtbot):
        panel.view.setFocus()
        yield panel
