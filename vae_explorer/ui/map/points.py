"""The points on the map and what goes with them when they move: the digits at the classes' centres, and the rings."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont

from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.ui.map.glide import Way
from vae_explorer.ui.map.items import RingMark
from vae_explorer.ui.map.label_layout import spread
from vae_explorer.ui.map.point_cloud import PointCloud
from vae_explorer.ui.theme import CLASS_COLORS, Colors

_POINT_SIZE = 5
_POINT_ALPHA = 0.65
#: Pixels between the digits at the centres of two classes.
_CENTRES_APART = 26


class MapPoints:
    """Points of ten classes on a plot.

    Attributes:
        labels: the class of each point, shape (n,).
        nearest_ring: around the point that is nearest to the cursor.
        hover_ring: around the point under the pointer.
    """

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._box = plot.getViewBox()
        self.labels: ByteArray = np.empty(0, np.uint8)
        self._shown = np.ones(CLASS_COUNT, bool)
        # The points, and after them the centres of the classes.
        self._drawn = np.zeros((CLASS_COUNT, 2))
        self._way = Way(self._drawn, self._drawn)
        self._cloud = PointCloud(CLASS_COLORS, _POINT_SIZE, _POINT_ALPHA)
        self._centres = [_new_centre(digit, plot.font()) for digit in range(CLASS_COUNT)]
        self.nearest_ring, self.hover_ring = RingMark(6), RingMark(6)
        self._ringed = {self.nearest_ring: -1, self.hover_ring: -1}
        for item in (self._cloud, *self._centres, *self._ringed):
            plot.addItem(item, ignoreBounds=True)
        for ring in self._ringed:
            ring.setVisible(False)

    @property
    def places(self) -> NDArray[np.float64]:
        """Where the points are drawn at this moment, shape (n, 2)."""
        return self._drawn[:-CLASS_COUNT]

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which points belong to a class that is shown, shape (n,)."""
        return self._shown[self.labels]

    def set_points(self, xy: NDArray[np.float64], labels: ByteArray) -> None:
        """Show points of shape (n, 2) with classes of shape (n,)."""
        self.labels = labels
        self._drawn = self._with_centres(xy)
        self._way = Way(self._drawn, self._drawn)
        self._cloud.set_points(self.places, labels)
        self._show_classes()

    def head_for(self, xy: NDArray[np.float64]) -> None:
        """Let the way of the same points to `xy` begin where they are drawn now; `move` moves them."""
        self._way = Way(self._drawn, self._with_centres(xy))

    def move(self, share: float) -> None:
        """Draw everything after a share of the way, 0 to 1."""
        self._drawn = self._way.at(share)
        self._cloud.move_points(self.places)
        self.place_centres()
        for ring, index in self._ringed.items():
            self.set_ring(ring, index)

    def set_class_shown(self, digit: int, shown: bool) -> None:
        """Show or hide the points of one class."""
        if self._shown[digit] != shown:
            self._shown[digit] = shown
            self._show_classes()

    def set_ring(self, ring: RingMark, index: int) -> None:
        """Put one of the rings around a point; −1 for none."""
        self._ringed[ring] = index
        ring.setVisible(index >= 0)
        if index >= 0:
            ring.setPos(*self.places[index])

    def place_centres(self) -> None:
        """Write each shown class's digit at its centre, or beside it where another one stands."""
        shown = [digit for digit in range(CLASS_COUNT) if self._centres[digit].isVisible()]
        pixel = np.array(self._box.viewPixelSize())
        if shown and pixel.all():
            medians = self._drawn[-CLASS_COUNT:][shown]
            for digit, place in zip(shown, spread(medians / pixel, _CENTRES_APART), strict=True):
                self._centres[digit].setPos(*(place * pixel))

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        for digit, centre in enumerate(self._centres):
            fill = QColor(colors.canvas)
            fill.setAlphaF(0.85)
            centre.fill = pg.mkBrush(fill)
            centre.border = pg.mkPen(CLASS_COLORS[digit], width=1.5)
            centre.setColor(colors.text)
        self.nearest_ring.set_colors(colors.text, colors.canvas)
        self.hover_ring.set_colors(colors.muted, colors.canvas)

    def _with_centres(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        medians = np.zeros((CLASS_COUNT, 2))
        for digit in np.flatnonzero(np.bincount(self.labels, minlength=CLASS_COUNT)):
            medians[digit] = np.median(xy[self.labels == digit], axis=0)
        return np.concatenate([xy, medians])

    def _show_classes(self) -> None:
        present = np.bincount(self.labels, minlength=CLASS_COUNT) > 0
        for digit in range(CLASS_COUNT):
            self._centres[digit].setVisible(bool(present[digit] and self._shown[digit]))
        self._cloud.set_shown(self._shown)
        self.place_centres()


def _new_centre(digit: int, text_font: QFont) -> pg.TextItem:
    centre = pg.TextItem(str(digit), anchor=(0.5, 0.5))
    centre.setZValue(50)
    font = QFont(text_font)
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 1.3)
    centre.setFont(font)
    centre.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
    return centre
