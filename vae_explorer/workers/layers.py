"""The thread that draws what lies behind the points of the map: the newest request wins.

A picture of the same layer and model for an older view is still right in its place, so it is handed over; one of
another layer or model is not, and its computation is broken off.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer, Signal, Slot

from vae_explorer.core.layers import LayerImage
from vae_explorer.core.map_plane import overlap
from vae_explorer.core.tiles import TileGrid
from vae_explorer.workers.layer_stages import LayerRequest, Stages

#: A picture is finished as long as it holds this share of what the user sees by now.
_STILL_OF_USE = 0.6


class Layers(QObject):
    """Draws layers on a thread of its own, which starts with the first request.

    Signals:
        drawn: a `LayerImage` of the newest subject; a better one may follow. Of several that are there at once, only
            the best.
        idle: the newest request is done with.
    """

    drawn = Signal(object)
    idle = Signal()
    _requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: LayerRequest | None = None
        #: The newest picture that was not handed over yet, and whether it is the last one.
        self._picture: _Drawn | None = None
        self._ended = False
        # Each picture is painted with the whole map. Two in one turn of the event loop, or one right after the map was
        # painted for another reason, would make everything else wait for both.
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._hand_over)
        self._thread: QThread | None = None
        self._worker = _LayerWorker()
        self._requested.connect(self._worker.run)
        self._worker.drawn.connect(self._on_drawn)
        self._worker.finished.connect(self._on_finished)

    @property
    def busy(self) -> bool:
        """Whether something is being drawn, or waits for it."""
        return self._newest is not None

    def request(self, request: LayerRequest) -> None:
        """Draw `request` as soon as possible; one that waits is dropped, and one of another subject broken off."""
        self._start_thread()
        self._newest, self._ended = request, False
        subject = self._worker.subject
        if subject is None or not request.same_subject(subject):
            subject = self._worker.subject = request
        self._worker.mailbox.append(_Task(request, subject))
        self._worker.drew.clear()
        self._requested.emit()

    def wait_for_picture(self, seconds: float) -> None:
        """Give the first picture so long; if it is there by then, say `drawn` at once, and not after a painting."""
        if self._worker.drew.wait(seconds):
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)
            self._hand_over()

    def cancel(self) -> None:
        """Nobody wants what was asked for."""
        self._newest = self._picture = self._worker.subject = None
        self._ended = False
        self._turn.stop()
        self._worker.mailbox.clear()

    def stop(self) -> None:
        """End the thread, if there is one."""
        self.cancel()
        if self._thread is not None:
            self._thread.quit()
            self._thread.wait()
            QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall)

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = QThread(self)
            self._thread.setObjectName("layers")
            self._worker.moveToThread(self._thread)
            self._thread.start(QThread.Priority.LowPriority)

    @Slot(object, object)
    def _on_drawn(self, subject: LayerRequest, image: LayerImage) -> None:
        if subject is self._worker.subject:
            self._picture = _Drawn(subject, image)
            self._turn.start()

    @Slot(object, object)
    def _on_finished(self, request: LayerRequest, error: BaseException | None) -> None:
        if request is self._newest:
            self._ended = True
            self._turn.start()
        if error is not None:
            raise error

    def _hand_over(self) -> None:
        """Say what came since the last time."""
        self._turn.stop()
        picture, self._picture = self._picture, None
        if picture is not None and picture.subject is self._worker.subject:
            self.drawn.emit(picture.image)
        if self._ended:
            self._ended, self._newest = False, None
            self.idle.emit()


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A request, and the first one for the same layer and model."""

    request: LayerRequest
    subject: LayerRequest


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A picture, and the subject of which it is one."""

    subject: LayerRequest
    image: LayerImage


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What the worker asks between two blocks."""

    worker: _LayerWorker
    subject: LayerRequest

    def stale(self) -> bool:
        return self.worker.subject is not self.subject

    def overtaken(self, grid: TileGrid) -> bool:
        try:
            newer = self.worker.mailbox[-1]
        except IndexError:
            return False
        return overlap(grid.rect, newer.request.view) < _STILL_OF_USE


class _LayerWorker(QObject):
    """Lives on the thread. Its mailbox holds one request: the newest pushes out one that was not begun."""

    drawn = Signal(object, object)
    finished = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        # Both threads use these two, and each of their methods is one step that the other cannot come between.
        self.mailbox: deque[_Task] = deque(maxlen=1)
        #: Layer and model that are wanted; only the window's thread sets it.
        self.subject: LayerRequest | None = None
        #: Whether there was a picture since this was cleared.
        self.drew = threading.Event()
        self._stages = Stages()

    @Slot()
    def run(self) -> None:
        try:
            task = self.mailbox.popleft()
        except IndexError:  # an earlier call took it
            return
        wanted = _Wanted(self, task.subject)
        error: BaseException | None = None
        try:
            for image in self._stages.draw(task.request, wanted.stale, wanted.overtaken):
                self.drawn.emit(task.subject, image)
                self.drew.set()
        except BaseException as problem:  # noqa: BLE001 - whatever it is, it belongs on the window's thread
            error = problem
        self.finished.emit(task.request, error)
