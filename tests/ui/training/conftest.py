"""The training dock alone on the screen, and a disk on which no run can be kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.training.forms import OTHER
from vae_explorer.state.training_form import TrainingForm
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.training.panel import TrainingPanel

switch, large_font = panels.switch, panels.large_font


@pytest.fixture
def no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs cannot be kept on disk."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "file" / "runs"))


@pytest.fixture
def panel(switch: ThemeSwitch, qtbot: QtBot) -> Iterator[TrainingPanel]:
    panel = TrainingPanel(TrainingForm(), switch)
    panel.set_available(True)
    with panels.shown(panel, qtbot):
        yield panel


@pytest.fixture
def running(panel: TrainingPanel) -> TrainingPanel:
    panel.show_preparing(*OTHER.configs())
    return panel
