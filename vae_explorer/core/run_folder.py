"""Runs on disk: where they are, and reading them as far as they are whole.

A run is a folder. ``run.json`` says what it is, ``metrics.jsonl`` holds its figures, ``snapshots`` its models, each a
model file of its own, and ``state.safetensors`` is the autosave. Whoever trains writes with `run_recorder.RunRecorder`;
everybody may read at any time. No PyTorch here: the list of runs is there before it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from vae_explorer.core.checkpoint import MODEL_KEY, SUFFIX, load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.durable import write_durably
from vae_explorer.core.errors import CheckpointError, ConfigError, UserError
from vae_explorer.core.files import reason
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.metrics_file import Figures, whole_lines
from vae_explorer.core.run_info import NewerRunError, RunInfo
from vae_explorer.core.run_lock import RunBusyError, hold, is_busy
from vae_explorer.core.run_trash import delete_run, purge_deleted, restore_run
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.state_file import StateSummary, read_summary
from vae_explorer.core.tensor_file import is_whole

__all__ = [
    "RUNS_VARIABLE",
    "FoundRun",
    "RunBusyError",
    "delete_run",
    "is_busy",
    "is_run_folder",
    "list_folders",
    "load_snapshot",
    "new_run_id",
    "purge_deleted",
    "read_run",
    "rename_run",
    "restore_run",
    "runs_folder",
]

RUNS_VARIABLE = "VAE_EXPLORER_RUNS"

INFO = "run.json"
METRICS = "metrics.jsonl"
SNAPSHOTS = "snapshots"
STATE = "state" + SUFFIX

_SNAPSHOT = re.compile(r"epoch-(\d{5,6})" + re.escape(SUFFIX))
_ID_TIME = "%Y-%m-%d-%H%M%S"


@dataclass(frozen=True, slots=True, eq=False)
class FoundRun:
    """What a run folder holds.

    Attributes:
        info: what it is.
        metrics: its figures.
        saved_epochs: epochs whose snapshot is whole, ascending.
        problems: what was skipped or put together from other files, one sentence each.
        can_resume: whether there is an autosave to go on from; a finished run can be trained longer.
    """

    info: RunInfo
    metrics: Metrics
    saved_epochs: tuple[int, ...]
    problems: tuple[str, ...]
    can_resume: bool


def runs_folder() -> Path:
    """Where runs are kept; ``VAE_EXPLORER_RUNS`` names another folder. It need not exist yet."""
    if chosen := os.environ.get(RUNS_VARIABLE):
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("vae-explorer", appauthor=False)) / "runs"


def new_run_id(created: datetime) -> str:
    """A name for the folder of a run that began at `created`: its date and time, and something random."""
    return f"{created:{_ID_TIME}}-{secrets.token_hex(2)}"


def list_folders(root: Path) -> list[Path]:
    """The run folders in `root`, by name, that is by date; none where it does not exist.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return sorted(there for there in root.iterdir() if there.name[0] != "." and is_run_folder(there))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError("Cannot read {path}: {reason}.", path=root, reason=reason(error)) from error


def is_run_folder(path: Path) -> bool:
    """Whether `path` is the folder of a run, damaged or not."""
    # A run that was killed while its folder was being made is none yet.
    return any((path / name).exists() for name in (INFO, STATE)) or bool(list_snapshots(path))


def read_run(folder: Path) -> FoundRun:
    """Open a run folder as far as it is whole; another process may be writing it, see `is_busy`.

    Raises:
        UserError: it is no run folder, a newer version wrote it, or nothing says any more what it was.
    """
    # Asked first: if the writer ends in between, it has left everything whole.
    busy = is_busy(folder)
    info, problems = read_info(folder)
    metrics, torn = _read_metrics(folder)
    epochs, spoilt = _read_snapshots(folder)
    state, lack = _read_state(folder)
    problems += spoilt + _foreign(folder)
    if not busy:
        problems += torn + _mend(metrics, state)
        problems += _missing(folder, state)
        problems += lack if info.resumable or (folder / STATE).exists() else []
    return FoundRun(info, metrics, epochs, tuple(problems), state is not None)


def load_snapshot(folder: Path, epoch: int) -> ModelSnapshot:
    """The model after `epoch`.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    return load_model(snapshot_path(folder, epoch))


def rename_run(folder: Path, name: str) -> None:
    """Call a run otherwise. Where a `RunRecorder` of this process has it, that one has to do it.

    Raises:
        RunBusyError: somebody writes it.
        UserError: it cannot be read or written.
    """
    lock = hold(folder)
    try:
        write_info(folder, replace(read_info(folder)[0], name=name))
    finally:
        lock.release()


# What the recorder and the follower need as well


def snapshot_path(folder: Path, epoch: int) -> Path:
    """The file of a snapshot."""
    return folder / SNAPSHOTS / f"epoch-{epoch:05d}{SUFFIX}"


def list_snapshots(folder: Path) -> dict[int, Path]:
    """The files of the snapshots by epoch, ascending, whole or not."""
    try:
        matches = [(_SNAPSHOT.fullmatch(path.name), path) for path in (folder / SNAPSHOTS).iterdir()]
    except OSError:
        return {}
    return dict(sorted((int(match[1]), path) for match, path in matches if match))


def write_info(folder: Path, info: RunInfo) -> None:
    """Replace ``run.json``.

    Raises:
        UserError: it cannot be written.
    """
    text = json.dumps(info.to_dict(), indent=2, ensure_ascii=False)
    write_durably(folder / INFO, text.encode() + b"\n")


def read_info(folder: Path) -> tuple[RunInfo, list[str]]:
    """What a run is, and what to say of it: where ``run.json`` is damaged, the other files still tell most.

    Raises:
        UserError: it is no run folder, a newer version wrote it, or nothing says any more what it was.
    """
    if not folder.is_dir():
        raise UserError("There is no run at {path}.", path=folder)
    path = folder / INFO
    try:
        info = RunInfo.from_dict(json.loads(path.read_bytes()))
        # A folder that was copied is another run.
        return replace(info, id=folder.name), []
    except NewerRunError as error:
        raise UserError("Cannot open {path}: {problem}", path=path, problem=error) from error
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        rebuilt = _rebuild(folder)
        if rebuilt is None:
            raise UserError(
                "Cannot open the run {path}: run.json is missing or damaged, and no other file says what it was.",
                path=folder,
            ) from error
        return rebuilt


def _rebuild(folder: Path) -> tuple[RunInfo, list[str]] | None:
    """From the autosave, or else from the newest snapshot that is whole."""
    lost = f"{INFO} is missing or damaged; what it said was taken from "
    state, _ = _read_state(folder)
    if state is not None and (info := _info_from(folder, state.config, state.record)):
        over = state.position.epoch > info.settings.epochs
        info = replace(info, status="finished" if over else "running", device=state.position.device)
        return info, [lost + "the autosave."]
    for epoch in reversed(list_snapshots(folder)):
        with suppress(CheckpointError):
            model = load_snapshot(folder, epoch)
            if info := _info_from(folder, model.config, model.record):
                return info, [lost + f"the snapshot of epoch {epoch}."]
    return None


def _info_from(folder: Path, config: VAEConfig, record: TrainingRecord) -> RunInfo | None:
    if record.settings is None:
        return None
    created = _created(folder)
    return RunInfo(folder.name, folder.name, created, config, record.settings, record.data_set, "stopped")


def _created(folder: Path) -> datetime:
    try:
        return datetime.strptime(folder.name[: len("2026-11-21-101500")], _ID_TIME).astimezone()
    except ValueError:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def _read_metrics(folder: Path) -> tuple[Metrics, list[str]]:
    """Figures, and what to say of them unless somebody is writing at the moment."""
    try:
        content = (folder / METRICS).read_bytes()
    except FileNotFoundError:
        return Metrics(), []
    except OSError as error:
        return Metrics(), [f"{METRICS} cannot be read: {reason(error)}."]
    lines, end = whole_lines(content)
    figures = Figures()
    figures.add(lines)
    problems = []
    if figures.damaged:
        lines_are = "1 damaged line was" if figures.damaged == 1 else f"{figures.damaged} damaged lines were"
        problems.append(f"{METRICS}: {lines_are} skipped.")
    if end < len(content):
        problems.append(f"{METRICS}: the last line was cut off in the middle and skipped.")
    return Metrics(figures.steps, figures.epochs, figures.changes), problems


def _mend(metrics: Metrics, state: StateSummary | None) -> list[str]:
    """Put in epochs and changes that the autosave knows and the lines do not."""
    if state is None:
        return []
    known = {stats.epoch: stats for stats in metrics.epochs}
    lost = [stats for stats in state.record.history if stats.epoch not in known]
    changes = [change for change in state.record.changes if change not in metrics.changes]
    if not lost and not changes:
        return []
    metrics.epochs = sorted([*metrics.epochs, *lost], key=lambda stats: stats.epoch)
    metrics.changes = sorted([*metrics.changes, *changes], key=lambda change: change.step)
    return [f"{METRICS} lacks epochs or changes; they were taken from the autosave."]


def _read_snapshots(folder: Path) -> tuple[tuple[int, ...], list[str]]:
    snapshots = list_snapshots(folder)
    whole = tuple(epoch for epoch, path in snapshots.items() if is_whole(path, MODEL_KEY))
    return whole, [
        f"{SNAPSHOTS}/{snapshots[epoch].name} is damaged and was skipped."
        for epoch in snapshots
        if epoch not in whole
    ]


def _missing(folder: Path, state: StateSummary | None) -> list[str]:
    """Snapshots that no thinning takes away: the first, the best and the last that the autosave knows."""
    # Of an epoch after it, only the figures may have been written before the writer was killed.
    known = Metrics(epochs=state.record.history) if state is not None else Metrics()
    if known.best is None:
        return []
    due = {stats.epoch for stats in (known.epochs[0], known.best, known.epochs[-1])}
    return [
        f"{SNAPSHOTS}: that of epoch {epoch} is missing."
        for epoch in sorted(due - list_snapshots(folder).keys())
    ]


def _read_state(folder: Path) -> tuple[StateSummary | None, list[str]]:
    if not (folder / STATE).exists():
        return None, ["There is no autosave, so the run cannot be resumed."]
    try:
        return read_summary(folder / STATE), []
    except CheckpointError as error:
        return None, [f"The autosave is damaged, so the run cannot be resumed. {error}"]


def _foreign(folder: Path) -> list[str]:
    ours = {folder / name for name in (INFO, METRICS, SNAPSHOTS, STATE)} | set(
        list_snapshots(folder).values()
    )
    try:
        there = {*folder.iterdir(), *(folder / SNAPSHOTS).glob("*")}
    except OSError:
        return []
    # What begins with a dot is half written, or belongs to the system.
    names = sorted(str(path.relative_to(folder)) for path in there - ours if path.name[0] != ".")
    return [f"Not part of the run, and left alone: {', '.join(names)}."] if names else []
