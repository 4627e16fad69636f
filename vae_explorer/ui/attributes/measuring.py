"""Measures the picture before and after an edit while α slides: the newest pair counts, some sixteen a second."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.data import ByteArray
from vae_explorer.core.morphometry import Values, import_skimage, measure
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

#: Between two measurements: each lets the window's thread wait a little.
_PAUSE_MS = 60


class Measuring(QObject):
    """Measures two pictures on another thread.

    Attributes:
        values: of the pair that was measured last, shape (2, 6) in the order of `core.morphometry.ATTRIBUTES`; None
            where nothing is measured.

    Signals:
        measured: the values are others.
    """

    measured = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: Newest[Values] = Newest(jobs, parent=self)
        self._pair: ByteArray | None = None
        self.values: Values | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._start)

    @property
    def busy(self) -> bool:
        """Whether values are on their way."""
        return self._newest.busy or self._pair is not None

    def want(self, base: ByteArray, edited: ByteArray) -> None:
        """Measure these, both of shape (side, side)."""
        self._pair = np.stack((base, edited))
        if not self._pause.isActive():
            self._start()

    def drop(self) -> None:
        """Nothing is there to be measured."""
        self._pair = None
        self._pause.stop()
        self._newest.drop()
        if self.values is not None:
            self.values = None
            self.measured.emit()

    def _start(self) -> None:
        pair, self._pair = self._pair, None
        if pair is not None:
            self._pause.start()
            self._newest.want(lambda _cancelled: _measured(pair), self._show)

    def _show(self, values: Values) -> None:
        self.values = values
        self.measured.emit()


def _measured(pair: ByteArray) -> Values:
    import_skimage()
    return measure(pair)
