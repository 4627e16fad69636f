"""The posterior of the selected digit on the map: where the encoder says that its code may lie."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from vae_explorer.core.image_terms import ellipse
from vae_explorer.state.picks import Picks
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.theme import Colors, ThemeSwitch
from vae_explorer.ui.widgets.view_item import ViewItem

Line = NDArray[np.float64]

#: What is drawn, in standard deviations: the first one with a full line, the second with a broken one.
SIGMAS = (1.0, 2.0)
#: Above the points, below the rings and the cursor.
_Z = 80
#: Width of the halo, in pixels.
_HALO = 4.0
#: A line that reaches farther than so many views is cut off: Qt would draw all of its dashes, seen or not.
_REACH = 10.0


class EllipseItem(ViewItem):
    """Closed lines in the coordinates of the map, on a halo, so that they show on any background."""

    def __init__(self) -> None:
        super().__init__(_Z)
        self._lines: tuple[Line, ...] = ()
        self._polygons: tuple[QPolygonF, ...] = ()
        self._halo = QColor()
        # So that `paint` is told which part to draw.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is drawn, each of shape (n, 2); empty for nothing."""
        return self._lines

    def set_lines(self, lines: tuple[Line, ...]) -> None:
        """Draw these, the first one with a full line and the others with broken ones."""
        self._lines = lines
        self._polygons = tuple(QPolygonF([QPointF(x, y) for x, y in line.tolist()]) for line in lines)
        self.setVisible(bool(lines))
        self.update()

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self._halo = QColor(colors.canvas)
        self.set_pen(pg.mkPen(colors.text, width=1.75))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        # PySide's type stubs lack this attribute.
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        margin = _HALO / abs(painter.worldTransform().m11())
        exposed = exposed.adjusted(-margin, -margin, margin, margin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (line, polygon) in enumerate(zip(self._lines, self._polygons, strict=True)):
            # The cursor is mostly dragged where no line is.
            if polygon.boundingRect().intersects(exposed):
                self._draw(painter, line, polygon, broken=number > 0)

    def _draw(self, painter: QPainter, line: Line, polygon: QPolygonF, *, broken: bool) -> None:
        halo, pen = QPen(self._halo, _HALO), QPen(self._pen)
        halo.setCosmetic(True)
        if broken:
            pen.setStyle(Qt.PenStyle.DashLine)
        view = self.boundingRect()
        middle = np.array([view.center().x(), view.center().y()])
        reach = _REACH * np.array([view.width(), view.height()])
        near = QRectF(*(middle - reach), *(2 * reach)).contains(polygon.boundingRect())
        pieces = [] if near else clipped(line, middle - reach, middle + reach).tolist()
        for each in (halo, pen):
            painter.setPen(each)
            if near:
                painter.drawPolyline(polygon)
            else:
                painter.drawLines([QLineF(*start, *end) for start, end in pieces])


class PosteriorEllipses(QObject):
    """Draws the posterior of the digit in focus on a map: its projection onto the map's plane, which is exact.

    Args:
        plot: the map.
        session: the model.
        picks: which digit.
        theme: for the colours.
    """

    def __init__(self, plot: PointPlot, session: Session, picks: Picks, theme: ThemeSwitch) -> None:
        super().__init__(plot)
        self._plot, self._session, self._picks, self._theme = plot, session, picks, theme
        self.item = EllipseItem()
        plot.addItem(self.item, ignoreBounds=True)
        picks.changed.connect(self._draw)
        session.model_changed.connect(self._on_model_changed)
        # While a model is trained its points glide to their new places; the lines are there when these have arrived.
        plot.rested.connect(self._draw)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._draw()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        if not self._plot.gliding:
            self._draw()

    def _draw(self) -> None:
        model, index = self._session.model, self._picks.focus
        if model is None or index is None or not 0 <= index < len(model.posterior.mu):
            self.item.set_lines(())
            return
        mu, logvar = model.posterior.mu[index], model.posterior.logvar[index]
        self.item.set_lines(tuple(ellipse(mu, logvar, model.projection, sigmas) for sigmas in SIGMAS))

    def _on_theme_changed(self) -> None:
        self.item.set_colors(self._theme.colors)


def clipped(line: Line, low: Line, high: Line) -> Line:
    """The pieces of a line, shape (n, 2), within a rectangle (Liang and Barsky 1984).

    Args:
        line: its corners.
        low: the rectangle's least coordinates, shape (2,).
        high: its greatest.

    Returns:
        Start and end of each piece, shape (m, 2, 2).
    """
    start, step = line[:-1], np.diff(line, axis=0)
    parallel = step == 0
    safe = np.where(parallel, 1.0, step)
    with np.errstate(over="ignore"):  # hardly any step at all
        near, far = (low - start) / safe, (high - start) / safe
    entry = np.where(parallel, 0.0, np.minimum(near, far)).max(1, initial=0.0)
    end = np.where(parallel, 1.0, np.maximum(near, far)).min(1, initial=1.0)
    beside = (parallel & ((start < low) | (start > high))).any(1)
    seen = (entry <= end) & ~beside
    pieces: Line = np.stack([start + entry[:, None] * step, start + end[:, None] * step], 1)[seen]
    return pieces
