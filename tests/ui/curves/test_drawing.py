"""Which lines are drawn, at which values, and what of them the plots show."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from tests.samples import some_history
from tests.ui.curves.plots import drawn, line, ranges
from tests.ui.curves.samples import a_run, add_epoch
from vae_explorer.core.metrics import Metrics
from vae_explorer.ui.curves.data import FIGURES
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.curves.style import weight_style
from vae_explorer.ui.theme import LIGHT


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


def test_a_weight_on_a_line_of_the_grid_can_be_seen(panel: CurvesPanel) -> None:
    panel.show_run("Run 2", a_run(3, beta=4.0))
    plot = panel.plots["kl"]
    for box in (plot.getViewBox(), plot._right):
        box.setYRange(0, 8, padding=0)
    QApplication.processEvents()
    image = plot.grab().toImage()
    height = plot.pixel_of(QPointF(1, 4)).y()
    color = weight_style(LIGHT).color
    seen = [
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(height - 2, height + 3)
    ]
    assert seen.count(color) > plot.getViewBox().width() / 2


# Overlays


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


# What is in view


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
