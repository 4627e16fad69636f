"""Does something once for all that happens in one turn of the event loop, and before that is painted.

A timer of no time comes after the painting. Work on another thread that is asked for here goes on beside it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal


class Soon(QObject):
    """Has the methods of a timer.

    Signals:
        timeout: it is time.
    """

    timeout = Signal()
    _posted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active = False
        self._posted.connect(self._fire, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Say `timeout` before the next painting; once, however often this is called until then."""
        if not self._active:
            self._active = True
            self._posted.emit()

    def stop(self) -> None:
        """Do not say it."""
        self._active = False

    def isActive(self) -> bool:  # noqa: N802 (Qt's name)
        """Whether it is to be said."""
        return self._active

    def _fire(self) -> None:
        if self._active:
            self._active = False
            self.timeout.emit()
