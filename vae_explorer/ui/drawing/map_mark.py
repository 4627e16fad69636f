"""The drawing on the map: a mark at the mean of its posterior, and the posterior's ellipses around it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from vae_explorer.core.image_terms import ellipse
from vae_explorer.state.session import Session
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.map.ellipses import SIGMAS, EllipseItem
from vae_explorer.ui.map.items import Mark
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.theme import ThemeSwitch

_RADIUS = 8


class DrawingMark(QObject):
    """Follows what the model makes of the drawing.

    Args:
        plot: the map.
        session: whose model says where a latent point is on the map.
        encoding: of the drawing.
        theme: for the colours.
    """

    def __init__(
        self, plot: PointPlot, session: Session, encoding: DrawingEncoding, theme: ThemeSwitch
    ) -> None:
        super().__init__(plot)
        self._session, self._encoding, self._theme = session, encoding, theme
        self.mark, self.ellipses = _PenMark(_RADIUS, 95), EllipseItem()
        for item in (self.ellipses, self.mark):
            plot.addItem(item, ignoreBounds=True)
        encoding.changed.connect(self._follow)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._follow()

    def _follow(self) -> None:
        found, model = self._encoding.result, self._session.model
        self.mark.setVisible(found is not None and model is not None)
        if found is None or model is None:
            self.ellipses.set_lines(())
            return
        place = model.projection.project(found.mu.astype(np.float64))
        self.mark.setPos(float(place[0]), float(place[1]))
        lines = (ellipse(found.mu, found.logvar, model.projection, sigmas) for sigmas in SIGMAS)
        self.ellipses.set_lines(tuple(lines))

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.mark.set_colors(colors.accent, colors.canvas)
        self.ellipses.set_colors(colors)
        self.ellipses.set_pen(pg.mkPen(QColor(colors.accent), width=1.75))


class _PenMark(Mark):
    """A diamond: neither a digit nor the cursor looks like it."""

    def draw(self, painter: QPainter) -> None:
        r = self._radius
        painter.drawPolygon(QPolygonF([QPointF(0, -r), QPointF(r, 0), QPointF(0, r), QPointF(-r, 0)]))
