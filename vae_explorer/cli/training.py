"""`vae-explorer train`: training with a progress bar on stderr, figures on stdout and a model file at the end.

Apart from `commands`, because it imports PyTorch.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from vae_explorer.cli.terminal import INTERRUPTED, emit, say
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.events import BatchDone, DeviceFallback, EpochDone, TrainingEvent, TrainingStarted
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.statistics import EpochStats
from vae_explorer.core.training import fit
from vae_explorer.core.training_config import TrainingConfig

_BAR = 24
_BAR_SECONDS = 0.1


def train_to_file(
    config: VAEConfig,
    settings: TrainingConfig,
    train: ImageSet,
    test: ImageSet,
    output: Path,
    *,
    as_json: bool,
) -> int:
    """Train, save the model of the last whole epoch, and return the exit code: 0, or 130 after Ctrl-C.

    Raises:
        UserError: training cannot go on, or the file cannot be written. What was learned until then is saved.
    """
    report = _Report(settings.epochs, as_json=as_json)
    latest: ModelSnapshot | None = None
    with _interruptible() as interrupt:
        try:
            for event in fit(config, settings, train, test):
                if interrupt.is_set():
                    break
                report.show(event)
                if isinstance(event, EpochDone):
                    latest = event.snapshot
        finally:
            # Also when training diverges or fails: minutes of work are worth keeping.
            _save(latest, output, report)
    finished = latest is not None and len(latest.record.history) == settings.epochs
    return 0 if finished else INTERRUPTED


def _save(latest: ModelSnapshot | None, output: Path, report: _Report) -> None:
    if latest is None:
        report.say("no epoch was finished, so nothing was saved.")
        return
    save_model(latest, output)
    report.say(f"saved the model of epoch {len(latest.record.history)} in {output}")


class _Interrupt:
    """Set by the first Ctrl-C. The second one acts as usual."""

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def catch(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (Python calls it so)
        self._set = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _interruptible() -> Iterator[_Interrupt]:
    interrupt = _Interrupt()
    before = signal.getsignal(signal.SIGINT)
    # A shell that starts a job in the background has SIGINT ignored: leave that as it is.
    if before is not signal.default_int_handler:
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt.catch)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


class _Report:
    """What a person sees on stderr, and with `as_json` what a program reads on stdout."""

    def __init__(self, epochs: int, *, as_json: bool) -> None:
        self._epochs = epochs
        self._as_json = as_json
        self._on_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._started = time.monotonic()
        self._drawn = 0.0
        self._width = 0

    def show(self, event: TrainingEvent) -> None:
        """Follow one event of `fit`."""
        match event:
            case TrainingStarted():
                self._started = time.monotonic()
            case DeviceFallback():
                self.say(f"{event.wanted} cannot be used ({event.reason}); training on {event.used}.")
            case BatchDone():
                self._draw_bar(event)
            case EpochDone():
                self._show_epoch(event.stats)

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
        with suppress(BrokenPipeError):
            emit(json.dumps(stats.summary()))

    def _draw_bar(self, event: BatchDone) -> None:
        now = time.monotonic()
        if not self._on_terminal or now - self._drawn < _BAR_SECONDS:
            return
        self._drawn = now
        line = _bar_line(event, self._epochs, now - self._started)
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def _clear_bar(self) -> None:
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0


def _bar_line(event: BatchDone, epochs: int, seconds: float) -> str:
    done = (event.epoch - 1 + event.batch / event.batches) / epochs
    filled = round(done * _BAR)
    minutes, rest = divmod(round(seconds * (1 - done) / done), 60)
    bar = "#" * filled + "." * (_BAR - filled)
    return f"epoch {event.epoch}/{epochs} [{bar}] {done:4.0%}, {minutes}:{rest:02} left"


def _epoch_line(stats: EpochStats, epochs: int) -> str:
    test = stats.test
    return (
        f"epoch {stats.epoch}/{epochs}: {stats.seconds:.1f} s, ELBO train {stats.train.elbo:.2f}, test {test.elbo:.2f} "
        f"= -({test.reconstruction:.2f} + KL {test.kl:.2f}) nats an image"
    )
