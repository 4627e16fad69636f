"""The journey on the map: its anchors as handles to be dragged, its paths, and the point that is looked at."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import UserError
from vae_explorer.core.path_kinds import PathKind
from vae_explorer.core.paths import Path
from vae_explorer.state.journey import Anchor, Journey, PlaceAnchor, Plan, anchor_place
from vae_explorer.state.selection import FARTHEST
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.interpolation.commands import change_plan
from vae_explorer.ui.interpolation.handles import Handles, MovingPoint
from vae_explorer.ui.interpolation.path_lines import DrawnPath, MapLine, PathLines
from vae_explorer.ui.interpolation.styles import line_style
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.gestures import Gesture

Place = NDArray[np.float64]


class MapPaths(QObject):
    """Follows the plan, the model and its plane; paths and the frame are handed in.

    Make it after the `AnchorList`: so handles are asked for a press before a click adds a place.

    Args:
        map_: where.
        session: whose model says where a latent point is on the map.
        journey: the anchors, and which path is chosen.
        undo_stack: takes a step for each drag of a handle.
        theme: colours.
        parent: owner.

    Attributes:
        handles: of the anchors.
        lines: of the paths.
        point: where the current frame is.

    Signals:
        anchor_pressed: the mouse went down on a handle; carries its row.
        anchor_clicked: it went up again and had not dragged it; carries its row.
    """

    anchor_pressed = Signal(int)
    anchor_clicked = Signal(int)

    def __init__(
        self,
        map_: LatentMap,
        session: Session,
        journey: Journey,
        undo_stack: QUndoStack,
        theme: ThemeSwitch,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent or map_)
        self._map, self._session, self._journey = map_, session, journey
        self._stack, self._theme = undo_stack, theme
        self._gesture = Gesture(parent=self)
        self._visible = True
        self._current = -1
        self._paths: dict[PathKind, Path] = {}
        #: Where each lies on the map, as long as that has the same plane.
        self._lines: dict[PathKind, MapLine] = {}
        self._frame: Place | None = None
        self.lines, self.point = PathLines(), MovingPoint()
        for item in (self.lines, self.point):
            map_.addItem(item, ignoreBounds=True)
        self.handles = Handles(map_, self)
        map_.grabbing.add(self.handles)
        self._connect()
        self._on_theme_changed()
        self._follow()

    # What is handed in

    def show_path(self, kind: PathKind, path: Path | None) -> None:
        """Draw another path of a kind, or none; it is seen while the plan asks for that kind."""
        self._lines.pop(kind, None)
        if path is not None:
            self._paths[kind] = path
        elif self._paths.pop(kind, None) is None:
            return
        self._draw_lines()

    def show_frame(self, z: NDArray[np.floating] | None) -> None:
        """Put the moving point at a latent point, shape (latent,); nowhere for None."""
        self._frame = None if z is None else np.array(z, np.float64)
        self._place_point()

    def show_current(self, row: int) -> None:
        """Fill the handle of the anchor that is chosen in the list; −1 for none."""
        self._current = row
        self.handles.show_current(row)

    def set_visible(self, visible: bool) -> None:
        """Show all this on the map, or nothing of it."""
        if visible != self._visible:
            self._visible = visible
            self.handles.set_visible(visible)
            self._follow()

    # Following

    def _connect(self) -> None:
        self._journey.changed.connect(self._on_plan_changed)
        self._session.model_changed.connect(self._on_model_changed)
        self._theme.changed.connect(self._on_theme_changed)
        self.handles.pressed.connect(self._on_pressed)
        self.handles.dragged.connect(self._on_dragged)
        self.handles.dropped.connect(self._on_dropped)

    def _on_plan_changed(self, before: Plan) -> None:
        plan = self._journey.plan
        if plan.anchors != before.anchors:
            self._place_handles()
        if (plan.kinds, plan.chosen, len(plan.anchors) > 1) != (
            before.kinds,
            before.chosen,
            len(before.anchors) > 1,
        ):
            self._draw_lines()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        same = (
            before is not None
            and model is not None
            and before.posterior is model.posterior
            and before.projection is model.projection
        )
        if not same:
            self._follow()

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.point.set_colors(colors.accent, colors.canvas)
        self.handles.color(colors)
        self._draw_lines()

    def _follow(self) -> None:
        self._lines.clear()
        self._place_handles()
        self._draw_lines()
        self._place_point()

    # Drawing

    def _place_handles(self) -> None:
        model, images = self._session.model, self._session.images
        places: list[Place | None] = []
        if self._visible and model is not None and images is not None:
            places = [_on_map(anchor, model, images.labels) for anchor in self._journey.plan.anchors]
        self.handles.place(places, self._current, self._theme.colors)

    def _draw_lines(self) -> None:
        model, plan, colors = self._session.model, self._journey.plan, self._theme.colors
        drawn: list[DrawnPath] = []
        if model is not None and self._visible and len(plan.anchors) > 1:
            # The chosen one is the last, and so in front.
            for kind in sorted(plan.kinds, key=lambda each: each == plan.chosen):
                line = self._line(kind, model)
                if line is not None:
                    chosen = kind == plan.chosen
                    drawn.append(DrawnPath(line, line_style(kind, colors, chosen=chosen), chosen))
        self.lines.set_paths(tuple(drawn), colors.canvas)

    def _line(self, kind: PathKind, model: OpenModel) -> MapLine | None:
        path = self._paths.get(kind)
        if path is None or path.curve.shape[1] != model.snapshot.config.latent:
            return None
        if kind not in self._lines:
            project = model.projection.project
            self._lines[kind] = MapLine(project(path.curve), project(path.points))
        return self._lines[kind]

    def _place_point(self) -> None:
        model, z = self._session.model, self._frame
        fits = model is not None and z is not None and len(z) == model.snapshot.config.latent
        self.point.setVisible(fits and self._visible)
        self.handles.show_reached(None)
        if fits and model is not None and z is not None:
            place = np.asarray(model.projection.project(z), np.float64)
            self.point.setPos(*place.tolist())
            self.handles.show_reached(place)

    # The mouse

    def _on_pressed(self, row: int) -> None:
        self._gesture.end()
        self.anchor_pressed.emit(row)

    def _on_dragged(self, row: int, xy: Place) -> None:
        model, images = self._session.model, self._session.images
        anchors = self._journey.plan.anchors
        # Somebody may have undone what added it, with the keyboard.
        if model is None or images is None or row >= len(anchors):
            return
        before = _place_of(anchors[row], model, images.labels)
        if before is not None:
            z = np.clip(model.projection.lift(xy, before), -FARTHEST, FARTHEST)
            anchor = PlaceAnchor(tuple(z.tolist()))
            text = self.tr("move of anchor {number}").format(number=row + 1)
            deed = partial(self._journey.replace_anchor, row, anchor)
            change_plan(self._journey, self._stack, text, deed, self._gesture.number)

    def _on_dropped(self, row: int, moved: bool) -> None:
        self._gesture.end()
        if not moved:
            self.anchor_clicked.emit(row)


def _place_of(anchor: Anchor, model: OpenModel, labels: ByteArray) -> Place | None:
    """The latent point of an anchor; None where the model has no such place."""
    try:
        return anchor_place(anchor, model.posterior.mu, labels)
    except UserError:
        return None


def _on_map(anchor: Anchor, model: OpenModel, labels: ByteArray) -> Place | None:
    z = _place_of(anchor, model, labels)
    return None if z is None else model.projection.project(z)
