"""Does something once for all that happens in one turn of the event loop, and before that is painted.

A timer of no time comes after the painting. So does a queued signal: a graphics scene queues its own when the first of
its items changes, and paints as soon as that comes. Work on another thread that is asked for here goes on beside it.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal

_DUE = QEvent.Type(QEvent.registerEventType())


class Soon(QObject):
    """Has the methods of a timer.

    Signals:
        timeout: it is time.
    """

    timeout = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active = False

    def start(self) -> None:
        """Say `timeout` before the next painting; once, however often this is called until then."""
        if not self._active:
            self._active = True
            QCoreApplication.postEvent(self, QEvent(_DUE), Qt.EventPriority.HighEventPriority.value)

    def stop(self) -> None:
        """Do not say it."""
        self._active = False

    def isActive(self) -> bool:  # noqa: N802 (Qt's name)
        """Whether it is to be said."""
        return self._active

    def event(self, event: QEvent) -> bool:
        if event.type() != _DUE:
            return super().event(event)
        if self._active:
            self._active = False
            self.timeout.emit()
        return True
