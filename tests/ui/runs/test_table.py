"""What stands in the rows of the list of runs, and what changes there while runs grow."""

from PySide6.QtCore import Qt

from tests.ui.runs.lists import column
from tests.ui.runs.samples import epoch_stats, new_run
from vae_explorer.core.statistics import Change, StepStats
from vae_explorer.state.runs import Runs
from vae_explorer.ui.runs.panel import RunsPanel


def test_a_row_says_it_all(panel: RunsPanel, runs: Runs) -> None:
    run = new_run(9, "stopped", hidden=(512, 256), epochs=4, beta=4, annealing="linear", learning_rate=3e-4)
    runs.add(run)
    texts = {
        name: column(panel, name)[0] for name in ("model", "settings", "best", "epochs", "time", "status")
    }
    assert texts == {
        "model": "784-512-256-2",
        "settings": "β 4, linear 5, lr 3e-4",
        "best": "−148.50 nats",
        "epochs": "4 / 10",
        "time": "8 s",
        "status": "stopped",
    }
    tip = panel.view.cell(run, "best").data(Qt.ItemDataRole.ToolTipRole)
    assert tip == ("Epoch 4 of 4: test ELBO −148.50 = −(reconstruction 143.50 + KL 5.00) nats an image")


def test_growing_updates_only_the_cells_concerned(panel: RunsPanel, runs: Runs) -> None:
    run = new_run(8, "running", "here", epochs=1)
    runs.add(run)
    panel.view.select(run)
    changed: list[str] = []
    columns = panel.view.table.columns
    panel.view.table.dataChanged.connect(
        lambda first, last, _roles: changed.extend(
            columns[k].name for k in range(first.column(), last.column() + 1)
        )
    )
    run.metrics.add_steps([StepStats(1, 0.1, 200, 195, 5, 1, 1e-3)])
    runs.grown.emit(run)
    assert changed == []
    run.metrics.epochs.append(epoch_stats(2, 140.0))
    runs.grown.emit(run)
    assert changed == ["best", "epochs", "time"]
    assert column(panel, "best")[0] == "−145.00 nats"
    run.metrics.changes.append(Change(10, 1.5, "beta", 1.0, 4.0))
    runs.grown.emit(run)
    assert changed[3:] == ["settings"]
    assert column(panel, "settings")[0] == "β 1 → 4"
    for number, after in enumerate((0.5, 7.0, 2.0)):
        run.metrics.changes.append(Change(20 + number, 1.6, "beta", 1.0, after))
        runs.grown.emit(run)
        expected = ("β 1 → 4 → 0.5", "β 1 → 4 → 0.5 → 7", "β 1 → … → 2")
        assert column(panel, "settings")[0] == expected[number]
    assert panel.view.selected_runs() == [run]
