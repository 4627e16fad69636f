"""What the small table beside the pointer says."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from tests.ui.curves.plots import spot
from tests.ui.curves.samples import ENTRIES, STEPS, a_run
from tests.ui.driving import hover
from vae_explorer.core.smoothing import smooth
from vae_explorer.core.statistics import Change
from vae_explorer.ui.curves.panel import CurvesPanel


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
