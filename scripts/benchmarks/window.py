"""How quickly the window answers: a drag, panning, and the event loop, idle and during training."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtWidgets import QApplication

    from vae_explorer.ui.main_window import MainWindow

#: A mouse that reports 125 times a second.
_INTERVAL_MS = 8
_MOVES = 600
_FRAMES = 150
_LIVE_PAIRS = 9
_LIVE_EPOCHS = 3


def measure(alone_seconds: float) -> list[Figure]:
    """All of it in one fresh process; `alone_seconds` is an epoch's time without a window."""
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_STATE_HOME=home)
        environment.pop("GOMP_SPINCOUNT", None)
        command = [sys.executable, "-m", "benchmarks.window"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: dict[str, list[float]] = json.loads(done.stdout)
    where = os.environ.get("QT_QPA_PLATFORM") or "real display"
    note = f"{_MOVES} moves, one each {_INTERVAL_MS} ms, from when a move was due; {where}"
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
    from vae_explorer import app
    from vae_explorer.core.threads import import_numpy_with_one_thread, limit_spinning

    limit_spinning(beside_a_window=True)
    import_numpy_with_one_thread()
    application = app.start_qt()
    window = app.build_window(application)
    window.first_painted.connect(lambda: window.open_first(None))
    window.show()
    _wait(application, window.ready)
    found = {"frames": _pan(window), "idle": _drag(application, window)}
    found["bare"], found["live"] = _live_against_bare(application, window)
    epochs: list[float] = []
    trainer = window.trainer
    _start(window, 1000)
    trainer.epoch_done.connect(lambda report: epochs.append(report.stats.seconds))
    for _ in range(2):
        _wait(application, trainer.epoch_done)
    found["refreshes"] = _refreshes(application, window)
    found["lateness"] = _lateness(application, until=trainer.epoch_done, times=4)
    found["epochs"] = epochs[1:]
    found["training"] = _drag(application, window)
    window.close()
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


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
        _wait(application, trainer.ended)
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
        _wait(application, window.trainer.epoch_done)
    window.decoder_panel.image.painted.disconnect(times.append)
    return [(after - before) * 1000 for before, after in pairwise(times)]


def _wait(application: QApplication, signal: object) -> None:
    from PySide6.QtCore import QEventLoop

    loop = QEventLoop(application)
    signal.connect(loop.quit)  # type: ignore[attr-defined]
    loop.exec()


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


def _drag(application: QApplication, window: MainWindow) -> list[float]:
    """Milliseconds from when each move of the mouse was due until its image was painted."""
    from PySide6.QtCore import QEvent, Qt, QTimer

    map_ = window.map_panel.map
    centre, radius = map_.viewport().rect().center(), min(map_.width(), map_.height()) / 3
    latencies: list[float] = []
    waiting: list[float] = []
    began = time.perf_counter()
    sent = 0

    def on_painted(when: float) -> None:
        latencies.extend((when - due) * 1000 for due in waiting)
        waiting.clear()

    def move() -> None:
        nonlocal sent
        # Every move that is due by now, as the window system would have queued them.
        while sent < _MOVES and began + sent * _INTERVAL_MS / 1000 <= time.perf_counter():
            angle = sent / 40
            place = centre.toPointF() + _spiral(angle, radius)
            waiting.append(began + sent * _INTERVAL_MS / 1000)
            _send(application, window, QEvent.Type.MouseMove, place.toPoint(), Qt.MouseButton.LeftButton)
            sent += 1
        if sent >= _MOVES:
            timer.stop()
            QTimer.singleShot(100, loop.quit)

    from PySide6.QtCore import QEventLoop

    loop = QEventLoop(application)
    window.decoder_panel.image.painted.connect(on_painted)
    _send(application, window, QEvent.Type.MouseButtonPress, centre, Qt.MouseButton.LeftButton)
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(move)
    timer.start(1)
    loop.exec()
    _send(application, window, QEvent.Type.MouseButtonRelease, centre, Qt.MouseButton.NoButton)
    window.decoder_panel.image.painted.disconnect(on_painted)
    return latencies


def _spiral(angle: float, radius: float) -> QPointF:
    from PySide6.QtCore import QPointF

    reach = radius * (0.3 + 0.7 * math.sin(angle / 7) ** 2)
    return QPointF(reach * math.cos(angle), reach * math.sin(angle))


def _send(
    application: QApplication, window: MainWindow, kind: QEvent.Type, place: QPoint, buttons: Qt.MouseButton
) -> None:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    viewport = window.map_panel.map.viewport()
    is_move = kind == QEvent.Type.MouseMove
    event = QMouseEvent(
        kind,
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        Qt.MouseButton.NoButton if is_move else Qt.MouseButton.LeftButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    application.sendEvent(viewport, event)


def _lateness(application: QApplication, until: object, times: int) -> list[float]:
    """Milliseconds by which a timer of 5 ms comes late, until `until` has come `times` times."""
    from PySide6.QtCore import Qt, QTimer

    late: list[float] = []
    due = time.perf_counter() + 0.005

    def tick() -> None:
        nonlocal due
        now = time.perf_counter()
        late.append(max(0.0, now - due) * 1000)
        due = now + 0.005

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(5)
    for _ in range(times):
        _wait(application, until)
    timer.stop()
    return late


if __name__ == "__main__":
    _child()
