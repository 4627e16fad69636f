"""What the model makes of the drawing: followed by the dock and by the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data import ByteArray
from vae_explorer.core.digit_scan import like_mnist
from vae_explorer.core.errors import DataError
from vae_explorer.core.image_terms import ImageExplanation, explain_image
from vae_explorer.core.layers import NEIGHBOURS
from vae_explorer.core.neighbours import ClassVotes, votes_at
from vae_explorer.core.snapshot import FloatArray
from vae_explorer.state.drawing import SIDE, Drawing
from vae_explorer.state.session import OpenModel, Session


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A drawing as the model takes it.

    Attributes:
        image: what the encoder gets, gray levels of shape (28, 28).
        mu: mean of q(z|x), shape (latent,).
        logvar: its log-variance, shape (latent,).
        explanation: reconstruction from μ, and what it costs.
        votes: which digits the nearest test images are; None where these have no labels.
    """

    image: ByteArray
    mu: FloatArray
    logvar: FloatArray
    explanation: ImageExplanation
    votes: ClassVotes | None


class DrawingEncoding(QObject):
    """Encodes the drawing whenever it or the model changes; about a millisecond for the models of the tutorials.

    Signals:
        changed: another result, or it became possible to draw, or impossible.
    """

    changed = Signal()

    def __init__(self, session: Session, drawing: Drawing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._drawing = drawing
        self.result: Encoded | None = None
        self._was_possible = self.possible
        drawing.changed.connect(self._encode)
        session.model_changed.connect(self._on_model_changed)

    @property
    def possible(self) -> bool:
        """Whether there is a model, and one for pictures of this size."""
        model = self._session.model
        return model is not None and model.snapshot.config.input_size == SIDE * SIDE

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._encode()

    def _encode(self) -> None:
        before, self.result = self.result, self._encoded()
        was_possible, self._was_possible = self._was_possible, self.possible
        if before is not None or self.result is not None or was_possible != self.possible:
            self.changed.emit()

    def _encoded(self) -> Encoded | None:
        model = self._session.model
        if model is None or self._drawing.empty or not self.possible:
            return None
        image = self._drawing.pixels
        if self._drawing.as_mnist:
            try:
                image = like_mnist(image, inverted=False)
            except DataError:
                # So faint that there is nothing to centre.
                return None
        with np.errstate(over="ignore", invalid="ignore"):  # a drawing may be far from all that was learnt
            posterior = model.snapshot.encode(image.reshape(1, -1))
        mu, logvar = posterior.mu[0], posterior.logvar[0]
        explanation = explain_image(model.snapshot, image.reshape(-1), mu, logvar, np.zeros_like(mu))
        return Encoded(image, mu, logvar, explanation, self._votes(model, mu))

    def _votes(self, model: OpenModel, mu: FloatArray) -> ClassVotes | None:
        images = self._session.images
        return None if images is None else votes_at(model.posterior.mu, images.labels, mu, NEIGHBOURS)
