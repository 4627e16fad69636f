"""What the current direction really does to digits: response curves, leakage, and how often the attribute rises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from vae_explorer.core.direction_sources import Source
from vae_explorer.core.morphometry import ATTRIBUTES
from vae_explorer.state.edits import Edits, Entry
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.effects import Effects, Found, Question
from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.attributes.response_plot import ResponsePlot, with_names
from vae_explorer.ui.attributes.response_texts import (
    at_curve,
    details,
    explanation,
    headline,
    in_words,
    percent,
    refining,
)
from vae_explorer.ui.attributes.units import own_attribute
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.in_sight import InSight
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs

#: Height of the plot at least, in lines of text.
_LEAST_LINES = 6
_NO_SCALES = np.ones(len(ATTRIBUTES))


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the answer is about; the same for a model that learns on."""

    name: str
    source: Source
    still: tuple[str, ...]


class ResponseView(QWidget):
    """Follows the current direction while it is in sight.

    Args:
        session: the model and the digits.
        edits: the directions.
        finder: has the digits' measures, and the angles.
        theme: colours.
        jobs: where pictures are measured.

    Attributes:
        effects: finds the answers.
        plot: the response curves.
    """

    def __init__(
        self,
        session: Session,
        edits: Edits,
        finder: DirectionFinder,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._edits, self._finder, self._theme = session, edits, finder, theme
        self.effects = Effects(jobs, self)
        self.plot = ResponsePlot(theme)
        self._sight = InSight(self)
        self._current = ""
        self._asked: tuple[_Subject, OpenModel] | None = None
        self._drawn: Found | None = None
        self._headline, self._details, self._hint = QLabel(), ElidedLabel(), QLabel()
        self._lay_out()
        self._connect()
        self._follow()

    # Building

    def _lay_out(self) -> None:
        self._headline.setProperty("heading", True)
        # All of it is read, in two lines where the dock is narrow.
        self._headline.setWordWrap(True)
        self._details.setProperty("muted", True)
        self._hint.setProperty("muted", True)
        self._hint.setWordWrap(True)
        self._hint.setMargin(2 * GRID)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._choose_fonts()
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._headline)
        column.addWidget(self._details)
        column.addWidget(with_names(self.plot, self._theme), 1)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(pages)

    def _connect(self) -> None:
        self._sight.changed.connect(self._on_sight_changed)
        self._edits.changed.connect(self._follow)
        self._edits.alphas_changed.connect(self._on_alphas_changed)
        self._session.model_changed.connect(self._on_model_changed)
        self._finder.progress.connect(self._on_measuring)
        self.effects.changed.connect(self._draw)
        self.plot.pointed.connect(lambda _attribute, _at: self._describe())

    def _choose_fonts(self) -> None:
        self._details.setFont(small_font(self.font()))
        # So that the labels of its axes do not touch each other.
        self.plot.setMinimumHeight(_LEAST_LINES * self.fontMetrics().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._choose_fonts()

    def _on_sight_changed(self, seen: bool) -> None:
        if seen:
            self._follow()
        else:
            self._drop()

    # What is said

    @property
    def headline(self) -> str:
        """What the direction does; empty while that is not known."""
        return self._headline.text() if self._pages.currentIndex() else ""

    @property
    def details(self) -> str:
        """How good it is, or what the curve that is pointed at says."""
        return self._details.text()

    @property
    def hint(self) -> str:
        """Why there are no curves; empty where there are."""
        return "" if self._pages.currentIndex() else self._hint.text()

    # Following

    def set_current(self, name: str) -> None:
        """Be about the direction of this name; about none for ``""``."""
        if name != self._current:
            self._current = name
            self._follow()

    def _on_alphas_changed(self) -> None:
        self.effects.make_way()
        self._mark_alpha()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._follow()

    def _on_measuring(self, _share: float) -> None:
        if self._sight.on:
            self._draw()

    def _follow(self) -> None:
        entry, model, images = self._entry(), self._session.model, self._session.images
        if not self._sight.on:
            return
        if entry is None or entry.used is None or model is None or images is None:
            self._drop()
        else:
            subject = _Subject(entry.name, entry.source, entry.still)
            asked, self._asked = self._asked, (subject, model)
            learning = asked is not None and asked[0] == subject and model.shares_run(asked[1])
            question = Question(model.snapshot, model.posterior, entry.used, images, self._finder.measures)
            self.effects.ask(question, learning=learning)
        self._draw()

    def _drop(self) -> None:
        self._asked = None
        self.effects.drop()

    def _entry(self) -> Entry | None:
        """The current direction, if it is one of the open model's latent size."""
        entry, model = self._edits.find(self._current), self._session.model
        if entry is None or entry.used is None or model is None:
            return entry
        return entry if entry.used.latent == model.snapshot.config.latent else None

    def _draw(self) -> None:
        found, entry = self.effects.found, self._entry()
        self._pages.setCurrentIndex(1 if found is not None and entry is not None else 0)
        self._hint.setText(self._why(entry))
        if found is not self._drawn:
            self._drawn = found
            own = own_attribute(entry)
            if found is None:
                self.plot.show_effect(None, _NO_SCALES, None)
            else:
                self.plot.show_effect(found.effect, found.scales, own)
        self._describe()
        self._mark_alpha()

    def _why(self, entry: Entry | None) -> str:
        if not len(self._edits):
            return self.tr("Add a direction to see what it really does to digits.")
        if entry is None:
            return self.tr("Choose a direction to see what it really does to digits.")
        if entry.problem is not None:
            return translated(entry.problem)
        if entry.used is None and self._finder.is_waiting(entry.name):
            text = self.tr("Measuring the test digits, once for all models… {share}")
            return text.format(share=percent(self._finder.share))
        if entry.used is None:
            return self.tr("Finding the direction…")
        text = self.tr("Moving digits along it and measuring them… {share}")
        return text.format(share=percent(self.effects.share))

    def _describe(self) -> None:
        found, entry = self.effects.found, self._entry()
        if found is None or entry is None or entry.used is None:
            return
        own, angles = own_attribute(entry), self._finder.angles_to(entry.name)
        tip = explanation(found, own, angles)
        self._headline.setText(headline(found, own))
        self._headline.setToolTip(tip)
        pointed, at = self.plot.at
        if pointed is not None:
            text = at_curve(found, pointed, at)
        elif found.rough and self.effects.busy:
            text = refining(self.effects.share)
        else:
            text = details(found, own, angles)
        self._details.setText(text)
        self._details.explain(tip)
        # Beside the pointer there is room for all of it.
        self.plot.setToolTip(tip if pointed is None else text)
        self.plot.describe(f"{self._headline.text()}. {text}. {in_words(found)}.")

    def _mark_alpha(self) -> None:
        entry = self._entry()
        self.plot.show_alpha(None if entry is None else entry.alpha)
