"""Two jumps of the cursor for who lost the way in many dimensions: to the origin, and to the nearest digit."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.theme import GRID
from vae_explorer.ui.undo import CursorMoves


class CoordinateTools(QWidget):
    """Buttons for a heading.

    Args:
        session: whose digits there are.
        selection: the cursor, and the classes that count.
        moves: how the cursor is moved.

    Attributes:
        origin: sets all coordinates to 0.
        digit: sets them to μ of the nearest digit that is shown.
    """

    def __init__(
        self, session: Session, selection: Selection, moves: CursorMoves, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._moves = session, selection, moves
        self.origin, self.digit = QToolButton(), QToolButton()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        for button, text, tip in (
            (self.origin, self.tr("Origin"), self.tr("Set all coordinates to 0, the middle of the prior")),
            (
                self.digit,
                self.tr("Nearest μ"),
                self.tr("Set all coordinates to μ of the nearest test digit that is shown"),
            ),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setEnabled(False)
            layout.addWidget(button)
        self.origin.clicked.connect(self._to_origin)
        self.digit.clicked.connect(self._to_digit)
        session.model_changed.connect(self._on_model_changed)
        self._on_model_changed(None)

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        for button in (self.origin, self.digit):
            button.setEnabled(self._session.model is not None)

    def _to_origin(self) -> None:
        self._moves.move(np.zeros(len(self._selection.z)))

    def _to_digit(self) -> None:
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        found = self._selection.nearest(model.posterior.mu, images.labels)
        if found is not None:
            self._moves.move(model.posterior.mu[found.index].astype(np.float64))
