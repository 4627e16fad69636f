"""What each option of a training does to it: β, annealing, free bits, validation, stopping early."""

from dataclasses import replace

import numpy as np
import pytest

from tests.core.trainings import CONFIG, SETTINGS, epochs_of
from vae_explorer.core.data import ImageSet, hold_out
from vae_explorer.core.events import StepsDone, StoppedEarly, TrainingStarted
from vae_explorer.core.training import evaluate, fit


def test_without_additions_the_optimised_loss_is_minus_the_elbo(few: ImageSet) -> None:
    (done,) = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few)))
    assert done.stats.loss == pytest.approx(-done.stats.train.elbo, rel=1e-5)


def test_beta_weighs_the_kl_term_of_the_loss_and_not_of_the_elbo(few: ImageSet) -> None:
    (done,) = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1, beta=4.0), few, few)))
    train = done.stats.train
    assert done.stats.loss == pytest.approx(train.reconstruction + 4 * train.kl, rel=1e-5)
    assert train.elbo == pytest.approx(-(train.reconstruction + train.kl))


def test_more_beta_leaves_less_kl(few: ImageSet) -> None:
    little, much = (
        epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=6, beta=beta), few, few)))[-1].stats.test.kl
        for beta in (0.1, 20.0)
    )
    assert much < little / 2


def test_the_kl_that_is_free_is_counted_at_its_floor(few: ImageSet) -> None:
    """With 50 nats free a dimension nothing holds the KL down, and the loss counts the floor of both dimensions."""
    settings = replace(SETTINGS, epochs=1, free_bits=50.0)
    (done,) = epochs_of(list(fit(CONFIG, settings, few, few)))
    assert done.stats.loss == pytest.approx(done.stats.train.reconstruction + 2 * 50, rel=1e-5)


def test_annealing_and_schedule_stand_in_the_table_of_steps(few: ImageSet) -> None:
    settings = replace(
        SETTINGS, epochs=4, beta=2.0, annealing="linear", annealing_epochs=2, schedule="cosine"
    )
    events = list(fit(CONFIG, settings, few, few))
    entries = [stats for event in events if isinstance(event, StepsDone) for stats in event.stats]
    for entry in entries:
        epochs, steps = divmod(entry.step - 1, 8)
        begun = epochs + steps * 64 / 500
        assert entry.beta == pytest.approx(2 * min(1, begun / 2))
        assert entry.learning_rate == pytest.approx(5e-4 * (1 + np.cos(np.pi * begun / 4)))


def test_a_limit_on_the_gradients_length_slows_the_first_steps_of_a_large_rate(few: ImageSet) -> None:
    free, limited = (
        epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1, max_norm=norm), few, few)))[-1]
        for norm in (0.0, 1e-6)
    )
    # Adam divides by the gradient's size, but not below its ε.
    assert limited.stats.test.elbo < free.stats.test.elbo


def test_a_validation_part_is_held_out(few: ImageSet) -> None:
    settings = replace(SETTINGS, epochs=1, validation=0.2)
    events = list(fit(CONFIG, settings, few, few))
    assert events[0] == TrainingStarted("cpu", settings, -(-400 // 64))
    (done,) = epochs_of(events)
    _, part = hold_out(few, 0.2, SETTINGS.seed)
    assert part is not None
    assert done.stats.validation == evaluate(done.snapshot, part)[0]
    assert done.stats.judged is done.stats.validation


def test_it_stops_early_when_nothing_gets_better(few: ImageSet) -> None:
    """With a β so large that the ELBO falls, the first epochs are the best."""
    settings = replace(SETTINGS, epochs=60, learning_rate=0.02, patience=3)
    events = list(fit(CONFIG, settings, few, ImageSet("noise", 255 - few.images, few.labels)))
    assert isinstance(events[-1], StoppedEarly)
    done = epochs_of(events)
    elbos = [event.stats.test.elbo for event in done]
    assert int(np.argmax(elbos)) + 1 == events[-1].best
    assert len(done) == events[-1].best + 3 < 60
