"""Lines of ``metrics.jsonl``: the figures of a run, in a form that other programs can read too.

Each line is one JSON object with a ``kind``. A line counts once its line break is there, so that one that is being
written, or was cut off by a crash, is never taken for a whole one.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.files import reason, unwritable
from vae_explorer.core.statistics import Change, EpochStats, StepStats
from vae_explorer.core.training_state import TrainingState

Entry = tuple[StepStats, ...] | EpochStats | Change


def encode(entry: Entry) -> bytes:
    """The line of an entry, with its line break."""
    content: dict[str, Any]
    match entry:
        case EpochStats():
            content = {"kind": "epoch"} | entry.to_dict()
        case Change():
            content = {"kind": "change"} | entry.to_dict()
        case _:
            content = {"kind": "steps", "steps": [stats.to_dict() for stats in entry]}
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Entry | None:
    """Inverse of `encode`; None for a kind that another version may have written.

    Raises:
        ConfigError: the line is damaged.
    """
    try:
        content = json.loads(line)
        match content["kind"]:
            case "steps":
                return tuple(StepStats.from_dict(stats) for stats in content["steps"])
            case "epoch":
                return EpochStats.from_dict(content)
            case "change":
                return Change.from_dict(content)
            case str():
                return None
        raise ValueError("no kind")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError("The line is damaged: {reason}.", reason=repr(error)) from error


@dataclass(slots=True)
class Figures:
    """Entries in the order of the file.

    Attributes:
        damaged: lines that could not be read and were left out, or that repeat what came before.
    """

    steps: list[StepStats] = field(default_factory=list)
    epochs: list[EpochStats] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    damaged: int = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Take what whole lines hold."""
        for line in lines:
            try:
                self._take(decode(line))
            except ConfigError:
                self.damaged += 1

    def _take(self, entry: Entry | None) -> None:
        """Curves need steps and epochs that ascend."""
        match entry:
            case EpochStats():
                if self.epochs and entry.epoch <= self.epochs[-1].epoch:
                    raise ConfigError("The epoch was there before.")
                self.epochs.append(entry)
            case Change():
                self.changes.append(entry)
            case tuple():
                for stats in entry:
                    if self.steps and stats.step <= self.steps[-1].step:
                        raise ConfigError("The step was there before.")
                    self.steps.append(stats)


def whole_lines(content: bytes) -> tuple[list[bytes], int]:
    """The lines that have their line break, and how many bytes they take."""
    end = content.rfind(b"\n") + 1
    return content[:end].split(b"\n")[:-1], end


def cut_back(content: bytes, state: TrainingState) -> bytes:
    """The lines of a run as they were when `state` was taken.

    Epochs and changes come from the state, which knows them all, even where their lines were lost.
    """
    step = state.position.step
    lines = [*_up_to(step, whole_lines(content)[0])]
    lines += [(stats.step, 1, encode(stats)) for stats in state.record.history]
    lines += [(change.step, 2, encode(change)) for change in state.record.changes]
    return b"".join(line for _, _, line in sorted(lines, key=lambda line: line[:2]))


def _up_to(step: int, lines: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Lines of steps up to `step`, and lines that another version may know, each with its place."""
    last = 0
    for line in lines:
        with contextlib.suppress(ConfigError):
            match decode(line):
                case None if last <= step:
                    yield last, 3, line + b"\n"
                case tuple(entry):
                    last = entry[-1].step if entry else last
                    if there := tuple(stats for stats in entry if stats.step <= step):
                        yield there[-1].step, 0, encode(there)


class MetricsLog:
    """Appends lines to a file, each whole or not at all.

    Whatever stands behind the good length, such as half a line that a full disk left, is cut off by the next line.

    Attributes:
        path: the file; made by the first line.
        length: how many bytes of it are good.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = whole_lines(self.read())[1]

    def read(self) -> bytes:
        """All of the file; nothing where it does not exist yet.

        Raises:
            UserError: it cannot be read.
        """
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise UserError("Cannot read {path}: {reason}.", path=self.path, reason=reason(error)) from error

    def append(self, entry: Entry, *, durable: bool = False) -> None:
        """Write one line and hand it to the system; with `durable`, wait until it would survive a power cut.

        Raises:
            UserError: the disk is full, or something of the kind; nothing was added.
        """
        line = encode(entry)
        try:
            descriptor = os.open(self.path, _OPEN, 0o666)
            try:
                self.length = min(self.length, os.fstat(descriptor).st_size)
                os.ftruncate(descriptor, self.length)
                os.lseek(descriptor, self.length, os.SEEK_SET)
                _write_all(descriptor, line)
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            self.cut(self.length)
            raise unwritable(self.path, error) from error
        self.length += len(line)

    def cut(self, length: int) -> None:
        """Forget what stands behind `length`. Where that fails now, the next line does it."""
        self.length = length
        with contextlib.suppress(OSError):
            os.truncate(self.path, length)


#: Not Python's "a" or "w": the file has to be made where it is missing, and neither emptied nor only appended to.
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def _write_all(descriptor: int, content: bytes) -> None:
    """A disk that becomes full takes a part first, without an error."""
    while content:
        content = content[os.write(descriptor, content) :]
