"""How quickly the window answers: a drag, panning, and the event loop, idle and during training."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks import driving
from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from vae_explorer.ui.main_window import MainWindow

_FRAMES = 150
_LIVE_PAIRS = 9
_LIVE_EPOCHS = 3


def measure(alone_seconds: float) -> list[Figure]:
    """All of it in one fresh process; `alone_seconds` is an epoch's time without a window."""
    found: dict[str, list[float]] = driving.measured("window")
    where = driving.where()
    note = f"{driving.MOVES} moves, one each {driving.INTERVAL_MS} ms, from when a move was due; {where}"
    epoch = statistics.median(found["epochs"])
    return [
        Figure("drag, idle: p50", percentile(found["idle"], 0.5), "ms", note=note),
        Figure("drag, idle: p99", percentile(found["idle"], 0.99), "ms", 16, note=note),
        Figure("drag, training: p50", percentile(found["training"], 0.5), "ms", note=note),
        Figure("drag, training: p99", percentile(found["training"], 0.99), "ms", 33, note=note),
        Figure(
            "event loop lateness, training: p99", percentile(found["lateness"], 0.99), "ms", 16, note=where
        ),
        Figure(
            "training with the window open and idle, over training alone",
            epoch / alone_seconds,
            "×",
            1.3,
            note=f"{epoch:.2f} s against {alone_seconds:.2f} s an epoch",
        ),
        Figure(
            "training shown live, over the same thread without a screen",
            statistics.median(live / bare for live, bare in zip(found["live"], found["bare"], strict=True)),
            "×",
            1.1,
            note=f"live map, reconstructions and curves; median of {len(found['live'])} paired runs of "
            f"{_LIVE_EPOCHS} epochs; {statistics.median(found['live']):.2f} s against "
            f"{statistics.median(found['bare']):.2f} s an epoch; {where}",
        ),
        Figure(
            "weights newer on the screen, in training: p50",
            percentile(found["refreshes"], 0.5),
            "ms",
            note=f"between two refreshes of the decoded image; {where}",
        ),
        Figure("pan 10,000 points: median frame", statistics.median(found["frames"]), "ms", 8, note=where),
    ]


def _child() -> None:
    application, window = driving.open_window()
    found = {"frames": _pan(window), "idle": driving.drag(application, window)}
    found["bare"], found["live"] = _live_against_bare(application, window)
    epochs: list[float] = []
    trainer = window.trainer
    _start(window, 1000)
    trainer.epoch_done.connect(lambda report: epochs.append(report.stats.seconds))
    for _ in range(2):
        driving.wait(application, trainer.epoch_done)
    found["refreshes"] = _refreshes(application, window)
    with driving.lateness() as found["lateness"]:
        for _ in range(4):
            driving.wait(application, trainer.epoch_done)
    found["epochs"] = epochs[1:]
    found["training"] = driving.drag(application, window)
    window.close()
    driving.finish(found)


def _start(window: MainWindow, epochs: int) -> None:
    from vae_explorer.core.config import VAEConfig
    from vae_explorer.core.training_config import TrainingConfig

    window.training.start(VAEConfig(), TrainingConfig(epochs=epochs))


def _live_against_bare(application: QApplication, window: MainWindow) -> tuple[list[float], list[float]]:
    """Seconds an epoch in turns: trained on a thread that nobody looks at, and as the window shows it."""
    trainer = window.trainer
    bare: list[float] = []
    live: list[float] = []
    for pair in range(_LIVE_PAIRS + 1):
        alone = _bare(application)
        seconds: list[float] = []
        connection = trainer.epoch_done.connect(
            lambda report, seconds=seconds: seconds.append(report.stats.seconds)
        )
        _start(window, _LIVE_EPOCHS)
        driving.wait(application, trainer.ended)
        trainer.epoch_done.disconnect(connection)
        # The first pair imports PyTorch and warms up.
        if pair:
            bare.append(alone)
            live.append(statistics.median(seconds))
    return bare, live


def _bare(application: QApplication) -> float:
    """Seconds an epoch of a training on another thread that nobody looks at."""
    from PySide6.QtCore import QEventLoop

    from vae_explorer.workers.jobs import Jobs

    def train() -> float:
        # It imports PyTorch.
        from benchmarks.training import seconds_alone

        return seconds_alone(_LIVE_EPOCHS, recorded=True)

    jobs, loop = Jobs(), QEventLoop(application)
    found: list[float] = []

    def done(seconds: float) -> None:
        found.append(seconds)
        loop.quit()

    jobs.start(train, done, lambda _error: loop.quit())
    loop.exec()
    jobs.stop()
    return found[0]


def _refreshes(application: QApplication, window: MainWindow) -> list[float]:
    """Milliseconds between two pictures at the cursor over a few epochs of training."""
    times: list[float] = []
    window.decoder_panel.image.painted.connect(times.append)
    for _ in range(4):
        driving.wait(application, window.trainer.epoch_done)
    window.decoder_panel.image.painted.disconnect(times.append)
    return [(after - before) * 1000 for before, after in pairwise(times)]


def _pan(window: MainWindow) -> list[float]:
    """Milliseconds to move the view and paint it, frame by frame."""
    box, viewport = window.map_panel.map.getViewBox(), window.map_panel.map.viewport()
    step = box.viewRect().width() / 400
    frames = []
    for frame in range(_FRAMES):
        began = time.perf_counter()
        box.translateBy(x=step if frame % 60 < 30 else -step)
        viewport.repaint()
        frames.append((time.perf_counter() - began) * 1000)
    window.map_panel.map.fit()
    return frames


if __name__ == "__main__":
    _child()
