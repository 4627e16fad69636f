"""What the user sets for the journey, as steps that can be undone: each goes from one whole plan to another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoStack

from vae_explorer.state.journey import Journey, Plan
from vae_explorer.ui.undo import SetValue


def set_plan(journey: Journey, stack: QUndoStack, text: str, plan: Plan, gesture: int | None = None) -> None:
    """Ask for another plan, as a step of the stack; none if it is the same.

    Args:
        journey: whose plan.
        stack: takes the step.
        text: what is done, translated, as it follows “Undo”.
        plan: what is asked for from now on.
        gesture: steps in a row with the same number are one; see `ui.undo.SetValue`.
    """
    change_plan(journey, stack, text, lambda: journey.set(plan), gesture)


def change_plan(
    journey: Journey, stack: QUndoStack, text: str, deed: Callable[[], object], gesture: int | None = None
) -> None:
    """Do `deed` with `journey` as a step of the stack; none if it changes nothing. Arguments as for `set_plan`."""
    before = journey.plan
    deed()
    if journey.plan != before:
        # What the journey made of it, so that steps can be told to have led back to the beginning.
        stack.push(SetValue(text, journey.set, before, journey.plan, gesture))
