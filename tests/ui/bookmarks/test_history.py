"""Back and forward in the whole window, after what the user does with mouse and keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import SHORT, click, drag, hold, pixel, retype
from vae_explorer.core.config import VAEConfig
from vae_explorer.state.cursor_history import CursorHistory
from vae_explorer.ui.bookmarks.history import HistoryControl
from vae_explorer.ui.main_window import MainWindow


@dataclass
class Past:
    window: MainWindow
    history: CursorHistory
    control: HistoryControl

    @property
    def z(self) -> list[float]:
        return [round(value, 6) for value in self.window.selection.z.tolist()]


@pytest.fixture
def past(window: MainWindow) -> Iterator[Past]:
    history = CursorHistory()
    control = HistoryControl(
        window.session, window.selection, window.moves, window.undo_stack, history, window
    )
    history.visit(window.selection.z)
    yield Past(window, history, control)
    control.deleteLater()


def test_each_rest_is_a_place_and_a_drag_is_one(past: Past) -> None:
    window = past.window
    map_ = window.map_panel.map
    places = [past.z]
    click(map_.viewport(), pixel(map_, -1, -1))
    places.append(past.z)
    drag(map_.viewport(), [pixel(map_, x, 0) for x in np.linspace(-1, 1, 9)])
    places.append(past.z)
    hold(map_, Qt.Key.Key_Up, 5)
    places.append(past.z)
    retype(window.decoder_panel.coordinates.field(0), "0.5")
    places.append(past.z)
    assert len(past.history) == len(places) == 5
    for place in places[-2::-1]:
        past.control.back()
        assert past.z == place
    assert not past.history.can_go_back
    past.control.back()
    assert past.z == places[0]
    for place in places[1:]:
        past.control.forward()
        assert past.z == place
    assert not past.history.can_go_forward


def test_a_new_place_ends_what_was_ahead(past: Past) -> None:
    map_ = past.window.map_panel.map
    for x in (-1.0, 0.0, 1.0):
        click(map_.viewport(), pixel(map_, x, 0.5))
    past.control.back()
    past.control.back()
    click(map_.viewport(), pixel(map_, 0, -1))
    here = past.z
    assert not past.history.can_go_forward
    past.control.back()
    past.control.forward()
    assert past.z == here


def test_going_back_can_be_undone(past: Past) -> None:
    map_ = past.window.map_panel.map
    click(map_.viewport(), pixel(map_, 1, 1))
    there = past.z
    past.control.back()
    assert past.z == [0, 0]
    past.window.undo_stack.undo()
    assert past.z == there


def test_another_latent_size_begins_anew(past: Past, tmp_path: Path, qtbot: object) -> None:
    window = past.window
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, 1, 1))
    assert past.history.can_go_back
    window.files.open_file(save_random_model(tmp_path / "five.safetensors", VAEConfig(hidden=(8,), latent=5)))
    qtbot.waitUntil(lambda: len(window.selection.z) == 5, timeout=SHORT)  # type: ignore[attr-defined]
    assert not past.history.can_go_back
    past.control.back()
    assert past.z == [0] * 5


def test_another_model_of_the_same_size_keeps_the_places(past: Past, open_window: OpenWindow) -> None:
    window = past.window
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, 1, 1))
    window.session.show(window.session.model)  # type: ignore[arg-type]
    assert past.history.can_go_back
