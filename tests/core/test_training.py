import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from tests.processes import run_code
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.devices import available_devices
from vae_explorer.core.errors import TrainingError
from vae_explorer.core.events import BatchDone, DeviceFallback, EpochDone, TrainingEvent, TrainingStarted
from vae_explorer.core.objective import kl_per_dimension
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.training import _fit_on, evaluate, fit
from vae_explorer.core.training_config import TrainingConfig

CONFIG = VAEConfig(784, (32,), 2)
SETTINGS = TrainingConfig(epochs=3, batch_size=64, device="cpu")


def epochs_of(events: list[TrainingEvent]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def same(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    return all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())


def test_it_reports_every_step_in_order(few: ImageSet) -> None:
    events = list(fit(CONFIG, replace(SETTINGS, epochs=2), few, few))
    expected: list[object] = [TrainingStarted("cpu", 8)]
    for epoch in (1, 2):
        expected += [BatchDone(epoch, batch, 8) for batch in range(1, 9)] + [EpochDone]
    assert [EpochDone if isinstance(event, EpochDone) else event for event in events] == expected
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
    events = list(fit(CONFIG, replace(SETTINGS, epochs=1, batch_size=batch_size), few, few))
    assert events[0] == TrainingStarted("cpu", -(-500 // batch_size))
    assert len(epochs_of(events)) == 1


def test_cancelling_in_the_middle_of_an_epoch_keeps_the_epochs_before(few: ImageSet) -> None:
    asked = itertools.count()
    events = list(fit(CONFIG, SETTINGS, few, few, cancelled=lambda: next(asked) == 12))
    assert isinstance(events[-1], BatchDone)
    assert events[-1].epoch == 2
    (done,) = epochs_of(events)
    assert done.stats.epoch == 1
    assert len(done.snapshot.record.history) == 1


def test_cancelling_before_the_start_trains_nothing(few: ImageSet) -> None:
    assert list(fit(CONFIG, SETTINGS, few, few, cancelled=lambda: True)) == [TrainingStarted("cpu", 8)]


def test_a_learning_rate_that_is_too_high_is_said(few: ImageSet) -> None:
    settings = replace(SETTINGS, learning_rate=1.0, epochs=20)
    events: list[TrainingEvent] = []
    with pytest.raises(TrainingError, match=r"diverged in epoch \d+.*smaller learning rate"):
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
    assert events[1] == TrainingStarted("cpu", 8)
    assert len(epochs_of(events)) == 1


@contextmanager
def failing_once(error: Exception, call: int) -> Iterator[None]:
    """The `call`-th layer that runs raises `error`: what an accelerator does when its memory runs out."""
    calls = 0

    def fail(module: torch.nn.Module, inputs: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise error

    handle = register_module_forward_pre_hook(fail)
    try:
        yield
    finally:
        handle.remove()


#: Stands in for an accelerator: the same processor under a name that is not the CPU's.
ACCELERATOR = torch.device("cpu:0")
EPOCH = 8 * 6 + 6  # layers run in 8 batches and one test pass, six modules each


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("MPS backend out of memory")]
)
@pytest.mark.parametrize("call", [1, EPOCH + 20, 2 * EPOCH - 1])
def test_when_the_devices_memory_runs_out_training_goes_on_on_the_cpu(
    error: Exception, call: int, few: ImageSet
) -> None:
    with failing_once(error, call):
        events = list(_fit_on(ACCELERATOR, CONFIG, SETTINGS, few, few, lambda: False))
    (fallback,) = [event for event in events if isinstance(event, DeviceFallback)]
    assert (fallback.wanted, fallback.used) == ("cpu:0", "cpu")
    assert "memory" in fallback.reason
    assert [event.device for event in events if isinstance(event, TrainingStarted)] == ["cpu:0", "cpu"]
    done = epochs_of(events)
    assert [event.stats.epoch for event in done] == [1, 2, 3]
    assert done[0].stats.test.elbo < done[1].stats.test.elbo < done[2].stats.test.elbo


def test_when_the_cpus_memory_runs_out_that_is_said(few: ImageSet) -> None:
    with (
        failing_once(torch.OutOfMemoryError("out of memory"), 1),
        pytest.raises(TrainingError, match="Memory ran out on the CPU"),
    ):
        list(fit(CONFIG, SETTINGS, few, few))


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux limits a process's memory as asked")
def test_when_the_processs_memory_really_runs_out_that_is_said() -> None:
    code = """
import resource
import numpy as np
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import TrainingError
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
    assert "Memory ran out on the CPU" in run_code(code)


def test_other_errors_are_not_taken_for_a_lack_of_memory(few: ImageSet) -> None:
    with failing_once(RuntimeError("a fault"), 1), pytest.raises(RuntimeError, match="a fault"):
        list(_fit_on(ACCELERATOR, CONFIG, SETTINGS, few, few, lambda: False))
