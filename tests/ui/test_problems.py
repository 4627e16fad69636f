"""What went wrong in a part of the window looks so in its message bar, however many hands it went through."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.driving import raise_dock
from tests.waiting import SHORT
from vae_explorer.core.files import write_atomically
from vae_explorer.ui.main_window import MainWindow

_NOWHERE = Path("nowhere") / "at" / "all"


def _write_curves(window: MainWindow, path: Path) -> None:
    window.curves.export._write(path, lambda: write_atomically(path, b""))


def _write_picked(window: MainWindow, path: Path) -> None:
    window.exploration.picked.export._write(path, lambda: write_atomically(path, b""))


def _load_directions(window: MainWindow, path: Path) -> None:
    raise_dock(window, "attributes")
    window.exploration.attributes.files.load(path)


@pytest.mark.parametrize(
    "fail",
    [
        _write_curves,
        _write_picked,
        lambda window, path: window.exploration.drawing.take_file(path),
        _load_directions,
    ],
    ids=["curves", "picked", "drawing", "attributes"],
)
def test_what_went_wrong_is_a_warning(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, fail: Callable[[MainWindow, Path], None]
) -> None:
    messages = window.map_panel.messages
    messages.hide()
    fail(window, tmp_path / _NOWHERE)
    qtbot.waitUntil(lambda: "nowhere" in messages.text, timeout=SHORT)
    assert messages.property("notice") == "warning"


def test_what_went_well_is_none(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    messages = window.map_panel.messages
    _write_picked(window, tmp_path / "digits.csv")
    qtbot.waitUntil(lambda: "Saved as" in messages.text, timeout=SHORT)
    assert messages.property("notice") == "info"
