"""Says in plain words when a training goes the way that VAEs are known to fail: the posterior collapses onto the prior.

A latent dimension whose posterior is the prior for every image carries nothing, and the decoder learns to do without
it (Bowman et al. 2016, Burda et al. 2016). The figures show it long before the images do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.metrics import Metrics
from vae_explorer.core.schedules import annealing_factor
from vae_explorer.core.statistics import ACTIVE_VARIANCE, EpochStats
from vae_explorer.core.training_config import TrainingConfig

Values = NDArray[np.float64]

#: Total KL in nats an image below which z says next to nothing: it can tell fewer than three kinds of digits apart
#: (e¹ = 2.7). Healthy models of MNIST have 6 nats in two dimensions and 25 in twenty.
COLLAPSED_KL = 1.0
#: A KL that grew by this factor since the epoch before is on its way up, as after random weights or a small step size.
_RISING = 1.5
#: The first epoch says nothing: random weights spread the means at random, and the KL starts near 0.
_FIRST_EPOCH = 2
#: A dimension is lost only when its variance is well below the threshold, so that one that hovers at it does not
#: make the warning come and go.
_LOST_VARIANCE = ACTIVE_VARIANCE / 2
#: A model prunes a few spare dimensions in any good training; losing this share of the best count is more than that.
_LOST_SHARE = 0.2
#: A long run is compared with so many of its epochs, evenly spread: enough to find a fall, and quick after each epoch.
_MOST_COMPARED = 64
#: How much stronger the KL term may have become by annealing before two epochs cannot be compared any more: under a
#: growing weight it is normal that dimensions that were cheap at first are given up.
_SAME_FACTOR = 0.02


@dataclass(frozen=True, slots=True)
class Sentence:
    """English text with named values, kept apart so that the window can translate the text.

    Attributes:
        template: the sentence with ``{name}`` fields.
        values: what the fields stand for.
    """

    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is seen, and what to try.

    Attributes:
        complete: whether nothing is left of the latent code; otherwise a part of it is going.
        seen: what the figures say.
        remedy: what to try.
    """

    complete: bool
    seen: Sentence
    remedy: Sentence

    def __str__(self) -> str:
        return f"{self.seen} {self.remedy}"


def diagnose(metrics: Metrics, settings: TrainingConfig | None = None) -> Diagnosis | None:
    """Look for posterior collapse in the test figures of the newest epoch.

    Args:
        metrics: the run so far.
        settings: how it trains, if known: tells an annealing ramp from a weight that the user raised.

    Returns:
        None when all is well, when it is too early to tell, or when the KL term has no weight.
    """
    if not metrics.epochs or metrics.epochs[-1].epoch < _FIRST_EPOCH or _beta(metrics, settings) == 0:
        return None
    newest = metrics.epochs[-1]
    if _is_rising(metrics.epochs):
        return None
    if newest.test.kl < COLLAPSED_KL or (newest.mu_variance and not any(newest.active)):
        return Diagnosis(True, _complete(newest), _remedy(metrics, settings))
    lost = _lost_since(metrics, settings)
    return None if lost is None else Diagnosis(False, lost, _remedy(metrics, settings))


def _is_rising(epochs: list[EpochStats]) -> bool:
    return len(epochs) > 1 and epochs[-1].test.kl >= _RISING * max(epochs[-2].test.kl, 1e-9)


def _complete(stats: EpochStats) -> Sentence:
    if not stats.mu_variance:
        return Sentence(
            "Posterior collapse: the KL is only {kl:.2f} nats, so the decoder ignores z.",
            {"kl": stats.test.kl},
        )
    return Sentence(
        "Posterior collapse: the KL is {kl:.2f} nats and {active} of {size} latent dimensions are active, "
        "so the decoder hardly uses z.",
        {"kl": stats.test.kl, "active": sum(stats.active), "size": len(stats.active)},
    )


def _lost_since(metrics: Metrics, settings: TrainingConfig | None) -> Sentence | None:
    """Which epoch had clearly more active dimensions than the newest one, if any."""
    newest = metrics.epochs[-1]
    comparable = [
        stats for stats in _comparable(metrics, settings) if len(stats.active) == len(newest.active)
    ]
    best = max(comparable, key=lambda stats: sum(stats.active), default=None)
    if best is None:
        return None
    before = np.array(best.active, bool)
    lost = int((before & (np.array(newest.mu_variance) < _LOST_VARIANCE)).sum())
    now = sum(newest.active)
    if lost < max(1.0, _LOST_SHARE * before.sum()) or now >= before.sum():
        return None
    return Sentence(
        "The posterior is collapsing: {now} of {size} latent dimensions are active, {before} were after "
        "epoch {epoch}.",
        {"now": now, "size": len(newest.active), "before": int(before.sum()), "epoch": best.epoch},
    )


def _comparable(metrics: Metrics, settings: TrainingConfig | None) -> list[EpochStats]:
    """Epochs before the newest in which the KL term was annealed at least as far as now."""
    every = -(-len(metrics.epochs) // _MOST_COMPARED)
    # From the newest backwards, so that it is always the last one.
    epochs = [stats for stats in metrics.epochs[::-every] if stats.epoch >= _FIRST_EPOCH][::-1]
    factors = _annealed(metrics, settings, np.array([stats.epoch for stats in epochs], float))
    return [epochs[index] for index in np.flatnonzero(factors[:-1] >= factors[-1] - _SAME_FACTOR)]


def _annealed(metrics: Metrics, settings: TrainingConfig | None, epochs: Values) -> Values:
    """How far the KL term was annealed at the end of these epochs, in [0, 1], whatever β the user chose."""
    # A cycle begins anew at the very end of an epoch; its last step was just before.
    ends = epochs - 1e-3
    if settings is not None:
        return np.array([annealing_factor(settings, end) for end in ends])
    if not metrics.step_count:
        return np.ones(len(epochs))
    rows = np.searchsorted(metrics.column("epoch"), epochs + 1e-9, "right") - 1
    weights = metrics.column("beta")[np.maximum(rows, 0)]
    factors: Values = weights / np.maximum(_chosen(metrics, ends), 1e-12)
    return factors


def _chosen(metrics: Metrics, places: Values) -> Values:
    """The β that the user had chosen at these epochs, without annealing."""
    changes = [change for change in metrics.changes if change.name == "beta"]
    # Where nothing was changed it is not written anywhere: the highest weight so far stands for it.
    first = changes[0].before if changes else float(metrics.column("beta").max())
    values = np.array([first, *(change.after for change in changes)])
    return values[np.searchsorted([change.epoch for change in changes], places)]


def _beta(metrics: Metrics, settings: TrainingConfig | None) -> float | None:
    """β as it stands, without annealing; None where it is not known."""
    chosen = [change.after for change in metrics.changes if change.name == "beta"]
    if chosen:
        return chosen[-1]
    if settings is not None:
        return settings.beta
    return float(metrics.column("beta").max()) if metrics.step_count else None


def _remedy(metrics: Metrics, settings: TrainingConfig | None) -> Sentence:
    beta = _beta(metrics, settings)
    if beta is not None and beta > 1:
        return Sentence(
            "Try a lower β (it is {beta:g}), a longer annealing, free bits, or a lower learning rate.",
            {"beta": beta},
        )
    return Sentence("Try a longer annealing, free bits, or a lower learning rate.", {})
