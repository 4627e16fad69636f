"""All that the user set and picked while exploring."""

from __future__ import annotations

from dataclasses import dataclass, field

from vae_explorer.state.bookmarks import Bookmarks
from vae_explorer.state.cursor_history import CursorHistory
from vae_explorer.state.drawing import Drawing
from vae_explorer.state.edits import Edits
from vae_explorer.state.journey import Journey
from vae_explorer.state.map_look import MapLook
from vae_explorer.state.picks import Picks


@dataclass(frozen=True, slots=True)
class Looks:
    """Nothing set and nothing picked, to begin with.

    Attributes:
        look: how the map is drawn.
        picks: the digits that were picked.
        bookmarks: named points.
        history: places where the cursor was.
        drawing: the digit on the pad.
        edits: directions, and how far each is gone along.
        journey: the places that paths lead through.
    """

    look: MapLook = field(default_factory=MapLook)
    picks: Picks = field(default_factory=Picks)
    bookmarks: Bookmarks = field(default_factory=Bookmarks)
    history: CursorHistory = field(default_factory=CursorHistory)
    drawing: Drawing = field(default_factory=Drawing)
    edits: Edits = field(default_factory=Edits)
    journey: Journey = field(default_factory=Journey)
