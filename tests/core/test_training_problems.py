"""What stops a training, and how it says so: divergence, wrong images, devices, memory."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.memory import FailingOnce
from tests.core.trainings import CONFIG, SETTINGS, epochs_of
from tests.processes import run_code
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.devices import available_devices
from vae_explorer.core.errors import DivergedError, OutOfMemoryError, TrainingError
from vae_explorer.core.events import DeviceFallback, TrainingEvent, TrainingStarted
from vae_explorer.core.training import fit


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


# Memory


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
