"""How far to trust the image at the cursor, while models and cursor change: the newest of each counts.

To learn how a model's own digits lie takes up to seconds, so that is done on another thread, and while a model is
trained only now and then. To compare one point with them takes less than a millisecond in few dimensions.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import time
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.trust import Trust, TrustGauge
from vae_explorer.workers.jobs import Jobs

#: Milliseconds before a gauge is begun: what opens a model has more urgent things to do, and another may follow.
_SOON_MS = 250
#: Before a gauge for a moment of a run is begun: while a run is trained newer moments come, and none of them is
#: measured before it has stood for so long. Gauges take cores that training needs.
_SETTLED_MS = 2500
#: Between two gauges of the same run: so many times what the last one took, within these bounds, in seconds.
_LEAST_PAUSE, _MOST_PAUSE = 10.0, 30.0
_PAUSE_FACTOR = 50.0
#: As a training's: a thread that gave way to that too would keep Python's lock from the window meanwhile.
_NICENESS = 5
#: No gauge is begun while the cursor moves, but when it has been at rest for so many seconds: the first one imports
#: SciPy, which keeps Python's lock from the window for a moment.
_REST = 0.5
#: Up to so many latent dimensions, and parameters of the model, a point is read directly: about a millisecond.
_DIRECT_LATENT = 50
_DIRECT_PARAMETERS = 8_000_000


class TrustMeter(QObject):
    """Keeps a gauge for the model on the screen, and reads it at the cursor.

    Signals:
        prepared: there is a gauge for the newest posterior.
        measured: the trust at the place that was asked for last, a `Trust`.
    """

    prepared = Signal()
    measured = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Threads of its own: those of other jobs shall not give way for ever after.
        self._jobs = Jobs(self)
        self._model: ModelSnapshot | None = None
        self._posterior: Posterior | None = None
        self._gauge: TrustGauge | None = None
        self._gauged: Posterior | None = None
        self._building: _Build | None = None
        self._may_begin_at = 0.0
        #: Nothing newer is to come: there is no reason to wait with a gauge.
        self._settled = False
        self._asked_at = -math.inf
        self._place: NDArray[np.float64] | None = None
        self._reading = False
        self._watched = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)

    @property
    def gauge(self) -> TrustGauge | None:
        """The newest gauge of the run on the screen; None until there is one."""
        return self._gauge

    @property
    def current(self) -> bool:
        """Whether the gauge is for the newest posterior, and not for an earlier moment of the same run."""
        return self._gauge is not None and self._gauged is self._posterior

    def follow(
        self, model: ModelSnapshot, posterior: Posterior, *, same_run: bool, in_run: bool = False
    ) -> None:
        """From now on it is about this model.

        Newer weights with the same posterior change nothing: a gauge compares with the digits as they were encoded.

        Args:
            model: the weights.
            posterior: of the test images, by them.
            same_run: whether it is another moment of the run that was followed before; then its gauge is read until
                there is a newer one, which comes when nothing newer has come for some seconds.
            in_run: whether it is a moment of a run, so that newer ones may follow at once.
        """
        if posterior is self._posterior:
            return
        self._model, self._posterior = model, posterior
        self._settled = False
        if not same_run:
            self._drop()
        self._schedule(_SETTLED_MS if same_run or in_run else _SOON_MS)

    def settle(self) -> None:
        """The training is over: measure its last moment now, without the pauses that it was owed."""
        self._settled = True
        self._may_begin_at = 0.0
        if self._posterior is not None and not self.current:
            self._schedule(_SOON_MS)

    def pause(self) -> None:
        """Nobody looks, as at the beginning: end what is under way, in milliseconds. `resume` goes on."""
        self._watched = False
        self._timer.stop()
        self._cancel()
        self._place, self._reading = None, False
        self._jobs.stop()

    def resume(self) -> None:
        """Somebody looks from now on."""
        self._watched = True
        if self._posterior is not None and not self.current:
            self._schedule(_SOON_MS)

    def request(self, z: NDArray[np.float64]) -> None:
        """Ask for the trust at `z`, shape (latent,); nothing comes while there is no gauge.

        It comes before this returns where that takes no time, and later from another thread where it does; an older
        request that is not begun yet is dropped.
        """
        gauge, model = self._gauge, self._model
        self._asked_at = time.monotonic()
        if gauge is None or model is None or len(z) != model.config.latent:
            self._place = None
        elif _is_quick(model):
            self.measured.emit(_read(gauge, z))
        else:
            self._place = z
            self._read_next()

    # Making gauges

    def _schedule(self, milliseconds: int) -> None:
        """Begin a gauge after so long, counted anew, or when the pause after the last one is over."""
        if self._watched and self._building is None:
            self._timer.start(max(milliseconds, round(1000 * (self._may_begin_at - time.monotonic()))))

    def _begin(self) -> None:
        model, posterior = self._model, self._posterior
        if model is None or posterior is None or not len(posterior.mu):
            return
        if time.monotonic() - self._asked_at < _REST:
            self._timer.start(_SOON_MS)
            return
        build = self._building = _Build(model, posterior)
        self._jobs.start(build.run, partial(self._on_built, build), lambda _error: None)

    def _on_built(self, build: _Build, gauge: TrustGauge) -> None:
        if build is not self._building:
            return
        self._building = None
        pause = min(max(_LEAST_PAUSE, _PAUSE_FACTOR * build.seconds), _MOST_PAUSE)
        self._may_begin_at = 0.0 if self._settled else time.monotonic() + pause
        self._gauge, self._gauged = gauge, build.posterior
        if not self.current:
            self._schedule(_SOON_MS if self._settled else _SETTLED_MS)
        self.prepared.emit()

    def _drop(self) -> None:
        self._cancel()
        self._timer.stop()
        self._gauge = self._gauged = self._place = None
        self._may_begin_at = 0.0

    def _cancel(self) -> None:
        if self._building is not None:
            self._building.cancelled.set()
            self._building = None

    # Reading on another thread

    def _read_next(self) -> None:
        if self._reading or self._place is None or self._gauge is None:
            return
        z, self._place, self._reading = self._place, None, True
        gauge = self._gauge
        self._jobs.start(partial(_read, gauge, z), partial(self._on_read, gauge), lambda _error: None)

    def _on_read(self, gauge: TrustGauge, trust: Trust) -> None:
        self._reading = False
        if gauge is self._gauge and self._place is None:
            self.measured.emit(trust)
        self._read_next()


class _Build:
    """One gauge in the making."""

    def __init__(self, model: ModelSnapshot, posterior: Posterior) -> None:
        self._model = model
        self.posterior = posterior
        self.cancelled = threading.Event()
        self.seconds = 0.0

    def run(self) -> TrustGauge:
        _give_way()
        began = time.monotonic()
        with np.errstate(over="ignore", invalid="ignore"):
            gauge = TrustGauge(self._model, self.posterior, cancelled=self.cancelled.is_set)
        self.seconds = time.monotonic() - began
        return gauge


def _give_way() -> None:
    """Let the window's thread have a core first."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _read(gauge: TrustGauge, z: NDArray[np.float64]) -> Trust:
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # far out the decoder may overflow: its drift is no number
        return gauge.read(z)


def _is_quick(model: ModelSnapshot) -> bool:
    return model.config.latent <= _DIRECT_LATENT and model.config.parameter_count <= _DIRECT_PARAMETERS
