"""Made-up figures of runs, in the shapes that trainings leave."""

import numpy as np

from vae_explorer.core.metrics import Metrics
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats, StepStats

#: Entries of the table of steps an epoch, and training steps an entry.
ENTRIES, STEPS = 20, 23


def a_run(
    epochs: int = 10,
    *,
    size: int = 5,
    active: int = 3,
    beta: float = 1.0,
    validation: bool = True,
    changes: tuple[Change, ...] = (),
) -> Metrics:
    """A run that gets better from epoch to epoch; after epoch e the test ELBO is −(160 − e)."""
    random = np.random.default_rng(0)
    metrics = Metrics(changes=changes)
    for epoch in range(1, epochs + 1):
        metrics.add_steps(_steps(epoch, beta, random))
        metrics.epochs.append(_epoch(epoch, size, active, beta, validation))
    return metrics


def add_epoch(metrics: Metrics, size: int = 5, active: int = 3) -> None:
    """One more epoch with its steps."""
    epoch = len(metrics.epochs) + 1
    metrics.add_steps(_steps(epoch, 1.0, np.random.default_rng(epoch)))
    metrics.epochs.append(_epoch(epoch, size, active, 1.0, True))


def _steps(epoch: int, beta: float, random: np.random.Generator) -> list[StepStats]:
    steps = []
    for entry in range((epoch - 1) * ENTRIES + 1, epoch * ENTRIES + 1):
        done = entry / ENTRIES
        reconstruction = 150 + 200 * np.exp(-3 * done) + random.normal(0, 1)
        steps.append(
            StepStats(entry * STEPS, done, reconstruction + beta * 6, reconstruction, 6.0, beta, 1e-3)
        )
    return steps


def _epoch(epoch: int, size: int, active: int, beta: float, validation: bool) -> EpochStats:
    # The second dimension says most; the others less and less.
    kl = [4.0 / (1 + (j + size - 1) % size) if j < active else 0.001 for j in range(size)]
    total = sum(kl)

    def terms(elbo: float) -> ElboTerms:
        return ElboTerms(-elbo - total, tuple(kl))

    return EpochStats(
        epoch,
        2.0,
        terms(-158.0 + epoch),
        terms(-160.0 + epoch),
        epoch * ENTRIES * STEPS,
        158.0 - epoch + (beta - 1) * total,
        terms(-161.0 + epoch) if validation else None,
        tuple(0.5 if j < active else 0.001 for j in range(size)),
    )
