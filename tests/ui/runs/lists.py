"""What stands in the list of runs, and clicks on it."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from vae_explorer.state.runs import Run
from vae_explorer.ui.runs.panel import RunsPanel


def names(panel: RunsPanel) -> list[str]:
    """What stands in the column of names, from top to bottom."""
    return column(panel, "name")


def column(panel: RunsPanel, name: str) -> list[str]:
    model, number = panel.view.model(), panel.view.table.column(name)
    return [model.index(row, number).data() for row in range(model.rowCount())]


def click(
    panel: RunsPanel, run: Run, name: str = "name", *, more: bool = False, double: bool = False
) -> None:
    place = panel.view.visualRect(panel.view.cell(run, name)).center()
    modifier = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    QtBot.mouseClick(panel.view.viewport(), LEFT, modifier, place)
    if double:
        QtBot.mouseDClick(panel.view.viewport(), LEFT, modifier, place)


def enabled(panel: RunsPanel) -> set[str]:
    return {name for name, action in panel.actions_.items() if action.isEnabled()}
