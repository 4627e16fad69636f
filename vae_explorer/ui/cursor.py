"""The user's hands on the cursor: the map's mouse and keys, and typed or slid coordinates, as steps to undo."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.decoder.coordinates import Coordinates
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.point_plot import Plane
from vae_explorer.ui.undo import CursorMoves


class CursorControl(QObject):
    """Moves the cursor of the selection where the user puts it.

    Args:
        session: whose model says what a place on the map means.
        selection: what is moved.
        moves: makes steps of the undo stack of it.
        parent: owner.
    """

    def __init__(self, session: Session, selection: Selection, moves: CursorMoves, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._selection, self._moves = session, selection, moves

    def connect_map(self, map_: LatentMap) -> None:
        """Follow clicks, drags, arrow keys and double-clicked digits."""
        map_.cursor_grabbed.connect(self._moves.begin)
        map_.cursor_moved.connect(self._on_map_moved)
        map_.cursor_released.connect(self._moves.end)
        map_.digit_clicked.connect(self.go_to_digit)

    def connect_coordinates(self, coordinates: Coordinates) -> None:
        """Follow what is typed and slid."""
        coordinates.slide_started.connect(self._moves.begin)
        coordinates.slide_ended.connect(self._moves.end)
        coordinates.slid.connect(self._on_coordinate_set)
        coordinates.edited.connect(self._on_coordinate_set)

    def _on_map_moved(self, xy: Plane) -> None:
        model = self._session.model
        if model is not None:
            self._moves.move(model.projection.lift(xy, self._selection.z))

    def go_to_digit(self, index: int) -> None:
        """Put the cursor at the mean of a test digit."""
        model = self._session.model
        if model is not None:
            self._moves.move(model.posterior.mu[index].astype(np.float64))

    def _on_coordinate_set(self, dimension: int, value: float) -> None:
        z = self._selection.z.copy()
        z[dimension] = value
        self._moves.move(z)
