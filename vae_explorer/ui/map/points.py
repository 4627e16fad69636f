"""The points on the map and what goes with them when they move: the digits at the classes' centres, and the rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.state.map_look import DEFAULT_POINT_OPACITY, DEFAULT_POINT_SIZE
from vae_explorer.ui.map.class_centres import ClassCentres
from vae_explorer.ui.map.focus_mark import FocusMark
from vae_explorer.ui.map.glide import Way
from vae_explorer.ui.map.items import RingMark
from vae_explorer.ui.map.point_cloud import PointCloud
from vae_explorer.ui.theme import CLASS_COLORS, Colors

#: How much of the theme's gray is in the points that are not picked; the rest is background.
_GRAYNESS = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Coloring:
    """Colours of points that stand for something else than their labels.

    Attributes:
        palette: the colours, as ``#rrggbb``.
        colors: number of each point's colour, shape (n,).
        heights: what lies on what, shape (n,): higher points on lower ones, equal ones in their order.
    """

    palette: tuple[str, ...]
    colors: NDArray[np.integer]
    heights: NDArray[np.integer]


class MapPoints:
    """Points of ten classes on a plot.

    Attributes:
        labels: the class of each point, shape (n,).
        cloud: draws them.
        centres: the digits at the centres of the classes.
        nearest_ring: around the point that is nearest to the cursor.
        hover_ring: around the point under the pointer.
        focus_mark: around the point that is looked at closely.
    """

    def __init__(self, plot: pg.PlotWidget) -> None:
        self.labels: ByteArray = np.empty(0, np.uint8)
        self._shown = np.ones(CLASS_COUNT, bool)
        # The points, and after them the centres of the classes.
        self._drawn = np.zeros((CLASS_COUNT, 2))
        self._way = Way(self._drawn, self._drawn)
        self._coloring: Coloring | None = None
        self._picked: NDArray[np.intp] = np.empty(0, np.intp)
        self.cloud = PointCloud(CLASS_COLORS, DEFAULT_POINT_SIZE, DEFAULT_POINT_OPACITY)
        self.centres = ClassCentres(plot.font())
        self.nearest_ring, self.hover_ring = RingMark(6), RingMark(6)
        self.focus_mark = FocusMark(8)
        self._ringed: dict[RingMark, int] = {
            self.nearest_ring: -1,
            self.hover_ring: -1,
            self.focus_mark: -1,
        }
        for item in (self.cloud, self.centres, *self._ringed):
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
        self.cloud.set_points(self.places, labels)
        self.centres.move_to(self._drawn[-CLASS_COUNT:])
        if self._coloring is not None:
            self.set_coloring(self._coloring)
        self._gray_others()
        self._show_classes()

    def set_coloring(self, coloring: Coloring | None) -> None:
        """Let the colours stand for something else, or for the labels again; one for other points is not used."""
        self._coloring = coloring
        if coloring is not None and len(coloring.colors) == len(self.labels):
            self.cloud.recolor(coloring.palette, coloring.colors, coloring.heights)
        else:
            self.cloud.recolor(CLASS_COLORS, self.labels)

    def set_picked(self, indices: NDArray[np.integer], focus: int | None) -> None:
        """Mark the point `focus`, and let all but those with these indices turn gray where they are several."""
        self._picked = indices.astype(np.intp)
        self._gray_others()
        self.set_ring(self.focus_mark, -1 if focus is None else focus)

    def head_for(self, xy: NDArray[np.float64]) -> None:
        """Let the way of the same points to `xy` begin where they are drawn now; `move` moves them."""
        self._way = Way(self._drawn, self._with_centres(xy))

    def move(self, share: float) -> None:
        """Draw everything after a share of the way, 0 to 1."""
        self._drawn = self._way.at(share)
        self.cloud.move_points(self.places)
        self.centres.move_to(self._drawn[-CLASS_COUNT:])
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
        there = 0 <= index < len(self.labels) and bool(self._shown[self.labels[index]])
        ring.setVisible(there)
        if there:
            ring.setPos(*self.places[index])
        ringed = [self.places[each] for other, each in self._ringed.items() if other.isVisible()]
        self.centres.make_way(np.array(ringed).reshape(-1, 2))

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self.centres.set_colors(colors)
        self.nearest_ring.set_colors(colors.text, colors.canvas)
        self.hover_ring.set_colors(colors.muted, colors.canvas)
        self.focus_mark.set_colors(colors.accent, colors.canvas)
        self.cloud.set_gray(between(colors.canvas, colors.muted, _GRAYNESS))

    def _with_centres(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        medians = np.zeros((CLASS_COUNT, 2))
        for digit in np.flatnonzero(np.bincount(self.labels, minlength=CLASS_COUNT)):
            medians[digit] = np.median(xy[self.labels == digit], axis=0)
        return np.concatenate([xy, medians])

    def _gray_others(self) -> None:
        """A single picked point is only marked: a click must not turn the whole map gray."""
        indices = self._picked[self._picked < len(self.labels)]
        picked = None
        if len(indices) > 1:
            picked = np.zeros(len(self.labels), bool)
            picked[indices] = True
        self.cloud.set_picked(picked)

    def _show_classes(self) -> None:
        present = np.bincount(self.labels, minlength=CLASS_COUNT) > 0
        self.centres.show_digits(np.flatnonzero(present & self._shown).tolist())
        self.cloud.set_shown(self.shown)
        for ring, index in self._ringed.items():
            self.set_ring(ring, index)


def between(one: str, other: str, share: float) -> str:
    """The colour after a share of the way from one to the other."""
    a, b = QColor(one), QColor(other)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(start + share * (end - start)) for start, end in channels)).name()
