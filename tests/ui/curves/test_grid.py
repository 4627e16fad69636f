"""Plots, legend and tools find room in any dock and with large letters."""

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.curves.samples import a_run
from tests.ui.driving import SHORT
from vae_explorer.ui.curves.panel import CurvesPanel


@pytest.mark.parametrize(
    ("size", "columns"), [((1100, 220), 4), ((500, 200), 2), ((1600, 900), 2), ((1600, 400), 4)]
)
def test_the_plots_are_arranged_for_the_room(
    panel: CurvesPanel, qtbot: QtBot, size: tuple[int, int], columns: int
) -> None:
    panel.show_run("Run 1", a_run(beta=2.0))
    panel.set_overlays([("Another run", a_run(4))])
    panel.resize(*size)
    qtbot.waitUntil(lambda: panel.grid.columns == columns, timeout=SHORT)
    assert (panel.width(), panel.height()) == size
    assert panel.tools.geometry().right() <= panel.width()
    places = [cell.geometry() for cell in (*panel.cells.values(), panel.bars_cell)]
    assert not any(a.intersects(b) for a in places for b in places if a is not b)
    assert all(plot.getViewBox().height() > 15 for plot in panel.plots.values())


def holds(panel: CurvesPanel, key: str) -> bool:
    """Whether the legend has room for one of its toggles."""
    return panel.legend.rect().contains(panel.legend.button(key).geometry())


def test_legend_and_tools_find_room_in_a_narrow_dock(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_run("Run 1", a_run(beta=2.0))
    assert panel.tools.y() <= panel.legend.y() + panel.legend.height() // 2
    panel.resize(500, 300)
    qtbot.waitUntil(lambda: panel.tools.y() >= panel.legend.geometry().bottom(), timeout=SHORT)
    assert all(holds(panel, key) for key in panel.legend.keys)


def test_a_larger_font_still_fits(large_font: None, panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_run("Run 1", a_run(beta=2.0))
    panel.resize(1000, 400)
    qtbot.waitUntil(lambda: panel.grid.columns == 2, timeout=SHORT)
    assert panel.tools.geometry().right() <= panel.width()
    qtbot.waitUntil(lambda: all(holds(panel, key) for key in panel.legend.keys), timeout=SHORT)
