from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch

from tests.core.memory import FailingOnce
from tests.processes import run_code
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, hold_out
from vae_explorer.core.devices import available_devices
from vae_explorer.core.errors import ConfigError, DivergedError, OutOfMemoryError, TrainingError
from vae_explorer.core.events import (
    BatchDone,
    DeviceFallback,
    EpochDone,
    StepsDone,
    StoppedEarly,
    TrainingEvent,
    TrainingStarted,
)
from vae_explorer.core.objective import kl_per_dimension
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.statistics import Change
from vae_explorer.core.training import Training, evaluate, fit
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.core.training_state import TrainingState

CONFIG = VAEConfig(784, (32,), 2)
SETTINGS = TrainingConfig(epochs=3, batch_size=64, device="cpu")


def epochs_of(events: list[TrainingEvent]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def same(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    return all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())


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


def test_the_same_seed_gives_the_same_model_bit_for_bit(few: ImageSet) -> None:
    torch.manual_seed(1)
    first = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    torch.manual_seed(2)
    again = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    assert same(first.snapshot, again.snapshot)
    assert first.stats.train == again.stats.train
    assert first.stats.test == again.stats.test


def test_another_seed_gives_another_model(few: ImageSet) -> None:
    one = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few)))[-1]
    other = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=1, seed=1), few, few)))[-1]
    assert not same(one.snapshot, other.snapshot)


def test_training_leaves_the_random_numbers_of_others_alone(few: ImageSet) -> None:
    before = torch.get_rng_state()
    list(fit(CONFIG, replace(SETTINGS, epochs=1), few, few))
    assert torch.equal(torch.get_rng_state(), before)


def test_fewer_epochs_are_the_beginning_of_more(few: ImageSet) -> None:
    """The bundled models rely on it: they stop early and record the epochs that they really took."""
    short = epochs_of(list(fit(CONFIG, replace(SETTINGS, epochs=2), few, few)))[-1]
    long = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[1]
    assert same(short.snapshot, long.snapshot)


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


def test_the_variance_of_the_means_tells_which_dimensions_are_active(few: ImageSet) -> None:
    done = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    assert done.stats.mu_variance == pytest.approx(done.posterior.mu.var(0).tolist(), rel=1e-4)
    assert done.stats.active == tuple(done.posterior.mu.var(0) >= 0.01)


# Steering, state and resuming


def interrupted(settings: TrainingConfig, few: ImageSet, steps: int) -> TrainingState:
    """The state after so many steps."""
    training = Training(CONFIG, settings, few, few)
    done = 0
    for event in training.run():
        done += isinstance(event, BatchDone)
        if done == steps:
            assert training.flush() == ()
            return training.state()
    raise AssertionError("the training was over before")


EVERYTHING = replace(
    SETTINGS,
    beta=2.0,
    annealing="cyclical",
    free_bits=0.2,
    schedule="cosine",
    max_norm=30.0,
    validation=0.1,
)


@pytest.mark.parametrize("settings", [SETTINGS, EVERYTHING, replace(SETTINGS, batch_size=7)])
@pytest.mark.parametrize("steps", [1, 5, 8, 13, 20])
def test_a_resumed_training_ends_as_one_that_was_never_interrupted(
    settings: TrainingConfig, steps: int, few: ImageSet
) -> None:
    whole = list(fit(CONFIG, settings, few, few))
    state = interrupted(settings, few, steps)
    rest = list(Training.resume(state, few, few).run())
    assert same(epochs_of(whole)[-1].snapshot, epochs_of(rest)[-1].snapshot)
    for one, other in zip(reversed(epochs_of(whole)), reversed(epochs_of(rest)), strict=False):
        assert replace(one.stats, seconds=0) == replace(other.stats, seconds=0)
    entries = [stats for event in whole if isinstance(event, StepsDone) for stats in event.stats]
    later = [stats for event in rest if isinstance(event, StepsDone) for stats in event.stats]
    assert entries[len(entries) - len(later) :] == later


def test_a_training_does_not_go_on_with_other_images(few: ImageSet) -> None:
    state = interrupted(SETTINGS, few, 3)
    with pytest.raises(TrainingError, match="trained on few, but the images here are others"):
        Training.resume(state, replace(few, name="others"), few)


def test_a_finished_training_can_be_given_more_epochs(few: ImageSet) -> None:
    training = Training(CONFIG, replace(SETTINGS, epochs=2), few, few)
    list(training.run())
    longer = Training.resume(training.state().with_settings(SETTINGS), few, few)
    (more,) = epochs_of(list(longer.run()))
    assert same(more.snapshot, epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1].snapshot)
    assert [stats.epoch for stats in more.snapshot.record.history] == [1, 2, 3]


def test_a_training_can_begin_with_the_weights_of_a_model(few: ImageSet) -> None:
    first = epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1]
    training = Training(CONFIG, replace(SETTINGS, epochs=1), few, few, start=first.snapshot)
    (more,) = epochs_of(list(training.run()))
    assert more.stats.test.elbo > first.stats.test.elbo
    assert len(more.snapshot.record.history) == 1


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


def test_a_look_at_the_model_disturbs_nothing(few: ImageSet) -> None:
    training = Training(CONFIG, SETTINGS, few, few)
    done = []
    for event in training.run():
        training.snapshot(), training.posterior(), training.state(), training.flush()
        done += [event] if isinstance(event, EpochDone) else []
    assert same(done[-1].snapshot, epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1].snapshot)


def test_a_state_for_another_number_of_images_is_refused(few: ImageSet) -> None:
    state = interrupted(SETTINGS, few, 3)
    fewer = ImageSet("few", few.images[:300], few.labels[:300])
    with pytest.raises(TrainingError, match="in the middle of 500 images, but there are 300"):
        list(Training.resume(state, fewer, few).run())


def test_a_learning_rate_that_is_too_high_is_said(few: ImageSet) -> None:
    settings = replace(SETTINGS, learning_rate=1.0, epochs=20)
    events: list[TrainingEvent] = []
    with pytest.raises(DivergedError, match=r"diverged in epoch \d+.*smaller learning rate"):
        events.extend(fit(CONFIG, settings, few, few))
    assert all(np.isfinite(done.stats.test.elbo) for done in epochs_of(events))


def test_images_of_another_size_are_refused(few: ImageSet) -> None:
    with pytest.raises(TrainingError, match="784 pixels, but the model takes 25"):
        next(iter(fit(VAEConfig(25), SETTINGS, few, few)))


def test_a_device_that_is_missing_is_replaced_by_the_cpu_and_said(few: ImageSet) -> None:
    (missing, *_) = {"cuda", "mps"} - set(available_devices())
    settings = replace(SETTINGS, epochs=1, device=missing)
    events = list(fit(CONFIG, settings, few, few))
    assert isinstance(events[0], DeviceFallback)
    assert (events[0].wanted, events[0].used) == (missing, "cpu")
    assert events[1] == TrainingStarted("cpu", settings, 8)
    assert len(epochs_of(events)) == 1


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("MPS backend out of memory")]
)
def test_a_lack_of_memory_is_told_from_other_errors(error: Exception, few: ImageSet) -> None:
    with FailingOnce(error, 20), pytest.raises(OutOfMemoryError, match="Memory ran out on CPU") as caught:
        list(fit(CONFIG, SETTINGS, few, few))
    assert caught.value.device == "cpu"


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux limits a process's memory as asked")
def test_when_the_processs_memory_really_runs_out_that_is_said() -> None:
    code = """
import resource
import numpy as np
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.core.data import ImageSet, hold_out
from vae_explorer.core.errors import ConfigError, DivergedError, OutOfMemoryError, TrainingError
from vae_explorer.core.training import fit

many = ImageSet("many", np.zeros((20_000, 784), np.uint8), np.zeros(20_000, np.uint8))
settings = TrainingConfig(epochs=1, batch_size=20_000, device="cpu")
list(fit(VAEConfig(hidden=(4,)), settings, many, many))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 500 * 2**20,) * 2)
try:
    list(fit(VAEConfig(hidden=(8192,)), settings, many, many))
except TrainingError as error:
    print(error)
"""
    assert "Memory ran out on CPU" in run_code(code)


def test_other_errors_are_not_taken_for_a_lack_of_memory(few: ImageSet) -> None:
    with FailingOnce(RuntimeError("a fault"), 1), pytest.raises(RuntimeError, match="a fault"):
        list(fit(CONFIG, SETTINGS, few, few))
