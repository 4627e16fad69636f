from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.samples import first_digits, random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.direction_sources import Axis
from vae_explorer.core.planes import AxesPlane
from vae_explorer.state.journey import DigitAnchor
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.state.session_changes import SessionChanges


class Desk:
    """Everything that a session file is about, and how often it was said to be another."""

    def __init__(self) -> None:
        self.session, self.selection, self.looks = Session(), Selection(2), Looks()
        self.looks.edits.add("up", Axis(1))
        self.changes = SessionChanges(self.session, self.selection, self.looks)
        self.changes.changed.connect(self._hear)
        self.heard = 0

    def _hear(self) -> None:
        self.heard += 1


DEEDS: dict[str, Callable[[Desk], object]] = {
    "cursor": lambda desk: desk.selection.move_to(np.array([1.0, 2.0])),
    "classes": lambda desk: desk.selection.show_class(3, shown=False),
    "plane": lambda desk: desk.session.plane_choice.choose(AxesPlane(0, 1)),
    "layer": lambda desk: desk.looks.look.set_layer("density"),
    "points": lambda desk: desk.looks.look.set_points(4.0, 0.5),
    "picks": lambda desk: desk.looks.picks.pick([3, 4]),
    "bookmarks": lambda desk: desk.looks.bookmarks.add("here", np.zeros(2)),
    "places": lambda desk: desk.looks.history.visit(np.ones(2)),
    "drawing": lambda desk: desk.looks.drawing.set_pixels(np.full((28, 28), 9, np.uint8)),
    "directions": lambda desk: desk.looks.edits.add("right", Axis(0)),
    "alpha": lambda desk: desk.looks.edits.set_alpha("up", 1.0),
    "base": lambda desk: desk.looks.edits.set_base("digit"),
    "current": lambda desk: desk.looks.edits.choose("up"),
    "journey": lambda desk: desk.looks.journey.add(DigitAnchor(7)),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_whatever_the_user_does_is_a_change(deed: str) -> None:
    desk = Desk()
    DEEDS[deed](desk)
    assert desk.heard
    desk.heard = 0
    if deed not in ("bookmarks", "directions", "places", "journey"):
        # The same again is none.
        DEEDS[deed](desk)
        assert not desk.heard


def test_another_model_is_a_change_and_one_that_learns_on_is_none() -> None:
    desk = Desk()
    model: OpenModel = open_model(random_model(VAEConfig(hidden=(4,))), first_digits(20), "m", "training")
    desk.session.show(replace(model, run="one", epoch=1.0))
    assert desk.heard == 1
    desk.session.show(replace(model, run="one", epoch=2.0))
    assert desk.heard == 1
    desk.session.show(replace(model, run="another", epoch=1.0))
    assert desk.heard == 2
