import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.samples import TRAIN_COUNT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE, ImageSet
from vae_explorer.core.errors import DataError, TrainingError
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.training import Trainer, TrainingProgress

#: Loading PyTorch may take that long on a busy machine.
PATIENCE = 90_000
CONFIG = VAEConfig(hidden=(16,))
ENDLESS = TrainingConfig(epochs=100_000, device="cpu")


def settings(epochs: int, **others: object) -> TrainingConfig:
    return TrainingConfig(epochs=epochs, **({"device": "cpu"} | others))  # type: ignore[arg-type]


class Log:
    """What a trainer reported, in order."""

    def __init__(self, trainer: Trainer) -> None:
        self.events: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        for name in ("preparing", "started", "progressed", "epoch_done", "fell_back", "finished", "failed"):
            getattr(trainer, name).connect(lambda *values, name=name: self._add(name, *values))

    def _add(self, name: str, *values: object) -> None:
        self.events.append((name, values[0] if values else None))
        self.threads.add(threading.get_ident())

    def of(self, kind: str) -> list[object]:
        return [value for name, value in self.events if name == kind]

    @property
    def models(self) -> list[OpenModel]:
        return [value for value in self.of("epoch_done") if isinstance(value, OpenModel)]


@pytest.fixture
def trainer(qtbot: QtBot, few_digits: ImageSet) -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.wait()
    qtbot.waitUntil(lambda: not trainer.running, timeout=PATIENCE)


@pytest.fixture
def log(trainer: Trainer) -> Log:
    return Log(trainer)


def test_a_whole_training(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE) as finished:
        trainer.start(CONFIG, settings(3), few_digits, "name")
        assert trainer.running
    assert finished.args == [True]
    assert not trainer.running
    assert log.threads == {threading.get_ident()}
    kinds = [name for name, _ in log.events]
    assert kinds[:2] == ["preparing", "started"]
    assert kinds[-2:] == ["epoch_done", "finished"]
    assert log.of("started") == ["cpu"]
    assert [len(model.snapshot.record.history) for model in log.models] == [1, 2, 3]
    last = log.models[-1]
    assert (last.name, last.origin, last.run, last.saved, last.path) == ("name", "training", 1, False, None)
    np.testing.assert_allclose(
        last.posterior.mu, last.snapshot.encode(few_digits.images).mu, rtol=1e-4, atol=1e-4
    )
    elbos = [model.last_epoch.test.elbo for model in log.models if model.last_epoch]
    assert elbos == sorted(elbos)


def test_progress_goes_up_and_is_not_told_too_often(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE):
        trainer.start(CONFIG, settings(8, batch_size=10), few_digits, "name")
    progress = [value for value in log.of("progressed") if isinstance(value, TrainingProgress)]
    fractions = [step.fraction for step in progress]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    seconds = sum(stats.seconds for stats in log.models[-1].snapshot.record.history)
    assert len(progress) <= 20 * seconds + 8
    assert len(progress) < 8 * TRAIN_COUNT / 10
    left = [step.seconds_left for step in progress if step.seconds_left is not None]
    assert all(value >= 0 for value in left)


def test_the_same_seed_gives_the_same_weights(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    for _ in range(2):
        with qtbot.waitSignal(trainer.finished, timeout=PATIENCE):
            trainer.start(CONFIG, settings(1, seed=7), few_digits, "name")
    one, other = log.models
    for name, values in one.snapshot.weights.items():
        np.testing.assert_array_equal(values, other.snapshot.weights[name])
    assert (one.run, other.run) == (1, 2)


def test_stop_keeps_the_last_epoch(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.epoch_done, timeout=PATIENCE):
        trainer.start(CONFIG, ENDLESS, few_digits, "name")
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE) as finished:
        trainer.stop()
    assert finished.args == [False]
    assert log.models[-1].snapshot.weights["mu.bias"].shape == (2,)


def test_stop_before_the_first_epoch(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE) as finished:
        trainer.start(CONFIG, ENDLESS, few_digits, "name")
        trainer.stop()
    assert finished.args == [False]
    assert not log.models


def test_only_one_at_a_time(trainer: Trainer, few_digits: ImageSet) -> None:
    trainer.start(CONFIG, ENDLESS, few_digits, "name")
    with pytest.raises(RuntimeError, match="running already"):
        trainer.start(CONFIG, ENDLESS, few_digits, "other")


def test_wait_ends_the_thread(trainer: Trainer, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.started, timeout=PATIENCE):
        trainer.start(CONFIG, ENDLESS, few_digits, "name")
    thread = trainer._thread
    assert thread is not None
    trainer.wait()
    assert thread.isFinished()
    qtbot.waitUntil(lambda: not trainer.running)


def test_stop_and_wait_without_a_training(qtbot: QtBot) -> None:
    trainer = Trainer()
    trainer.stop()
    trainer.wait()
    assert not trainer.running


def test_a_device_that_is_not_there(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    import torch

    missing = "mps" if torch.cuda.is_available() else "cuda"
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE):
        trainer.start(CONFIG, settings(1, device=missing), few_digits, "name")
    [event] = log.of("fell_back")
    assert (event.wanted, event.used) == (missing, "cpu")  # type: ignore[attr-defined]
    assert "no such device" in event.reason  # type: ignore[attr-defined]
    assert log.of("started") == ["cpu"]
    assert log.models


def test_an_error_arrives_here(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.failed, timeout=PATIENCE) as failed:
        trainer.start(VAEConfig(100, (8,), 2), settings(1), few_digits, "name")
    assert isinstance(failed.args[0], TrainingError)
    assert not trainer.running
    assert not log.of("finished")
    with qtbot.waitSignal(trainer.finished, timeout=PATIENCE):
        trainer.start(CONFIG, settings(1), few_digits, "name")
    assert log.models[-1].run == 2


def test_data_that_are_gone(
    trainer: Trainer, few_digits: ImageSet, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with qtbot.waitSignal(trainer.failed, timeout=PATIENCE) as failed:
        trainer.start(CONFIG, settings(1), few_digits, "name")
    assert isinstance(failed.args[0], DataError)
    assert "train-images-idx3-ubyte" in str(failed.args[0])
