"""Runs on disk as earlier windows left them, and how a window's list shows them."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.core.runs import made_up_run
from tests.ui.driving import SHORT, raise_dock
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.run_folder import runs_folder
from vae_explorer.core.run_info import RunStatus
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow

CONFIG = VAEConfig(784, (16,), 3)


def write_run(name: str, status: RunStatus = "finished", epochs: int = 3, root: Path | None = None) -> Path:
    """A run as an earlier window left it."""
    folder = made_up_run((root or runs_folder()) / name, epochs, CONFIG)
    with RunRecorder.reopen(folder) as recorder:
        recorder.set_info(recorder.info.with_status(status))
    return folder


def find_runs(window: MainWindow, count: int, qtbot: QtBot) -> list[Run]:
    qtbot.waitUntil(lambda: len(window.runs) == count, timeout=SHORT)
    return list(window.runs)


def named(window: MainWindow, id_: str) -> Run:
    run = window.runs.find(id_)
    assert run is not None
    return run


def select(window: MainWindow, *runs: Run) -> None:
    """Select rows of the list, which gets the focus."""
    panel = window.runs_panel
    window.activateWindow()
    raise_dock(window, "runs")
    panel.view.select(*runs)
    panel.view.setFocus()
