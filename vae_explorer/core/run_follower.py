"""Watching a run that somebody else trains: reads only what was appended since the last look."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason
from vae_explorer.core.metrics_file import Figures, whole_lines
from vae_explorer.core.run_folder import INFO, METRICS, list_snapshots, read_info
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.statistics import Change, EpochStats, StepStats

#: So much of what was read is compared the next time, to see whether it is still the same file.
_TAIL = 512


@dataclass(frozen=True, slots=True)
class Growth:
    """What is new since the last look.

    Attributes:
        info: name, settings, status; None where they did not change.
        steps: new entries of the table of steps.
        epochs: new epochs.
        changes: what the user changed meanwhile.
        saved_epochs: all epochs whose snapshot is there, ascending.
        cut: the run was taken up from an earlier moment: steps, epochs and changes are all that there are, not only
            the new ones.
    """

    info: RunInfo | None
    steps: tuple[StepStats, ...]
    epochs: tuple[EpochStats, ...]
    changes: tuple[Change, ...]
    saved_epochs: tuple[int, ...]
    cut: bool


class RunFollower:
    """Follows one run folder.

    Args:
        folder: the run folder; the first `poll` reports everything.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._offset = 0
        self._tail = b""
        self._stamp: tuple[int, int, int] | None = None
        self._info: RunInfo | None = None

    def poll(self) -> Growth:
        """Look what is new.

        Raises:
            UserError: the folder is gone, or cannot be read.
        """
        if not self.folder.is_dir():
            raise UserError("The folder of the run is no longer there: {path}.", path=self.folder)
        # The status is read first: when it says that the run is over, all of its figures are there.
        info = self._new_info()
        figures = Figures()
        lines, cut = self._new_lines()
        figures.add(lines)
        return Growth(
            info,
            tuple(figures.steps),
            tuple(figures.epochs),
            tuple(figures.changes),
            tuple(list_snapshots(self.folder)),
            cut,
        )

    def _new_info(self) -> RunInfo | None:
        try:
            status = (self.folder / INFO).stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            stamp = (0, 0, 0)
        if stamp == self._stamp:
            return None
        info, problems = read_info(self.folder)
        if problems and self._info is not None:
            # On Windows it cannot be read while it is being replaced.
            return None
        self._stamp = stamp
        changed = info != self._info
        self._info = info
        return info if changed else None

    def _new_lines(self) -> tuple[list[bytes], bool]:
        """Whole lines that were not read yet, or all of them if the file is no longer the one that was read."""
        content = self._read_from(self._offset - len(self._tail))
        cut = content[: len(self._tail)] != self._tail
        if cut:
            self._offset, self._tail = 0, b""
            content = self._read_from(0)
        lines, end = whole_lines(content[len(self._tail) :])
        read = content[: len(self._tail) + end]
        self._offset += end
        self._tail = read[-_TAIL:]
        return lines, cut

    def _read_from(self, offset: int) -> bytes:
        try:
            with (self.folder / METRICS).open("rb") as file:
                file.seek(offset, os.SEEK_SET)
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise UserError(
                "Cannot read {path}: {reason}.", path=self.folder / METRICS, reason=reason(error)
            ) from error
