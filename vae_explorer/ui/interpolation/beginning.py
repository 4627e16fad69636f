"""What to do first, where there are too few places yet for a path to lead through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.state.journey import ClassAnchor, Journey, Plan
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.interpolation.commands import set_plan
from vae_explorer.ui.theme import GRID


class Beginning(QWidget):
    """A sentence, and a button that begins with an example.

    Args:
        session: whose digits the example takes.
        journey: gets its anchors.
        stack: takes the step.

    Attributes:
        example: the button.
    """

    def __init__(
        self, session: Session, journey: Journey, stack: QUndoStack, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._journey, self._stack = session, journey, stack
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setProperty("muted", True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.example = QPushButton(self.tr("Show an example"))
        self.example.setToolTip(
            self.tr("Between the means of the two classes that are farthest apart; this can be undone")
        )
        self.example.clicked.connect(self.begin)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.example)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        layout.setSpacing(GRID)
        layout.addStretch(1)
        layout.addWidget(self._text)
        layout.addLayout(buttons)
        layout.addStretch(1)
        journey.changed.connect(self._on_plan_changed)
        session.model_changed.connect(self._on_model_changed)
        self._say()

    def begin(self) -> None:
        """Go from class to class: those whose means are farthest apart."""
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        labels = np.unique(images.labels)
        means = np.stack([model.posterior.mu[images.labels == label].mean(0) for label in labels])
        distances = np.linalg.norm(means[:, None] - means, axis=2)
        rows = np.unravel_index(int(distances.argmax()), distances.shape)
        anchors = tuple(ClassAnchor(int(labels[row])) for row in sorted(map(int, rows)))
        if len(set(anchors)) > 1:
            plan = replace(self._journey.plan, anchors=anchors)
            set_plan(self._journey, self._stack, self.tr("example of a path"), plan)

    def _on_plan_changed(self, _before: Plan) -> None:
        self._say()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._say()

    def _say(self) -> None:
        images = self._session.images
        one = len(self._journey.plan.anchors) == 1
        self._text.setText(
            self.tr(
                "One place more, and there are ways from one to the other: add it with the button at the left."
            )
            if one
            else self.tr(
                "Add two places or more with the button at the left, and see what lies on the ways between them."
            )
        )
        several = (
            images is not None and len(images.labels) > 0 and bool((images.labels != images.labels[0]).any())
        )
        self.example.setVisible(several and not one)
