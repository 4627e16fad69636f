"""Keeps the look of the map's points what the user set: size, opacity, and what their colours stand for."""

from __future__ import annotations

from collections.abc import Callable
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

#: While a model learns, colours are computed again no sooner than this; they take a quarter of a second of two cores…
_LIVE_PAUSE_MS = 5000
#: …and where they take longer, no more than one part in so many of the time.
_LIVE_SHARE = 20
#: How much of their class's colour points keep that were predicted rightly, so that the others stand out.
_RIGHT_SHARE = 0.45


class PointColors(QObject):
    """Colours the points of a map, and has its legend say what the colours mean, and of which epoch they are.

    The colours are always those of one moment of a model: the one that put the points where they are, or one that did
    a moment ago.

    Args:
        session: whose model and images are looked at.
        look: what the user set.
        values: computes what the colours stand for.
        theme: which colours can be seen.
        map_, legend: where they are shown.

    Attributes:
        is_live: whether the map shows a training as it goes, so that the colours must not take much time; every change
            within a run counts as that until somebody knows better. What it says changed: `settle`.
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
        self.is_live: Callable[[], bool] = _always
        self._was_live = False
        #: The model that put the points where they are. Newer weights may be open, several a second, without places of
        #: their own.
        self._placed: OpenModel | None = session.model
        self._computed: OpenModel | None = None
        self._colored: OpenModel | None = None
        self._draw: Callable[[], None] | None = None
        self._since = QElapsedTimer()
        self._took = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.catch_up)
        session.model_changed.connect(self._on_model_changed)
        look.points_changed.connect(self._on_look_changed)
        theme.changed.connect(self._on_theme_changed)
        map_.density_changed.connect(legend.show_density)
        self._colored_by: ColorBy = "label"
        self._on_look_changed()

    def catch_up(self) -> None:
        """Bring the colours up to date, at once or as soon as what is under way is there."""
        self._later.stop()
        if self._is_behind and self._computed is None:
            self._color()

    def settle(self) -> None:
        """The training that the map shows may have paused or ended: then nothing is waited for any longer."""
        if not self.is_live():
            self.catch_up()

    def stop(self) -> None:
        """Give up what is being computed."""
        self._later.stop()
        self._values.cancel()
        self._computed = None

    @property
    def _is_behind(self) -> bool:
        return self._look.color_by != "label" and self._colored is not self._placed

    # What happens

    def _on_look_changed(self) -> None:
        look = self._look
        self._map.set_dots(look.point_size, look.point_opacity)
        if look.color_by != self._colored_by:
            self._colored_by = look.color_by
            self._begin_anew()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model, live = self._session.model, self.is_live()
        # A user who comes back to a training has waited long enough.
        goes_on, self._was_live = live and self._was_live, live
        if model is None or (before is not None and before.posterior is model.posterior):
            return
        self._placed = model
        if not model.shares_run(before):
            self._begin_anew()
        elif self._look.color_by != "label":
            self._say_age()
            self._color_later(goes_on)

    def _on_theme_changed(self) -> None:
        if self._draw is not None:
            self._draw()

    def _begin_anew(self) -> None:
        """Whatever the colours are, it is not what they are to be."""
        self.stop()
        self._colored = self._draw = None
        if self._look.color_by == "label":
            self._map.set_coloring(None)
            self._legend.show_labels()
        elif self._placed is not None:
            self._legend.show_waiting()
            self._color()

    # When

    def _color_later(self, live: bool) -> None:
        """Catch up when it is time: now, but for a training."""
        pause = max(_LIVE_PAUSE_MS, _LIVE_SHARE * self._took)
        rest = pause - self._since.elapsed() if live and self._since.isValid() else 0
        if rest <= 0:
            self.catch_up()
        elif not self._later.isActive():
            self._later.start(rest)

    def _color(self) -> None:
        model, images, by = self._placed, self._session.images, self._look.color_by
        if model is None or images is None:
            return
        self._computed = model
        self._since.start()
        subject = Subject(model.snapshot, model.posterior, images)
        if by == "predicted":
            draw_classes = partial(self._draw_predicted, images.labels)
            self._values.predicted(
                subject, lambda predicted: self._show(model, partial(draw_classes, predicted))
            )
        else:
            draw_numbers = partial(self._draw_terms, by)
            self._values.terms(subject, lambda terms: self._show(model, partial(draw_numbers, terms)))

    def _show(self, model: OpenModel, draw: Callable[[], None]) -> None:
        """What was computed for `model` is there."""
        self._took = self._since.elapsed()
        self._computed, self._colored, self._draw = None, model, draw
        draw()
        self._say_age()
        if self._is_behind:
            # The map has moved on meanwhile. What was begun is shown even so: else a replay would show nothing.
            self._color_later(self.is_live())

    # What is shown

    def _say_age(self) -> None:
        """Of which epoch the colours are, if the map is that of another."""
        colored, placed, age = self._colored, self._placed, self._legend.age
        if colored is None or placed is None or placed.run is None:
            age.hide()
        elif colored is placed:
            age.say_current(self._name, placed.epoch)
        else:
            age.say_behind(self._name, colored.epoch, placed.epoch)

    @property
    def _name(self) -> str:
        """What the colours stand for."""
        names: dict[ColorBy, str] = {
            "label": self.tr("Labels"),
            "predicted": self.tr("Predicted classes"),
            "elbo": self.tr("ELBO"),
            "kl": self.tr("KL"),
            "reconstruction": self.tr("Reconstruction"),
        }
        return names[self._look.color_by]

    def _draw_predicted(self, labels: ByteArray, predicted: ByteArray) -> None:
        wrong = predicted != labels
        canvas = self._theme.colors.canvas
        pale = [between(canvas, color, _RIGHT_SHARE) for color in CLASS_COLORS]
        # Those that were predicted wrongly have the later numbers, and lie on the others.
        colors = predicted.astype(np.intp) + CLASS_COUNT * wrong
        self._map.set_coloring(Coloring((*pale, *CLASS_COLORS), colors, colors))
        self._legend.show_predicted(int(wrong.sum()), len(labels))

    def _draw_terms(self, by: ColorBy, terms: ImageTerms) -> None:
        values, meaning = self._described(by, terms)
        scale = scale_of(values)
        palette = scale_palette(self._theme.dark)
        self._map.set_coloring(Coloring(palette, scale.steps, np.zeros(len(values), np.intp)))
        self._legend.show_scale(self._name, scale, palette, meaning)

    def _described(self, by: ColorBy, terms: ImageTerms) -> tuple[np.ndarray, str]:
        """The values, and what they mean."""
        ends = self.tr("One image in a hundred lies beyond each end of the scale.")
        if by == "elbo":
            text = self.tr(
                "ELBO of each digit, in nats, for one draw of z: the higher, the better the model "
                "explains the digit."
            )
            return terms.elbo, f"{text} {ends}"
        if by == "kl":
            text = self.tr("How far each digit's posterior q(z|x) is from the prior, in nats.")
            return terms.kl, f"{text} {ends}"
        text = self.tr(
            "Reconstruction error of each digit, −log p(x|z) in nats, for one draw of z: the lower, the closer "
            "the decoded image is to the digit."
        )
        return terms.reconstruction, f"{text} {ends}"


def _always() -> bool:
    return True
