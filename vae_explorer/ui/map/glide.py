"""The clock of a short movement on the screen, which explains where something went.

Whoever moves keeps what is drawn at each moment, and starts anew from there when something comes in between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

_DURATION_MS = 200
#: Thirty frames a second, seven a glide. One of 10,000 points takes about 6 ms of the window's thread, so a glide
#: with each epoch of two seconds costs 2 % of one core; sixty frames a second would cost twice that.
_FRAME_MS = 30


class Glide(QObject):
    """Counts from 0 to 1 in a fifth of a second, fast at first and slow at the end.

    Signals:
        moved: the share of the way that is done, 0 to 1; the last one is exactly 1.
    """

    moved = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._on_frame)

    @property
    def running(self) -> bool:
        """Whether something moves."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin a way of its own, from 0; a running one ends where it is."""
        self._clock.start()
        # The frames go on in their rhythm: starts that come faster than frames would put the next one off for ever.
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """End where it is."""
        self._timer.stop()

    def finish(self) -> None:
        """Jump to the end, if something moves."""
        if self._timer.isActive():
            self._timer.stop()
            self.moved.emit(1.0)

    def _on_frame(self) -> None:
        share = min(1.0, self._clock.elapsed() / _DURATION_MS)
        if share >= 1:
            self._timer.stop()
        self.moved.emit(eased(share))


class Way:
    """From one set of numbers to another of the same shape."""

    def __init__(self, start: NDArray[np.float64], goal: NDArray[np.float64]) -> None:
        self._start = start
        self._step = goal - start
        self.goal = goal

    def at(self, share: float) -> NDArray[np.float64]:
        """What is between them after a share of the way; exactly the goal after all of it."""
        return self.goal if share >= 1 else self._start + self._step * share


def eased(share: float) -> float:
    """How far something is that slows down (cubically) towards its goal, after a share of the time; both 0 to 1."""
    rest: float = (1 - share) ** 3
    return 1 - rest
