"""Many small coloured points, drawn in one call.

Ten of pyqtgraph's scatter items take 4.5 ms to draw 10,000 points, most of it outside the drawing itself, and draw all
of them however small the region is that has to be repainted. A drag of the cursor repaints a few hundred pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vae_explorer.ui.map.point_density import PointDensity

#: More pixels than the largest dot reaches beyond its place.
_REACH = 5
#: So many points are always drawn one by one.
_ALWAYS_DOTS = 100_000
#: Of more points than that, so many in the view.
_DOTS_IN_VIEW = 40_000

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


class PointCloud(pg.GraphicsObject):  # type: ignore[misc]
    """Points in the plane, each of one of a few colours, as dots that keep their size in pixels.

    More than 100,000 are drawn as an image of their density, until few of them are in the view.

    Args:
        colors: the colours.
        diameter: of a dot, in pixels; less than 8.
        alpha: opacity of a dot, 0 to 1.

    Signals:
        density_changed: whether an image of the density is drawn, from now on, or dots.
    """

    density_changed = Signal(bool)

    def __init__(self, colors: Sequence[str], diameter: float, alpha: float) -> None:
        super().__init__()
        self._palette = list(colors)
        self._gray = "#808080"
        self._diameter, self._alpha = diameter, alpha
        self._colors: NDArray[np.intp] = np.empty(0, np.intp)
        self._heights: NDArray[np.uint16] = np.empty(0, np.uint16)
        self._shown: Mask = np.empty(0, bool)
        self._picked: Mask | None = None
        self._x: Values = np.empty(0)
        self._y: Values = np.empty(0)
        # One dot of each colour side by side in squares of so many of the screen's own pixels.
        self._dots = QPixmap()
        self._side = 0
        self._ratio = 0.0
        # Where the points are dense, and a picture of that; without one it is to be drawn anew.
        self._density: PointDensity | None = None
        self._picture: QImage | None = None
        self._many = self._as_density = False
        self._fragments = PrimitiveArray(QPainter.PixmapFragment, 10)
        # So that `paint` is told which part to draw.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def as_density(self) -> bool:
        """Whether an image of the density is drawn instead of dots."""
        return self._as_density

    # What is drawn

    def set_points(self, xy: Values, colors: NDArray[np.integer]) -> None:
        """Show points of shape (n, 2), all of them, in colours of these numbers, shape (n,); none is picked.

        Later colours lie on earlier ones.
        """
        self._colors = colors.astype(np.intp)
        self._heights = colors.astype(np.uint16)
        self._shown = np.ones(len(xy), bool)
        self._picked = None
        self.move_points(xy)

    def move_points(self, xy: Values) -> None:
        """Show the same points elsewhere, shape (n, 2)."""
        self._x, self._y = xy[:, 0].copy(), xy[:, 1].copy()
        self._look_for_density()

    def recolor(
        self,
        palette: Sequence[str],
        colors: NDArray[np.integer],
        heights: NDArray[np.integer] | None = None,
    ) -> None:
        """Show the same points in other colours.

        Args:
            palette: the colours.
            colors: number of each point's colour, shape (n,).
            heights: what lies on what, shape (n,): higher points on lower ones, equal ones in their order; without it
                the colours' numbers.
        """
        self._palette = list(palette)
        self._colors = colors.astype(np.intp)
        self._heights = (colors if heights is None else heights).astype(np.uint16)
        self._ratio = 0.0
        self._draw_anew()

    def set_shown(self, shown: Mask) -> None:
        """Which points to draw, shape (n,)."""
        if np.array_equal(shown, self._shown):
            return
        self._shown = shown.copy()
        self._look_for_density()

    def set_picked(self, picked: Mask | None) -> None:
        """Which points keep their colours, shape (n,), and lie on the others, which turn gray; None for all."""
        if picked is None and self._picked is None:
            return
        self._picked = None if picked is None else picked.copy()
        self._draw_anew()

    def set_dots(self, diameter: float, alpha: float) -> None:
        """Draw dots of another size, in pixels, and opacity, 0 to 1."""
        self._diameter, self._alpha = diameter, alpha
        self._ratio = 0.0
        self.update()

    def set_gray(self, color: str) -> None:
        """Draw what is not picked in `color` from now on."""
        self._gray = color
        self._ratio = 0.0
        self._draw_anew()

    def _look_for_density(self) -> None:
        """Other points are drawn from now on, or the same ones elsewhere."""
        self._many = int(self._shown.sum()) > _ALWAYS_DOTS
        self._density = None
        self._choose_detail()
        self._draw_anew()

    def _draw_anew(self) -> None:
        self._picture = None
        self.update()

    # How

    def viewRangeChanged(self) -> None:
        self._choose_detail()
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        return QRectF() if box is None else box.viewRect()

    def _choose_detail(self) -> None:
        as_density = self._many and self._count_in_view() > _DOTS_IN_VIEW
        if as_density != self._as_density:
            self._as_density = as_density
            self.density_changed.emit(as_density)

    def _count_in_view(self) -> int:
        if self._density is None:
            self._density = PointDensity(self._x[self._shown], self._y[self._shown])
        return self._density.count_in(self.boundingRect())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._as_density and self._density is not None:
            self._paint_density(painter, self._density)
            return
        ratio = painter.device().devicePixelRatioF()
        self._draw_dots(ratio)
        # PySide's type stubs lack this attribute.
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        transform = painter.worldTransform()
        region = transform.mapRect(exposed).adjusted(-_REACH, -_REACH, _REACH, _REACH)
        rows = self._inside(transform.inverted()[0].mapRect(region))
        # A plot's axes are never turned.
        x = self._x[rows] * transform.m11() + transform.dx()
        y = self._y[rows] * transform.m22() + transform.dy()
        self._place_fragments(x, y, self._cells(rows), ratio)
        painter.resetTransform()
        # The stubs know the form with a list only, which would cost an object a point.
        painter.drawPixmapFragments(*self._fragments.drawargs(), self._dots)  # type: ignore[call-arg]

    def _paint_density(self, painter: QPainter, density: PointDensity) -> None:
        if self._picture is None:
            palette = [QColor(color) for color in self._all_colors()]
            # To take all is quicker than to take those that a mask does not leave out.
            shown = slice(None) if self._shown.all() else self._shown
            rows = None if self._picked is None else np.flatnonzero(self._picked[shown])
            self._picture = density.picture(self._colors[shown], palette, rows)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(density.rect, self._picture)

    def _inside(self, region: QRectF) -> NDArray[np.intp]:
        """Rows of the points in a part of the plane, in the order in which they are drawn: what lies on top last."""
        inside = self._x > region.left()
        inside &= self._x < region.right()
        inside &= self._y > region.top()
        inside &= self._y < region.bottom()
        inside &= self._shown
        rows = np.flatnonzero(inside)
        # To sort those that are seen takes less than to keep all sorted.
        rows = rows[np.argsort(self._heights[rows], kind="stable")]
        if self._picked is not None:
            picked = self._picked[rows]
            rows = np.concatenate([rows[~picked], rows[picked]])
        return rows

    def _cells(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Number of each point's colour, the last one for those that are not picked."""
        colors = self._colors[rows]
        return colors if self._picked is None else np.where(self._picked[rows], colors, len(self._palette))

    def _place_fragments(self, x: Values, y: Values, cells: NDArray[np.intp], ratio: float) -> None:
        """Lay out x, y, source x, source y, width, height, scale x, scale y, rotation, opacity."""
        side = self._side
        self._fragments.resize(len(x))
        fragments = self._fragments.ndarray()
        fragments[:, 0] = np.rint(x * ratio) / ratio
        fragments[:, 1] = np.rint(y * ratio) / ratio
        fragments[:, 2] = cells * side
        fragments[:, 3:] = (0, side, side, 1 / ratio, 1 / ratio, 0, 1)

    def _draw_dots(self, ratio: float) -> None:
        """Draw one dot of each colour side by side, for a screen with so many pixels to a point."""
        if ratio == self._ratio:
            return
        self._ratio = ratio
        colors, diameter = self._all_colors(), self._diameter * ratio
        # As small as can be, for each pixel of it costs time; even, so that its corner falls on whole pixels.
        self._side = side = 2 * math.ceil(diameter / 2)
        self._dots = QPixmap(len(colors) * side, side)
        self._dots.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for index, color in enumerate(colors):
            painter.setBrush(_translucent(color, self._alpha))
            painter.drawEllipse(QPointF((index + 0.5) * side, side / 2), diameter / 2, diameter / 2)
        painter.end()

    def _all_colors(self) -> list[str]:
        return [*self._palette, self._gray]


def _translucent(color: str, alpha: float) -> QColor:
    drawn = QColor(color)
    drawn.setAlphaF(alpha)
    return drawn
