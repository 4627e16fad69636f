"""What `vae-explorer train` shows while it runs: a progress bar and a line an epoch, or JSON for a program."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path

from vae_explorer.cli.terminal import PROGRAM, emit, say
from vae_explorer.core.events import (
    BatchDone,
    DeviceFallback,
    EpochDone,
    MemoryRanOut,
    Resumed,
    RunEvent,
    StoppedEarly,
    TrainingStarted,
)
from vae_explorer.core.statistics import EpochStats
from vae_explorer.core.training_clock import TrainingClock, TrainingProgress

_BAR = 24


class TrainingReport:
    """What a person sees on stderr, and with `as_json` what a program reads on stdout.

    Args:
        epochs: how many are wanted.
        folder: of the run; None where none is kept.
        as_json: whether to print one JSON object an epoch.
    """

    def __init__(self, epochs: int, folder: Path | None = None, *, as_json: bool) -> None:
        self._epochs = epochs
        self._folder = folder
        self._as_json = as_json
        self._on_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._clock = TrainingClock(epochs)
        self._width = 0

    def show(self, event: RunEvent) -> None:
        """Follow one event of a run."""
        match event:
            case TrainingStarted() | Resumed():
                self._clock.restart()
            case DeviceFallback():
                self.say(f"{event.wanted} cannot be used ({event.reason}); training on {event.used}.")
            case MemoryRanOut() if event.device != "cpu":
                self.say(f"{event.device} cannot be used (its memory ran out); training on cpu.")
            case BatchDone():
                self._draw_bar(event)
            case EpochDone():
                self._show_epoch(event.stats)
            case StoppedEarly():
                self.say(f"stopped early: no epoch after {event.best} was better.")

    def show_folder(self) -> None:
        """Where the run is kept; a program reads that with each epoch."""
        if self._folder is not None and not self._as_json:
            self.say(f"kept the run in {self._folder}; to open it: {PROGRAM} {self._folder}")

    def say(self, text: str) -> None:
        """A line of its own on stderr."""
        self._clear_bar()
        say(text)

    def _show_epoch(self, stats: EpochStats) -> None:
        if self._as_json:
            self._print_json(stats)
        if self._on_terminal or not self._as_json:
            self._clear_bar()
            print(_epoch_line(stats, self._epochs), file=sys.stderr, flush=True)

    def _print_json(self, stats: EpochStats) -> None:
        # Whoever read the figures may have seen enough; the model is still wanted. Further lines go nowhere.
        place = {} if self._folder is None else {"run": str(self._folder)}
        with suppress(BrokenPipeError):
            emit(json.dumps(stats.summary() | place))

    def _draw_bar(self, event: BatchDone) -> None:
        if not self._on_terminal:
            return
        progress = self._clock.tick(event, time.perf_counter())
        if progress is None:
            return
        line = _bar_line(progress)
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def _clear_bar(self) -> None:
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0


def _bar_line(progress: TrainingProgress) -> str:
    filled = round(progress.fraction * _BAR)
    bar = "#" * filled + "." * (_BAR - filled)
    line = f"epoch {progress.epoch}/{progress.epochs} [{bar}] {progress.fraction:4.0%}"
    if progress.seconds_left is None:
        return line
    minutes, rest = divmod(round(progress.seconds_left), 60)
    return f"{line}, {minutes}:{rest:02} left"


def _epoch_line(stats: EpochStats, epochs: int) -> str:
    test = stats.test
    line = (
        f"epoch {stats.epoch}/{epochs}: {stats.seconds:.1f} s, ELBO train {stats.train.elbo:.2f}, test {test.elbo:.2f} "
        f"= -({test.reconstruction:.2f} + KL {test.kl:.2f}) nats an image"
    )
    if stats.validation is not None:
        line += f", validation {stats.validation.elbo:.2f}"
    return line
