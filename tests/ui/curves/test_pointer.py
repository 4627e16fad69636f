"""Mouse and arrow keys on the plots move the cross hairs and choose an epoch."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.curves.plots import ranges, spot
from tests.ui.curves.samples import ENTRIES, STEPS, a_run
from tests.ui.driving import SHORT, click
from vae_explorer.ui.curves.panel import CurvesPanel


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
