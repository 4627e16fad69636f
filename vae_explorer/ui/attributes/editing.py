"""The point that is edited: where it starts, where the αs take it, and what the decoder draws there and on the way.

The list, the strip, the map and the measures all follow this one object, so that they never show different edits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data import ByteArray
from vae_explorer.core.directions import Direction
from vae_explorer.core.edits import Term, edited, strip
from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.edits import USUAL_ALPHA, Entry
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Point, Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

#: Where along the current direction the pictures of the strip are, σ.
ALPHAS = tuple(np.linspace(-USUAL_ALPHA, USUAL_ALPHA, 13).tolist())
#: Decoders of up to so many weights draw all pictures within 3 ms, and need no other thread.
_DIRECT_WEIGHTS = 2_000_000

#: Where a track leads, and which pictures are decoded: those of equal ones are not made again.
_TrackKey = tuple[bytes, Direction | None, tuple[Term, ...]]
_StripKey = tuple[ModelSnapshot, _TrackKey]
_BaseKey = tuple[ModelSnapshot, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What the decoder draws, gray levels.

    Attributes:
        base: before the edit, shape (side, side).
        edited: after it, shape (side, side); the same object where nothing is moved.
        strip: with the current α at each of `ALPHAS` and all others as they are, shape (13, side, side); without a
            current direction, shape (0, side, side).
    """

    base: ByteArray
    edited: ByteArray
    strip: ByteArray


class Editing(QObject):
    """Follows the base, the directions and the model while it is watched; 0.3 ms for the models of the tutorials.

    Args:
        session: whose model decodes.
        selection: the cursor, which may be the base.
        looks: the directions with their αs, and the digit in focus, which may be the base.
        encoding: of the drawing, which may be the base.
        jobs: where large models decode.
        parent: owner.

    Attributes:
        base: where the edit starts, shape (latent,); None where there is nothing to edit.
        point: where it ends, shape (latent,); None likewise.
        why: why there is no base or no picture, in a sentence; empty where there is.
        track: the points of the strip, shape (13, latent); shape (0, latent) without a current direction.
        pictures: as far as they are decoded; None where there are none.

    Signals:
        changed: the base, the edited point or the current direction is another.
        drawn: the pictures are others.
    """

    changed = Signal()
    drawn = Signal()

    def __init__(
        self,
        session: Session,
        selection: Selection,
        looks: Looks,
        encoding: DrawingEncoding,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._looks, self._encoding = session, selection, looks, encoding
        self._decoding: Newest[Pictures | UserError] = Newest(jobs, parent=self)
        self._watched = False
        self._current = ""
        self._strip_key: _StripKey | None = None
        self._strip: ByteArray | None = None
        self._base_key: _BaseKey | None = None
        self._base_picture: ByteArray | None = None
        self._track_key: _TrackKey | None = None
        self.base: Point | None = None
        self.point: Point | None = None
        self.track: Point = np.empty((0, 0))
        self.why = ""
        self.pictures: Pictures | None = None
        session.model_changed.connect(self._on_model_changed)
        selection.z_changed.connect(self._on_cursor_moved)
        looks.picks.changed.connect(self._on_picks_changed)
        encoding.changed.connect(self._on_drawing_changed)
        looks.edits.changed.connect(self._update)
        looks.edits.alphas_changed.connect(self._update)
        looks.edits.base_changed.connect(self._update)

    # What is asked for

    def watch(self, on: bool) -> None:
        """Follow everything from now on, or rest."""
        if on != self._watched:
            self._watched = on
            if not on:
                self._decoding.drop()
            self._update()

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        return self._watched

    @property
    def busy(self) -> bool:
        """Whether pictures are on their way."""
        return self._decoding.busy

    @property
    def current(self) -> Entry | None:
        """The direction that the strip leads along; None where none is chosen or it has no vector."""
        entry = self._looks.edits.find(self._current)
        return entry if entry is not None and self._fits(entry.used) else None

    @property
    def moved(self) -> bool:
        """Whether the edited point is elsewhere than the base."""
        return self.base is not None and self.point is not None and not np.array_equal(self.base, self.point)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Each direction of the open model's latent size, with its α."""
        return tuple(term for term in self._looks.edits.terms if self._fits(term[0]))

    def set_current(self, name: str) -> None:
        """Lead the strip along the direction of this name; along none for ``""``."""
        if name != self._current:
            self._current = name
            self._update()

    def frame_of(self, alpha: float) -> int:
        """The picture of the strip that is nearest to an α; −1 for one beyond its ends."""
        step = ALPHAS[1] - ALPHAS[0]
        return round((alpha - ALPHAS[0]) / step) if abs(alpha) <= USUAL_ALPHA + step / 2 else -1

    # Following

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._update()

    def _on_cursor_moved(self) -> None:
        if self._looks.edits.base == "cursor":
            self._update()

    def _on_picks_changed(self) -> None:
        if self._looks.edits.base == "digit":
            self._update()

    def _on_drawing_changed(self) -> None:
        if self._looks.edits.base == "drawing":
            self._update()

    def _update(self) -> None:
        if not self._watched:
            return
        self.base, self.why = self._start()
        model = self._session.model
        if self.base is None or model is None:
            self.point, self.track, self._track_key = None, np.empty((0, 0)), None
            self._decoding.drop()
            self.changed.emit()
            self._show(None)
            return
        self.point = edited(self.base, self.terms)
        self._lead_track(self.base)
        self.changed.emit()
        self._draw(model.snapshot, self.base, self.point)

    def _start(self) -> tuple[Point | None, str]:
        """The base, or why there is none."""
        model = self._session.model
        if model is None:
            return None, self.tr("Train a model or open one first.")
        point: Point | None = None
        match self._looks.edits.base:
            case "cursor":
                point, missing = self._selection.z, ""
            case "digit":
                point, missing = self._digit(model), self.tr("Click a digit on the map: it is edited then.")
            case _:
                point, missing = self._drawing(), self._why_no_drawing()
        if point is None or len(point) != model.snapshot.config.latent:
            return None, missing
        return np.asarray(point, np.float64), ""

    def _digit(self, model: OpenModel) -> Point | None:
        row = self._looks.picks.focus
        inside = row is not None and 0 <= row < len(model.posterior.mu)
        return model.posterior.mu[row].astype(np.float64) if inside else None

    def _drawing(self) -> Point | None:
        found = self._encoding.result
        return None if found is None else found.mu.astype(np.float64)

    def _why_no_drawing(self) -> str:
        if not self._encoding.possible:
            return self.tr("This model is for images of another size than a drawing.")
        return self.tr("Draw a digit in the Draw dock: it is edited then.")

    def _others(self) -> tuple[Term, ...]:
        current = self.current
        return tuple(term for term in self.terms if current is None or term[0] is not current.used)

    def _lead_track(self, base: Point) -> None:
        current, others = self.current, self._others()
        direction = None if current is None else current.used
        key = base.tobytes(), direction, others
        if key != self._track_key:
            self._track_key = key
            self.track = (
                np.empty((0, len(base)))
                if direction is None
                else strip(edited(base, others), direction, ALPHAS)
            )

    def _fits(self, direction: Direction | None) -> bool:
        model = self._session.model
        return (
            direction is not None and model is not None and direction.latent == model.snapshot.config.latent
        )

    # Decoding

    def _draw(self, snapshot: ModelSnapshot, base: Point, point: Point) -> None:
        assert self._track_key is not None
        strip_key, base_key = (snapshot, self._track_key), (snapshot, base.tobytes())
        strip_ = self._strip if strip_key == self._strip_key else None
        picture = self._base_picture if base_key == self._base_key else None
        track, target = self.track, point if self.moved else None

        def work() -> Pictures | UserError:
            try:
                return _decoded(snapshot, base, target, track, picture, strip_)
            except UserError as error:
                return error

        def then(found: Pictures | UserError) -> None:
            self._on_decoded(base_key, strip_key, found)

        if decoder_weights(snapshot) <= _DIRECT_WEIGHTS:
            then(work())
        else:
            self._decoding.want(lambda _cancelled: work(), then)

    def _on_decoded(self, base_key: _BaseKey, strip_key: _StripKey, found: Pictures | UserError) -> None:
        if isinstance(found, UserError):
            self.why = translated(found)
            self._show(None)
            return
        self._base_key, self._base_picture = base_key, found.base
        self._strip_key, self._strip = strip_key, found.strip
        self._show(found)

    def _show(self, pictures: Pictures | None) -> None:
        if pictures is None:
            self._strip_key = self._strip = self._base_key = self._base_picture = None
        self.pictures = pictures
        self.drawn.emit()


def decoder_weights(snapshot: ModelSnapshot) -> int:
    """How many numbers the decoder has."""
    return sum(
        values.size for name, values in snapshot.weights.items() if name.startswith(("decoder", "logits"))
    )


def _decoded(
    snapshot: ModelSnapshot,
    base: Point,
    point: Point | None,
    track: Point,
    base_picture: ByteArray | None,
    strip_: ByteArray | None,
) -> Pictures:
    """Decode what is not known yet, all in one go; without a `point`, nothing is moved."""
    wanted = [
        base[None] if base_picture is None else None,
        None if point is None else point[None],
        track if strip_ is None else None,
    ]
    points = [part for part in wanted if part is not None and len(part)]
    frames = decoded_frames(snapshot, np.concatenate(points)) if points else np.empty(0, np.uint8)
    if base_picture is None:
        base_picture, frames = frames[0], frames[1:]
    edited_picture = base_picture
    if point is not None:
        edited_picture, frames = frames[0], frames[1:]
    if strip_ is None:
        strip_ = frames if len(track) else np.empty((0, *base_picture.shape), np.uint8)
    return Pictures(base_picture, edited_picture, strip_)
