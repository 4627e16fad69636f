"""The digit dock: one test digit, its posterior, what comes out of the model again, and what that costs in nats."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QShowEvent, QUndoStack
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.core.image_terms import ImageExplanation
from vae_explorer.core.images import square
from vae_explorer.core.map_plane import off_plane
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.digit.difference import DifferenceLegend, DifferenceView
from vae_explorer.ui.digit.explainer import Explainer, Question
from vae_explorer.ui.digit.finder import DigitFinder
from vae_explorer.ui.digit.terms import TermsTable
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.undo import MoveCursor, PickDigits
from vae_explorer.ui.widgets.figure import number
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.workers.jobs import Jobs

#: Four screen pixels for each pixel of MNIST.
_SIDE = 112


class DigitPanel(QWidget):
    """Shows the digit that `picks` has in focus. While it is hidden, nothing is calculated.

    Args:
        session: the model and the test images.
        selection: whose cursor can be put at the digit's μ.
        picks: which digit.
        stack: what is done here can be undone.
        theme: for the colours.
        jobs: where large models work.
        parent: owner.

    Attributes:
        finder: the digit by its number, and the other picked ones.
        input, from_mu, from_sample, difference: the pictures.
        terms: the figures.
        resample: draws another ε.
        go: puts the cursor at μ.
    """

    def __init__(
        self,
        session: Session,
        selection: Selection,
        picks: Picks,
        stack: QUndoStack,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._picks, self._stack = session, selection, picks, stack
        self._theme = theme
        self._explainer = Explainer(jobs, self)
        self._asked: Question | None = None
        self._draw = 0
        self.finder = DigitFinder()
        self.input = ImageView(_SIDE, self.tr("The digit"))
        self.from_mu = ImageView(_SIDE, self.tr("Reconstruction from μ"))
        self.from_sample = ImageView(_SIDE, self.tr("Reconstruction from a draw of z"))
        self.difference = DifferenceView(_SIDE, self.tr("Input − reconstruction from μ"))
        self._legend = DifferenceLegend()
        self.terms = TermsTable()
        self.resample = QPushButton(self.tr("Resample"))
        self.go = QPushButton(self.tr("Put the cursor at its μ"))
        self._title, self._empty, self._body = QLabel(), QLabel(), QWidget()
        self.off_plane = QLabel()
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._refresh()

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        # Newer weights with the same posterior come several times a second, and tell nothing new of one digit.
        if (
            before is None
            or model is None
            or before.posterior is not model.posterior
            or before.projection is not model.projection
        ):
            self._refresh()

    def _on_picks_changed(self) -> None:
        if self._asked is None or self._asked.index != self._picks.focus:
            self._draw = 0
        self._refresh()

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        question = self._question()
        images = self._session.images
        self.finder.setEnabled(images is not None)
        self.finder.set_images(0 if images is None else len(images))
        self.finder.show_picks(self._picks)
        self._body.setVisible(question is not None)
        self._empty.setVisible(question is None)
        self._empty.setText(
            self.tr("Click a digit on the map to look at its posterior.")
            if self._session.model is not None
            else self.tr("Train a model or open one to look at its digits.")
        )
        if question is None:
            self._asked = None
            self._explainer.forget()
        elif not _same(question, self._asked):
            self._asked = question
            self._explainer.ask(question)

    def _question(self) -> Question | None:
        model, images, index = self._session.model, self._session.images, self._picks.focus
        if model is None or images is None or index is None or not 0 <= index < len(images):
            return None
        return Question(model, images.images[index], index, self._draw)

    def _on_explained(self, question: Question, explanation: ImageExplanation) -> None:
        images = self._session.images
        if question is not self._asked or images is None:
            return
        title = self.tr("Label {label} · test digit #{index:,}")
        self._title.setText(title.format(label=int(images.labels[question.index]), index=question.index))
        self.input.show_picture(square(question.image))
        self.from_mu.show_picture(explanation.from_mu)
        self.from_sample.show_picture(explanation.from_sample)
        self.difference.show_difference(explanation.difference)
        self.terms.show_terms(explanation)
        self._show_off_plane(question)

    def _show_off_plane(self, question: Question) -> None:
        model = question.model
        text = number(off_plane(model.projection, model.posterior.mu[question.index].astype(np.float64)), 3)
        self.off_plane.setVisible(text != number(0.0, 3))
        self.off_plane.setText(self.tr("Its μ is {distance} off the plane of the map").format(distance=text))

    # What the user does

    def _on_wanted(self, index: int) -> None:
        if index < 0:
            self._stack.push(PickDigits(self._picks, np.empty(0, np.intp)))
        elif index in self._picks.indices:
            self._stack.push(PickDigits(self._picks, self._picks.indices, index))
        else:
            self._stack.push(PickDigits(self._picks, np.array([index], np.intp), index))

    def _on_stepped(self, step: int) -> None:
        picked, focus = self._picks.indices, self._picks.focus
        if focus is not None:
            place = (int(picked.searchsorted(focus)) + step) % len(picked)
            self._stack.push(PickDigits(self._picks, picked, int(picked[place])))

    def _on_resample(self) -> None:
        self._draw += 1
        self._refresh()

    def _on_go(self) -> None:
        model, index = self._session.model, self._picks.focus
        if model is None or index is None:
            return
        before, mu = self._selection.z, model.posterior.mu[index].astype(np.float64)
        if not np.array_equal(before, mu):
            self._stack.push(MoveCursor(self._selection, before, mu))

    # Building

    def _connect(self) -> None:
        self.finder.wanted.connect(self._on_wanted)
        self.finder.stepped.connect(self._on_stepped)
        self.resample.clicked.connect(self._on_resample)
        self.go.clicked.connect(self._on_go)
        self._explainer.explained.connect(self._on_explained)
        self._picks.changed.connect(self._on_picks_changed)
        self._session.model_changed.connect(self._on_model_changed)
        self._session.images_changed.connect(self._refresh)
        self._theme.changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.finder.set_colors(colors)
        self.difference.set_neutral(colors.canvas)
        self._legend.set_colors(colors)

    def _lay_out(self) -> None:
        self._title.setProperty("heading", True)
        self._empty.setProperty("muted", True)
        self.off_plane.setProperty("muted", True)
        self.off_plane.setWordWrap(True)
        self.off_plane.setToolTip(
            self.tr(
                "Distance in latent units from the mean of its posterior to the plane that the map shows. The dot on "
                "the map is where that mean falls on the plane: a click there decodes a point of the plane, not this "
                "digit."
            )
        )
        self._empty.setWordWrap(True)
        self.resample.setToolTip(
            self.tr(
                "Draw another ε: z = μ + σ·ε is another code for the same digit, and decodes to another image."
            )
        )
        self.go.setToolTip(self.tr("The decoder dock then shows what the model draws for this digit."))
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID)
        body.addWidget(self._title)
        body.addWidget(self.off_plane)
        body.addLayout(self._pictures())
        body.addWidget(_heading(self.tr("What it costs")))
        body.addWidget(self.terms)
        body.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self.finder)
        layout.addWidget(self._empty)
        layout.addWidget(self._body)
        layout.addStretch(1)

    def _pictures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(2, 1)
        cells = (
            (self.tr("Input"), self.input, None),
            (self.tr("From μ"), self.from_mu, None),
            (self.tr("From z = μ + σ·ε"), self.from_sample, self.resample),
            (self.tr("Input − from μ"), self.difference, None),
        )
        for cell, (caption, view, below) in enumerate(cells):
            row, column = 3 * (cell // 2), cell % 2
            view.setFixedSize(_SIDE, _SIDE)
            label = QLabel(caption)
            label.setFont(small_font(label.font()))
            label.setProperty("muted", True)
            grid.addWidget(label, row, column)
            grid.addWidget(view, row + 1, column)
            if below is not None:
                grid.addWidget(below, row + 2, column)
        grid.addWidget(self._legend, 6, 0, 1, 2)
        return grid


def _same(one: Question, other: Question | None) -> bool:
    """Whether the same is asked, of the same posterior on the same plane."""
    return (
        other is not None
        and one.model.posterior is other.model.posterior
        and one.model.projection is other.model.projection
        and (one.index, one.draw) == (other.index, other.draw)
    )


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    return label
