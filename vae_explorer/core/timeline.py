"""The snapshots of a run, one an epoch, within a budget of bytes.

When they grow over it, every other one goes: those left are 2, 4, 8… epochs apart. The first, the last and the best
always stay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vae_explorer.core.memory import give_back_free_memory
from vae_explorer.core.snapshot import ModelSnapshot, Posterior

#: About a hundred epochs of 784-400-2.
DEFAULT_BUDGET = 256 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A model in the course of its training, and where it puts the test images."""

    epoch: int
    snapshot: ModelSnapshot
    posterior: Posterior

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        weights = sum(values.nbytes for values in self.snapshot.weights.values())
        return weights + self.posterior.mu.nbytes + self.posterior.logvar.nbytes


class Timeline:
    """Moments of one run by epoch.

    Args:
        budget: bytes that the moments may take together; the first, the last and the best are kept even above it.

    Attributes:
        stride: the moments are this many epochs apart; 1 until something had to go.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.stride = 1
        self._moments: dict[int, Moment] = {}

    def __len__(self) -> int:
        return len(self._moments)

    def __iter__(self) -> Iterator[Moment]:
        return iter(self._moments.values())

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs that are there, ascending."""
        return tuple(self._moments)

    @property
    def bytes(self) -> int:
        """Memory that the moments take."""
        return sum(moment.bytes for moment in self)

    def get(self, epoch: int) -> Moment | None:
        """The moment of an epoch, or None where it is not there (any more)."""
        return self._moments.get(epoch)

    def add(self, moment: Moment, best: int = 0) -> None:
        """Add the newest moment, and thin out what is too much; `best` is the best epoch so far, 0 for none."""
        moments = dict(sorted({**self._moments, moment.epoch: moment}.items()))
        sizes = {epoch: there.bytes for epoch, there in moments.items()}
        epochs, self.stride = thinned(sizes, self.budget, self.stride, best)
        self._moments = {epoch: moments[epoch] for epoch in epochs}
        if len(epochs) < len(moments) - 1:
            # Many went, not only the newest before this one.
            del moments
            give_back_free_memory()

    def cut(self, epoch: int) -> None:
        """Forget the moments after `epoch`: the run went on from there."""
        self._moments = {there: moment for there, moment in self._moments.items() if there <= epoch}


def kept(epochs: Iterable[int], stride: int, best: int = 0) -> tuple[int, ...]:
    """Which of these ascending epochs stay when only every `stride`-th does, the first, last and best one apart."""
    there = tuple(epochs)
    ends = {there[0], there[-1], best} if there else set()
    return tuple(epoch for epoch in there if epoch % stride == 0 or epoch in ends)


def thinned(sizes: Mapping[int, int], budget: int, stride: int, best: int = 0) -> tuple[tuple[int, ...], int]:
    """Which snapshots stay so that they fit the budget, in memory as on disk.

    Args:
        sizes: bytes of each snapshot by epoch, ascending.
        budget: bytes that they may take together.
        stride: how many epochs they were apart so far.
        best: the best epoch so far, which stays; 0 for none.

    Returns:
        The epochs that stay, ascending, and how many epochs they are apart from now on.
    """
    ends = kept(sizes, sys.maxsize, best)
    epochs = kept(sizes, stride, best)
    while sum(sizes[epoch] for epoch in epochs) > budget and len(epochs) > len(ends):
        stride *= 2
        epochs = kept(epochs, stride, best)
    return epochs, stride


def stride_of(epochs: Iterable[int], best: int = 0) -> int:
    """How many epochs snapshots that were thinned are apart; 1 where they do not look thinned."""
    there = tuple(epochs)
    last, stride = max(there, default=0), 1
    while stride < 2 * last:
        if kept(range(1, last + 1), stride, best) == there:
            return stride
        stride *= 2
    return 1
