"""What the measurements of the window share: a home of its own, the user's hands, and waiting without sleeping."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtWidgets import QApplication, QWidget

    from vae_explorer.ui.main_window import MainWindow

#: A mouse that reports 125 times a second.
INTERVAL_MS = 8
MOVES = 600
#: Between two looks at what is waited for.
_LOOK_MS = 20
#: Longer than anything that is waited for takes.
_PATIENCE = 240.0
#: No hand is on the mouse sooner after the map has come up.
_REST_MS = 500


def measured(module: str) -> Any:
    """What a fresh process of a module of this package writes to its standard output, as JSON.

    Settings, runs and logs are in a folder that goes afterwards, not in the user's.
    """
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", f"benchmarks.{module}"]
        environment = home_in(home)
        # The child sets its own, as the application does.
        environment.pop("GOMP_SPINCOUNT", None)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout)


def home_in(folder: str) -> dict[str, str]:
    """The environment of a process that keeps everything it keeps in `folder`."""
    homes = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), folder)
    return {**os.environ, **homes, "VAE_EXPLORER_RUNS": str(Path(folder) / "runs")}


def where() -> str:
    """Where windows are drawn."""
    return os.environ.get("QT_QPA_PLATFORM") or "real display"


def open_window() -> tuple[QApplication, MainWindow]:
    """The application with its first model, as its command opens it."""
    from vae_explorer import app
    from vae_explorer.core.threads import import_numpy_with_one_thread, limit_spinning

    if "numpy" in sys.modules:
        raise RuntimeError("NumPy has its threads already, as it has not in the application")
    limit_spinning(beside_a_window=True)
    import_numpy_with_one_thread()
    application = app.start_qt()
    window = app.build_window(application)
    window.first_painted.connect(lambda: window.open_first(None))
    window.show()
    wait(application, window.ready)
    rest(application)
    return application, window


def finish(found: object) -> None:
    """Write what was found, and end the process without waiting for its threads."""
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


# Waiting


def wait(application: QApplication, signal: object) -> None:
    """Until a signal of Qt's comes."""
    from PySide6.QtCore import QEventLoop

    loop = QEventLoop(application)
    signal.connect(loop.quit)  # type: ignore[attr-defined]
    loop.exec()


def rest(application: QApplication) -> None:
    """Let the window paint what the first model brought with it: nobody drags before seeing it."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop(application)
    QTimer.singleShot(_REST_MS, loop.quit)
    loop.exec()


def wait_until(application: QApplication, there: Callable[[], bool]) -> None:
    """Handle what happens until it is so.

    Raises:
        TimeoutError: it never was.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    # So that it looks also where nothing happens.
    timer = QTimer()
    timer.start(_LOOK_MS)
    began = time.perf_counter()
    while not there():
        if time.perf_counter() - began > _PATIENCE:
            raise TimeoutError
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    timer.stop()


# Hands


def send(
    application: QApplication,
    viewport: QWidget,
    kind: QEvent.Type,
    place: QPoint,
    buttons: Qt.MouseButton,
    *,
    shift: bool = False,
) -> None:
    """An event of the left mouse button at a pixel of `viewport`."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    is_move = kind == QEvent.Type.MouseMove
    modifiers = Qt.KeyboardModifier
    event = QMouseEvent(
        kind,
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        Qt.MouseButton.NoButton if is_move else Qt.MouseButton.LeftButton,
        buttons,
        modifiers.ShiftModifier if shift else modifiers.NoModifier,
    )
    application.sendEvent(viewport, event)


def drag(application: QApplication, window: MainWindow) -> list[float]:
    """Milliseconds from when each move of the mouse was due until its image was painted."""
    from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer

    map_ = window.map_panel.map
    viewport = map_.viewport()
    centre, radius = viewport.rect().center(), min(map_.width(), map_.height()) / 3
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
        while sent < MOVES and began + sent * INTERVAL_MS / 1000 <= time.perf_counter():
            angle = sent / 40
            place = centre.toPointF() + _spiral(angle, radius)
            waiting.append(began + sent * INTERVAL_MS / 1000)
            send(application, viewport, QEvent.Type.MouseMove, place.toPoint(), Qt.MouseButton.LeftButton)
            sent += 1
        if sent >= MOVES:
            timer.stop()
            QTimer.singleShot(100, loop.quit)

    loop = QEventLoop(application)
    window.decoder_panel.image.painted.connect(on_painted)
    send(application, viewport, QEvent.Type.MouseButtonPress, centre, Qt.MouseButton.LeftButton)
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(move)
    timer.start(1)
    loop.exec()
    send(application, viewport, QEvent.Type.MouseButtonRelease, centre, Qt.MouseButton.NoButton)
    window.decoder_panel.image.painted.disconnect(on_painted)
    return latencies


def _spiral(angle: float, radius: float) -> QPointF:
    from PySide6.QtCore import QPointF

    reach = radius * (0.3 + 0.7 * math.sin(angle / 7) ** 2)
    return QPointF(reach * math.cos(angle), reach * math.sin(angle))


@contextmanager
def lateness() -> Iterator[list[float]]:
    """Milliseconds by which each tick of a timer of 5 ms comes late, for as long as this lasts."""
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
    yield late
    timer.stop()
