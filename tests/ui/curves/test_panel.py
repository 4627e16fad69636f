"""The panel of the curves as a whole: what it says without figures, and how it grows."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.samples import some_history
from tests.ui.curves.plots import line, ranges
from tests.ui.curves.samples import ENTRIES, a_run, add_epoch
from tests.ui.driving import SHORT, most_frequent_color
from vae_explorer.core.metrics import Metrics
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import DARK, LIGHT, ThemeSwitch


def test_without_a_run_it_says_what_to_do(panel: CurvesPanel) -> None:
    assert panel.empty.isVisible()
    assert "Train a model or open a run" in panel.empty.text()
    panel.show_run("Run 1", a_run())
    assert not panel.empty.isVisible()
    panel.clear("The run was deleted.")
    assert panel.empty.isVisible()
    assert panel.empty.text() == "The run was deleted."


def test_a_run_that_just_began_says_that_figures_come(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", Metrics(), growing=True)
    assert panel.empty.text() == "The first figures of Run 1 will be here soon"


def test_a_run_without_figures_says_so(panel: CurvesPanel) -> None:
    panel.show_run("mnist-deep-2d", Metrics())
    assert panel.empty.text() == "No figures of mnist-deep-2d"


def test_one_epoch_can_be_seen(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", Metrics(epochs=some_history(1)))
    picture = panel.plots["elbo"].grab().toImage()
    panel.legend.button("test").click()
    assert panel.plots["elbo"].grab().toImage() != picture
    low, high = ranges(panel)[0]
    assert low < 1 < high


def test_the_keyboard_reaches_everything(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(3, beta=2.0))
    parts = [*panel.legend.findChildren(QToolButton), *panel.tools.findChildren(QToolButton)]
    parts += [panel.tools.smoothing, *panel.plots.values(), panel.bars]  # type: ignore[list-item]
    for part in parts:
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part
        assert part.accessibleName(), part


def test_the_plots_follow_the_theme(panel: CurvesPanel, switch: ThemeSwitch) -> None:
    panel.show_run("Run 1", a_run())
    for theme, colors in (("light", LIGHT), ("dark", DARK)):
        switch.set_theme(theme)  # type: ignore[arg-type]
        for plot in (*panel.plots.values(), panel.bars):
            assert most_frequent_color(plot) == colors.canvas
        pen = panel.plots["elbo"].lines[(0, "test")].opts["pen"]
        assert pen.color().name() == colors.accent
        assert colors.accent in panel.cells["elbo"].title.text()


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


def test_overlays_grow_too(panel: CurvesPanel, qtbot: QtBot) -> None:
    other = a_run(2)
    panel.show_run("Run 1", a_run(3))
    panel.set_overlays([("Run 2", other)])
    add_epoch(other)
    panel.grown()
    qtbot.waitUntil(lambda: len(line(panel, "elbo", "test", 1)[0]) == 3, timeout=SHORT)


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


def test_the_figures_above_the_plots_are_those_of_the_epoch_that_one_looks_at(panel: CurvesPanel) -> None:
    metrics = a_run()
    panel.show_run("Run 1", metrics)
    for epoch in (10, 4):
        panel.set_marker(float(epoch))
        test = metrics.epochs[epoch - 1].test
        for figure, value in (("elbo", test.elbo), ("reconstruction", test.reconstruction), ("kl", test.kl)):
            assert f"test {signed(value)}" in panel.cells[figure].title.text()


def test_a_narrow_title_leaves_away_what_matters_least(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run())
    cell = panel.cells["kl"]
    full = cell.title.text()
    assert "train" in full
    cell.resize(cell.title.sizeHint().width() - 1, 100)
    assert cell.title.text() == full[: full.index("&nbsp; <span", full.index("test"))]


def test_everything_speaks_of_the_newest_epoch_that_is_drawn(panel: CurvesPanel) -> None:
    metrics = a_run(3)
    panel.show_run("Run 1", metrics, "784-400-2")
    add_epoch(metrics)
    panel.grown()
    # The mouse goes over a plot and away again.
    panel.pointer.hover(panel.plots["elbo"], 1.0)
    panel.pointer.leave()
    assert panel.bars.stats is metrics.epochs[2]
    assert f"test {signed(metrics.epochs[2].test.elbo)}" in panel.cells["elbo"].title.text()
    assert line(panel, "elbo", "test")[0][-1] == 3
    panel.draw_growth()
    assert panel.bars.stats is metrics.epochs[3]
    assert f"test {signed(metrics.epochs[3].test.elbo)}" in panel.cells["elbo"].title.text()
    assert line(panel, "elbo", "test")[0][-1] == 4


def test_the_first_figures_are_drawn_at_once(panel: CurvesPanel) -> None:
    metrics = Metrics()
    panel.show_run("Run 1", metrics, growing=True)
    assert panel.shows_text
    add_epoch(metrics)
    panel.grown()
    assert not panel.shows_text
    assert len(line(panel, "elbo", "test")[0]) == 1


def test_nothing_is_drawn_at_once_while_there_are_no_figures(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", Metrics(), growing=True)
    panel.grown()
    assert panel.shows_text
    assert panel._redraw_timer.isActive()
