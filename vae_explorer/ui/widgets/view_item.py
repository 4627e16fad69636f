"""What is drawn over the whole view of a plot, such as lines from one side to the other."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen


class ViewItem(pg.GraphicsObject):  # type: ignore[misc]
    """Covers what is seen of a plot, follows its range, and leaves the mouse to the plot.

    Args:
        z: how far in front; negative behind the lines and points.
    """

    def __init__(self, z: float) -> None:
        super().__init__()
        self._pen = QPen()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(z)

    def set_pen(self, pen: QPen) -> None:
        """How its lines look."""
        self._pen = pen
        self.update()

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        return QRectF() if box is None else box.viewRect()
