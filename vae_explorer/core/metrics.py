"""The figures of one run while they grow: what the curves draw and a run folder holds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.statistics import Change, EpochStats, StepStats

#: Columns of the table of steps, in the order of the fields of `StepStats`.
STEP_COLUMNS = ("step", "epoch", "loss", "reconstruction", "kl", "beta", "learning_rate")
_FIRST_ROWS = 256


class Metrics:
    """Steps, epochs and changes of one run, in order.

    Attributes:
        epochs: one entry an epoch.
        changes: what the user changed while it ran.
    """

    def __init__(
        self,
        steps: Iterable[StepStats] = (),
        epochs: Iterable[EpochStats] = (),
        changes: Iterable[Change] = (),
    ) -> None:
        self.epochs = list(epochs)
        self.changes = list(changes)
        self._table = np.empty((_FIRST_ROWS, len(STEP_COLUMNS)))
        self._count = 0
        self.add_steps(steps)

    @property
    def step_count(self) -> int:
        """Number of entries of the table of steps."""
        return self._count

    @property
    def best(self) -> EpochStats | None:
        """The epoch with the best ELBO on the images that judge: validation if there are any, else test."""
        return max(self.epochs, key=lambda stats: stats.judged.elbo, default=None)

    def add_steps(self, steps: Iterable[StepStats]) -> None:
        """Append entries to the table of steps."""
        for stats in steps:
            if self._count == len(self._table):
                self._table = np.concatenate([self._table, np.empty_like(self._table)])
            self._table[self._count] = [getattr(stats, name) for name in STEP_COLUMNS]
            self._count += 1

    def column(self, name: str) -> NDArray[np.float64]:
        """One column of the table of steps, shape (step_count,); valid until the next entry.

        Args:
            name: one of `STEP_COLUMNS`, or ``elbo``.
        """
        if name == "elbo":
            return -(self.column("reconstruction") + self.column("kl"))
        return self._table[: self._count, STEP_COLUMNS.index(name)]
