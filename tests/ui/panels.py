"""One panel alone on the screen, for tests that need no whole window, and what the panels of a window show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.theme import ThemeSwitch

Panel = TypeVar("Panel", bound=QWidget)


# Fixtures. The conftest of a folder that needs them takes them from here.


@pytest.fixture
def switch(qapp: QApplication) -> Iterator[ThemeSwitch]:
    """The light theme, to begin with."""
    switch = ThemeSwitch(qapp, "light")
    yield switch
    switch.deleteLater()


@pytest.fixture
def large_font(qapp: QApplication) -> Iterator[None]:
    """Letters half as large again, for what is made after this."""
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(1.5 * usual.pointSizeF())
    qapp.setFont(large)
    yield
    qapp.setFont(usual)


@contextmanager
def shown(panel: Panel, qtbot: QtBot) -> Iterator[Panel]:
    """Shows a panel as the active window; afterwards nothing is left of it."""
    try:
        with qtbot.waitExposed(panel):
            panel.show()
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow, timeout=SHORT)
        yield panel
    finally:
        panel.close()
        panel.deleteLater()
        panel.__dict__.clear()  # see tests/ui/conftest.py


# Panels of a window


def points(window: MainWindow, kind: str = "test", *, number: int = 0) -> int:
    """How many points the line of ELBOs of the main run has, or that of an overlay by its number."""
    line = window.curves.plots["elbo"].lines.get((number, kind))
    return 0 if line is None else len(line.xData)


def cell(window: MainWindow, run: Run, column: str) -> str:
    """What the list of runs says."""
    return str(window.runs_panel.view.cell(run, column).data())
