"""Finds the verified effect of a direction beside all other work: digit by digit, roughly first.

Measuring hundreds of pictures takes seconds. In one piece that would keep a thread from files and thumbnails all the
while, so a few digits are a job of their own. Only the steps that an effect is judged by are measured exactly: they
decide how often an attribute rises, where the pixels' doing would count as a fall.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.data import ImageSet
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_effect import ALPHAS, JUDGED, Effect, responses, summary
from vae_explorer.core.directions import DigitSet, Direction
from vae_explorer.core.morphometry import Values, import_skimage, measure
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Cancelled, Newest

#: From so many held-out digits a direction is followed.
MOST_BASES = 60
#: As for `core.morphometry.measure`, of the exact answer. With 4, as the command line has it, it takes twice as long,
#: and one digit of sixty at most is judged otherwise.
_FINE_GRIDS = 3
#: How many of them a job takes, with one pixel grid and with nine.
_ROUGH_AT_ONCE, _FINE_AT_ONCE = 4, 2
#: The spread of each attribute is that of so many digits, where nobody has measured all.
_SCALE_DIGITS = 400
#: Effects that are kept for who comes back to a direction.
_KEPT = 32
#: Who goes through the list with the keys does not want the effect of each.
_SOON_MS = 250
#: An α that rests for so long is moved no more: measuring takes the interpreter from the window, which then moves and
#: paints late.
_REST_MS = 150
#: Between two effects of a model that learns on.
_LEARNING_MS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked for.

    Attributes:
        snapshot: whose decoder.
        posterior: the digits' means, by this model or one shortly before it.
        direction: which direction.
        images: the digits.
        measures: of these, shape (n, 6); None where they are not measured.
    """

    snapshot: ModelSnapshot
    posterior: Posterior
    direction: Direction
    images: ImageSet
    measures: Values | None = None

    @property
    def key(self) -> tuple[Posterior, Direction]:
        """What the answer is kept by."""
        return self.posterior, self.direction

    def same(self, other: Question | None) -> bool:
        """Whether both have one answer."""
        return other is not None and self.key == other.key


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An answer.

    Attributes:
        question: to what.
        effect: how the attributes respond.
        scales: standard deviation of each attribute over the digits, shape (6,).
        bases: from how many digits.
        rough: measured on one pixel grid only.
        measures: of the digits at each α, shape (bases, k, 6).
    """

    question: Question
    effect: Effect
    scales: Values
    bases: int
    rough: bool
    measures: Values


@dataclass(slots=True, eq=False)
class _Run:
    """An answer that is being found: digits are measured one after the other.

    Attributes:
        question: to what.
        bases: means of the digits, shape (b, latent).
        scales: as in `Found`; None until they are measured.
        grids: as for `core.morphometry.measure`.
        rough: measures on one grid, shape (b, k, 6), where those of the judged steps are to be made better.
        parts: measures of the first digits.
    """

    question: Question
    bases: Values
    scales: Values | None
    grids: int
    rough: Values | None = None
    parts: list[Values] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(map(len, self.parts))

    @property
    def alphas(self) -> tuple[float, ...]:
        return ALPHAS if self.rough is None else JUDGED

    @property
    def measures(self) -> Values:
        """All that is known, shape (b, k, 6)."""
        found = np.concatenate(self.parts)
        if self.rough is None:
            return found
        # What is in between moves along, so that no curve has a kink where better measures begin.
        difference = found - self.rough[:, [ALPHAS.index(alpha) for alpha in JUDGED]]
        return np.asarray(self.rough + np.einsum("kj,bja->bka", _between(), difference))


class Effects(QObject):
    """Answers the newest question.

    Args:
        jobs: where pictures are measured.
        parent: owner.

    Attributes:
        found: the best answer so far to the newest question, or to an earlier one of the same direction while the
            model learns; None before the first.
        share: how much of the next answer is there, 0 to 1; 1 when nothing is under way.

    Signals:
        changed: `found` or `share` is another.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: Newest[Values] = Newest(jobs, parent=self)
        self._question: Question | None = None
        self._run: _Run | None = None
        self._kept: OrderedDict[tuple[Posterior, Direction], Found] = OrderedDict()
        self._scales: tuple[ImageSet, Values] | None = None
        self.found: Found | None = None
        self.share = 1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Whether a better answer is to come."""
        return self._timer.isActive() or self._run is not None

    def ask(self, question: Question, *, learning: bool = False) -> None:
        """Answer this from now on.

        Args:
            question: what to find out.
            learning: whether it is the question of before, of a model that has learned on: a rough answer that is
                under way is finished and shown, and the next one has time.
        """
        if question.same(self._question):
            return
        self._question = question
        known = self._kept.get(question.key)
        if learning and known is None:
            if self._run is None and not self._timer.isActive():
                self._timer.start(_LEARNING_MS)
            return
        self._abandon()
        self.found, self.share = known, 0.0
        if known is not None and not known.rough:
            self.share = 1.0
        else:
            self._timer.start(_SOON_MS)
        self.changed.emit()

    def make_way(self) -> None:
        """Something is moved that has to follow the hand: measure on when it rests."""
        self._rest.start()

    def drop(self) -> None:
        """Nothing is asked any more."""
        self._abandon()
        self._question = None
        if self.found is not None or self.share < 1:
            self.found, self.share = None, 1.0
            self.changed.emit()

    def _abandon(self) -> None:
        self._timer.stop()
        self._newest.drop()
        self._run = None

    # One job after the other

    def _begin(self) -> None:
        question = self._question
        if question is None or self._run is not None:
            return
        known = self._kept.get(question.key)
        if known is not None and not known.rough:
            self.found, self.share = known, 1.0
            self.changed.emit()
            return
        run = self._run = _Run(question, _bases_of(question), self._scales_of(question), 1)
        if known is not None:
            run.grids, run.rough = _FINE_GRIDS, known.measures
        self.share = 0.0
        if run.scales is None:
            self._newest.want(
                lambda cancelled: _measured_scales(question.images, cancelled),
                lambda scales: self._take_scales(run, scales),
            )
        else:
            self._measure_next(run)

    def _scales_of(self, question: Question) -> Values | None:
        if question.measures is not None:
            return _spread(question.measures)
        known = self._scales
        return known[1] if known is not None and known[0] is question.images else None

    def _take_scales(self, run: _Run, scales: Values) -> None:
        self._scales = run.question.images, scales
        if run is self._run:
            run.scales = scales
            self._measure_next(run)

    def _go_on(self) -> None:
        run = self._run
        if run is not None and run.scales is not None and not self._newest.busy:
            self._measure_next(run)

    def _measure_next(self, run: _Run) -> None:
        if self._rest.isActive():
            return
        count = _ROUGH_AT_ONCE if run.grids == 1 else _FINE_AT_ONCE
        bases = run.bases[run.done : run.done + count]
        self._newest.want(
            lambda cancelled: _responses(run, bases, cancelled),
            lambda part: self._take(run, part),
        )

    def _take(self, run: _Run, part: Values) -> None:
        if run is not self._run:
            return
        run.parts.append(part)
        self.share = run.done / len(run.bases)
        if run.done >= len(run.bases):
            self._finish(run)
        elif run.grids > 1 and not run.question.same(self._question):
            # The model has learned on: nobody waits for the finer answer about an earlier moment.
            self._run = None
            self._timer.start(_LEARNING_MS)
        else:
            self._measure_next(run)
        self.changed.emit()

    def _finish(self, run: _Run) -> None:
        assert run.scales is not None
        self._run = None
        measures = run.measures
        effect = summary(measures, run.scales)
        found = Found(run.question, effect, run.scales, len(run.bases), run.grids == 1, measures)
        self._kept[run.question.key] = found
        self._kept.move_to_end(run.question.key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.found, self.share = found, 1.0
        if not run.question.same(self._question):
            self._timer.start(_LEARNING_MS)
        elif found.rough:
            self._begin()


def _between() -> Values:
    """What takes values at the judged steps to all, shape (k, j): linearly, and beyond the last as at that."""
    return np.column_stack([np.interp(ALPHAS, JUDGED, one) for one in np.eye(len(JUDGED))])


def _bases_of(question: Question) -> Values:
    """Means of held-out digits, always the same ones, shape (b, latent)."""
    digits = DigitSet(question.posterior.mu, question.images.labels)
    rows = np.flatnonzero(digits.held_out)
    if not len(rows):
        rows = np.arange(len(digits.mu))
    chosen = np.random.default_rng(1).permutation(rows)[:MOST_BASES]
    return np.asarray(digits.mu[np.sort(chosen)], np.float64)


def _responses(run: _Run, bases: Values, cancelled: Cancelled) -> Values | None:
    import_skimage()
    question = run.question
    moves = np.broadcast_to(question.direction.sigma * question.direction.vector, bases.shape)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return responses(question.snapshot, bases, moves, run.alphas, cancelled, grids=run.grids)
    except CancelledError:
        return None


def _measured_scales(images: ImageSet, cancelled: Cancelled) -> Values | None:
    import_skimage()
    rows = np.random.default_rng(2).permutation(len(images.images))[:_SCALE_DIGITS]
    measures = measure(images.images[np.sort(rows)], cancelled)
    return None if cancelled() else _spread(measures)


def _spread(measures: Values) -> Values:
    """Standard deviation of each attribute, shape (6,); 1 where the digits do not differ."""
    spread = np.nanstd(measures, axis=0) if np.isfinite(measures).any() else np.ones(measures.shape[1])
    return np.asarray(np.where(spread > 0, spread, 1.0))
