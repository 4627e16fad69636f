"""Things that lie on the map: they cover a part of it for a while, so that nothing has to make room and jump."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QFrame, QWidget


class Overlay(QFrame):
    """A frame that keeps its place on another widget when that is resized."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room)
        self._room = room
        room.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Move to where this overlay belongs."""
        raise NotImplementedError
