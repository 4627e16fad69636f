"""The mode in which a click on the map adds an anchor there, and leaves the cursor alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent

from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.point_plot import Plane


class PlaceClicks(QObject):
    """Takes each press on the map while it is on; what is asked after it, such as handles, comes before it.

    Args:
        map_: where.
        parent: owner.

    Signals:
        changed: it is on now, or off.
        began: the mouse went down at a place of the map, shape (2,).
        moved: it is elsewhere with the button down, shape (2,).
    """

    changed = Signal(bool)
    began = Signal(object)
    moved = Signal(object)

    def __init__(self, map_: LatentMap, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._map = map_
        self._on = False
        map_.grabbing.add(self)

    @property
    def on(self) -> bool:
        """Whether a click adds an anchor."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Let clicks add anchors, or move the cursor as ever."""
        if on != self._on:
            self._on = on
            (self._map.installEventFilter if on else self._map.removeEventFilter)(self)
            self.changed.emit(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if self._on and pressed and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            # It would unselect the digits otherwise, which nobody wants who leaves a mode.
            self.set_on(False)
            return True
        return super().eventFilter(watched, event)

    # As `ui.map.grabbing.Grabber`

    shape = Qt.CursorShape.CrossCursor

    def would_grab(self, _pixel: QPointF) -> bool:
        """Anywhere, while it is on."""
        return self._on

    def grab(self, xy: Plane) -> None:
        """The button went down."""
        self.began.emit(xy)

    def drag(self, xy: Plane) -> None:
        """The pointer moved with the button down: the anchor comes along until it is let go."""
        self.moved.emit(xy)

    def drop(self, xy: Plane) -> None:
        """The button was let go."""
