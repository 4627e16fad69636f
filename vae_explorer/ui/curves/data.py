"""The figures of a run as rows of numbers that can be drawn, kept up to date without doing old work again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.metrics import STEP_COLUMNS, Metrics
from vae_explorer.core.smoothing import Smoother
from vae_explorer.core.statistics import EpochStats

Values = NDArray[np.float64]

#: What a plot is about.
Figure = Literal["elbo", "reconstruction", "kl"]
#: Whose figures a line shows; the objective is −loss and belongs to the ELBO's plot.
Kind = Literal["test", "validation", "train", "objective"]
#: What is counted along the horizontal axis.
Count = Literal["epoch", "step"]

FIGURES: tuple[Figure, ...] = ("elbo", "reconstruction", "kl")
KINDS: tuple[Kind, ...] = ("train", "objective", "validation", "test")

#: On a logarithmic axis a KL of zero is drawn here, in nats.
LOG_FLOOR = 1e-6

_STEP_COLUMNS = (*STEP_COLUMNS, "elbo")
_FIRST_ROOM = 256
_COLUMNS = {
    name: index
    for index, name in enumerate(
        (
            "epoch",
            "step",
            "objective",
            "train_reconstruction",
            "train_kl",
            "test_reconstruction",
            "test_kl",
            "validation_reconstruction",
            "validation_kl",
        )
    )
}


class _Row:
    """Numbers in one piece that grow at their end. `values` is the same object as long as they do not."""

    def __init__(self) -> None:
        self._room = np.empty(0)
        self.values: Values = self._room

    def extend(self, new: Values) -> None:
        """Append numbers; what `values` was before stays as it is."""
        known, count = len(self.values), len(self.values) + len(new)
        if count == known:
            return
        if count > len(self._room):
            self._room = np.empty(max(2 * count, _FIRST_ROOM))
            self._room[:known] = self.values
        self._room[known:count] = new
        self.values = self._room[:count]


@dataclass(slots=True, eq=False)
class _Smoothed:
    """A smoothed line, and its heights on a logarithmic axis, as far as they were asked for."""

    weight: float
    smoother: Smoother
    row: _Row = field(default_factory=_Row)
    logarithms: _Row = field(default_factory=_Row)


class RunData:
    """What can be drawn of one run. Figures are in nats an image.

    Args:
        name: what the run is called.
        metrics: its figures; may grow, then call `update`.

    Attributes:
        epochs: those that were taken in so far; the metrics may have more already.
    """

    def __init__(self, name: str, metrics: Metrics) -> None:
        self.name = name
        self.metrics = metrics
        self.epochs: list[EpochStats] = []
        self._epochs = np.empty((0, len(_COLUMNS)))
        self._steps = {name: _Row() for name in _STEP_COLUMNS}
        # What was asked for, of the steps and of the epochs: the same object until there are more of them.
        self._of_steps: dict[Hashable, Values] = {}
        self._of_epochs: dict[Hashable, Values] = {}
        self._smoothed: dict[tuple[Kind, Figure, bool, bool], _Smoothed] = {}
        self.update()

    def update(self) -> None:
        """Take in what the metrics have got since the last time."""
        self._update_steps()
        known, epochs = len(self.epochs), self.metrics.epochs
        if known > len(epochs):
            known = 0
        new = [_figures_of(stats) for stats in epochs[known:]]
        if new or known != len(self.epochs):
            self.epochs[known:] = epochs[known:]
            self._epochs = np.concatenate([self._epochs[:known], np.array(new).reshape(-1, len(_COLUMNS))])
            self._of_epochs.clear()

    def _update_steps(self) -> None:
        """Keep columns of the table of steps in one piece each: read every redraw, they are much quicker so."""
        known, count = self._step_count, self.metrics.step_count
        if count == known:
            return
        if count < known:
            self._steps, known = {name: _Row() for name in _STEP_COLUMNS}, 0
        for name in STEP_COLUMNS:
            self._steps[name].extend(self.metrics.column(name)[known:])
        reconstruction, kl = (self.column(name)[known:] for name in ("reconstruction", "kl"))
        self._steps["elbo"].extend(-(reconstruction + kl))
        self._of_steps.clear()

    def column(self, name: str) -> Values:
        """One column of the table of steps, shape (entries,); see `Metrics.column`."""
        return self._steps[name].values

    @property
    def _step_count(self) -> int:
        return len(self._steps["step"].values)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.epochs and not self._step_count

    @property
    def knows_steps(self) -> bool:
        """Whether its figures can be drawn over steps; older model files tell the epochs only."""
        return bool(self._step_count) or bool((self._column("step") > 0).any())

    def has(self, kind: Kind) -> bool:
        """Whether there is a line of this kind."""
        return self.by_steps(kind) or bool(self._known(kind).any())

    def by_steps(self, kind: Kind) -> bool:
        """Whether the entries of this kind are those of the table of steps, rather than one an epoch."""
        return kind in ("train", "objective") and self._step_count > 0

    def places(self, kind: Kind, count: Count) -> Values:
        """Where the entries of a kind lie along the horizontal axis, ascending; empty where that is not known."""
        return self._once(kind, count, lambda: self._places(kind, count))

    def values(self, kind: Kind, figure: Figure) -> Values:
        """The entries of a kind in nats, as many as `places` has, unless those are not known."""
        return self._once(kind, figure, lambda: self._values(kind, figure))

    def smoothed(self, kind: Kind, figure: Figure, weight: float) -> Values:
        """`values`, smoothed with `weight`; see `core.smoothing`."""
        return self._smoothed_line(kind, figure, weight).row.values if weight else self.values(kind, figure)

    def heights(self, kind: Kind, figure: Figure, weight: float, log: bool) -> Values:
        """Where `smoothed` is drawn: as it is, or log₁₀ of it; of −ELBO, as the ELBO is negative."""
        if not log:
            return self.smoothed(kind, figure, weight)
        line = self._smoothed_line(kind, figure, weight)
        new = line.row.values[len(line.logarithms.values) :]
        positive = -new if figure == "elbo" else new
        line.logarithms.extend(np.log10(np.maximum(positive, LOG_FLOOR)))
        return line.logarithms.values

    def _once(self, kind: Kind, what: str, make: Callable[[], Values]) -> Values:
        kept = self._of_steps if self.by_steps(kind) else self._of_epochs
        if (kind, what) not in kept:
            kept[kind, what] = make()
        return kept[kind, what]

    def _places(self, kind: Kind, count: Count) -> Values:
        if self.by_steps(kind):
            return self.column(count)
        places = self._column(count)[self._known(kind)]
        return places if count == "epoch" or (places > 0).all() else np.empty(0)

    def _values(self, kind: Kind, figure: Figure) -> Values:
        if kind == "objective":
            if figure != "elbo":
                return np.empty(0)
            losses = self.column("loss") if self.by_steps(kind) else self._known_column(kind, "objective")
            return -losses
        if self.by_steps(kind):
            return self.column(figure)
        if figure == "elbo":
            return -(self.values(kind, "reconstruction") + self.values(kind, "kl"))
        return self._known_column(kind, f"{kind}_{figure}")

    def _smoothed_line(self, kind: Kind, figure: Figure, weight: float) -> _Smoothed:
        values = self.values(kind, figure)
        # The raw line and the smoothed one are both drawn.
        key = (kind, figure, self.by_steps(kind), weight > 0)
        line = self._smoothed.get(key)
        if line is None or line.weight != weight or len(line.row.values) > len(values):
            line = self._smoothed[key] = _Smoothed(weight, Smoother(weight))
        line.row.extend(line.smoother.extend(values[len(line.row.values) :]))
        return line

    def nearest(self, kind: Kind, count: Count, place: float) -> int | None:
        """Which entry of a kind lies nearest to a place on the horizontal axis."""
        places = self.places(kind, count)
        if not len(places):
            return None
        right = min(int(np.searchsorted(places, place)), len(places) - 1)
        left = max(right - 1, 0)
        return left if place - places[left] <= places[right] - place else right

    def step_of(self, epoch: float) -> float:
        """The step at which so many epochs were done."""
        epochs, steps = self._steps_by_epoch()
        return float(np.interp(epoch, epochs, steps))

    def epoch_of(self, step: float) -> float:
        """How many epochs were done at that step, with fractions."""
        epochs, steps = self._steps_by_epoch()
        return float(np.interp(step, steps, epochs))

    def _steps_by_epoch(self) -> tuple[Values, Values]:
        if self._step_count:
            epochs, steps = self.column("epoch"), self.column("step")
        else:
            epochs, steps = self._column("epoch"), self._column("step")
        return np.concatenate([[0.0], epochs]), np.concatenate([[0.0], steps])

    def _column(self, name: str) -> Values:
        return self._epochs[:, _COLUMNS[name]]

    def _known(self, kind: Kind) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = np.isfinite(
            self._column("objective" if kind == "objective" else f"{kind}_kl")
        )
        return known

    def _known_column(self, kind: Kind, name: str) -> Values:
        return self._column(name)[self._known(kind)]


def _figures_of(stats: EpochStats) -> tuple[float, ...]:
    unknown = (np.nan, np.nan)
    validation = stats.validation
    return (
        float(stats.epoch),
        float(stats.step),
        np.nan if stats.loss is None else stats.loss,
        *(stats.train.reconstruction, stats.train.kl),
        *(stats.test.reconstruction, stats.test.kl),
        *(unknown if validation is None else (validation.reconstruction, validation.kl)),
    )
