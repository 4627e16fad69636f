"""The tool row: what is counted, logarithmic heights, smoothing, and what can be exported."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.curves.plots import line
from tests.ui.curves.samples import ENTRIES, STEPS, a_run
from tests.ui.driving import LEFT
from vae_explorer.core.smoothing import smooth
from vae_explorer.core.statistics import Change
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.curves.tools import CurvesTools
from vae_explorer.ui.theme import ThemeSwitch


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


def package() -> ModuleType:
    """A package that is there, whatever is installed."""
    module = ModuleType("tensorboard")
    module.__spec__ = ModuleSpec("tensorboard", None)
    return module


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
