"""Takes the map's cursor along the chosen path: a whole play, or a drag along a film strip, is one step to undo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from vae_explorer.state.journey import Journey
from vae_explorer.state.selection import Selection
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.paths import PathWorker


class Travel(QObject):
    """Goes to frames.

    Args:
        selection: the cursor.
        journey: which kind is chosen, and the frame.
        moves: how the cursor goes there.
        worker: has the paths.
        parent: owner.

    Signals:
        interrupted: the cursor went elsewhere while it was taken along.
    """

    interrupted = Signal()

    def __init__(
        self,
        selection: Selection,
        journey: Journey,
        moves: CursorMoves,
        worker: PathWorker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._selection, self._journey = selection, journey
        self._moves, self._worker = moves, worker
        self._under_way, self._moving = False, False
        self._left = QTimer(self)
        self._left.setSingleShot(True)
        self._left.timeout.connect(self._leave)
        selection.z_changed.connect(self._on_z_changed)

    @property
    def place(self) -> NDArray[np.float64] | None:
        """The latent point of the current frame of the chosen path; None where there is no path."""
        found = self._worker.found_of(self._journey.plan.chosen)
        if found is None:
            return None
        z: NDArray[np.float64] = found.path.points[min(self._journey.frame, len(found.path.points) - 1)]
        return z

    def begin(self) -> None:
        """What follows until `end` is one step."""
        self._under_way = True
        self._moves.begin()

    def go_to(self, frame: int) -> None:
        """Look at a frame, from 0, and put the cursor there."""
        self._journey.go_to(frame)
        z = self.place
        if z is None or len(z) != len(self._selection.z):
            return
        self._moving = True
        try:
            self._moves.move(z)
        finally:
            self._moving = False

    def end(self) -> None:
        """The play or the drag is over."""
        if self._under_way:
            self._under_way = False
            self._moves.end()

    def _on_z_changed(self) -> None:
        if self._under_way and not self._moving:
            # Not at once: it may be a step of the stack that put it elsewhere, and none can be added meanwhile.
            self._left.start(0)

    def _leave(self) -> None:
        if not self._under_way:
            return
        self._under_way = False
        # No step: the user may have undone one, and a new one would take away what can be done again.
        self._moves.drop()
        self.interrupted.emit()
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            # The user drags it; that is another step, which ends when the button is let go.
            self._moves.begin()
