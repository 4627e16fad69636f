"""Calls somebody back who looks elsewhere: the end of a long training is worth a note of the desktop's."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QStyle, QSystemTrayIcon, QWidget

_SHOWN_MS = 10_000


class Notifier(QObject):
    """Marks the window in the task bar and, where the desktop can, shows a note. Quiet while the window is in front."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        #: The last note that was given; for those who cannot see the desktop's.
        self.last = ""

    def tell(self, text: str) -> None:
        """Give a note, unless the user looks at the window anyway."""
        if self._window.isActiveWindow():
            return
        self.last = text
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        icon = self._window.windowIcon()
        if icon.isNull():
            icon = self._window.style().standardIcon(QStyle.StandardPixmap.SP_ComputerIcon)
        if self._tray is None:
            self._tray = QSystemTrayIcon(icon, self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        # Notes can only be given by an icon that is there.
        self._tray.show()
        self._tray.showMessage(self._window.windowTitle().replace("[*]", ""), text, icon, _SHOWN_MS)

    def close(self) -> None:
        """Take the icon away."""
        if self._tray is not None:
            self._tray.hide()
