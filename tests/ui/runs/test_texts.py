"""The words and figures for a run."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.ui.runs.lists import column
from tests.ui.runs.samples import new_run
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.runs.texts import setting_texts, short_number
from vae_explorer.ui.theme import ThemeSwitch


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (new_run(1, "running", "here"), "training here"),
        (new_run(1, "running", "elsewhere"), "training elsewhere"),
        (new_run(1, "running"), "interrupted"),
        (new_run(1, "paused", "here"), "paused"),
        (new_run(1, "paused", "elsewhere"), "paused elsewhere"),
        (new_run(1, "failed", problem="No space left."), "failed: No space left."),
        (new_run(1, "finished", problems=("half a line",)), "finished, damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_status_is_said_in_words(switch: ThemeSwitch, qtbot: QtBot, run: Run, text: str) -> None:
    runs = Runs()
    runs.add(run)
    panel = RunsPanel(runs, switch)
    qtbot.addWidget(panel)
    assert column(panel, "status") == [text]
    tip = panel.view.cell(run, "status").data(Qt.ItemDataRole.ToolTipRole)
    assert all(problem in tip for problem in run.problems)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "defaults"),
        ({"epochs": 99, "device": "cpu"}, "defaults"),
        ({"annealing": "cyclical", "annealing_cycles": 2, "free_bits": 0.25}, "cyclical 2, free bits 0.25"),
        ({"schedule": "cosine", "batch_size": 64, "max_norm": 5.0}, "cosine, batch 64, clip 5"),
        ({"patience": 5, "validation": 0.1, "seed": 7}, "patience 5, validation 10 %, seed 7"),
    ],
)
def test_settings_are_said_where_they_differ(
    panel: RunsPanel, runs: Runs, settings: dict[str, Any], text: str
) -> None:
    runs.add(new_run(9, **settings))
    assert column(panel, "settings")[0] == text


def test_every_setting_is_compared() -> None:
    plain = dict(setting_texts(TrainingConfig()))
    others = TrainingConfig(*(20, 64, 1e-4, 5, "cpu", 2.0, "cyclical", 5, 3, 0.5, "cosine", 1.0, 4, 0.25))
    assert all(plain[name] != text for name, text in setting_texts(others))
    # Length of the ramp and number of cycles stand with the kind of annealing.
    assert len(plain) == len(TrainingConfig.__dataclass_fields__) - 2


@pytest.mark.parametrize(("value", "text"), [(3e-4, "3e-4"), (1.0, "1"), (0.5, "0.5"), (0.001, "1e-3")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
