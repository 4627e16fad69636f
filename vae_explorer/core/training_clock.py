"""Turns training steps into progress: thins them out, and estimates the time that is left.

The estimate follows a moving average: it forgets the slow first steps and what happened before a pause.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from vae_explorer.core.events import BatchDone

#: At most this many progress signals a second; more would only keep the window busy.
_SIGNALS_A_SECOND = 4
#: The pace is that of the last seconds, and at least that of one whole epoch: its end is slower than its steps.
_WINDOW_SECONDS = 30.0
#: Before this many seconds nothing is said.
_LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is.

    Attributes:
        epoch: the epoch under way, from 1.
        epochs: how many there are.
        fraction: share of all steps that is done, 0 to 1.
        seconds_left: at the present pace; None while nothing can be said.
    """

    epoch: int
    epochs: int
    fraction: float
    seconds_left: float | None


class TrainingClock:
    """Watches the steps of one training."""

    def __init__(self, epochs: int = 1) -> None:
        self._epochs = epochs
        self.restart()

    def set_epochs(self, epochs: int) -> None:
        """How many epochs there are."""
        self._epochs = epochs

    def restart(self) -> None:
        """The steps begin or go on now; what was before says nothing of the pace."""
        self._samples: deque[tuple[float, float]] = deque()
        self._last_signal = float("-inf")

    def tick(self, step: BatchDone, now: float | None = None) -> TrainingProgress | None:
        """What to tell the window, or None if it was told something a moment ago.

        Args:
            step: that is done.
            now: on a clock in seconds; the system's without it.
        """
        now = time.perf_counter() if now is None else now
        if now - self._last_signal < 1 / _SIGNALS_A_SECOND:
            return None
        self._last_signal = now
        done = step.epoch - 1 + step.batch / step.batches
        self._samples.append((now, done))
        self._forget(now, done)
        left = self._seconds_left(now, done)
        return TrainingProgress(step.epoch, self._epochs, done / self._epochs, left)

    def _forget(self, now: float, done: float) -> None:
        while len(self._samples) > 2:
            second, done_then = self._samples[1]
            if now - second < _WINDOW_SECONDS or done - done_then < 1:
                return
            self._samples.popleft()

    def _seconds_left(self, now: float, done: float) -> float | None:
        began, done_then = self._samples[0]
        if now - began < _LEAST_SECONDS or done <= done_then:
            return None
        return (self._epochs - done) * (now - began) / (done - done_then)
