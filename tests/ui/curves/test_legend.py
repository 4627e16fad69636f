"""The toggles of the legend hide lines."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.curves.plots import drawn
from tests.ui.curves.samples import a_run
from tests.ui.driving import LEFT
from vae_explorer.ui.curves.data import FIGURES
from vae_explorer.ui.curves.panel import CurvesPanel


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
