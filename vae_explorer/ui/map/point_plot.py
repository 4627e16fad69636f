"""Labelled points in the plane, and the part of the plane that is seen of them.

Points of a model in training move to where its next snapshot puts them; the view comes along when it has to.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.ui.layers.item import LayerItem
from vae_explorer.ui.map.glide import Glide, Way
from vae_explorer.ui.map.items import GridLines
from vae_explorer.ui.map.points import MapPoints
from vae_explorer.ui.map.view_range import ROOM, Range, fitted, still_fits
from vae_explorer.ui.motion import is_seen, may_move
from vae_explorer.ui.theme import Colors
from vae_explorer.ui.widgets.axis import Axis

Plane = NDArray[np.float64]


class _PanBox(pg.ViewBox):  # type: ignore[misc]
    """Left drags belong to the cursor; every other button pans."""

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:  # noqa: ARG002
        button = event.button()  # type: ignore[attr-defined]
        if button == Qt.MouseButton.LeftButton:
            event.ignore()  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        here, before = event.pos(), event.lastPos()  # type: ignore[attr-defined]
        moved = self.mapToView(before) - self.mapToView(here)
        self.translateBy(x=moved.x(), y=moved.y())
        self.sigRangeChangedManually.emit(self.state["mouseEnabled"])


class PointPlot(pg.PlotWidget):  # type: ignore[misc]
    """Ten classes of points on a plane of one scale, which can be panned and zoomed.

    Attributes:
        layer: the picture behind the points, for others to fill.

    Signals:
        rested: points that glided are where they belong.
    """

    rested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            parent,
            viewBox=_PanBox(enableMenu=False),
            axisItems={side: Axis(side) for side in ("bottom", "left")},
        )
        # Where the points belong; while they glide, `places` says where they are drawn.
        self._xy: Plane = np.empty((0, 2))
        self._names = ("", "")
        self._touched = False
        self._held = False
        self._view_way: Way | None = None
        self._glide = Glide(self)
        self._glide.moved.connect(self._on_glide_moved)
        self._points = MapPoints(self)
        self.layer = LayerItem()
        self._grid = GridLines((self.getAxis("bottom"), self.getAxis("left")))
        self._set_up_view()

    # What is shown

    def set_points(
        self, xy: Plane, labels: ByteArray, names: tuple[str, str], *, glide: bool = False
    ) -> None:
        """Show points of shape (n, 2) with classes of shape (n,) on axes called `names`.

        With `glide` they are the points that are shown already, at a later or earlier moment: they move there from
        where they are drawn now, and the view stays as it is unless it no longer fits. Others are there at once.
        """
        same = glide and np.array_equal(labels, self._points.labels)
        self._xy = xy
        self._name_axes(names)
        if same:
            self._points.head_for(xy)
            self._begin_glide()
            return
        self._glide.stop()
        self._view_way = None
        self._points.set_points(xy, labels)
        if not self._touched:
            self.fit()

    def set_class_shown(self, digit: int, shown: bool) -> None:
        """Show or hide the points of one class."""
        self._points.set_class_shown(digit, shown)

    @property
    def places(self) -> Plane:
        """Where the points are drawn at this moment, shape (n, 2)."""
        return self._points.places

    @property
    def gliding(self) -> bool:
        """Whether points or view move at this moment."""
        return self._glide.running

    @property
    def shown_points(self) -> NDArray[np.bool_]:
        """Which points belong to a class that is shown, shape (n,)."""
        return self._points.shown

    def set_colors(self, colors: Colors) -> None:
        """Draw in the colours of a theme from now on."""
        self.setBackground(colors.canvas)
        for side in ("bottom", "left"):
            axis = self.getAxis(side)
            axis.setPen(colors.grid)
            axis.setTextPen(colors.muted)
        self._grid.set_color(colors.grid_line)
        self.layer.set_colors(colors)
        self._points.set_colors(colors)

    # The view

    def fit(self) -> None:
        """Show every point, with a margin, and keep doing so until the user pans or zooms."""
        self._touched = False
        self._view_way = None
        if len(self._xy):
            self._show_range(fitted(self._xy))

    @property
    def chosen_view(self) -> tuple[float, float, float, float] | None:
        """Left, bottom, right and top of what is seen, where the user panned or zoomed; None while all points are."""
        (left, bottom), (right, top) = self._view().tolist()
        return (left, bottom, right, top) if self._touched else None

    def choose_view(self, view: tuple[float, float, float, float] | None) -> None:
        """Show this part of the plane as if the user had panned and zoomed there; all points for None."""
        if view is None:
            self.fit()
            return
        self._on_touched()
        self._show_range(np.array(view).reshape(2, 2))

    @property
    def free_view(self) -> tuple[float, float, float, float] | None:
        """Left, bottom, right and top of what is seen, where the user neither panned nor zoomed; else None."""
        (left, bottom), (right, top) = self._view().tolist()
        return None if self._touched else (left, bottom, right, top)

    def show_free_view(self, view: tuple[float, float, float, float]) -> None:
        """Show this part of the plane, and follow the points when they leave it."""
        self._touched = False
        self._view_way = None
        self._show_range(np.array(view).reshape(2, 2))

    def fit_next(self) -> None:
        """Fit the view when the next points are set, whatever the user did to it before."""
        self._touched = False

    def hold_view(self) -> None:
        """Leave the view where it is, wherever the points go, until `release_view`."""
        self._held = True
        self._view_way = None

    def release_view(self) -> None:
        """Follow the points again, first to where they went meanwhile."""
        self._held = False
        if self._view_must_follow():
            self._points.head_for(self._xy)
            self._begin_glide()

    def is_in_view(self, xy: Plane) -> bool:
        """Whether a place is inside the visible region, or will be when the view has come to rest."""
        low, high = self._view() if self._view_way is None else self._view_way.goal
        return bool((low <= xy).all() and (xy <= high).all())

    def pixel_at(self, xy: Plane) -> QPointF:
        """Where a place is in this widget, in pixels."""
        scene = self.getViewBox().mapViewToScene(QPointF(*xy))
        return QPointF(self.mapFromScene(scene))

    def place_at(self, pixel: QPointF) -> Plane:
        """The place under a pixel of this widget, shape (2,)."""
        point = self.getViewBox().mapSceneToView(self.mapToScene(pixel.toPoint()))
        return np.array([point.x(), point.y()])

    # Inside

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._glide.finish()

    def _begin_glide(self) -> None:
        """Move points, and the view where it has to, from where they are drawn to where they belong."""
        follows = self._view_must_follow()
        self._view_way = Way(self._view(), fitted(self._xy, ROOM)) if follows else None
        self._glide.start()
        if not may_move(self):
            self._glide.finish()

    def _view_must_follow(self) -> bool:
        free = len(self._xy) and not self._touched and not self._held
        return bool(free and not still_fits(self._xy, self._view()))

    def _on_glide_moved(self, share: float) -> None:
        if share < 1 and not is_seen(self):
            self._glide.finish()
            return
        if self._view_way is not None:
            self._show_range(self._view_way.at(share))
        self._points.move(share)
        if share >= 1:
            self._view_way = None
            self.rested.emit()

    def _view(self) -> Range:
        return np.array(self.getViewBox().viewRange(), np.float64).T

    def _show_range(self, corners: Range) -> None:
        self.getViewBox().setRange(QRectF(QPointF(*corners[0]), QPointF(*corners[1])), padding=0)

    def _name_axes(self, names: tuple[str, str]) -> None:
        # pyqtgraph lays the whole plot out again for a label, even for the same one.
        if names != self._names:
            self._names = names
            self.setLabel("bottom", names[0])
            self.setLabel("left", names[1])

    def _set_up_view(self) -> None:
        self.hideButtons()
        self.setMenuEnabled(False)
        self.setAspectLocked(True)
        self.addItem(self.layer, ignoreBounds=True)
        self.addItem(self.layer.lines, ignoreBounds=True)
        self.addItem(self._grid, ignoreBounds=True)
        for side in ("bottom", "left"):
            # Latent units have no thousandths of their own.
            self.getAxis(side).enableAutoSIPrefix(False)
        for side in ("top", "right"):
            # These are never seen, and would write their empty names anew with each frame.
            self.getAxis(side).unlinkFromView()
        box = self.getViewBox()
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._on_touched)

    def _on_touched(self) -> None:
        self._touched = True
        self._view_way = None
