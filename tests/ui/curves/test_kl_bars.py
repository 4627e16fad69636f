"""The bars of the KL of each latent dimension."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.curves.plots import spot
from tests.ui.curves.samples import a_run
from tests.ui.driving import hover
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.theme import LIGHT


def test_few_bars_stay_in_their_places_and_active_dimensions_are_marked(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(3))
    assert panel.bars.order == (0, 1, 2, 3, 4)
    assert panel.bars.summary == "3 of 5 active"
    assert "3 of 5 active" in panel.bars_cell.title.text()
    image = panel.bars.grab().toImage()
    colors = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}
    assert LIGHT.accent in colors
    names = panel.bars.getAxis("bottom").tickStrings([0, 4], 1, 1)
    assert names == ["1", "5"]


def test_many_bars_are_in_order_of_size(panel: CurvesPanel) -> None:
    metrics = a_run(3, size=40, active=20)
    panel.show_run("Run 1", metrics)
    kl = np.array(metrics.epochs[-1].test.kl_per_dimension)
    assert sorted(panel.bars.order) == list(range(40))
    assert (np.diff(kl[list(panel.bars.order)]) <= 0).all()
    names = panel.bars.getAxis("bottom").tickStrings([0, 39], 1, 1)
    assert names == [str(panel.bars.order[0] + 1), str(panel.bars.order[39] + 1)]


def test_a_bar_says_what_it_stands_for(panel: CurvesPanel) -> None:
    metrics = a_run(3)
    panel.show_run("Run 1", metrics)
    kl = metrics.epochs[-1].test.kl_per_dimension[0]
    box = panel.bars.getViewBox()
    pixel = panel.bars.mapFromScene(box.mapViewToScene(QPointF(0, 1)))
    hover(panel.bars.viewport(), QPointF(pixel))
    assert f"z1: {kl:.3f} nats · Var μ 0.5 · active" in panel.bars_cell.title.text()
    panel.bars.setFocus()
    QTest.keyClick(panel.bars, Qt.Key.Key_Right)
    assert "z2: " in panel.bars_cell.title.text()
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
    assert LIGHT.accent in {QColor(image.pixel(x, y)).name() for x in range(20, 150) for y in range(10, 120)}
