"""Runs as they are after some epochs, without training any."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.run_info import RunInfo, RunStatus
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.runs import Run, Writer

_FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def epoch_stats(epoch: int, reconstruction: float) -> EpochStats:
    """An epoch of two seconds with a KL of 5 nats."""
    return EpochStats(epoch, 2.0, ElboTerms(160.0, (3.0, 2.0)), ElboTerms(reconstruction, (3.0, 2.0)))


def new_run(
    number: int,
    status: RunStatus = "finished",
    writer: Writer = "nobody",
    *,
    epochs: int = 3,
    hidden: tuple[int, ...] = (400,),
    changes: tuple[Change, ...] = (),
    problem: str = "",
    problems: tuple[str, ...] = (),
    folder: Path | None = Path("run"),
    **settings: Any,
) -> Run:
    """Run `number` of a day: later numbers are newer, and better by one nat."""
    info = RunInfo(
        f"id-{number}",
        f"Run {number}",
        _FIRST + timedelta(hours=number),
        VAEConfig(hidden=hidden),
        TrainingConfig(**settings),
        "MNIST",
        status,
        "cpu",
        problem=problem,
    )
    history = [epoch_stats(epoch, 150.0 - number + 10 / epoch) for epoch in range(1, epochs + 1)]
    return Run(info, folder, Metrics(epochs=history, changes=changes), writer=writer, problems=problems)
