"""The snapshots of a run, one an epoch, within a budget of bytes.

When they grow over it, every other one goes: those left are 2, 4, 8… epochs apart. The first, the last and the best
always stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
        self._moments[moment.epoch] = moment
        self._moments = dict(sorted(self._moments.items()))
        while self.bytes > self.budget and len(self) > len(self._always(best)):
            self._thin(kept(self.epochs, 2 * self.stride, best), 2 * self.stride)
        self._thin(kept(self.epochs, self.stride, best), self.stride)

    def _always(self, best: int) -> set[int]:
        return {self.epochs[0], self.epochs[-1], best} & set(self.epochs)

    def _thin(self, epochs: Iterable[int], stride: int) -> None:
        self.stride = stride
        self._moments = {epoch: self._moments[epoch] for epoch in epochs}


def kept(epochs: Iterable[int], stride: int, best: int = 0) -> tuple[int, ...]:
    """Which of these ascending epochs stay when only every `stride`-th does, the first, last and best one apart."""
    there = tuple(epochs)
    ends = {there[0], there[-1], best} if there else set()
    return tuple(epoch for epoch in there if epoch % stride == 0 or epoch in ends)
