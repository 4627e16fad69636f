"""A frame around what has the keyboard, where Qt's own mark of it can hardly be seen: small buttons, sliders, tabs."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QDockWidget,
    QFocusFrame,
    QMainWindow,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)

_LINE = 2


def frame_viewport(view: QAbstractScrollArea) -> None:
    """Paint a frame within a list or table that has the focus; to be called last when it paints itself."""
    if view.hasFocus():
        painter = QPainter(view.viewport())
        edge = _LINE // 2
        painter.setPen(QPen(view.palette().text().color(), _LINE))
        painter.drawRect(view.viewport().rect().adjusted(edge, edge, -edge, -edge))
        painter.end()


class FocusFrame(QFocusFrame):
    """Lies around the button, slider or bar of tabs of `window` that has the focus, and takes no room there."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        # Qt moves the frame to other owners behind PySide's back, and what it held would live on.
        self._window = weakref.ref(window)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().highlight().color(), _LINE))
        edge = _LINE / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 3, 3)
        painter.end()

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # In a window that is deleted when it closes, the frame would be deleted with it.
        ours = now is not None and (now.window() is self._window() or isinstance(now.window(), QDockWidget))
        self.setWidget(now if ours and isinstance(now, QToolButton | QSlider | QTabBar) else None)  # type: ignore[arg-type]
