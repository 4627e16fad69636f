"""The panel of the curves, alone on the screen."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui import panels
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.jobs import Jobs

switch, large_font = panels.switch, panels.large_font


@pytest.fixture
def panel(qtbot: QtBot, switch: ThemeSwitch) -> Iterator[CurvesPanel]:
    jobs = Jobs()
    panel = CurvesPanel(switch, jobs)
    panel.resize(1100, 220)
    with panels.shown(panel, qtbot):
        yield panel
        jobs.stop()
    jobs.deleteLater()
