"""How paths are made, beside their anchors: how many frames, at which pace, and how near to the data."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QLocale, QObject, QSignalBlocker
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox

from vae_explorer.core.path_kinds import Even
from vae_explorer.state.journey import FEWEST_STEPS, MOST_STEPS, STRONGEST_NEAR_DATA, Journey, Plan
from vae_explorer.ui.interpolation.commands import set_plan
from vae_explorer.ui.widgets.gestures import Gesture, UndoOfWindow

_PACES: tuple[Even, ...] = (None, "latent", "decoder")


class PathSettings(QObject):
    """Three fields that follow the plan; what the user changes can be undone, a held arrow as one step.

    Args:
        journey: whose plan.
        stack: takes the steps.
        parent: owner.

    Attributes:
        steps: frames in all.
        pace: what is the same from frame to frame.
        near_data: how strongly a geodesic is kept where digits are.
    """

    def __init__(self, journey: Journey, stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._journey, self._stack = journey, stack
        self.steps, self.pace, self.near_data = QSpinBox(), QComboBox(), QDoubleSpinBox()
        self._set_up_steps()
        self._set_up_pace()
        self._set_up_near_data()
        self._gestures = {name: Gesture(getattr(self, name)) for name in ("steps", "pace", "near_data")}
        undo = UndoOfWindow(self)
        for field in (self.steps, self.near_data):
            field.setKeyboardTracking(False)
            field.setAccelerated(True)
            undo.leave(field.lineEdit())
        journey.changed.connect(self._on_plan_changed)
        self._show()

    def _set_up_steps(self) -> None:
        self.steps.setRange(FEWEST_STEPS, MOST_STEPS)
        self.steps.setSuffix(self.tr(" frames"))
        self.steps.setToolTip(self.tr("Frames in all, anchors included; each anchor is one of them"))
        self.steps.setAccessibleName(self.tr("Number of frames"))
        text = self.tr("number of frames")
        self.steps.valueChanged.connect(lambda value: self._change("steps", value, text))

    def _set_up_pace(self) -> None:
        names = (
            self.tr("As the path goes"),
            self.tr("Even on the map"),
            self.tr("Even change of picture"),
        )
        self.pace.addItems(names)
        self.pace.setToolTip(
            self.tr(
                "How the frames are spread along each path.\n"
                "As the path goes: equal steps for a straight line, equal turns for a great circle, about equal "
                "changes for a geodesic, one digit after the other through digits.\n"
                "Even on the map: all steps are equally long.\n"
                "Even change of picture: the picture changes equally much with each step (constant speed in decoder "
                "space)."
            )
        )
        self.pace.setAccessibleName(self.tr("What is equal from frame to frame"))
        text = self.tr("pace of the paths")
        self.pace.activated.connect(lambda row: self._change("even", _PACES[row], text))

    def _set_up_near_data(self) -> None:
        field = self.near_data
        field.setLocale(QLocale.c())
        field.setRange(0, STRONGEST_NEAR_DATA)
        field.setDecimals(2)
        field.setSingleStep(0.25)
        field.setPrefix(self.tr("Keep near digits "))
        field.setToolTip(
            self.tr(
                "How strongly the geodesic is kept where digits are. 0: not at all. Then the picture changes least, "
                "but the way may lead where there are no digits."
            )
        )
        field.setAccessibleName(self.tr("How near to the data a geodesic stays"))
        text = self.tr("nearness to the data")
        field.valueChanged.connect(lambda value: self._change("near_data", value, text))

    def _change(self, field: str, value: object, text: str) -> None:
        changes: dict[str, Any] = {field: value}
        plan = replace(self._journey.plan, **changes)
        gesture = self._gestures["pace" if field == "even" else field].number
        set_plan(self._journey, self._stack, text, plan, gesture)
        # Fewer frames than anchors are not to be had.
        self._show()

    def _on_plan_changed(self, before: Plan) -> None:
        # Qt's fields are painted anew also with what they show already, at each move of an anchor.
        if replace(before, anchors=self._journey.plan.anchors) != self._journey.plan:
            self._show()

    def _show(self) -> None:
        plan = self._journey.plan
        shown = (
            partial(self.steps.setValue, plan.steps),
            partial(self.pace.setCurrentIndex, _PACES.index(plan.even)),
            partial(self.near_data.setValue, plan.near_data),
        )
        with QSignalBlocker(self.steps), QSignalBlocker(self.pace), QSignalBlocker(self.near_data):
            for show in shown:
                show()
        self.near_data.setEnabled("geodesic" in plan.kinds)
