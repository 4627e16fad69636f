"""What the user does with the anchors of the journey, each deed as a step that can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.state.journey import MOST_ANCHORS, Anchor, Journey, PlaceAnchor
from vae_explorer.state.selection import FARTHEST, Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.interpolation.anchor_texts import anchor_name
from vae_explorer.ui.interpolation.commands import change_plan
from vae_explorer.ui.interpolation.place_clicks import PlaceClicks
from vae_explorer.ui.map.point_plot import Plane
from vae_explorer.ui.widgets.gestures import Gesture


class AnchorEdits(QObject):
    """Adds, moves and removes anchors.

    Args:
        session: the open model and its digits.
        selection: the cursor, above which a click on the map is taken.
        journey: whose anchors.
        undo_stack: takes the steps.
        clicks: on the map, each of which adds an anchor.
        parent: owner.

    Signals:
        message: what to tell the user.
        touched: this row is what was just done something with; −1 for none.
    """

    message = Signal(object)
    touched = Signal(int)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        journey: Journey,
        undo_stack: QUndoStack,
        clicks: PlaceClicks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._journey = session, selection, journey
        self._stack, self._clicks = undo_stack, clicks
        self._gesture = Gesture(parent=self)
        clicks.began.connect(self._on_click_began)
        clicks.moved.connect(self._on_click_moved)

    @property
    def count(self) -> int:
        """How many anchors there are."""
        return len(self._journey.plan.anchors)

    def add(self, *anchors: Anchor) -> None:
        """Go on to these places, as many as there is room for."""
        taken = anchors[: max(MOST_ANCHORS - self.count, 0)]
        if taken:
            self._change(self._text_for(taken), lambda: self._journey.add(*taken))
            self.touched.emit(self.count - 1)
        if len(taken) < len(anchors):
            text = self.tr("A path passes at most {most} anchors. Not added: {left:,}.")
            self.message.emit(text.format(most=MOST_ANCHORS, left=len(anchors) - len(taken)))

    def remove(self, row: int) -> None:
        """Leave an anchor out."""
        if 0 <= row < self.count:
            text = self.tr("removal of anchor {number}").format(number=row + 1)
            self._change(text, lambda: self._journey.remove(row))
            self.touched.emit(min(row, self.count - 1))

    def move(self, row: int, to: int) -> None:
        """Pass an anchor earlier or later; not beyond an end."""
        if 0 <= row < self.count and 0 <= to < self.count:
            text = self.tr("move of anchor {number} in the list").format(number=row + 1)
            self._change(text, lambda: self._journey.move(row, to))
            self.touched.emit(to)

    def reverse(self) -> None:
        """Go the other way."""
        self._change(self.tr("anchors the other way round"), self._journey.reverse)

    def set_loop(self, loop: bool) -> None:
        """Return from the last anchor to the first, or end there."""
        text = self.tr("path that returns") if loop else self.tr("path that does not return")
        self._change(text, lambda: self._journey.set(replace(self._journey.plan, loop=loop)))

    def _change(self, text: str, deed: Callable[[], object], gesture: int | None = None) -> None:
        change_plan(self._journey, self._stack, text, deed, gesture)

    def _text_for(self, anchors: tuple[Anchor, ...]) -> str:
        if len(anchors) > 1:
            return self.tr("{count} more anchors").format(count=len(anchors))
        images = self._session.images
        name = anchor_name(anchors[0], None if images is None else images.labels)
        return self.tr("anchor {name}").format(name=name)

    # Clicks on the map

    def _on_click_began(self, xy: Plane) -> None:
        self._gesture.end()
        anchor = self._anchor_at(xy)
        if anchor is None:
            return
        if self.count >= MOST_ANCHORS:
            # It says that there is no room.
            self.add(anchor)
            self._clicks.set_on(False)
            return
        self._change(self._text_for((anchor,)), lambda: self._journey.add(anchor), self._gesture.number)
        self.touched.emit(self.count - 1)

    def _on_click_moved(self, xy: Plane) -> None:
        row, anchor = self.count - 1, self._anchor_at(xy)
        if self._clicks.on and row >= 0 and anchor is not None:
            deed = self._journey.replace_anchor
            self._change(self._text_for((anchor,)), lambda: deed(row, anchor), self._gesture.number)

    def _anchor_at(self, xy: Plane) -> PlaceAnchor | None:
        """The place of the map, in the directions off its plane where the cursor is."""
        model = self._session.model
        if model is None or len(self._selection.z) != model.snapshot.config.latent:
            return None
        z = np.clip(model.projection.lift(xy, self._selection.z), -FARTHEST, FARTHEST)
        return PlaceAnchor(tuple(z.tolist()))
