"""The picture behind the points of the map. It keeps its place on the plane while a newer one is drawn."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QTransform

from vae_explorer.core.contours import Contour
from vae_explorer.core.layers import LayerImage
from vae_explorer.core.tiles import Rect
from vae_explorer.ui.layers.palette import Palette, faded, palette_for, picture
from vae_explorer.ui.theme import LIGHT, Colors
from vae_explorer.ui.widgets.view_item import ViewItem

#: Behind the grid lines; tiles, which are pictures themselves, on them.
_BEHIND_GRID, _ON_GRID = -200, -50
#: Lines lie on the points, which would hide them, and under what marks single ones.
_ON_POINTS = 40
#: A label stands at least this many pixels inside the view.
_INSET = 24
_LINE_WIDTH = 1.0


class LayerItem(ViewItem):
    """A `LayerImage` in the colours of the theme.

    Attributes:
        image: what is drawn.
        lines: its lines, an item of their own in front of the points.
    """

    def __init__(self) -> None:
        super().__init__(_BEHIND_GRID)
        self.image: LayerImage | None = None
        self.lines = LayerLines()
        self._colors = LIGHT
        self._opacity = 1.0
        self._palette: Palette = []
        # In colours that let so much through as its opacity says: with an opacity of the painter, each frame would take
        # five times as long to draw.
        self._picture = QImage()

    def show_image(self, image: LayerImage | None) -> None:
        """Draw `image` from now on; nothing without one."""
        if image is None and self.image is None:
            return
        self.image = image
        if image is None:
            self._picture = QImage()
        else:
            self.setZValue(_ON_GRID if image.kind == "tiles" else _BEHIND_GRID)
            self._color(image)
        self.lines.show_contours(() if image is None else image.contours)
        self.update()

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self._colors = colors
        self.lines.set_colors(colors)
        if self.image is not None:
            self._color(self.image)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """How much it covers of the background, 0 to 1."""
        if opacity != self._opacity:
            self._opacity = opacity
            self.lines.set_opacity(opacity)
            if self.image is not None:
                self._color(self.image)
            self.update()

    def color_at(self, x: float, y: float) -> QColor:
        """The colour at a place of the plane, without the lines and as if opaque; transparent outside."""
        if self.image is None:
            return QColor(0, 0, 0, 0)
        x0, y0, x1, y1 = self.image.rect
        rows, columns = self.image.levels.shape
        column = math.floor((x - x0) / (x1 - x0) * columns)
        row = math.floor((y1 - y) / (y1 - y0) * rows)
        if not (0 <= column < columns and 0 <= row < rows):
            return QColor(0, 0, 0, 0)
        return QColor.fromRgba(self._palette[self.image.levels[row, column]])

    def paint(self, painter: QPainter, *_args: object) -> None:
        if self.image is None:
            return
        place = _placed(painter.worldTransform(), self.image.rect)
        # Upright, as its rows are: under the map's own transform it would stand on its head.
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.image.kind != "tiles")
        painter.drawImage(place, self._picture)

    def _color(self, image: LayerImage) -> None:
        self._palette = palette_for(image.kind, self._colors)
        self._picture = picture(image.levels, faded(self._palette, self._opacity))


class LayerLines(ViewItem):
    """Lines of equal density with their labels, or the borders of classes."""

    def __init__(self) -> None:
        super().__init__(_ON_POINTS)
        self._contours: tuple[Contour, ...] = ()
        self._path = QPainterPath()
        self._colors = LIGHT
        self._opacity = 1.0

    def show_contours(self, contours: tuple[Contour, ...]) -> None:
        """Draw these from now on."""
        if contours or self._contours:
            self._contours = contours
            self._path = _path([line for contour in contours for line in contour.lines])
            self.update()

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self._colors = colors
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """0 to 1; lines of a faint picture are still to be seen."""
        self._opacity = opacity**0.5
        self.update()

    def paint(self, painter: QPainter, *_args: object) -> None:
        if not self._contours:
            return
        transform = painter.worldTransform()
        room = transform.mapRect(self.boundingRect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        painter.setOpacity(self._opacity)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._colors.text), _LINE_WIDTH)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(self._path)
        painter.resetTransform()
        for contour in self._contours:
            if contour.share is not None:
                place = _highest(contour, transform, room)
                if place is not None:
                    self._label(painter, place, f"{contour.share:.0%}")

    def _label(self, painter: QPainter, place: QPointF, text: str) -> None:
        box = QFontMetricsF(painter.font()).boundingRect(text).adjusted(-3, -1, 3, 1)
        box.moveCenter(place)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colors.canvas))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QColor(self._colors.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _highest(contour: Contour, transform: QTransform, room: QRectF) -> QPointF | None:
    """The highest place of the longest line (others are islands) within `room`, in pixels."""
    line = max(contour.lines, key=lambda line: len(line))
    pixels = np.column_stack((line[:, 0] * transform.m11(), line[:, 1] * transform.m22()))
    pixels += (transform.dx(), transform.dy())
    inside = (pixels >= (room.left(), room.top())).all(1) & (pixels <= (room.right(), room.bottom())).all(1)
    if not inside.any():
        return None
    x, y = min(pixels[inside].tolist(), key=lambda place: place[1])
    return QPointF(x, y)


def _placed(transform: QTransform, rect: Rect) -> QRectF:
    x0, y0, x1, y1 = rect
    return transform.mapRect(QRectF(QPointF(x0, y0), QPointF(x1, y1)))


def _path(lines: list[NDArray[np.float64]]) -> QPainterPath:
    if not lines:
        return QPainterPath()
    points = np.concatenate(lines)
    connected = np.ones(len(points), np.int32)
    connected[np.cumsum([len(line) for line in lines]) - 1] = 0
    path: QPainterPath = pg.arrayToQPath(points[:, 0], points[:, 1], connected, finiteCheck=False)
    return path
