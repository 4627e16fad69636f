"""What has a name on the map: bookmarks with flags, the three digits of a plane with letters."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.planes import PRINCIPAL, DigitsPlane
from vae_explorer.ui.main_window import MainWindow


def test_bookmarks_of_the_models_latent_size_have_flags(window: MainWindow) -> None:
    marks, bookmarks = window.exploration.named_marks, window.looks.bookmarks
    assert marks.flags == []
    bookmarks.add("elsewhere", np.zeros(5))
    bookmarks.add("here", np.array([1.0, -0.5]))
    (flag,) = marks.flags
    assert flag.toolTip() == "here"
    assert flag.pos().toTuple() == (1.0, -0.5)
    bookmarks.remove(1)
    assert marks.flags == []


def test_the_three_digits_of_a_plane_have_letters(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(save_random_model(tmp_path / "five.safetensors", VAEConfig(hidden=(8,), latent=5)))
    letters = window.exploration.named_marks.letters
    assert not any(letter.isVisible() for letter in letters)
    window.exploration.plane_control.choose(DigitsPlane(4, 1, 2))
    qtbot.waitUntil(lambda: all(letter.isVisible() for letter in letters), timeout=SHORT)
    for letter, digit in zip(letters, (4, 1, 2), strict=True):
        np.testing.assert_allclose(letter.pos().toTuple(), window.map_panel.map._xy[digit], atol=1e-6)
    window.exploration.plane_control.choose(PRINCIPAL)
    qtbot.waitUntil(lambda: not any(letter.isVisible() for letter in letters), timeout=SHORT)


@pytest.mark.parametrize("count", [1, 40])
def test_only_several_digits_bring_their_dock_forward(window: MainWindow, count: int) -> None:
    dock = window.docks.named("picked")
    window.docks.named("decoder").raise_()
    window.map_panel.map.digits_picked.emit(np.arange(count), "replace")
    window.grab()
    assert dock.visibleRegion().isEmpty() == (count == 1)
    window.docks.retitle("picked", "Selection (40)" * 99, "Selection")
    assert dock.windowTitle() == "Selection"


def test_the_smallest_window_has_a_map(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1, 1)
    panel = window.map_panel
    qtbot.waitUntil(lambda: panel.map.height() >= 120, timeout=SHORT)
    assert panel.background.geometry().top() > panel.map.geometry().bottom()
    assert panel.background.geometry().bottom() <= panel.height()
