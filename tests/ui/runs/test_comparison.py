from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from tests.ui.runs.samples import epoch_stats, new_run
from vae_explorer.core.statistics import Change
from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.runs.comparison import Comparison
from vae_explorer.ui.runs.panel import RunsPanel


@pytest.fixture
def runs() -> Runs:
    runs = Runs()
    runs.add(new_run(1))
    change = Change(700, 1.5, "beta", 4.0, 1.0)
    runs.add(new_run(2, beta=4.0, annealing="linear", annealing_epochs=2, changes=(change,)))
    runs.add(new_run(3))
    return runs


def rows(panel: RunsPanel) -> dict[str, Comparison]:
    assert panel.comparison._model is not None
    return {row.name: row for row in panel.comparison._model.rows}


def open_comparison(panel: RunsPanel, qtbot: QtBot, *runs: Run) -> None:
    panel.view.select(*runs)
    qtbot.mouseClick(panel.buttons["compare"], LEFT)
    assert panel.comparing


def test_what_differs_is_on_top_and_bold(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    open_comparison(panel, qtbot, *runs)
    assert [run.info.name for run in panel.comparison.runs] == ["Run 3", "Run 2", "Run 1"]
    table = list(rows(panel).values())
    differs = [row.differs for row in table]
    assert differs == sorted(differs, reverse=True)
    assert {row.name for row in table if row.differs} == {
        *("β", "KL annealing", "Changed while it ran"),
        *("Best test ELBO (nats)", "Reconstruction (nats)"),
    }
    model = panel.comparison.table.model()
    for number, row in enumerate(table):
        assert model.index(number, 0).data(Qt.ItemDataRole.FontRole).bold() == row.differs


def test_the_figures_are_those_of_the_best_epoch(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, second, _third = runs
    open_comparison(panel, qtbot, first, second)
    table = {name: row.values for name, row in rows(panel).items()}
    assert table["β"] == ("4", "1")
    assert table["KL annealing"] == ("linear over 2 epochs", "none")
    assert table["Changed while it ran"] == ("β 4 → 1 after epoch 1.5", "none")
    assert table["Best test ELBO (nats)"] == ("−156.33", "−157.33")
    assert table["Reconstruction (nats)"] == ("151.33", "152.33")
    assert table["KL (nats)"] == ("5.00", "5.00")
    assert table["Time an epoch"] == ("2.00 s", "2.00 s")
    assert table["Model"] == ("784-400-2", "784-400-2")


def test_a_run_without_an_epoch_can_be_compared(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    fresh = new_run(9, "running", "here", epochs=0)
    runs.add(fresh)
    open_comparison(panel, qtbot, fresh, next(iter(runs)))
    assert rows(panel)["Best test ELBO (nats)"].values[0] == "–"


@pytest.mark.parametrize("by", ["key", "button"])
def test_it_is_copied_as_a_table(panel: RunsPanel, runs: Runs, qtbot: QtBot, by: str) -> None:
    open_comparison(panel, qtbot, *runs)
    QApplication.clipboard().clear()
    if by == "key":
        focus = QApplication.focusWidget()
        qtbot.keyClick(focus, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    else:
        qtbot.mouseClick(panel.comparison.copy_button, LEFT)
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert lines[0] == ["", "Run 3", "Run 2", "Run 1"]
    assert ["β", "1", "4", "1"] in lines
    assert {len(line) for line in lines} == {4}
    assert len(lines) == 1 + len(rows(panel))


@pytest.mark.parametrize("by", ["key", "button"])
def test_the_list_comes_back_as_it_was(panel: RunsPanel, runs: Runs, qtbot: QtBot, by: str) -> None:
    open_comparison(panel, qtbot, *runs)
    if by == "key":
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(panel.comparison.back_button, LEFT)
    assert not panel.comparing
    assert panel.view.hasFocus()
    assert len(panel.view.selected_runs()) == 3


def test_it_follows_the_runs(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, second, third = runs
    open_comparison(panel, qtbot, first, second, third)
    first.metrics.epochs.append(epoch_stats(4, 100.0))
    runs.grown.emit(first)
    assert rows(panel)["Best test ELBO (nats)"].values[-1] == "−105.00"
    assert rows(panel)["Epochs done"].differs
    runs.set_info(first, replace(first.info, name="best"))
    header = panel.comparison.table.model().headerData(2, Qt.Orientation.Horizontal)
    assert header == "best"
    runs.remove(third)
    assert panel.comparison.runs == [second, first]
    runs.remove(second)
    assert not panel.comparing
    runs.grown.emit(first)
