"""The sizes of the docks: what the user gave them, kept while the window is made smaller and larger again.

Qt shrinks docks with the window, and gives all that is won back to the middle: after a window was small once, its
docks stayed as small as they had to be then. And of a small window, docks as wide as they are in a large one would
leave the map a third.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

#: Docks below or above the map take at most this share of the window's height.
_MOST_SHARE = 0.45
#: Docks beside it have this width at first…
SIDE_WIDTH = 320
#: …and while they have no more, at most this share of the window's width; whoever makes one wider wants it so.
_MOST_SIDE_SHARE = 0.27
_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


class DockSizes(QObject):
    """Gives docks their wanted sizes again whenever the window's size changes.

    Args:
        window: whose docks.
        docks: all of them, a list that may still grow.
    """

    def __init__(self, window: QMainWindow, docks: list[QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._wanted: dict[QDockWidget, int] = {}
        # A separator is dragged in the window itself; when the button goes up, the docks have their new sizes.
        self._note_timer = _soon(self, self.note)
        self._apply_timer = _soon(self, self.apply)
        window.installEventFilter(self)

    def note(self) -> None:
        """The sizes of this moment are the wanted ones."""
        for dock in self._placed():
            self._wanted[dock] = dock.width() if self._is_beside(dock) else self._height(dock)

    def begin(self, height: int) -> None:
        """Sizes of a first start are wanted, whatever there is room for; `height` is that of docks below the map."""
        self._wanted = {dock: SIDE_WIDTH if self._is_beside(dock) else height for dock in self._docks}
        self.apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease:
            self._note_timer.start()
        elif event.type() == QEvent.Type.Resize and self._wanted:
            self._apply_timer.start()
        return super().eventFilter(watched, event)

    def apply(self) -> None:
        """Give the docks their wanted sizes, or what a small window has room for."""
        most = round(self._window.height() * _MOST_SHARE)
        known = [dock for dock in self._placed() if dock in self._wanted]
        beside = [dock for dock in known if self._is_beside(dock)]
        others = [dock for dock in known if dock not in beside]
        widths = [self._width(self._wanted[dock]) for dock in beside]
        self._window.resizeDocks(beside, widths, Qt.Orientation.Horizontal)
        heights = [min(self._wanted[dock], most) for dock in others]
        self._window.resizeDocks(others, heights, Qt.Orientation.Vertical)

    def _width(self, wanted: int) -> int:
        share = round(self._window.width() * _MOST_SIDE_SHARE)
        return wanted if wanted > SIDE_WIDTH else min(wanted, share)

    def _placed(self) -> list[QDockWidget]:
        """Docks in the window, of those on each other the one in front."""
        return [
            dock
            for dock in self._docks
            if dock.isVisible() and not dock.isFloating() and not dock.visibleRegion().isEmpty()
        ]

    def _height(self, dock: QDockWidget) -> int:
        """With the bar of tabs, which Qt counts to the docks that lie on each other."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        bars = (
            self._window.findChildren(QTabBar, options=direct)
            if self._window.tabifiedDockWidgets(dock)
            else []
        )
        return dock.height() + max((bar.height() for bar in bars if bar.isVisible()), default=0)

    def _is_beside(self, dock: QDockWidget) -> bool:
        return self._window.dockWidgetArea(dock) in _SIDES


def _soon(owner: QObject, act: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.timeout.connect(act)
    return timer
