"""The one who writes a run folder while a training grows.

Whatever happens in between, a crash, a full disk or a power cut, the folder holds a whole autosave, and everything
written before it. What was written after it is cut off when the run is taken up again.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.durable import sync_folder, write_durably
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.files import unwritable
from vae_explorer.core.metrics_file import MetricsLog, cut_back
from vae_explorer.core.run_folder import (
    METRICS,
    SNAPSHOTS,
    STATE,
    list_snapshots,
    read_info,
    snapshot_path,
    write_info,
)
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_lock import RunBusyError, RunLock, hold
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.state_file import load_state, save_state
from vae_explorer.core.statistics import Change, EpochStats, History, StepStats
from vae_explorer.core.timeline import DEFAULT_BUDGET, stride_of, thinned
from vae_explorer.core.training_state import TrainingState

__all__ = ["RunBusyError", "RunRecorder"]


class RunRecorder:
    """Writes one run folder and holds its lock; made with `create` or `reopen`, used by one thread at a time.

    Every method that writes raises `UserError` with the file and the reason, a full disk for instance. What it was to
    write then is not there, everything before is, and it may be called again.

    Attributes:
        folder: the run folder.
        info: what ``run.json`` says.
    """

    def __init__(self, folder: Path, info: RunInfo, lock: RunLock, budget: int) -> None:
        self.folder = folder
        self.info = info
        self._lock = lock
        self._budget = budget
        self._log = MetricsLog(folder / METRICS)
        self._sizes = {epoch: path.stat().st_size for epoch, path in list_snapshots(folder).items()}
        self._stride = 1

    @classmethod
    def create(cls, folder: Path, info: RunInfo, *, budget: int = DEFAULT_BUDGET) -> Self:
        """Make the folder of a new run.

        Args:
            folder: what to make; it may be there if it is empty. The folders above it are made too.
            info: what to write into ``run.json``.
            budget: bytes that the snapshots may take together; the first, the last and the best stay even above it.

        Raises:
            UserError: there is something already, or it cannot be written.
        """
        with _locked(folder) as lock:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                if any(folder.iterdir()):
                    raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
                (folder / SNAPSHOTS).mkdir()
            except OSError as error:
                raise unwritable(folder, error) from error
            sync_folder(folder.parent)
            try:
                recorder = cls(folder, info, lock, budget)
                recorder.set_info(info)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            return recorder

    @classmethod
    def reopen(cls, folder: Path, *, budget: int = DEFAULT_BUDGET) -> Self:
        """Write on in a run folder; see `take_up` for what comes next.

        Raises:
            RunBusyError: somebody writes it.
            UserError: it is no run folder, or cannot be written.
        """
        if not folder.is_dir():
            raise UserError("There is no run at {path}.", path=folder)
        with _locked(folder) as lock:
            info, _ = read_info(folder)
            _make(folder / SNAPSHOTS)
            return cls(folder, info, lock, budget)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def saved_epochs(self) -> tuple[int, ...]:
        """Epochs whose snapshot is on disk, ascending."""
        return tuple(self._sizes)

    def take_up(self) -> TrainingState:
        """The autosave; figures and snapshots that are newer than it are removed.

        Raises:
            CheckpointError: there is none, or it is damaged; the folder stays as it is.
        """
        if not (self.folder / STATE).exists():
            raise CheckpointError(
                "The run at {path} has no autosave (state.safetensors), so it cannot be resumed. "
                "Start a new one with its settings.",
                path=self.folder,
            )
        state = load_state(self.folder / STATE)
        content = self._log.read()
        wanted = cut_back(content, state)
        if wanted != content:
            write_durably(self._log.path, wanted)
        self._log.length = len(wanted)
        for epoch in [epoch for epoch in self._sizes if epoch >= state.position.epoch]:
            self._remove(epoch)
        self._stride = stride_of(self._sizes, _best(state.record.history))
        return state

    def add_steps(self, stats: tuple[StepStats, ...]) -> None:
        """Write entries of the table of steps."""
        if stats:
            self._log.append(stats)

    def add_change(self, change: Change) -> None:
        """Write that the user changed something."""
        self._log.append(change)

    def add_epoch(self, stats: EpochStats, snapshot: ModelSnapshot, state: TrainingState) -> None:
        """Write the figures of an epoch, the model after it and the autosave, in this order."""
        before = self._log.length
        path = snapshot_path(self.folder, stats.epoch)
        try:
            self._log.append(stats, durable=True)
            save_model(snapshot, path)
            sync_folder(path.parent)
            self.save_state(state)
            self._note(stats.epoch, path)
        except BaseException:
            # The same call may come again: it would write a second line, and find less room than now.
            self._log.cut(before)
            if stats.epoch not in self._sizes:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise
        # Last: until here the autosave before may be the one that counts, and its snapshot should be there.
        self._thin(_best(state.record.history))

    def save_state(self, state: TrainingState) -> None:
        """Replace the autosave."""
        save_state(state, self.folder / STATE)

    def set_info(self, info: RunInfo) -> None:
        """Replace ``run.json``."""
        write_info(self.folder, info)
        self.info = info

    def close(self) -> None:
        """Let others write the folder."""
        self._lock.release()

    def _note(self, epoch: int, path: Path) -> None:
        sizes = {**self._sizes, epoch: path.stat().st_size}
        self._sizes = dict(sorted(sizes.items()))

    def _thin(self, best: int) -> None:
        epochs, self._stride = thinned(self._sizes, self._budget, self._stride, best)
        for epoch in self._sizes.keys() - set(epochs):
            self._remove(epoch)

    def _remove(self, epoch: int) -> None:
        # On Windows somebody may be reading it; then the next epoch removes it.
        with suppress(OSError):
            snapshot_path(self.folder, epoch).unlink(missing_ok=True)
            del self._sizes[epoch]


def _best(history: History) -> int:
    """The epoch with the best ELBO; 0 without any."""
    best = max(history, key=lambda stats: stats.judged.elbo, default=None)
    return best.epoch if best else 0


@contextmanager
def _locked(folder: Path) -> Iterator[RunLock]:
    """The lock of a folder, which is kept unless something goes wrong."""
    lock = hold(folder)
    try:
        yield lock
    except BaseException:
        lock.release()
        raise


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
