"""How quickly the curves of a long run answer: a new entry, a zoom by the wheel, and the pointer over them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from vae_explorer.core.metrics import Metrics
    from vae_explorer.core.statistics import StepStats
    from vae_explorer.ui.curves.panel import CurvesPanel
    from vae_explorer.ui.curves.plot import CurvePlot

#: Entries of the table of steps of each of the two runs, and epochs that they make up.
_ENTRIES = 100_000
_EPOCHS = 500
_TRAINING_STEPS_AN_ENTRY = 2
_TIMES = 200
#: The first ones fill caches.
_WARM_UP = 5
#: As the dock has it in a window of 1440 × 900.
_SIZE = (1424, 240)
_TARGET_MS = 16.0


def measure() -> list[Figure]:
    """Medians and 99th percentiles in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.curves"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[float]] = json.loads(done.stdout)
    where = os.environ.get("QT_QPA_PLATFORM") or "real display"
    note = (
        f"2 runs of {_ENTRIES:,} entries and {_EPOCHS} epochs, smoothed, logarithmic; {_TIMES} times, "
        f"painted; {where}"
    )
    figures = []
    for name, times in found.items():
        figures += [
            Figure(f"curves, {name}: p50", percentile(times, 0.5), "ms", _TARGET_MS, note=note),
            Figure(f"curves, {name}: p99", percentile(times, 0.99), "ms", note=note),
        ]
    return figures


def _child() -> None:
    from PySide6.QtWidgets import QApplication

    from vae_explorer import app
    from vae_explorer.ui.curves.panel import CurvesPanel
    from vae_explorer.ui.theme import ThemeSwitch
    from vae_explorer.workers.jobs import Jobs

    application = app.start_qt()
    assert isinstance(application, QApplication)
    jobs = Jobs()
    panel = CurvesPanel(ThemeSwitch(application, "light"), jobs)
    panel.resize(*_SIZE)
    metrics = _a_run(0)
    panel.show_run("Run 2", metrics, "784-400-2")
    panel.set_overlays([("Run 1", _a_run(1))])
    panel.tools.smoothing.setValue(90)
    panel.tools.log.setChecked(True)
    panel.show()
    found = {
        "new entry": _grow(application, panel, metrics),
        "zoom by the wheel": _zoom(application, panel.plots["elbo"]),
        "pointer moves": _move(application, panel.plots["elbo"]),
    }
    panel.close()
    jobs.stop()
    sys.stdout.write(json.dumps(found))


def _a_run(seed: int) -> Metrics:
    from vae_explorer.core.metrics import Metrics
    from vae_explorer.core.statistics import ElboTerms, EpochStats

    random = np.random.default_rng(seed)
    metrics = Metrics()
    metrics.add_steps(_an_entry(number, random) for number in range(1, _ENTRIES + 1))
    for epoch in range(1, _EPOCHS + 1):
        terms = ElboTerms(146 + 20 / epoch + seed, (3.5, 2.5))
        step = epoch * _ENTRIES * _TRAINING_STEPS_AN_ENTRY // _EPOCHS
        metrics.epochs.append(EpochStats(epoch, 2.0, terms, terms, step, 152.0, None, (0.9, 0.8)))
    return metrics


def _an_entry(number: int, random: np.random.Generator) -> StepStats:
    from vae_explorer.core.statistics import StepStats

    epoch = number * _EPOCHS / _ENTRIES
    reconstruction, kl = 146 + 200 / (1 + epoch) + random.normal(0, 2), 6 + random.normal(0, 0.2)
    return StepStats(
        number * _TRAINING_STEPS_AN_ENTRY, epoch, reconstruction + kl, reconstruction, kl, 1.0, 1e-3
    )


def _grow(application: QApplication, panel: CurvesPanel, metrics: Metrics) -> list[float]:
    random = np.random.default_rng(2)

    def grow() -> None:
        metrics.add_steps([_an_entry(metrics.step_count + 1, random)])
        panel.draw_growth()

    return _times(application, grow)


def _zoom(application: QApplication, plot: CurvePlot) -> list[float]:
    """Into the middle and out again, ten steps each."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent

    deltas = cycle([120] * 10 + [-120] * 10)
    at = QPointF(plot.viewport().rect().center())

    def turn() -> None:
        event = QWheelEvent(
            at,
            QPointF(plot.viewport().mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, next(deltas)),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        application.sendEvent(plot.viewport(), event)

    return _times(application, turn)


def _move(application: QApplication, plot: CurvePlot) -> list[float]:
    """From the left to the right over the plot, with cross hairs in all plots and the table beside the pointer."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    inside = plot.mapFromScene(plot.getViewBox().sceneBoundingRect()).boundingRect()
    places = cycle(np.linspace(inside.left() + 4, inside.right() - 4, 97).tolist())

    def move() -> None:
        at = QPointF(round(next(places)), inside.center().y())
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            at,
            QPointF(plot.viewport().mapToGlobal(at.toPoint())),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        application.sendEvent(plot.viewport(), event)

    return _times(application, move)


def _times(application: QApplication, act: Callable[[], None]) -> list[float]:
    """Milliseconds that each act takes, with all layout and painting that it asks for."""
    times = []
    for _ in range(_WARM_UP + _TIMES):
        application.processEvents()
        began = time.perf_counter()
        act()
        # Painting is posted; what that posts in turn is done by the second call.
        application.processEvents()
        application.processEvents()
        times.append((time.perf_counter() - began) * 1000)
    return times[_WARM_UP:]


if __name__ == "__main__":
    _child()
