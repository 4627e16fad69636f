"""Widgets that paint in turns: a drag of the mouse then waits for one of them at most, not for all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

#: About one frame of the screen, in milliseconds.
_TURN_MS = 16


class PaintingInTurns(QObject):
    """Holds back what widgets paint, and lets them paint one a frame.

    Args:
        widgets: which, in this order.
        parent: owner.
    """

    def __init__(self, widgets: Sequence[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._widgets = widgets
        self._held: list[QWidget] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._release_next)

    def hold(self) -> None:
        """From now on nothing is painted until a widget's turn comes; call it just before they change."""
        for widget in self._widgets:
            widget.setUpdatesEnabled(False)
        self._held = list(self._widgets)
        self._timer.start()

    def release(self) -> None:
        """Let all paint now."""
        while self._held:
            self._release_next()

    def _release_next(self) -> None:
        self._held.pop(0).setUpdatesEnabled(True)
        if not self._held:
            self._timer.stop()
