"""The panel of the curves in a real window, with real events."""

import csv
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFileDialog, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from tests.samples import some_history
from tests.ui.curves.samples import ENTRIES, STEPS, a_run, add_epoch
from tests.ui.driving import (
    LEFT,
    NONE,
    SHORT,
    Answer,
    Answers,
    click,
    dismiss,
    drag,
    hover,
    most_frequent_color,
    send_mouse,
)
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.smoothing import smooth
from vae_explorer.core.statistics import Change
from vae_explorer.ui.curves.data import FIGURES, Figure
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.curves.plot import CurvePlot
from vae_explorer.ui.curves.style import (
    OVERLAYS_DARK,
    OVERLAYS_LIGHT,
    main_style,
    overlay_style,
    weight_style,
)
from vae_explorer.ui.curves.tools import CurvesTools
from vae_explorer.ui.theme import CLASS_COLORS, DARK, LIGHT, ThemeSwitch
from vae_explorer.workers.jobs import Jobs


@pytest.fixture
def switch(qapp: QApplication) -> Iterator[ThemeSwitch]:
    switch = ThemeSwitch(qapp, "light")
    yield switch
    switch.deleteLater()


@pytest.fixture
def panel(qtbot: QtBot, switch: ThemeSwitch) -> Iterator[CurvesPanel]:
    jobs = Jobs()
    panel = CurvesPanel(switch, jobs)
    panel.resize(1100, 220)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    jobs.stop()
    panel.close()
    panel.deleteLater()
    jobs.deleteLater()
    panel.__dict__.clear()  # see tests/ui/conftest.py


def line(panel: CurvesPanel, figure: Figure, kind: str, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What is drawn as a kind of line."""
    x, y = panel.plots[figure].lines[(number, kind)].getOriginalDataset()
    assert x is not None
    assert y is not None
    return x, y


def drawn(panel: CurvesPanel, figure: Figure) -> set[str]:
    """Kinds of lines of the main run in a plot."""
    return {key[1] for key in panel.plots[figure].lines if key[0] == 0 and len(key) == 2}


def spot(plot: CurvePlot, x: float) -> QPointF:
    """The pixel at a place of the horizontal axis, half way up."""
    low, high = plot.getViewBox().viewRange()[1]
    return QPointF(plot.pixel_of(QPointF(x, (low + high) / 2)))


def ranges(panel: CurvesPanel) -> list[tuple[float, ...]]:
    return [tuple(plot.getViewBox().viewRange()[0]) for plot in panel.plots.values()]


# Nothing and little to draw


def test_without_a_run_it_says_what_to_do(panel: CurvesPanel) -> None:
    assert panel.empty.isVisible()
    assert "Train a model or open a run" in panel.empty.text()
    panel.show_run("Run 1", a_run())
    assert not panel.empty.isVisible()
    panel.clear("The run was deleted.")
    assert panel.empty.isVisible()
    assert panel.empty.text() == "The run was deleted."


def test_a_run_without_figures_says_so(panel: CurvesPanel) -> None:
    panel.show_run("mnist-deep-2d", Metrics())
    assert panel.empty.text() == "mnist-deep-2d has no training history"


def test_one_epoch_can_be_seen(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", Metrics(epochs=some_history(1)))
    picture = panel.plots["elbo"].grab().toImage()
    panel.legend.button("test").click()
    assert panel.plots["elbo"].grab().toImage() != picture
    low, high = ranges(panel)[0]
    assert low < 1 < high


def test_a_history_without_steps_is_drawn_by_epochs_only(panel: CurvesPanel) -> None:
    panel.show_run("Old", Metrics(epochs=some_history(6)))
    assert drawn(panel, "elbo") == {"test", "train"}
    assert not panel.tools.step.isEnabled()
    x, y = line(panel, "elbo", "train")
    assert x.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(y, [stats.train.elbo for stats in some_history(6)])
    assert panel.bars.summary == ""


def test_steps_before_the_first_epoch_are_drawn(panel: CurvesPanel) -> None:
    metrics = a_run(1)
    metrics.epochs.clear()
    panel.show_run("Run 1", metrics)
    assert drawn(panel, "elbo") == {"train", "objective"}
    assert panel.bars.order == ()


# Lines


def test_the_lines_are_the_figures_of_the_run(panel: CurvesPanel) -> None:
    metrics = a_run(10, beta=4.0)
    panel.show_run("Run 1", metrics)
    assert drawn(panel, "elbo") == {"test", "train", "validation", "objective"}
    assert drawn(panel, "reconstruction") == drawn(panel, "kl") == {"test", "train", "validation"}
    for figure in FIGURES:
        x, y = line(panel, figure, "test")
        assert x.tolist() == list(range(1, 11))
        np.testing.assert_allclose(y, [getattr(stats.test, figure) for stats in metrics.epochs])
    # The objective is another line than the plain ELBO.
    np.testing.assert_allclose(line(panel, "elbo", "objective")[1], -metrics.column("loss"))
    np.testing.assert_allclose(line(panel, "elbo", "train")[1], metrics.column("elbo"))
    assert "test −150.00" in panel.cells["elbo"].title.text()


def test_the_weight_of_the_kl_term_has_an_axis_of_its_own_unless_it_is_one(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(3))
    assert not panel.plots["kl"].getAxis("right").isVisible()
    assert "weight" not in panel.legend.keys
    panel.show_run("Run 2", a_run(3, beta=4.0))
    plot = panel.plots["kl"]
    assert plot.getAxis("right").isVisible()
    assert plot.weight is not None
    assert set(plot.weight.getOriginalDataset()[1]) == {4.0}
    panel.legend.button("weight").click()
    assert not plot.getAxis("right").isVisible()
    panel.legend.button("weight").click()
    assert plot.getAxis("right").isVisible()


def test_pressing_a_legend_entry_hides_its_line_and_shows_it_again(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    button = panel.legend.button("train")
    QTest.mouseClick(button, LEFT)
    for figure in FIGURES:
        assert "train" not in drawn(panel, figure)
        assert "test" in drawn(panel, figure)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert "train" in drawn(panel, "elbo")


def test_what_is_hidden_stays_hidden_for_the_next_run(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    panel.legend.button("validation").click()
    panel.show_run("Run 2", a_run(3, validation=False))
    assert "validation" not in panel.legend.keys
    panel.show_run("Run 3", a_run(4))
    assert "validation" not in drawn(panel, "elbo")
    assert not panel.legend.button("validation").isChecked()


def test_other_runs_are_laid_over_with_looks_of_their_own(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    panel.set_overlays([("Run 2", a_run(5)), ("Run 3", a_run(20))])
    assert line(panel, "elbo", "test", 2)[0].tolist() == list(range(1, 21))
    pens = [panel.plots["elbo"].lines[(number, "test")].opts["pen"] for number in (0, 1, 2)]
    assert len({pen.color().name() for pen in pens}) == 3
    assert len({tuple(pen.dashPattern()) for pen in pens}) == 3
    assert panel.legend.button("run:Run 2").text() == "Run 2"
    assert ranges(panel)[0][1] > 20
    panel.legend.button("run:Run 3").click()
    assert (2, "test") not in panel.plots["elbo"].lines
    assert (1, "test") in panel.plots["elbo"].lines
    assert ranges(panel)[0][1] < 11
    panel.set_overlays([])
    assert (1, "test") not in panel.plots["elbo"].lines


def test_an_overlay_is_drawn_without_a_main_run(panel: CurvesPanel) -> None:
    panel.clear("")
    panel.set_overlays([("Run 2", a_run(5))])
    assert not panel.empty.isVisible()
    assert (1, "test") in panel.plots["elbo"].lines


# Growing


def test_new_figures_are_drawn_soon_and_together(panel: CurvesPanel, qtbot: QtBot) -> None:
    metrics = a_run(2)
    panel.show_run("Run 1", metrics)
    for _ in range(3):
        add_epoch(metrics)
        panel.grown()
    assert len(line(panel, "elbo", "test")[0]) == 2
    qtbot.waitUntil(lambda: len(line(panel, "elbo", "test")[0]) == 5, timeout=SHORT)
    assert len(line(panel, "kl", "train")[0]) == 5 * ENTRIES


def test_lines_that_grow_have_room_and_keep_the_view_until_it_is_used(panel: CurvesPanel) -> None:
    metrics = a_run(60)
    panel.show_run("Run 1", metrics)
    assert ranges(panel)[0] == pytest.approx((-1.2, 61.2))
    seen = []
    for _ in range(5):
        add_epoch(metrics)
        panel.draw_growth()
        seen.append(ranges(panel)[0])
        assert seen[-1][1] >= len(metrics.epochs)
    # The first still fits; the second gets room for two more.
    assert seen[0] != seen[1] == seen[2] == seen[3] != seen[4]
    panel.reset_zoom()
    assert ranges(panel)[0] == pytest.approx((-1.3, 66.3))


def test_a_peak_between_the_sampled_entries_is_in_view(panel: CurvesPanel) -> None:
    metrics = a_run(200)
    metrics.column("kl")[1777] = 40.0
    panel.show_run("Run 1", metrics)
    assert panel.plots["kl"].getViewBox().viewRange()[1][1] > 40


def test_while_hidden_nothing_is_drawn_and_then_everything(panel: CurvesPanel, qtbot: QtBot) -> None:
    metrics = a_run(2)
    panel.show_run("Run 1", metrics)
    panel.hide()
    add_epoch(metrics)
    panel.grown()
    assert not panel._redraw_timer.isActive()
    assert len(line(panel, "elbo", "test")[0]) == 2
    with qtbot.waitExposed(panel):
        panel.show()
    assert len(line(panel, "elbo", "test")[0]) == 3


def test_hiding_while_a_redraw_waits_does_not_lose_it(panel: CurvesPanel, qtbot: QtBot) -> None:
    metrics = a_run(2)
    panel.show_run("Run 1", metrics)
    add_epoch(metrics)
    panel.grown()
    panel.hide()
    with qtbot.waitExposed(panel):
        panel.show()
    assert len(line(panel, "elbo", "test")[0]) == 3


def test_overlays_grow_too(panel: CurvesPanel, qtbot: QtBot) -> None:
    other = a_run(2)
    panel.show_run("Run 1", a_run(3))
    panel.set_overlays([("Run 2", other)])
    add_epoch(other)
    panel.grown()
    qtbot.waitUntil(lambda: len(line(panel, "elbo", "test", 1)[0]) == 3, timeout=SHORT)


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


# Tools


def test_the_horizontal_axis_counts_epochs_or_steps(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(4, changes=(Change(460, 1.0, "beta", 1, 4),)))
    panel.set_marker(2)
    assert line(panel, "elbo", "test")[0].tolist() == [1, 2, 3, 4]
    assert panel.plots["elbo"].getAxis("bottom").labelText == "epoch"
    QTest.mouseClick(panel.tools.step, LEFT)
    assert line(panel, "elbo", "test")[0].tolist() == [k * ENTRIES * STEPS for k in (1, 2, 3, 4)]
    assert line(panel, "kl", "train")[0][0] == STEPS
    assert panel.plots["elbo"].getAxis("bottom").labelText == "step"
    assert panel.plots["kl"].marks.places.tolist() == [460]
    assert panel.plots["kl"].marker.value() == pytest.approx(2 * ENTRIES * STEPS)
    QTest.mouseClick(panel.tools.epoch, LEFT)
    assert line(panel, "elbo", "test")[0].tolist() == [1, 2, 3, 4]
    assert panel.plots["kl"].marks.places.tolist() == [1]


def test_logarithmic_heights_show_the_negative_elbo_and_say_so(panel: CurvesPanel) -> None:
    metrics = a_run(4)
    panel.show_run("Run 1", metrics)
    QTest.mouseClick(panel.tools.log, LEFT)
    y = line(panel, "elbo", "test")[1]
    np.testing.assert_allclose(y, np.log10([-stats.test.elbo for stats in metrics.epochs]))
    assert "<b>−ELBO</b>" in panel.cells["elbo"].title.text()
    assert "test 156.00" in panel.cells["elbo"].title.text()
    axis = panel.plots["elbo"].getAxis("left")
    (_, places), *_ = axis.tickValues(*axis.range, 120)
    assert all(140 < float(text) < 400 for text in axis.tickStrings(places, 1, 1))
    assert places


def test_smoothing_draws_the_average_and_the_raw_line_behind_it(panel: CurvesPanel) -> None:
    metrics = a_run()
    panel.show_run("Run 1", metrics)
    assert (0, "train", "raw") not in panel.plots["elbo"].lines
    panel.tools.smoothing.setFocus()
    for _ in range(6):
        QTest.keyClick(panel.tools.smoothing, Qt.Key.Key_PageUp)
    assert panel.tools.weight == 0.6
    raw = panel.plots["elbo"].lines[(0, "train", "raw")]
    np.testing.assert_allclose(raw.getOriginalDataset()[1], metrics.column("elbo"))
    np.testing.assert_allclose(line(panel, "elbo", "train")[1], smooth(metrics.column("elbo"), 0.6))
    assert raw.zValue() < panel.plots["elbo"].lines[(0, "train")].zValue()
    panel.tools.smoothing.setValue(0)
    assert (0, "train", "raw") not in panel.plots["elbo"].lines


def test_the_keyboard_reaches_everything(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(3, beta=2.0))
    parts = [*panel.legend.findChildren(QToolButton), *panel.tools.findChildren(QToolButton)]
    parts += [panel.tools.smoothing, *panel.plots.values(), panel.bars]  # type: ignore[list-item]
    for part in parts:
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part
        assert part.accessibleName(), part


# Mouse and keys on the plots


def test_hovering_shows_the_values_of_all_visible_lines(panel: CurvesPanel) -> None:
    metrics = a_run()
    panel.show_run("Run 1", metrics)
    panel.set_overlays([("Run 2", a_run(8))])
    panel.legend.button("validation").click()
    plot = panel.plots["reconstruction"]
    hover(plot.viewport(), spot(plot, 4))
    text = panel.pointer.readout.text
    assert "nats an image" in text
    assert "Test · epoch 4" in text
    assert "−156.00" in text
    assert f"Train · step {4 * ENTRIES * STEPS:,}" in text
    assert "Run 2, test · epoch 4" in text
    assert "Optimised objective" in text
    assert "Validation" not in text
    for each in panel.plots.values():
        assert each.crosshair.isVisible()
        assert each.crosshair.value() == pytest.approx(4, abs=0.05)
    assert panel.rect().contains(panel.pointer.readout.geometry())
    assert "Test" in plot.accessibleDescription()
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert panel.pointer.readout.text == ""
    assert not plot.crosshair.isVisible()


def test_with_smoothing_the_raw_value_stands_beside_the_smooth_one(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    panel.tools.smoothing.setValue(50)
    plot = panel.plots["elbo"]
    hover(plot.viewport(), spot(plot, 4))
    smoothed = smooth(np.arange(-159.0, -149), 0.5)[3]
    assert f"−{abs(smoothed):.2f}" in panel.pointer.readout.text
    assert "(−156.00)" in panel.pointer.readout.text


def test_a_mark_of_a_change_says_what_was_changed(panel: CurvesPanel) -> None:
    changes = (Change(1380, 3.0, "beta", 1.0, 4.0), Change(2300, 5.0, "learning_rate", 1e-3, 5e-4))
    panel.show_run("Run 1", a_run(changes=changes))
    plot = panel.plots["kl"]
    assert plot.marks.places.tolist() == [3, 5]
    hover(plot.viewport(), spot(plot, 3))
    assert "β 1 → 4" in panel.pointer.readout.text
    hover(plot.viewport(), spot(plot, 5))
    assert "learning rate 0.001 → 0.0005" in panel.pointer.readout.text
    hover(plot.viewport(), spot(plot, 7))
    assert "→" not in panel.pointer.readout.text


def test_a_mark_can_be_seen(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    before = panel.plots["kl"].grab().toImage()
    panel._main.metrics.changes.append(Change(1380, 3.0, "beta", 1.0, 4.0))  # type: ignore[union-attr]
    panel._redraw()
    assert panel.plots["kl"].grab().toImage() != before


@pytest.mark.parametrize("count", ["epoch", "step"])
def test_a_click_chooses_the_nearest_epoch(panel: CurvesPanel, qtbot: QtBot, count: str) -> None:
    panel.show_run("Run 1", a_run())
    if count == "step":
        panel.tools.step.click()
    plot = panel.plots["elbo"]
    place = 6.3 if count == "epoch" else 6.3 * ENTRIES * STEPS
    with qtbot.waitSignal(panel.epoch_chosen, timeout=SHORT) as chosen:
        click(plot.viewport(), spot(plot, place))
    assert chosen.args == [6]


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


def test_keys_move_the_cross_hairs_from_epoch_to_epoch_and_choose_one(
    panel: CurvesPanel, qtbot: QtBot
) -> None:
    panel.show_run("Run 1", a_run())
    plot = panel.plots["elbo"]
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.crosshair.value() == 10
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.crosshair.value() == 7
    assert "Test · epoch 7" in panel.pointer.readout.text
    QTest.keyClick(plot, Qt.Key.Key_Right)
    with qtbot.waitSignal(panel.epoch_chosen, timeout=SHORT) as chosen:
        QTest.keyClick(plot, Qt.Key.Key_Return)
    assert chosen.args == [8]
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert not plot.crosshair.isVisible()
    before = ranges(panel)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert ranges(panel)[2][1] < before[2][1]


# Bars


def test_the_bars_are_sorted_and_active_dimensions_are_marked(panel: CurvesPanel) -> None:
    metrics = a_run(3)
    panel.show_run("Run 1", metrics)
    kl = np.array(metrics.epochs[-1].test.kl_per_dimension)
    assert sorted(panel.bars.order) == [0, 1, 2, 3, 4]
    assert (np.diff(kl[list(panel.bars.order)]) <= 0).all()
    assert panel.bars.summary == "3 of 5 active"
    assert "3 of 5 active" in panel.bars_cell.title.text()
    image = panel.bars.grab().toImage()
    colors = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}
    assert LIGHT.accent in colors
    names = panel.bars.getAxis("bottom").tickStrings([0, 4], 1, 1)
    assert names == [str(panel.bars.order[0] + 1), str(panel.bars.order[4] + 1)]


def test_a_bar_says_what_it_stands_for(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(3))
    box = panel.bars.getViewBox()
    pixel = panel.bars.mapFromScene(box.mapViewToScene(QPointF(0, 1)))
    hover(panel.bars.viewport(), QPointF(pixel))
    first = panel.bars.order[0] + 1
    assert f"z{first}: 4.000 nats · Var μ 0.5 · active" in panel.bars_cell.title.text()
    panel.bars.setFocus()
    QTest.keyClick(panel.bars, Qt.Key.Key_Right)
    assert f"z{panel.bars.order[1] + 1}: " in panel.bars_cell.title.text()
    QApplication.sendEvent(panel.bars, QEvent(QEvent.Type.Leave))
    assert "3 of 5 active" in panel.bars_cell.title.text()


def test_hovering_a_curve_shows_the_bars_of_that_epoch(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    plot = panel.plots["elbo"]
    hover(plot.viewport(), spot(plot, 3))
    assert panel.bars.stats is not None
    assert panel.bars.stats.epoch == 3
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert panel.bars.stats.epoch == 10


@pytest.mark.parametrize("size", [1, 2, 300, 4096])
def test_any_number_of_dimensions_is_drawn(panel: CurvesPanel, size: int) -> None:
    panel.show_run("Run 1", a_run(2, size=size, active=size))
    assert panel.bars.summary == f"{size} of {size} active"
    low, high = panel.bars.getViewBox().viewRange()[0]
    assert low < 0
    assert high >= size - 0.5
    image = panel.bars.grab().toImage()
    assert LIGHT.accent in {QColor(image.pixel(x, y)).name() for x in range(40, 150) for y in range(10, 120)}


# Hints and warnings


def test_a_known_architecture_gets_a_figure_to_compare_with(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(), "784-400-2")
    assert "784-400-2 reaches about 154–156 after 10 epochs" in panel.notice.text
    assert "gray-level Bernoulli" in panel.notice.text
    panel.show_run("Run 2", a_run(), "784-512-256-2")
    assert "143.7 after 10 epochs, 140.9 after 20 epochs, 138.4 after 50 epochs" in panel.notice.text
    panel.show_run("Run 3", a_run(), "784-7-2")
    assert panel.notice.text == ""


def test_a_collapse_is_told_and_taken_back(panel: CurvesPanel) -> None:
    metrics = a_run(3, active=0)
    panel.show_run("Run 1", metrics, "784-400-2")
    assert "Posterior collapse" in panel.notice.text
    assert "0 of 5 latent dimensions are active" in panel.notice.text
    assert panel.notice.property("notice") == "warning"
    add_epoch(metrics, active=5)
    panel._redraw()
    assert "Posterior collapse" not in panel.notice.text
    assert "784-400-2" in panel.notice.text


# Room


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


@pytest.fixture
def large_font(qapp: QApplication) -> Iterator[None]:
    font = qapp.font()
    large = qapp.font()
    large.setPointSizeF(font.pointSizeF() * 1.5)
    qapp.setFont(large)
    yield
    qapp.setFont(font)


def test_a_larger_font_still_fits(large_font: None, panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.show_run("Run 1", a_run(beta=2.0))
    panel.resize(1000, 400)
    qtbot.waitUntil(lambda: panel.grid.columns == 2, timeout=SHORT)
    assert panel.tools.geometry().right() <= panel.width()
    qtbot.waitUntil(lambda: all(holds(panel, key) for key in panel.legend.keys), timeout=SHORT)


# Themes


def luminance(color: str) -> float:
    parts = [part / 255 for part in QColor(color).getRgb()[:3]]  # type: ignore[index]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_line_stands_out_from_the_canvas(dark: bool) -> None:
    colors = DARK if dark else LIGHT
    kinds = ("test", "validation", "train", "objective")
    styles = [main_style(kind, colors) for kind in kinds]  # type: ignore[arg-type]
    styles += [overlay_style(number, "test", colors, dark) for number in range(12)]
    for style in [*styles, weight_style(colors)]:
        assert contrast(style.color, colors.canvas) >= 3, style
    # Twelve overlays look different from each other and from the main run.
    assert len({(style.color, style.dashes) for style in styles}) == len(styles)
    assert not {*OVERLAYS_LIGHT, *OVERLAYS_DARK} & {*CLASS_COLORS}


def test_the_plots_follow_the_theme(panel: CurvesPanel, switch: ThemeSwitch) -> None:
    panel.show_run("Run 1", a_run())
    for theme, colors in (("light", LIGHT), ("dark", DARK)):
        switch.set_theme(theme)  # type: ignore[arg-type]
        for plot in (*panel.plots.values(), panel.bars):
            assert most_frequent_color(plot) == colors.canvas
        pen = panel.plots["elbo"].lines[(0, "test")].opts["pen"]
        assert pen.color().name() == colors.accent
        assert colors.accent in panel.cells["elbo"].title.text()


# Export


def choose(path: Path) -> Answer:
    """Type a path into a file dialog, and accept it."""

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        standard = QDialogButtonBox.StandardButton
        saving = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        button = dialog.findChild(QDialogButtonBox).button(standard.Save if saving else standard.Open)
        QTest.mouseClick(button, LEFT)

    return answer


@dataclass
class Exporting:
    """Chooses an entry of the export menu and answers the dialog."""

    panel: CurvesPanel
    qtbot: QtBot
    answers: Answers

    def __call__(self, entry: str, path: Path) -> str:
        self.answers.expect(choose(path))
        action = next(a for a in self.panel.tools.export.menu().actions() if entry in a.text())
        with self.qtbot.waitSignal(self.panel.message, timeout=SHORT) as said:
            action.trigger()
        return str(said.args[0])


@pytest.fixture
def export(panel: CurvesPanel, qtbot: QtBot, answers: Answers) -> Exporting:
    panel.show_run("Run 1", a_run(4))
    panel.set_overlays([("Run 2", a_run(2))])
    return Exporting(panel, qtbot, answers)


def test_the_table_holds_main_run_and_overlays(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    assert str(path) in export("CSV", path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, epochs in (("Run 1", 4), ("Run 2", 2)):
        kinds = [row["kind"] for row in rows if row["run"] == name]
        assert kinds.count("test") == epochs
        assert kinds.count("steps") == epochs * ENTRIES


def test_the_png_shows_what_is_on_the_screen(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    export("PNG", path)
    image = QImage(str(path))
    panel = export.panel
    assert image.width() >= 2 * panel.grid.width()
    assert image.height() >= 2 * (panel.grid.height() + panel.legend.height())
    colors = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }
    assert {LIGHT.accent, LIGHT.canvas} <= colors


def test_the_svg_holds_lines_and_letters(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "curves.svg"
    export("SVG", path)
    root = ET.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = path.read_text(encoding="utf-8")
    words = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    for word in ("ELBO", "epoch", "nats an image", "Run 2"):
        assert word in words
    assert LIGHT.accent in text
    assert root.findall(".//{http://www.w3.org/2000/svg}polyline") or re.search(r"<path [^>]*d=\"M", text)
    assert "clip" in text


@pytest.mark.parametrize("there", [True, False])
def test_event_files_are_offered_where_the_package_is_there(
    switch: ThemeSwitch, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", package() if there else None)
    tools = CurvesTools(switch)
    qtbot.addWidget(tools)
    action = tools.export.menu().actions()[-1]
    assert action.isEnabled() is there
    assert ("needs the package tensorboard" in action.text()) is not there


def package() -> ModuleType:
    """A package that is there, whatever is installed."""
    module = ModuleType("tensorboard")
    module.__spec__ = ModuleSpec("tensorboard", None)
    return module


def test_event_files_for_tensorboard(export: Exporting, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    folder = tmp_path / "events"
    folder.mkdir()
    assert str(folder) in export("TensorBoard", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["Run-1", "Run-2"]
    assert list((folder / "Run-1").glob("events.out.tfevents.*"))


def test_a_failure_is_told(export: Exporting, tmp_path: Path) -> None:
    (tmp_path / "curves.csv").symlink_to(tmp_path / "gone" / "curves.csv")
    assert "Cannot write" in export("CSV", tmp_path / "curves.csv")


def test_a_dismissed_dialog_saves_nothing(
    panel: CurvesPanel, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    panel.show_run("Run 1", a_run(2))
    panel.export.folder = tmp_path
    answers.expect(dismiss)
    with qtbot.assertNotEmitted(panel.message):
        panel.tools.export_asked.emit("csv")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_without_curves_there_is_nothing_to_save(panel: CurvesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.message, timeout=SHORT) as said:
        panel.tools.export_asked.emit("csv")
    assert "no curves" in str(said.args[0])
