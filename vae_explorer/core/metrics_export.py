"""The figures of runs as files for other programs: a CSV table, or event files for TensorBoard."""

from __future__ import annotations

import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import unwritable, write_atomically
from vae_explorer.core.metrics import STEP_COLUMNS, Metrics
from vae_explorer.core.statistics import Changes, ElboTerms, EpochStats, History
from vae_explorer.core.torch_loading import bring_torch_into_memory

#: Columns of the CSV table; see `save_csv`.
CSV_COLUMNS = (
    "run",
    "kind",
    "step",
    "epoch",
    "elbo",
    "reconstruction",
    "kl",
    "loss",
    "beta",
    "learning_rate",
    "seconds",
    "active_dimensions",
    "kl_per_dimension",
    "mu_variance",
    "setting",
    "before",
    "after",
)

_Row = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class RunFigures:
    """The figures of a run at one moment, which another thread may read while the run goes on.

    Attributes:
        name: what the run is called.
        steps: table of steps with `STEP_COLUMNS`, shape (n, 7).
        epochs: one entry an epoch.
        changes: what the user changed while it ran.
    """

    name: str
    steps: NDArray[np.float64]
    epochs: History
    changes: Changes

    @classmethod
    def of(cls, name: str, metrics: Metrics) -> Self:
        """What `metrics` holds now."""
        columns = [metrics.column(column) for column in STEP_COLUMNS]
        return cls(name, np.stack(columns, axis=1), tuple(metrics.epochs), tuple(metrics.changes))


# CSV


def save_csv(path: Path, runs: Sequence[RunFigures]) -> None:
    """Write everything that is known of these runs as one table, UTF-8, a line for each entry.

    Columns; what does not belong to an entry is empty. Figures are in nats an image.

    - ``run``: name of the run.
    - ``kind``: ``steps`` (means over the images of a few training steps), ``train``, ``test``, ``validation`` (over
      an epoch), or ``change`` (the user changed a setting).
    - ``step``, ``epoch``: after how many steps and epochs; the epoch has fractions in ``steps`` and ``change``.
    - ``elbo``, ``reconstruction``, ``kl``: −(reconstruction + KL), −E[log p(x|z)], KL(q(z|x) ‖ p(z)).
    - ``loss``: what was optimised, with the weight of the KL term and free bits.
    - ``beta``, ``learning_rate``: in force at that step, annealing and schedule included.
    - ``seconds``: time that the epoch took, in ``test``.
    - ``active_dimensions``: latent dimensions with a variance of μ of at least 0.01, in ``test``.
    - ``kl_per_dimension``, ``mu_variance``: a number for each latent dimension, with spaces between them.
    - ``setting``, ``before``, ``after``: what was changed, in ``change``.

    Raises:
        UserError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, CSV_COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for run in runs:
        # A line break in a name would be a new line of the table to some readers.
        name = " ".join(run.name.split())
        table.writerows({"run": name, **row} for row in _rows(run))
    write_atomically(path, text.getvalue().encode())


def _rows(run: RunFigures) -> Iterator[_Row]:
    for values in run.steps.tolist():
        row: _Row = dict(zip(STEP_COLUMNS, values, strict=True))
        elbo = -(values[STEP_COLUMNS.index("reconstruction")] + values[STEP_COLUMNS.index("kl")])
        yield row | {"kind": "steps", "step": int(values[0]), "elbo": elbo}
    for stats in run.epochs:
        yield from _epoch_rows(stats)
    for change in run.changes:
        values_of = {
            "step": change.step,
            "epoch": change.epoch,
            "before": change.before,
            "after": change.after,
        }
        yield {"kind": "change", "setting": change.name, **values_of}


def _epoch_rows(stats: EpochStats) -> Iterator[_Row]:
    place: _Row = {"epoch": stats.epoch, "step": stats.step or ""}
    yield place | {"kind": "train", "loss": "" if stats.loss is None else stats.loss} | _terms(stats.train)
    test = place | {"kind": "test", "seconds": stats.seconds} | _terms(stats.test)
    if stats.mu_variance:
        test |= {"active_dimensions": sum(stats.active), "mu_variance": _joined(stats.mu_variance)}
    yield test
    if stats.validation is not None:
        yield place | {"kind": "validation"} | _terms(stats.validation)


def _terms(terms: ElboTerms) -> _Row:
    return {**terms.summary(), "kl_per_dimension": _joined(terms.kl_per_dimension)}


def _joined(values: Iterable[float]) -> str:
    return " ".join(map(repr, values))


# TensorBoard


def save_event_files(folder: Path, runs: Sequence[RunFigures]) -> None:
    """Write event files for TensorBoard, each run into a new folder of its own in `folder`.

    Tags: ``elbo/…``, ``reconstruction/…`` and ``kl/…`` with ``steps``, ``train``, ``test`` and ``validation``;
    ``objective/steps`` is −loss; ``settings/beta`` and ``settings/learning_rate``; ``active_dimensions``;
    ``kl_per_dimension`` as a histogram; ``changes`` as text. They lie at the step, or at the epoch for a run that
    knows no steps.

    Raises:
        UserError: the package ``tensorboard`` is missing, or a file cannot be written.
    """
    writer_of = _summary_writer()
    for run in runs:
        try:
            with writer_of(str(_new_folder(folder, run.name))) as writer:
                _write_events(writer, run)
        except OSError as error:
            raise unwritable(folder, error) from error


def _summary_writer() -> Any:
    bring_torch_into_memory()
    try:
        return importlib.import_module("torch.utils.tensorboard").SummaryWriter
    except ImportError as error:
        raise UserError(
            "Event files need the package tensorboard, which is not installed. "
            "Install it with: pip install tensorboard"
        ) from error


def _new_folder(parent: Path, name: str) -> Path:
    """A folder that is not there yet: event files of two exports in one folder would be drawn as one."""
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    path, number = parent / stem, 2
    while path.exists():
        path, number = parent / f"{stem}-{number}", number + 1
    path.mkdir(parents=True)
    return path


def _write_events(writer: Any, run: RunFigures) -> None:
    for values in run.steps.tolist():
        row = dict(zip(STEP_COLUMNS, values, strict=True))
        step = int(row["step"])
        writer.add_scalar("elbo/steps", -(row["reconstruction"] + row["kl"]), step)
        writer.add_scalar("objective/steps", -row["loss"], step)
        for name in ("reconstruction", "kl"):
            writer.add_scalar(f"{name}/steps", row[name], step)
        for name in ("beta", "learning_rate"):
            writer.add_scalar(f"settings/{name}", row[name], step)
    for stats in run.epochs:
        _write_epoch(writer, stats)
    for change in run.changes:
        writer.add_text("changes", f"{change.name}: {change.before:g} → {change.after:g}", change.step)


def _write_epoch(writer: Any, stats: EpochStats) -> None:
    step = stats.step or stats.epoch
    parts = {"train": stats.train, "test": stats.test, "validation": stats.validation}
    for part, terms in parts.items():
        if terms is not None:
            for name, value in terms.summary().items():
                writer.add_scalar(f"{name}/{part}", value, step)
    if stats.mu_variance:
        writer.add_scalar("active_dimensions", sum(stats.active), step)
    writer.add_histogram("kl_per_dimension", np.array(stats.test.kl_per_dimension), step)
