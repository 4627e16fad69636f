"""The mark of the digit that is looked at closely: corners, unlike the rings of the pointer and the cursor."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from vae_explorer.ui.map.items import RingMark


class FocusMark(RingMark):
    """Four corners of a square around a digit."""

    def draw(self, painter: QPainter) -> None:
        reach, arm = self._radius, self._radius / 2
        for across in (-1, 1):
            for down in (-1, 1):
                corner = QPointF(across * reach, down * reach)
                painter.drawPolyline(
                    [corner - QPointF(across * arm, 0), corner, corner - QPointF(0, down * arm)]
                )
