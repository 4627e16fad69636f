"""What a training yields: its order, its models and its figures; and steering it."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from tests.core.test_config import ACTIVATIONS, LIKELIHOODS
from tests.core.trainings import CONFIG, SETTINGS, epochs_of
from tests.samples import same_weights
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import Activation, Likelihood
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.events import BatchDone, EpochDone, StepsDone, TrainingStarted
from vae_explorer.core.image_terms import image_terms
from vae_explorer.core.objective import kl_per_dimension
from vae_explorer.core.statistics import Change
from vae_explorer.core.training import Training, evaluate, fit


def test_it_reports_every_step_in_order(few: ImageSet) -> None:
    events = list(fit(CONFIG, replace(SETTINGS, epochs=2), few, few))
    expected: list[object] = [TrainingStarted("cpu", replace(SETTINGS, epochs=2), 8)]
    for epoch in (1, 2):
        for batch in range(1, 9):
            expected += [StepsDone, BatchDone(epoch, batch, 8)]
        expected += [EpochDone]
    kinds = (EpochDone, StepsDone)
    assert [type(event) if isinstance(event, kinds) else event for event in events] == expected
    assert [event.stats.epoch for event in epochs_of(events)] == [1, 2]


def test_the_elbo_gets_better(few: ImageSet) -> None:
    elbos = [done.stats.test.elbo for done in epochs_of(list(fit(CONFIG, SETTINGS, few, few)))]
    # An untrained model gives each pixel one half: 784 · ln 2 = 543 nats.
    assert -543 < elbos[0] < elbos[1] < elbos[2]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns_and_comes_back_from_its_file(
    few: ImageSet, activation: Activation, tmp_path: Path
) -> None:
    config = replace(CONFIG, activation=activation)
    done = epochs_of(list(fit(config, SETTINGS, few, few)))
    elbos = [epoch.stats.test.elbo for epoch in done]
    assert -543 < elbos[0] < elbos[1] < elbos[2]
    save_model(done[-1].snapshot, tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert again.config == config
    own = again.encode(few.images)
    np.testing.assert_allclose(own.mu, done[-1].posterior.mu, atol=1e-4)
    np.testing.assert_allclose(own.logvar, done[-1].posterior.logvar, atol=1e-4)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_learns_and_comes_back_from_its_file(
    few: ImageSet, likelihood: Likelihood, tmp_path: Path
) -> None:
    config = replace(CONFIG, likelihood=likelihood)
    done = epochs_of(list(fit(config, SETTINGS, few, few)))
    elbos = [epoch.stats.test.elbo for epoch in done]
    assert elbos[0] < elbos[1] < elbos[2]
    save_model(done[-1].snapshot, tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert again.config == config
    assert again.likelihood.name == done[-1].snapshot.likelihood.name
    # The figures of training and of single images are estimates of one quantity.
    terms = image_terms(again, few.images, again.encode(few.images))
    assert terms is not None
    assert terms.elbo.mean() == pytest.approx(elbos[-1], abs=3)


def test_sigma_is_learned(few: ImageSet) -> None:
    config = replace(CONFIG, likelihood="gaussian_learned")
    done = epochs_of(list(fit(config, replace(SETTINGS, learning_rate=0.02), few, few)))
    sigmas = [math.exp(float(epoch.snapshot.weights["log_sigma"][0])) for epoch in done]
    assert math.sqrt(0.5) > sigmas[0] > sigmas[1] > sigmas[2] > 0.1


def test_fewer_epochs_are_the_beginning_of_more(few: ImageSet) -> None:
    """The bundled models rely on it: they stop early and record the epochs that they really took."""
    short = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=2), few, few)))[-1]
    long = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[1]
    assert same_weights(short.snapshot, long.snapshot)


def test_a_training_can_begin_with_the_weights_of_a_model(few: ImageSet) -> None:
    first = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    training = Training(CONFIG, replace(SETTINGS, epochs=1), few, few, start=first.snapshot)
    (more,) = epochs_of(list(training.run()))
    assert more.stats.test.elbo > first.stats.test.elbo
    assert len(more.snapshot.record.history) == 1


def test_a_look_at_the_model_disturbs_nothing(few: ImageSet) -> None:
    training = Training(CONFIG, SETTINGS, few, few)
    done = []
    for event in training.run():
        training.snapshot(), training.posterior(), training.state(), training.flush()
        done += [event] if isinstance(event, EpochDone) else []
    assert same_weights(done[-1].snapshot, epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1].snapshot)


# Random numbers


def test_the_same_seed_gives_the_same_model_bit_for_bit(few: ImageSet) -> None:
    torch.manual_seed(1)
    first = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    torch.manual_seed(2)
    again = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    assert same_weights(first.snapshot, again.snapshot)
    assert first.stats.train == again.stats.train
    assert first.stats.test == again.stats.test


def test_another_seed_gives_another_model(few: ImageSet) -> None:
    one = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few)))[-1]
    other = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1, seed=1), few, few)))[-1]
    assert not same_weights(one.snapshot, other.snapshot)


def test_training_leaves_the_random_numbers_of_others_alone(few: ImageSet) -> None:
    before = torch.get_rng_state()
    list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few))
    assert torch.equal(torch.get_rng_state(), before)


# Snapshots


def test_a_snapshot_holds_the_history_so_far(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))
    for count, event in enumerate(done, 1):
        record = event.snapshot.record
        assert record.history == tuple(other.stats for other in done[:count])
        assert record.settings == SETTINGS
        assert record.data_set == "few"


def test_snapshots_do_not_change_when_training_goes_on(few: ImageSet) -> None:
    events = fit(CONFIG, SETTINGS, few, few)
    first = next(event for event in events if isinstance(event, EpochDone))
    before = {name: values.copy() for name, values in first.snapshot.weights.items()}
    list(events)
    assert all(np.array_equal(values, before[name]) for name, values in first.snapshot.weights.items())


def test_the_posterior_is_the_encoders(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few)))[-1]
    expected = done.snapshot.encode(few.images)
    np.testing.assert_allclose(done.posterior.mu, expected.mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(done.posterior.logvar, expected.logvar, rtol=1e-4, atol=1e-5)


# Figures


def test_the_figures_are_nats_an_image(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few)))[-1]
    posterior = done.snapshot.encode(few.images)
    kl = kl_per_dimension(torch.tensor(posterior.mu), torch.tensor(posterior.logvar)).mean(0)
    assert done.stats.test.kl_per_dimension == pytest.approx(kl.tolist(), rel=1e-4)
    # Another draw of z, written out: log p(x|z) summed over pixels, averaged over images.
    z = posterior.mu + np.exp(posterior.logvar / 2) * np.random.default_rng(0).standard_normal(
        posterior.mu.shape
    )
    p, x = done.snapshot.decode(z).astype(np.float64), few.images / 255
    reconstruction = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(1).mean()
    assert done.stats.test.reconstruction == pytest.approx(reconstruction, rel=0.01)


def test_evaluating_a_finished_model_gives_the_figures_of_its_training(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    terms, posterior = evaluate(done.snapshot, few)
    assert terms == done.stats.test
    np.testing.assert_array_equal(posterior.mu, done.posterior.mu)


def test_a_last_batch_that_is_smaller_counts_as_much_an_image(few: ImageSet) -> None:
    """With a learning rate of next to nothing, the mean over the batches is the mean over the images."""
    settings = replace(SETTINGS, epochs=1, batch_size=499, learning_rate=1e-12)
    done = epochs_of(list(fit(CONFIG, settings, few, few)))[-1]
    assert done.stats.train.reconstruction == pytest.approx(done.stats.test.reconstruction, rel=1e-3)
    assert done.stats.train.kl == pytest.approx(done.stats.test.kl, rel=1e-3)


@pytest.mark.parametrize("batch_size", [1, 500, 100_000])
def test_any_batch_size_works(batch_size: int, few: ImageSet) -> None:
    settings = replace(SETTINGS, epochs=1, batch_size=batch_size)
    events = list(fit(CONFIG, settings, few, few))
    assert events[0] == TrainingStarted("cpu", settings, -(-500 // batch_size))
    assert len(epochs_of(events)) == 1


def test_the_entries_of_the_table_of_steps_add_up_to_the_epoch(few: ImageSet) -> None:
    settings = replace(SETTINGS, epochs=2, batch_size=7)
    events = list(fit(CONFIG, settings, few, few))
    entries = [stats for event in events if isinstance(event, StepsDone) for stats in event.stats]
    # 72 steps an epoch make entries of 4 steps.
    assert [entry.step for entry in entries] == [4 * k for k in range(1, 37)]
    assert entries[17].epoch == 1.0
    assert entries[-1].epoch == 2.0
    images = np.array([min(28, 500 - 28 * (k % 18)) for k in range(36)])
    for number, done in enumerate(epochs_of(events)):
        part = slice(18 * number, 18 * number + 18)
        for name in ("reconstruction", "kl"):
            values = np.array([getattr(entry, name) for entry in entries[part]])
            mean = (values * images[part]).sum() / 500
            assert mean == pytest.approx(getattr(done.stats.train, name), rel=1e-5)
        assert done.stats.step == 72 * (number + 1)


def test_the_variance_of_the_means_tells_which_dimensions_are_active(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    assert done.stats.mu_variance == pytest.approx(done.posterior.mu.var(0).tolist(), rel=1e-4)
    assert done.stats.active == tuple(done.posterior.mu.var(0) >= 0.01)


# Steering


def test_beta_and_learning_rate_can_be_changed_between_two_steps(few: ImageSet) -> None:
    training = Training(CONFIG, SETTINGS, few, few)
    entries = []
    for event in training.run():
        if isinstance(event, StepsDone):
            entries += event.stats
        if event == BatchDone(1, 4, 8):
            assert training.steer("beta", 3.0) == Change(4, pytest.approx(256 / 500), "beta", 1.0, 3.0)
            assert training.steer("beta", 3.0) is None
            training.steer("learning_rate", 1e-4)
    assert [entry.beta for entry in entries[:6]] == [1, 1, 1, 1, 3, 3]
    assert [entry.learning_rate for entry in entries[3:5]] == [1e-3, 1e-4]
    changes = training.snapshot().record.changes
    assert [change.name for change in changes] == ["beta", "learning_rate"]


@pytest.mark.parametrize(("name", "value"), [("beta", -1.0), ("beta", float("nan")), ("learning_rate", 0.0)])
def test_an_impossible_value_is_refused_and_changes_nothing(
    name: Literal["beta", "learning_rate"], value: float, few: ImageSet
) -> None:
    training = Training(CONFIG, SETTINGS, few, few)
    with pytest.raises(ConfigError):
        training.steer(name, value)
    list(training.run())
    assert training.snapshot().record.changes == ()
