"""The plots: marks and markers, more points than pixels, zoom by wheel, mouse and keys."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.curves.plots import ranges, spot
from tests.ui.curves.samples import ENTRIES, a_run, add_epoch
from tests.ui.driving import LEFT, NONE, SHORT, click, drag, send_mouse
from vae_explorer.core.statistics import Change
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.curves.plot import CurvePlot


def test_a_hundred_thousand_steps_are_thinned_to_what_the_pixels_show(panel: CurvesPanel) -> None:
    metrics = a_run(1)
    row = metrics.column("loss")
    assert len(row) == ENTRIES
    metrics._table = np.tile(metrics._table[:ENTRIES], (5000, 1))
    metrics._table[:, 0] = np.arange(1, 100_001)
    metrics._table[:, 1] = np.arange(1, 100_001) / ENTRIES
    metrics._count = 100_000
    panel.show_run("Run 1", metrics)
    panel.grab()
    drawn_line = panel.plots["elbo"].lines[(0, "train")]
    assert len(drawn_line.getOriginalDataset()[0]) == 100_000
    assert len(drawn_line.curve.getData()[0]) < 4 * panel.plots["elbo"].width()


def test_a_mark_can_be_seen(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    before = panel.plots["kl"].grab().toImage()
    panel._main.metrics.changes.append(Change(1380, 3.0, "beta", 1.0, 4.0))  # type: ignore[union-attr]
    panel._redraw()
    assert panel.plots["kl"].grab().toImage() != before


def test_the_marker_is_drawn_at_the_timelines_place(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    assert not panel.plots["elbo"].marker.isVisible()
    panel.set_marker(6)
    assert [plot.marker.value() for plot in panel.plots.values()] == [6, 6, 6]
    assert panel.bars.stats is not None
    assert panel.bars.stats.epoch == 6
    panel.set_marker(None)
    assert not panel.plots["elbo"].marker.isVisible()
    assert panel.bars.stats.epoch == 10


# Zoom


def wheel(plot: CurvePlot, at: QPointF, delta: int) -> None:
    event = QWheelEvent(
        at,
        QPointF(plot.viewport().mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def zoom(panel: CurvesPanel, qtbot: QtBot) -> list[tuple[float, ...]]:
    """Zoom in with the wheel; returns what is shown then."""
    before = ranges(panel)
    plot = panel.plots["elbo"]
    wheel(plot, spot(plot, 5), 480)
    qtbot.waitUntil(lambda: ranges(panel) != before, timeout=SHORT)
    return ranges(panel)


def test_the_wheel_zooms_all_plots_and_a_growing_run_does_not_undo_it(
    panel: CurvesPanel, qtbot: QtBot
) -> None:
    metrics = a_run()
    panel.show_run("Run 1", metrics)
    before = ranges(panel)
    zoomed = zoom(panel, qtbot)
    assert zoomed[0][1] - zoomed[0][0] < before[0][1] - before[0][0]
    assert zoomed[1] == zoomed[0]
    assert zoomed[2] == zoomed[0]
    add_epoch(metrics)
    panel._redraw()
    assert ranges(panel) == zoomed


def test_dragging_moves_all_plots(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_run("Run 1", a_run())
    before = ranges(panel)
    plot = panel.plots["kl"]
    drag(plot.viewport(), [spot(plot, x) for x in (8, 7, 6, 5, 4)])
    qtbot.waitUntil(lambda: ranges(panel) != before, timeout=SHORT)
    after = ranges(panel)
    assert after[0][0] > before[0][0] + 1
    assert after[0] == after[1] == after[2]


def reset_by_button(panel: CurvesPanel) -> None:
    QTest.mouseClick(panel.tools.reset, LEFT)


def reset_by_key(panel: CurvesPanel) -> None:
    QTest.keyClick(panel.plots["kl"], Qt.Key.Key_0)


def reset_by_double_click(panel: CurvesPanel) -> None:
    plot = panel.plots["kl"]
    at = plot.viewport().rect().center() - QPoint(0, 20)
    # As a system sends it; that of QTest has no release at its end.
    click(plot.viewport(), QPointF(at))
    send_mouse(plot.viewport(), QEvent.Type.MouseButtonDblClick, QPointF(at))
    send_mouse(plot.viewport(), QEvent.Type.MouseButtonRelease, QPointF(at), LEFT, NONE)


@pytest.mark.parametrize("reset", [reset_by_button, reset_by_key, reset_by_double_click])
def test_everything_is_shown_again(
    panel: CurvesPanel, qtbot: QtBot, reset: Callable[[CurvesPanel], None]
) -> None:
    panel.show_run("Run 1", a_run())
    before = ranges(panel)
    zoom(panel, qtbot)
    with qtbot.assertNotEmitted(panel.epoch_chosen):
        reset(panel)
        qtbot.waitUntil(lambda: ranges(panel) == before, timeout=SHORT)


def test_a_click_into_a_zoomed_plot_still_chooses(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_run("Run 1", a_run())
    zoom(panel, qtbot)
    plot = panel.plots["elbo"]
    with qtbot.waitSignal(panel.epoch_chosen, timeout=SHORT) as chosen:
        click(plot.viewport(), spot(plot, 5))
    assert chosen.args == [5]
