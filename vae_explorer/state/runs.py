"""The runs that this window knows: those trained here, and those found on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from psygnal import Signal

from vae_explorer.core.metrics import Metrics
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.timeline import Timeline
from vae_explorer.core.training_config import TrainingConfig

#: Who trains a run at the moment: this window, another process, or nobody.
Writer = Literal["here", "elsewhere", "nobody"]


@dataclass(slots=True, eq=False)
class Run:
    """One training and what became of it. Only the window's thread changes it, through `Runs`.

    Attributes:
        info: name, settings, status.
        folder: where it is on disk; None where nothing could be written.
        metrics: its figures.
        timeline: its snapshots in memory.
        saved_epochs: its snapshots on disk, ascending.
        writer: who trains it at the moment.
        overlaid: whether its curves are drawn even when another model is on the map.
        problems: what of its folder could not be read, in plain words.
        can_resume: whether its folder has an autosave to go on from.
        exported: whether its newest model was saved to a file of the user's.
    """

    info: RunInfo
    folder: Path | None = None
    metrics: Metrics = field(default_factory=Metrics)
    timeline: Timeline = field(default_factory=Timeline)
    saved_epochs: tuple[int, ...] = ()
    writer: Writer = "nobody"
    overlaid: bool = False
    problems: tuple[str, ...] = ()
    can_resume: bool = True
    exported: bool = False

    @property
    def id(self) -> str:
        """Unique and constant."""
        return self.info.id

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs whose snapshot is in memory or on disk, ascending."""
        return tuple(sorted({*self.timeline.epochs, *self.saved_epochs}))

    @property
    def stride(self) -> int:
        """How many epochs the snapshots are apart; 1 where every one is kept."""
        best = self.metrics.best
        # The first, the last and the best one stay out of the row.
        row = [epoch for epoch in self.epochs[1:-1] if best is None or epoch != best.epoch]
        return min((after - before for before, after in pairwise(row)), default=1)

    def settings_at(self, epoch: float) -> TrainingConfig:
        """Its settings as they stood after so many epochs, with what the user had changed by then."""
        settings = self.info.settings
        for change in self.metrics.changes:
            if change.epoch <= epoch and change.name == "beta":
                settings = replace(settings, beta=change.after)
            elif change.epoch <= epoch:
                settings = replace(settings, learning_rate=change.after)
        return settings

    @property
    def interrupted(self) -> bool:
        """Whether it was cut off or paused, and can be resumed from its folder."""
        ended = self.writer == "nobody" and self.info.status in ("running", "paused")
        return ended and self.folder is not None and self.can_resume

    @property
    def seconds(self) -> float:
        """Time that its epochs took."""
        return sum(stats.seconds for stats in self.metrics.epochs)


class Runs:
    """An ordered set of runs, oldest first. Only the window's thread may change it.

    Signals:
        added: a run is new; carries it.
        removed: a run is gone; carries it.
        changed: name, status, overlay or snapshots of a run are other ones; carries it.
        grown: figures of a run came; carries it. Several times a second while it trains.
    """

    added = Signal(Run)
    removed = Signal(Run)
    changed = Signal(Run)
    grown = Signal(Run)

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(tuple(self._runs.values()))

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def unsaved(self) -> tuple[Run, ...]:
        """Runs that would be lost if the application closed now: they have a model, and it is nowhere on disk."""
        return tuple(run for run in self if run.folder is None and len(run.timeline) and not run.exported)

    def find(self, id: str | None) -> Run | None:  # noqa: A002 (it is the run's own word)
        """The run with this id, if it is known."""
        return self._runs.get(id) if id is not None else None

    def add(self, run: Run) -> None:
        """Take up a run.

        Raises:
            ValueError: one with its id is there.
        """
        if run.id in self._runs:
            raise ValueError(f"run {run.id} is known already")
        self._runs[run.id] = run
        self._runs = dict(sorted(self._runs.items(), key=lambda item: item[1].info.created))
        self.added.emit(run)

    def remove(self, run: Run) -> None:
        """Forget a run; its folder is not touched."""
        del self._runs[run.id]
        self.removed.emit(run)

    def set_info(self, run: Run, info: RunInfo) -> None:
        """Give a run another name or status."""
        if info != run.info:
            run.info = info
            self.changed.emit(run)

    def set_writer(self, run: Run, writer: Writer) -> None:
        """Say who trains a run now."""
        if writer != run.writer:
            run.writer = writer
            self.changed.emit(run)

    def set_overlaid(self, run: Run, overlaid: bool) -> None:
        """Draw the curves of a run beside those of the model on the map, or no longer."""
        if overlaid != run.overlaid:
            run.overlaid = overlaid
            self.changed.emit(run)
