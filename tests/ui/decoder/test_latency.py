from dataclasses import replace
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from tests.samples import random_model, save_random_model
from tests.ui.driving import SHORT, click, drag, pixel
from vae_explorer.core.config import VAEConfig
from vae_explorer.ui.decoder import latency as module
from vae_explorer.ui.main_window import MainWindow


def test_each_move_counts_also_one_that_a_newer_one_overtook(window: MainWindow, qtbot: QtBot) -> None:
    map_, latency = window.map_panel.map, window.decoder_panel.latency
    assert not latency.times
    drag(map_.viewport(), [pixel(map_, x, 0) for x in np.linspace(-2, 2, 9)])
    qtbot.waitUntil(lambda: len(latency.times) == 9, timeout=SHORT)
    assert min(latency.times) > 0
    # No turn of the event loop came between them: one image answered all, and the first waited longest.
    assert latency.times == sorted(latency.times, reverse=True)


def test_the_status_line_has_the_figures_of_the_session(window: MainWindow, qtbot: QtBot) -> None:
    map_, latency = window.map_panel.map, window.decoder_panel.latency
    for place in np.linspace(-1, 1, 32):
        with qtbot.waitSignal(window.decoder_panel.image.painted, timeout=SHORT):
            click(map_.viewport(), pixel(map_, place, 1))
    qtbot.waitUntil(lambda: not latency._soon.isActive(), timeout=SHORT)
    ordered = sorted(latency.times)
    assert len(ordered) == 32
    assert window.status._latency.text() == f"image p50 {ordered[15]:.1f} ms · p95 {ordered[30]:.1f} ms"
    assert "500 moves" in window.status._latency.toolTip()


def test_the_figures_are_told_a_few_times_a_second(window: MainWindow, qtbot: QtBot) -> None:
    latency = window.decoder_panel.latency
    told: list[float] = []
    latency.changed.connect(lambda half, _most: told.append(half))
    for place in np.linspace(-1, 1, 10):
        with qtbot.waitSignal(window.decoder_panel.image.painted, timeout=SHORT):
            window.moves.move(np.array([place, 0.5]))
    qtbot.waitUntil(lambda: bool(told) and not latency._soon.isActive(), timeout=SHORT)
    assert len(latency.times) == 10
    assert len(told) < 10


def test_only_the_newest_moves_count(window: MainWindow, qtbot: QtBot) -> None:
    latency = window.decoder_panel.latency
    image = window.decoder_panel.image
    for place in range(module.LATENCY_MOVES // 100 + 1):
        with qtbot.waitSignal(image.painted, timeout=SHORT):
            for step in range(100):
                window.selection.move_to(np.array([place, step / 100]))
    assert len(latency.times) == module.LATENCY_MOVES


def test_newer_weights_are_no_answer_to_a_move(window: MainWindow, qtbot: QtBot) -> None:
    model = window.session.model
    assert model is not None
    with qtbot.waitSignal(window.decoder_panel.image.painted, timeout=SHORT):
        window.session.show(replace(model, snapshot=random_model(model.snapshot.config)))
    assert not window.decoder_panel.latency.times


def test_opening_a_model_is_no_move(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = save_random_model(tmp_path / "m.safetensors", VAEConfig(hidden=(24,), latent=5), seed=5)
    with qtbot.waitSignals([window.files.idle, window.decoder_panel.image.painted], timeout=SHORT):
        window.files.open_file(path)
    assert len(window.selection.z) == 5
    assert not window.decoder_panel.latency.times


def test_nothing_is_timed_while_the_image_is_out_of_sight(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.decoder_panel
    dock = window.docks.named("decoder")
    dock.hide()
    window.moves.move(np.array([1.0, 0.5]))
    with qtbot.waitSignal(panel.image.painted, timeout=SHORT):
        dock.show()
    assert not panel.latency.times
