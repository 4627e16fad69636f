"""What the model makes of the selected digit: at once for small models, off the window's thread for large ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data import ByteArray
from vae_explorer.core.image_terms import ImageExplanation, explain_image
from vae_explorer.core.snapshot import FloatArray
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.jobs import Jobs

#: Models up to this many parameters decode two points in about two milliseconds.
_DIRECT_PARAMETERS = 8_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which digit, by which model, and with which draw.

    Attributes:
        model: with the posterior of the test images.
        image: gray levels, shape (pixels,).
        index: of the test image.
        draw: number of the draw of ε, from 0.
    """

    model: OpenModel
    image: ByteArray
    index: int
    draw: int

    def answer(self) -> ImageExplanation:
        """Decode it, twice."""
        posterior = self.model.posterior
        mu, logvar = posterior.mu[self.index], posterior.logvar[self.index]
        epsilon = draw_epsilon(self.index, self.draw, len(mu))
        return explain_image(self.model.snapshot, self.image, mu, logvar, epsilon)


class Explainer(QObject):
    """Answers the newest question; older ones that are not begun are dropped.

    Signals:
        explained: the newest question and its `ImageExplanation`.
    """

    explained = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._newest: Question | None = None
        self._working = False

    def ask(self, question: Question) -> None:
        """Explain this; the answer of a small model comes before this returns."""
        self._newest = question
        if question.model.snapshot.config.parameter_count <= _DIRECT_PARAMETERS:
            self.explained.emit(question, question.answer())
        elif not self._working:
            self._start(question)

    def forget(self) -> None:
        """Nothing is asked any more."""
        self._newest = None

    def _start(self, question: Question) -> None:
        self._working = True
        self._jobs.start(question.answer, partial(self._on_answered, question), lambda _error: None)

    def _on_answered(self, question: Question, explanation: ImageExplanation) -> None:
        self._working = False
        if question is self._newest:
            self.explained.emit(question, explanation)
        elif self._newest is not None:
            self._start(self._newest)


def draw_epsilon(index: int, draw: int, latent: int) -> FloatArray:
    """The standard normal ε of one draw for one test image, shape (latent,): the same each time."""
    return np.random.default_rng((index, draw)).standard_normal(latent, np.float32)
