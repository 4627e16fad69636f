from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QUndoStack

from vae_explorer.state.journey import DigitAnchor, Journey, PlaceAnchor
from vae_explorer.ui.interpolation.commands import change_plan, set_plan


@pytest.fixture
def stack(qapp: object) -> Iterator[QUndoStack]:
    stack = QUndoStack()
    yield stack
    stack.deleteLater()


def test_a_step_goes_from_one_whole_plan_to_another(stack: QUndoStack) -> None:
    journey = Journey()
    before = journey.plan
    set_plan(journey, stack, "nothing", before)
    assert stack.count() == 0
    set_plan(journey, stack, "fewer frames", replace(before, steps=4))
    change_plan(journey, stack, "more anchors", lambda: journey.add(*map(DigitAnchor, range(9))))
    # Each anchor has a frame; without them there are as many as before.
    assert journey.plan.steps == 9
    stack.undo()
    assert journey.plan == replace(before, steps=4)
    stack.undo()
    assert journey.plan == before
    stack.setIndex(2)
    assert journey.plan.steps == 9


def test_a_gesture_is_one_step_and_none_if_it_leads_back(stack: QUndoStack) -> None:
    journey = Journey()
    journey.add(PlaceAnchor((0.0, 0.0)))
    for x in (1.0, 2.0, 3.0):
        change_plan(journey, stack, "drag", lambda x=x: journey.replace_anchor(0, PlaceAnchor((x, 0.0))), 1)  # type: ignore[misc]
    assert stack.count() == 1
    change_plan(journey, stack, "drag", lambda: journey.replace_anchor(0, PlaceAnchor((4.0, 0.0))), 2)
    assert stack.count() == 2
    stack.undo()
    stack.undo()
    assert journey.plan.anchors == (PlaceAnchor((0.0, 0.0)),)
    for x in (1.0, 0.0):
        change_plan(journey, stack, "drag", lambda x=x: journey.replace_anchor(0, PlaceAnchor((x, 0.0))), 3)  # type: ignore[misc]
    assert stack.count() == 0
