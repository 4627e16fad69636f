"""The edit on the map: an arrow from the base to the edited point, and the line that the strip follows.

The cursor is dragged over a map of 10,000 points, and each pixel that an item covers is painted with it. So these cover
no more than a box around their line: they are laid out in pixels from their own beginning, anew for each view.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.editing import Editing
from vae_explorer.ui.map.items import Mark
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.theme import ThemeSwitch

#: Below the cursor (100), above rings and letters.
_TRACK_Z, _ARROW_Z, _POINT_Z = 82, 96, 97
_HEAD = 9.0
_HEAD_ANGLE = math.radians(26)
_POINT_RADIUS = 6.0
#: A line that is longer on the screen is cut there: nobody sees its end, and Qt would draw all of it.
_LONGEST = 4000.0

_Place = NDArray[np.float64]


class LineMark(Mark):
    """A line from the item's position to a point so many pixels away.

    Args:
        z_value: how far in front.
        broken: whether it is a broken line.
        head: whether it ends in the head of an arrow.
    """

    def __init__(self, z_value: float, *, broken: bool = False, head: bool = False) -> None:
        super().__init__(_HEAD, z_value)
        self._broken, self._head = broken, head
        self._end = QPointF()

    @property
    def end(self) -> QPointF:
        """Where it ends, in pixels from its position."""
        return QPointF(self._end)

    def set_end(self, end: QPointF) -> None:
        """End at another pixel."""
        if end != self._end:
            self.prepareGeometryChange()
            self._end = end
            self.update()

    def boundingRect(self) -> QRectF:
        box = QRectF(QPointF(0, 0), self._end).normalized()
        margin = self._radius + 4
        return box.adjusted(-margin, -margin, margin, margin)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if not self._broken:
            super().paint(painter, option, widget)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._halo, 3))
        painter.drawLine(QPointF(0, 0), self._end)
        painter.setPen(QPen(self._color, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0, 0), self._end)

    def draw(self, painter: QPainter) -> None:
        line = QLineF(QPointF(0, 0), self._end)
        # It ends where the ring around the edited point begins; of a shorter one, only that is seen.
        rest = line.length() - _POINT_RADIUS - 2
        if rest <= 0:
            return
        line.setLength(rest)
        painter.drawLine(line)
        if self._head and rest > _HEAD:
            back = math.atan2(-line.dy(), -line.dx())
            sides = (back - _HEAD_ANGLE, back + _HEAD_ANGLE)
            corners = [line.p2() + QPointF(_HEAD * math.cos(a), _HEAD * math.sin(a)) for a in sides]
            painter.drawPolyline(QPolygonF([corners[0], line.p2(), corners[1]]))


class PointMark(Mark):
    """A square on its tip would be the drawing, a circle a digit: the edited point is a filled dot in a ring."""

    def __init__(self) -> None:
        super().__init__(_POINT_RADIUS, _POINT_Z)

    def draw(self, painter: QPainter) -> None:
        painter.drawEllipse(QPointF(0, 0), self._radius, self._radius)
        if painter.pen().color() != self._halo:
            painter.setBrush(self._color)
            painter.drawEllipse(QPointF(0, 0), 2, 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)


class EditArrow(QObject):
    """Follows an `Editing` on a map, as long as that is watched.

    Args:
        plot: the map.
        session: whose model says where a latent point is on the map.
        editing: what is edited.
        theme: for the colours.

    Attributes:
        track: where the current direction leads, from −3 to 3 σ.
        arrow: from the base to the edited point; hidden where nothing is moved.
        point: the edited point; hidden likewise.
    """

    def __init__(self, plot: PointPlot, session: Session, editing: Editing, theme: ThemeSwitch) -> None:
        super().__init__(plot)
        self._plot, self._session, self._editing, self._theme = plot, session, editing, theme
        self.track = LineMark(_TRACK_Z, broken=True)
        self.arrow = LineMark(_ARROW_Z, head=True)
        self.point = PointMark()
        for item in (self.track, self.arrow, self.point):
            item.setVisible(False)
            plot.addItem(item, ignoreBounds=True)
        editing.changed.connect(self.follow)
        session.model_changed.connect(self._on_model_changed)
        plot.getViewBox().sigRangeChanged.connect(self.follow)
        plot.getViewBox().sigResized.connect(self.follow)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def follow(self) -> None:
        """Draw the edit as it is now; nothing while nobody watches it."""
        editing, model = self._editing, self._session.model
        shown = editing.watched and model is not None and editing.base is not None
        self.track.setVisible(shown and len(editing.track) > 0)
        for item in (self.arrow, self.point):
            item.setVisible(shown and editing.moved)
        if not shown or model is None or editing.base is None or editing.point is None:
            return
        base, point = (model.projection.project(z) for z in (editing.base, editing.point))
        if self.track.isVisible():
            first, last = model.projection.project(editing.track[[0, -1]])
            self._place(self.track, first, last)
        if self.arrow.isVisible():
            self._place(self.arrow, base, point)
            self.point.setPos(*point.tolist())

    def _place(self, line: LineMark, start: _Place, end: _Place) -> None:
        line.setPos(*start.tolist())
        width, height = self._plot.getViewBox().viewPixelSize()
        if width and height:
            step = (end - start) / np.array([width, -height])
            length = float(np.hypot(*step))
            line.set_end(QPointF(*(step * min(1.0, _LONGEST / max(length, 1e-9))).tolist()))

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self.follow()

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.track.set_colors(colors.muted, colors.canvas)
        self.arrow.set_colors(colors.accent, colors.canvas)
        self.point.set_colors(colors.accent, colors.canvas)
