"""All that one looks into the latent space with, put together: layers, picked digits, planes, drawing, bookmarks.

The main window has the map, the cursor and the model; what is here follows these and fills docks beside them. The first
frame needs none of it, so it is imported and made after that.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.bookmarks.history import HistoryControl
from vae_explorer.ui.bookmarks.panel import BookmarksPanel
from vae_explorer.ui.digit.panel import DigitPanel
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.drawing.map_mark import DrawingMark
from vae_explorer.ui.drawing.panel import DrawingPanel
from vae_explorer.ui.layers.control import LayerControl
from vae_explorer.ui.map.commands import ClassEdits
from vae_explorer.ui.map.ellipses import PosteriorEllipses
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.named_marks import NamedMarks
from vae_explorer.ui.map.panel import MapPanel
from vae_explorer.ui.map.point_colors import PointColors
from vae_explorer.ui.map.points_menu import PointsMenu
from vae_explorer.ui.picked.control import PickControl
from vae_explorer.ui.picked.panel import PickedPanel
from vae_explorer.ui.planes.button import PlaneButton
from vae_explorer.ui.planes.control import PlaneControl
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.traversal.panel import TraversalPanel
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.image_terms import PointValues
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.layers import Layers

if TYPE_CHECKING:
    from vae_explorer.ui.attributes.panel import AttributesPanel
    from vae_explorer.ui.interpolation.panel import InterpolationPanel

    _Panel = TypeVar("_Panel", AttributesPanel, InterpolationPanel)

_Parts = tuple[
    Session, Selection, Looks, DrawingEncoding, CursorMoves, QUndoStack, LatentMap, ThemeSwitch, Jobs
]


class Exploration(QObject):
    """Makes the panels and controls, and connects them with the map and with each other.

    Args:
        looks: what is set and picked.
        session: the open model.
        selection: the cursor.
        moves: turns moves of the cursor into steps to undo.
        undo_stack: for all other steps.
        map_panel: the map.
        theme: colours.
        jobs: one-off work on other threads.
        layers: draws what lies behind the points, on a thread of its own.
        parent: owner.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        looks: Looks,
        session: Session,
        selection: Selection,
        moves: CursorMoves,
        undo_stack: QUndoStack,
        map_panel: MapPanel,
        theme: ThemeSwitch,
        jobs: Jobs,
        layers: Layers,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.looks = looks
        self._session, self._selection = session, selection
        self._moves, self._stack = moves, undo_stack
        self._map, self._theme, self._jobs = map_panel.map, theme, jobs
        map_, picks = map_panel.map, looks.picks
        self.layers = LayerControl(
            session, selection, looks.look, map_, map_panel.background, layers, undo_stack, self
        )
        self.pick_control = PickControl(picks, undo_stack, self)
        self.pick_control.connect_map(map_)
        self.point_colors = PointColors(session, looks.look, PointValues(jobs), theme, map_, map_panel.legend)
        self.ellipses = PosteriorEllipses(map_, session, picks, theme)
        self.encoding = DrawingEncoding(session, looks.drawing, self)
        self.drawing_mark = DrawingMark(map_, session, self.encoding, theme)
        self.named_marks = NamedMarks(map_, session, looks.bookmarks, theme)
        self.plane_control = PlaneControl(session, jobs, undo_stack, map_panel.messages, self)
        self.history_control = HistoryControl(session, selection, moves, undo_stack, looks.history, self)
        self.digit = DigitPanel(session, selection, picks, undo_stack, theme, jobs)
        self.picked = PickedPanel(session, picks, selection, jobs, theme, undo_stack)
        self.traversal = TraversalPanel(session, selection, theme, jobs)
        self.bookmarks = BookmarksPanel(session, selection, looks.bookmarks, moves, undo_stack, theme, jobs)
        self.drawing = DrawingPanel(looks.drawing, self.encoding, undo_stack, theme, jobs)
        self._class_edits = ClassEdits(selection, undo_stack)
        map_panel.legend.chosen.connect(self._class_edits.show)
        map_panel.legend.add(PointsMenu(looks.look, undo_stack))
        map_panel.add_tool(PlaneButton(session, picks, self.plane_control, jobs))
        self._connect()

    @cached_property
    def attributes(self) -> AttributesPanel:
        """The dock with directions; made when it is first seen."""
        from vae_explorer.ui.attributes.panel import AttributesPanel

        return self._told_of(AttributesPanel(*self._parts))

    @cached_property
    def interpolation(self) -> InterpolationPanel:
        """The dock with the journey; made when it is first seen."""
        from vae_explorer.ui.interpolation.panel import InterpolationPanel

        return self._told_of(InterpolationPanel(*self._parts))

    @property
    def _parts(self) -> _Parts:
        return (
            self._session,
            self._selection,
            self.looks,
            self.encoding,
            self._moves,
            self._stack,
            self._map,
            self._theme,
            self._jobs,
        )

    def _told_of(self, panel: _Panel) -> _Panel:
        panel.message.connect(self.message)
        return panel

    def fill(self, docks: Docks) -> None:
        """Put the panels into their docks, which are there from the beginning."""
        docks.fill("digit", self.digit, form=True)
        docks.fill("drawing", self.drawing, form=True)
        docks.fill("picked", self.picked)
        docks.fill("traversal", self.traversal)
        docks.fill("bookmarks", self.bookmarks)
        docks.fill_on_sight("attributes", lambda: self.attributes)
        docks.fill_on_sight("interpolation", lambda: self.interpolation)
        # What a lasso caught is said where one can see it.
        self.pick_control.several_picked.connect(lambda: docks.bring_forward("picked"))
        self.looks.picks.changed.connect(lambda: self._count_on(docks))

    def _count_on(self, docks: Docks) -> None:
        count, one = len(self.looks.picks.indices), self.tr("Selection")
        several = self.tr("Selection ({count:,})").format(count=count)
        docks.retitle("picked", several if count > 1 else one, one)

    def settle(self) -> None:
        """A training is over: what lags behind it catches up at once."""
        if "attributes" in self.__dict__:
            self.attributes.verdict.meter.settle()

    def stop(self) -> None:
        """The window closes."""
        self.layers.stop()
        self.point_colors.stop()
        if "attributes" in self.__dict__:
            self.attributes.stop()
        if "interpolation" in self.__dict__:
            # A window that closes waits for what is under way.
            self.interpolation.worker.rest()

    def _connect(self) -> None:
        self.traversal.point_chosen.connect(self._moves.move)
        self.drawing.point_chosen.connect(self._moves.move)
        for panel in (self.picked, self.traversal, self.bookmarks, self.drawing):
            panel.message.connect(self.message)
