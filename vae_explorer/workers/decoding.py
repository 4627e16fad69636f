"""Decoding the point under the cursor: the newest request wins, and a stale picture is never shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal, Slot

from vae_explorer.core.data import ByteArray
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot

#: Models up to this many parameters decode one point in about a millisecond, less than handing the point to a thread
#: and the picture back would take.
_DIRECT_PARAMETERS = 8_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    generation: int
    snapshot: ModelSnapshot
    z: NDArray[np.float64]


class Decoder(QObject):
    """Turns latent points into pictures, directly for small models and on a thread for large ones.

    Signals:
        decoded: the picture of the newest request, 8-bit gray levels of shape (side, side).
    """

    decoded = Signal(object)
    _requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._thread: QThread | None = None
        self._worker = _DecodingWorker()
        self._requested.connect(self._worker.run)
        self._worker.finished.connect(self._on_worker_finished)

    def request(self, snapshot: ModelSnapshot, z: NDArray[np.float64]) -> None:
        """Ask for the picture at `z`, shape (latent,); an unfinished older request is dropped."""
        self._generation += 1
        if snapshot.config.parameter_count <= _DIRECT_PARAMETERS:
            self.decoded.emit(decode_picture(snapshot, z))
            return
        self._start_thread()
        self._worker.mailbox.append(_Request(self._generation, snapshot, z))
        self._requested.emit()

    def stop(self) -> None:
        """End the thread, if there is one."""
        self._generation += 1
        if self._thread is not None:
            self._worker.mailbox.clear()
            self._thread.quit()
            self._thread.wait()

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = QThread(self)
            self._thread.setObjectName("decoding")
            self._worker.moveToThread(self._thread)
            self._thread.start()

    @Slot(int, object)
    def _on_worker_finished(self, generation: int, picture: ByteArray) -> None:
        if generation == self._generation:
            self.decoded.emit(picture)


class _DecodingWorker(QObject):
    """Lives on the decoding thread. Its mailbox holds one request: the newest pushes out an unstarted one."""

    finished = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        # Both threads use it, and each of its methods is one step that the other thread cannot come between.
        self.mailbox: deque[_Request] = deque(maxlen=1)

    @Slot()
    def run(self) -> None:
        try:
            request = self.mailbox.popleft()
        except IndexError:  # an earlier call took it
            return
        self.finished.emit(request.generation, decode_picture(request.snapshot, request.z))


def decode_picture(snapshot: ModelSnapshot, z: NDArray[np.float64]) -> ByteArray:
    """The mean image at one latent point as gray levels, shape (side, side); black where float32 overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        means = snapshot.decode(z[None])[0]
    return square(gray_levels(np.nan_to_num(means, copy=False)))
