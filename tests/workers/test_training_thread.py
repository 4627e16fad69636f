"""A thread of its own changes neither what is trained nor who goes first, and survives what goes wrong on it."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.waiting import LONG
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.events import EpochDone
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.training import fit
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.training import RunRequest, Trainer

CONFIG = VAEConfig(hidden=(24,))
SETTINGS = TrainingConfig(epochs=2, device="cpu", seed=3)


@pytest.fixture
def trainer(qapp: QCoreApplication, qtbot: QtBot) -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.suspend()
    qtbot.waitUntil(lambda: not trainer.running, timeout=LONG)


@pytest.fixture
def models(trainer: Trainer) -> list[OpenModel]:
    models: list[OpenModel] = []
    trainer.epoch_done.connect(lambda report: models.append(report.model))
    return models


def request(name: str) -> RunRequest:
    return RunRequest(RunInfo(name, name, datetime.now(UTC), CONFIG, SETTINGS), None)


def train(trainer: Trainer, qtbot: QtBot, test: ImageSet) -> None:
    with qtbot.waitSignal(trainer.ended, timeout=LONG):
        trainer.start(request("a model"), test)


def assert_same_weights(one: OpenModel, weights: dict[str, np.ndarray]) -> None:
    for name, values in weights.items():
        np.testing.assert_array_equal(one.snapshot.weights[name], values)


def test_the_result_is_that_of_the_same_training_without_a_thread(
    trainer: Trainer, models: list[OpenModel], few_digits: ImageSet, qtbot: QtBot
) -> None:
    train(trainer, qtbot, few_digits)
    events = fit(CONFIG, SETTINGS, load_images("train"), few_digits)
    here = [event.snapshot for event in events if isinstance(event, EpochDone)]
    assert len(models) == len(here) == SETTINGS.epochs
    for there, snapshot in zip(models, here, strict=True):
        assert_same_weights(there, dict(snapshot.weights))


def test_what_an_epoch_brings_fits_together(
    trainer: Trainer, models: list[OpenModel], few_digits: ImageSet, qtbot: QtBot
) -> None:
    train(trainer, qtbot, few_digits)
    for model in models:
        posterior = model.snapshot.encode(few_digits.images)
        np.testing.assert_allclose(model.posterior.mu, posterior.mu, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(model.posterior.logvar, posterior.logvar, rtol=1e-3, atol=1e-3)
        assert model.projection.project(model.posterior.mu).shape == (len(few_digits), 2)


def test_the_end_of_one_may_start_the_next(
    trainer: Trainer, models: list[OpenModel], few_digits: ImageSet, qtbot: QtBot
) -> None:
    ends: list[str] = []

    def again(status: str) -> None:
        ends.append(status)
        if len(ends) == 1:
            trainer.start(request("again"), few_digits)

    trainer.ended.connect(again)
    trainer.start(request("first"), few_digits)
    qtbot.waitUntil(lambda: len(ends) == 2, timeout=LONG)
    assert [(model.name, model.run) for model in models] == [("first",) * 2] * 2 + [("again",) * 2] * 2
    assert_same_weights(models[1], dict(models[3].snapshot.weights))


def test_after_a_fault_of_ours_the_next_training_works(
    trainer: Trainer, models: list[OpenModel], few_digits: ImageSet, qtbot: QtBot
) -> None:
    broken = ImageSet("broken", np.full((3, 784), None), few_digits.labels[:3])
    with qtbot.waitSignal(trainer.failed, timeout=LONG) as failed:
        trainer.start(request("a model"), broken)
    assert isinstance(failed.args[0], TypeError)
    assert not trainer.running
    train(trainer, qtbot, few_digits)
    assert len(models) == SETTINGS.epochs


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no nice value of their own")
def test_only_the_training_thread_gives_way(trainer: Trainer, few_digits: ImageSet, qtbot: QtBot) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    train(trainer, qtbot, few_digits)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
