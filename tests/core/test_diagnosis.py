"""Collapse is found where it is, in made-up runs and in real trainings, and nowhere else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.samples import bundled_folder
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.diagnosis import Diagnosis, diagnose
from vae_explorer.core.events import EpochDone, StepsDone
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats, StepStats
from vae_explorer.core.training import fit
from vae_explorer.core.training_config import TrainingConfig

ALIVE, DEAD = 0.8, 0.0002


def an_epoch(number: int, kl: Sequence[float], variance: Sequence[float]) -> EpochStats:
    terms = ElboTerms(150.0, tuple(kl))
    return EpochStats(number, 1.0, terms, terms, number, mu_variance=tuple(variance))


def a_run(active: Sequence[int], size: int = 10, weights: Sequence[float] = ()) -> Metrics:
    """A run with so many active dimensions after each epoch, and such weights of the KL term."""
    epochs = [
        an_epoch(number, [1.5] * count + [0.01] * (size - count), [ALIVE] * count + [DEAD] * (size - count))
        for number, count in enumerate(active, start=1)
    ]
    steps = [
        StepStats(i, float(i), 151.5, 150, 1.5, weight, 1e-3) for i, weight in enumerate(weights, start=1)
    ]
    return Metrics(steps, epochs)


def test_without_epochs_there_is_nothing_to_say() -> None:
    assert diagnose(Metrics()) is None


def test_the_first_epoch_is_too_early() -> None:
    assert diagnose(a_run([0])) is None
    assert diagnose(a_run([0, 0])) is not None


@pytest.mark.parametrize("active", [[10, 10, 10], [3, 6, 9], [10, 9, 9], [2, 8, 8, 8], [10, 5, 6]])
def test_a_healthy_run_gets_no_warning(active: list[int]) -> None:
    assert diagnose(a_run(active)) is None


def test_no_active_dimension_is_a_complete_collapse() -> None:
    found = diagnose(a_run([5, 5, 0]))
    assert found is not None
    assert found.complete
    assert "0 of 10 latent dimensions" in str(found)
    assert "KL is 0.10 nats" in str(found)


def test_a_kl_near_zero_is_a_complete_collapse_even_of_a_run_without_variances() -> None:
    run = Metrics(epochs=[an_epoch(k, [0.2, 0.1], []) for k in (1, 2, 3)])
    found = diagnose(run)
    assert found is not None
    assert found.complete
    assert "0.30 nats" in str(found)
    assert diagnose(Metrics(epochs=[an_epoch(k, [3.0, 0.1], []) for k in (1, 2, 3)])) is None


def test_a_kl_that_rises_from_nothing_is_given_time() -> None:
    epochs = [an_epoch(k, [kl], [ALIVE]) for k, kl in ((1, 0.01), (2, 0.1), (3, 0.3))]
    assert diagnose(Metrics(epochs=epochs)) is None
    found = diagnose(Metrics(epochs=[*epochs, an_epoch(4, [0.31], [ALIVE])]))
    assert found is not None


def test_a_falling_number_of_active_dimensions_is_a_collapse_under_way() -> None:
    found = diagnose(a_run([10, 10, 9, 6]))
    assert found is not None
    assert not found.complete
    assert "6 of 10" in str(found)
    assert "10 were after epoch 2" in str(found)


def test_one_of_two_dimensions_is_a_great_loss() -> None:
    assert diagnose(a_run([2, 2, 1], size=2)) is not None


def test_a_dimension_that_hovers_at_the_threshold_is_not_lost() -> None:
    epochs = [an_epoch(k, [2.0, 0.1], [ALIVE, variance]) for k, variance in ((2, 0.0101), (3, 0.0099))]
    assert diagnose(Metrics(epochs=epochs)) is None


def test_what_a_growing_weight_takes_away_is_no_collapse() -> None:
    weights = [0.2, 0.4, 0.6, 0.8, 1.0]
    falling = [10, 10, 9, 7, 5]
    settings = TrainingConfig(epochs=10, annealing="linear", annealing_epochs=5)
    assert diagnose(a_run(falling, weights=weights)) is None
    assert diagnose(a_run(falling), settings) is None
    # The same figures under a constant weight are one.
    assert diagnose(a_run(falling, weights=[1.0] * 5)) is not None
    assert diagnose(a_run(falling), TrainingConfig(epochs=10)) is not None


def test_after_the_ramp_a_fall_counts_again() -> None:
    run = a_run([10, 10, 10, 10, 5], weights=[0.5, 1.0, 1.0, 1.0, 1.0])
    assert diagnose(run) is not None
    assert diagnose(run, TrainingConfig(epochs=10, annealing="linear", annealing_epochs=2)) is not None


def test_in_cycles_like_is_compared_with_like() -> None:
    settings = TrainingConfig(epochs=8, annealing="cyclical", annealing_cycles=2)
    # The ends of the cycles are after epochs 4 and 8; the ramps are over after epochs 2 and 6.
    assert diagnose(a_run([10, 6, 6, 6, 10, 6, 6, 6]), settings) is None
    assert diagnose(a_run([10, 10, 10, 10, 10, 10, 10, 6]), settings) is not None


def test_dimensions_lost_to_a_weight_that_the_user_raised_are_told() -> None:
    run = a_run([10, 10, 10, 4], weights=[1.0, 1.0, 1.0, 8.0])
    run.changes.append(Change(3, 3.0, "beta", 1.0, 8.0))
    found = diagnose(run)
    assert found is not None
    assert "it is 8" in str(found.remedy)


def test_the_advice_fits_the_weight() -> None:
    assert "lower β" in str(diagnose(a_run([5, 0]), TrainingConfig(beta=4.0)))
    assert "lower β" not in str(diagnose(a_run([5, 0]), TrainingConfig(beta=1.0)))


def test_without_a_kl_term_nothing_can_collapse_onto_the_prior() -> None:
    assert diagnose(a_run([5, 5, 0]), TrainingConfig(beta=0.0)) is None


def test_a_long_run_is_judged_as_a_short_one() -> None:
    assert diagnose(a_run([10] * 500)) is None
    assert diagnose(a_run([10] * 500 + [4])) is not None


# Real trainings


@pytest.fixture(scope="module")
def digits() -> tuple[ImageSet, ImageSet]:
    """A few hundred to learn from, a few hundred to test on."""
    train, test = load_images("train", bundled_folder()), load_images("test", bundled_folder())
    return tuple(replace(s, images=s.images[:600], labels=s.labels[:600]) for s in (train, test))


def train(settings: TrainingConfig, digits: tuple[ImageSet, ImageSet]) -> Metrics:
    metrics = Metrics()
    for event in fit(VAEConfig(hidden=(64,), latent=2), settings, *digits):
        match event:
            case StepsDone(steps):
                metrics.add_steps(steps)
            case EpochDone(stats=stats):
                metrics.epochs.append(stats)
    return metrics


def both(metrics: Metrics, settings: TrainingConfig) -> list[Diagnosis | None]:
    """With the settings and without them."""
    return [diagnose(metrics, settings), diagnose(metrics)]


def test_a_real_training_with_a_huge_beta_collapses(digits: tuple[ImageSet, ImageSet]) -> None:
    settings = TrainingConfig(epochs=6, batch_size=32, learning_rate=3e-3, beta=50.0, device="cpu")
    for found in both(train(settings, digits), settings):
        assert found is not None
        assert found.complete
        assert "it is 50" in str(found)


def test_a_real_training_with_the_plain_elbo_does_not(digits: tuple[ImageSet, ImageSet]) -> None:
    settings = TrainingConfig(epochs=6, batch_size=32, learning_rate=3e-3, device="cpu")
    metrics = train(settings, digits)
    for count in range(1, 7):
        part = Metrics(epochs=metrics.epochs[:count])
        assert both(part, settings) == [None, None]
    assert both(metrics, settings) == [None, None]


def test_a_real_ramp_does_not_count_as_a_collapse(digits: tuple[ImageSet, ImageSet]) -> None:
    settings = TrainingConfig(
        epochs=6, batch_size=32, learning_rate=3e-3, device="cpu", annealing="linear", annealing_epochs=4
    )
    assert both(train(settings, digits), settings) == [None, None]
