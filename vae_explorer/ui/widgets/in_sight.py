"""Whether anybody can see a panel: what lies behind another tab is visible to Qt, and would go on computing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QDockWidget, QWidget

_MAY_TELL = (QEvent.Type.Show, QEvent.Type.Resize)


class InSight(QObject):
    """Watches a panel and the dock that it is in.

    Args:
        panel: which; owns this.

    Signals:
        changed: the panel came into sight, or went out of it; carries which.
    """

    changed = Signal(bool)

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._dock: QDockWidget | None = None
        self._on = False
        panel.installEventFilter(self)

    @property
    def on(self) -> bool:
        """Whether it is in sight."""
        return self._on

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MAY_TELL:
            self._watch_dock()
            if not self._on and self._panel.isVisible():
                self._set(not self._panel.visibleRegion().isEmpty())
        elif event.type() == QEvent.Type.Hide:
            self._set(False)
        return super().eventFilter(watched, event)

    def _watch_dock(self) -> None:
        parent = self._panel.parentWidget()
        while parent is not None and not isinstance(parent, QDockWidget):
            parent = parent.parentWidget()
        if parent is not None and parent is not self._dock:
            self._dock = parent
            parent.visibilityChanged.connect(self._on_dock_changed)

    def _on_dock_changed(self, seen: bool) -> None:
        self._set(seen and self._panel.isVisible())

    def _set(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self.changed.emit(on)
