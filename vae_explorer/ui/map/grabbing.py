"""Things on the map that the mouse takes hold of before the cursor does: anchors of a path, an arrow to be drawn."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt

from vae_explorer.ui.map.point_plot import Plane


class Grabber(Protocol):
    """Something that may take a press of the left button for itself. The newest that was added is asked first.

    Attributes:
        shape: how the pointer looks where a press is meant for it.
    """

    shape: Qt.CursorShape

    def would_grab(self, pixel: QPointF) -> bool:
        """Whether a press at this pixel of the map is meant for it; asked at each move of the pointer, too."""

    def grab(self, xy: Plane) -> None:
        """The button went down, at this place of the map, shape (2,)."""

    def drag(self, xy: Plane) -> None:
        """The pointer moved with the button down."""

    def drop(self, xy: Plane) -> None:
        """The button was let go."""


class Grabbing:
    """Which of several grabbers has the mouse."""

    def __init__(self) -> None:
        self._grabbers: list[Grabber] = []
        self._holding: Grabber | None = None

    def add(self, grabber: Grabber) -> None:
        """Ask this one before the others from now on."""
        self._grabbers.insert(0, grabber)

    def remove(self, grabber: Grabber) -> None:
        """Ask it no more."""
        self._grabbers.remove(grabber)
        if self._holding is grabber:
            self._holding = None

    def at(self, pixel: QPointF) -> Grabber | None:
        """The one that would get a press there."""
        return next((grabber for grabber in self._grabbers if grabber.would_grab(pixel)), None)

    def press(self, pixel: QPointF, xy: Plane) -> bool:
        """Give a press to the first that wants it; whether there is one."""
        self._holding = self.at(pixel)
        if self._holding is not None:
            self._holding.grab(xy)
        return self._holding is not None

    def move(self, xy: Plane) -> bool:
        """Tell the one that has the mouse; whether there is one."""
        if self._holding is not None:
            self._holding.drag(xy)
        return self._holding is not None

    def release(self, xy: Plane) -> bool:
        """Tell it that it has the mouse no longer; whether there was one."""
        holding, self._holding = self._holding, None
        if holding is not None:
            holding.drop(xy)
        return holding is not None
