"""Keeps the look of the map's points what the user set: size, opacity, and what their colours stand for."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from vae_explorer.core.data import CLASS_COUNT, ByteArray
from vae_explorer.core.image_terms import ImageTerms
from vae_explorer.state.map_look import ColorBy, MapLook
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.legend import Legend
from vae_explorer.ui.map.point_scale import scale_of, scale_palette
from vae_explorer.ui.map.points import Coloring, between
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch
from vae_explorer.workers.image_terms import PointValues, Subject

#: While a model learns, colours are computed again no sooner than this; they take a quarter of a second of two cores.
_LIVE_PAUSE_MS = 5000
#: How much of their class's colour points keep that were predicted rightly, so that the others stand out.
_RIGHT_SHARE = 0.45


class PointColors(QObject):
    """Colours the points of a map, and has its legend say what the colours mean.

    Args:
        session: whose model and images are looked at.
        look: what the user set.
        values: computes what the colours stand for.
        theme: which colours can be seen.
        map_, legend: where they are shown.
    """

    def __init__(
        self,
        session: Session,
        look: MapLook,
        values: PointValues,
        theme: ThemeSwitch,
        map_: LatentMap,
        legend: Legend,
    ) -> None:
        super().__init__(map_)
        self._session, self._look, self._values = session, look, values
        self._theme, self._map, self._legend = theme, map_, legend
        self._since = QElapsedTimer()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._color)
        session.model_changed.connect(self._on_model_changed)
        look.points_changed.connect(self._on_look_changed)
        theme.changed.connect(self._color)
        map_.density_changed.connect(legend.show_density)
        self._colored_by: ColorBy = "label"
        self._on_look_changed()

    def stop(self) -> None:
        """Give up what is being computed."""
        self._later.stop()
        self._values.cancel()

    def _on_look_changed(self) -> None:
        look = self._look
        self._map.set_dots(look.point_size, look.point_opacity)
        if look.color_by != self._colored_by:
            self._colored_by = look.color_by
            if look.color_by != "label" and self._session.model is not None:
                self._legend.show_waiting()
            self._color()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if self._look.color_by == "label" or model is None:
            return
        if before is not None and before.posterior is model.posterior:
            # Newer weights, several times a second while a model is trained.
            return
        learns = model.shares_run(before)
        rest = _LIVE_PAUSE_MS - self._since.elapsed() if self._since.isValid() else 0
        if not learns or rest <= 0:
            self._color()
        elif not self._later.isActive():
            self._later.start(rest)

    def _color(self) -> None:
        self._later.stop()
        model, images, by = self._session.model, self._session.images, self._look.color_by
        if by == "label":
            self._values.cancel()
            self._map.set_coloring(None)
            self._legend.show_labels()
        elif model is not None and images is not None:
            self._since.start()
            subject = Subject(model.snapshot, model.posterior, images)
            if by == "predicted":
                self._values.predicted(subject, partial(self._show_predicted, images.labels))
            else:
                self._values.terms(subject, partial(self._show_terms, by))

    def _show_predicted(self, labels: ByteArray, predicted: ByteArray) -> None:
        if self._look.color_by != "predicted":
            return
        wrong = predicted != labels
        canvas = self._theme.colors.canvas
        pale = [between(canvas, color, _RIGHT_SHARE) for color in CLASS_COLORS]
        # Those that were predicted wrongly have the later numbers, and lie on the others.
        colors = predicted.astype(np.intp) + CLASS_COUNT * wrong
        self._map.set_coloring(Coloring((*pale, *CLASS_COLORS), colors, colors))
        self._legend.show_predicted(int(wrong.sum()), len(labels))

    def _show_terms(self, by: ColorBy, terms: ImageTerms) -> None:
        if self._look.color_by != by:
            return
        values, name, meaning = self._described(by, terms)
        scale = scale_of(values)
        palette = scale_palette(self._theme.dark)
        self._map.set_coloring(Coloring(palette, scale.steps, np.zeros(len(values), np.intp)))
        self._legend.show_scale(name, scale, palette, meaning)

    def _described(self, by: ColorBy, terms: ImageTerms) -> tuple[np.ndarray, str, str]:
        """The values, what they are called, and what they mean."""
        ends = self.tr("One image in a hundred lies beyond each end of the scale.")
        if by == "elbo":
            text = self.tr(
                "ELBO of each digit, in nats, for one draw of z: the higher, the better the model "
                "explains the digit."
            )
            return terms.elbo, self.tr("ELBO"), f"{text} {ends}"
        if by == "kl":
            text = self.tr("How far each digit's posterior q(z|x) is from the prior, in nats.")
            return terms.kl, self.tr("KL"), f"{text} {ends}"
        text = self.tr(
            "Reconstruction error of each digit, −log p(x|z) in nats, for one draw of z: the lower, the closer "
            "the decoded image is to the digit."
        )
        return terms.reconstruction, self.tr("Reconstruction"), f"{text} {ends}"
