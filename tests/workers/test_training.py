import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.processes import ROOT, run_code
from tests.samples import TRAIN_COUNT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE, ImageSet
from vae_explorer.core.errors import DataError, TrainingError, UserError
from vae_explorer.core.run_folder import read_run
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_lock import RunBusyError
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.training_clock import TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.training import EpochReport, RunRequest, Trainer

#: Loading PyTorch may take that long on a busy machine.
PATIENCE = 90_000
CONFIG = VAEConfig(hidden=(16,))
ENDLESS = TrainingConfig(epochs=100_000, device="cpu")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def settings(epochs: int, **others: object) -> TrainingConfig:
    return TrainingConfig(epochs=epochs, **({"device": "cpu"} | others))  # type: ignore[arg-type]


def request(
    settings: TrainingConfig, name: str = "name", folder: Path | None = None, config: VAEConfig = CONFIG
) -> RunRequest:
    return RunRequest(RunInfo(f"id of {name}", name, NOW, config, settings), folder)


class Log:
    """What a trainer reported, in order."""

    NAMES = (
        *("preparing", "taken_up", "not_recorded", "started", "progressed", "steps_done", "changed"),
        *("looked", "epoch_done", "fell_back", "paused", "resumed", "ended", "failed"),
    )

    def __init__(self, trainer: Trainer) -> None:
        self.events: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        for name in self.NAMES:
            getattr(trainer, name).connect(lambda *values, name=name: self._add(name, *values))

    def _add(self, name: str, *values: object) -> None:
        self.events.append((name, values[0] if values else None))
        self.threads.add(threading.get_ident())

    def of(self, kind: str) -> list[object]:
        return [value for name, value in self.events if name == kind]

    @property
    def models(self) -> list[OpenModel]:
        return [value.model for value in self.of("epoch_done") if isinstance(value, EpochReport)]

    @property
    def devices(self) -> list[str]:
        return [value.device for value in self.of("started")]  # type: ignore[attr-defined]


@pytest.fixture
def trainer(qtbot: QtBot, few_digits: ImageSet) -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.suspend()
    qtbot.waitUntil(lambda: not trainer.running, timeout=PATIENCE)


@pytest.fixture
def log(trainer: Trainer) -> Log:
    return Log(trainer)


def test_a_whole_training(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.start(request(settings(3)), few_digits)
        assert trainer.running
    assert ended.args == ["finished"]
    assert not trainer.running
    assert log.threads == {threading.get_ident()}
    kinds = [name for name, _ in log.events if name not in ("progressed", "steps_done", "looked")]
    assert kinds == ["preparing", "started", "epoch_done", "epoch_done", "epoch_done", "ended"]
    assert log.devices == ["cpu"]
    assert [len(model.snapshot.record.history) for model in log.models] == [1, 2, 3]
    last = log.models[-1]
    assert (last.name, last.origin, last.run, last.epoch) == ("name", "training", "id of name", 3)
    assert (last.saved, last.path) == (False, None)
    np.testing.assert_allclose(
        last.posterior.mu, last.snapshot.encode(few_digits.images).mu, rtol=1e-4, atol=1e-4
    )
    elbos = [model.last_epoch.test.elbo for model in log.models if model.last_epoch]
    assert elbos == sorted(elbos)


def test_the_untrained_model_is_looked_at_first(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE):
        trainer.start(request(settings(1)), few_digits)
    first = log.of("looked")[0]
    assert isinstance(first, OpenModel)
    assert first.epoch == 0
    assert first.posterior.mu.shape == (len(few_digits), 2)


def test_progress_goes_up_and_is_not_told_too_often(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE):
        trainer.start(request(settings(8, batch_size=10)), few_digits)
    progress = [value for value in log.of("progressed") if isinstance(value, TrainingProgress)]
    fractions = [step.fraction for step in progress]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    seconds = sum(stats.seconds for stats in log.models[-1].snapshot.record.history)
    assert len(progress) <= 20 * seconds + 8
    assert len(progress) < 8 * TRAIN_COUNT / 10


def test_the_same_seed_gives_the_same_weights(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    for name in ("one", "other"):
        with qtbot.waitSignal(trainer.ended, timeout=PATIENCE):
            trainer.start(request(settings(1, seed=7), name), few_digits)
    one, other = log.models
    for name, values in one.snapshot.weights.items():
        np.testing.assert_array_equal(values, other.snapshot.weights[name])
    assert (one.run, other.run) == ("id of one", "id of other")


def test_stop_keeps_the_last_epoch(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.epoch_done, timeout=PATIENCE):
        trainer.start(request(ENDLESS), few_digits)
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.stop()
    assert ended.args == ["stopped"]
    assert log.models[-1].snapshot.weights["mu.bias"].shape == (2,)


def test_stop_before_the_first_epoch(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.start(request(ENDLESS), few_digits)
        trainer.stop()
    assert ended.args == ["stopped"]
    assert not log.models


def test_a_pause_holds_it_until_it_is_resumed(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainer.paused, timeout=PATIENCE) as paused:
        trainer.start(request(settings(2)), few_digits)
        trainer.pause()
    assert paused.args == [None]
    assert not log.models
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.resume()
    assert ended.args == ["finished"]
    assert len(log.models) == 2
    assert len(log.of("resumed")) == 1


def test_beta_is_steered_while_it_trains(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(trainer.epoch_done, timeout=PATIENCE):
        trainer.start(request(ENDLESS), few_digits)
    with qtbot.waitSignal(trainer.changed, timeout=PATIENCE) as changed:
        trainer.steer("beta", 4.0)
    assert (changed.args[0].name, changed.args[0].before, changed.args[0].after) == ("beta", 1.0, 4.0)


def test_a_run_is_kept_put_away_and_taken_up(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with qtbot.waitSignal(trainer.epoch_done, timeout=PATIENCE):
        trainer.start(request(settings(40), folder=folder), few_digits)
    assert log.models[-1].saved
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.suspend()
    assert ended.args == ["paused"]
    assert read_run(folder).info.status == "paused"
    before = len(log.models)
    more = RunRequest(read_run(folder).info, folder, resume=True)
    with qtbot.waitSignal(trainer.epoch_done, timeout=PATIENCE):
        trainer.start(more, few_digits)
    [found] = log.of("taken_up")
    assert [stats.epoch for stats in found.metrics.epochs] == list(range(1, before + 1))  # type: ignore[attr-defined]
    assert log.models[before].epoch == before + 1


def test_a_folder_that_cannot_be_made_does_not_hinder_the_training(
    trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE) as ended:
        trainer.start(request(settings(1), folder=tmp_path / "file" / "run"), few_digits)
    assert ended.args == ["finished"]
    assert isinstance(log.of("not_recorded")[0], UserError)
    assert not log.models[-1].saved


def test_a_run_that_somebody_else_writes_cannot_be_taken_up(
    trainer: Trainer, few_digits: ImageSet, qtbot: QtBot, tmp_path: Path
) -> None:
    wanted = request(settings(1), folder=tmp_path / "run")
    with (
        RunRecorder.create(tmp_path / "run", wanted.info),
        qtbot.waitSignal(trainer.failed, timeout=PATIENCE) as failed,
    ):
        trainer.start(RunRequest(wanted.info, wanted.folder, resume=True), few_digits)
    assert isinstance(failed.args[0], RunBusyError)


def test_only_one_at_a_time(trainer: Trainer, few_digits: ImageSet) -> None:
    trainer.start(request(ENDLESS), few_digits)
    with pytest.raises(RuntimeError, match="running already"):
        trainer.start(request(ENDLESS, "other"), few_digits)


def test_suspending_ends_the_thread(trainer: Trainer, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.started, timeout=PATIENCE):
        trainer.start(request(ENDLESS), few_digits)
    thread = trainer._thread
    assert thread is not None
    trainer.suspend()
    assert thread.isFinished()
    qtbot.waitUntil(lambda: not trainer.running)


def test_nothing_happens_without_a_training(qtbot: QtBot) -> None:
    trainer = Trainer()
    trainer.pause()
    trainer.resume()
    trainer.stop()
    trainer.suspend()
    assert not trainer.running


def test_a_device_that_is_not_there(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    import torch

    missing = "mps" if torch.cuda.is_available() else "cuda"
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE):
        trainer.start(request(settings(1, device=missing)), few_digits)
    [event] = log.of("fell_back")
    assert (event.wanted, event.used) == (missing, "cpu")  # type: ignore[attr-defined]
    assert "no such device" in event.reason  # type: ignore[attr-defined]
    assert log.devices == ["cpu"]
    assert log.models


def test_an_error_arrives_here(trainer: Trainer, log: Log, few_digits: ImageSet, qtbot: QtBot) -> None:
    with qtbot.waitSignal(trainer.failed, timeout=PATIENCE) as failed:
        trainer.start(request(settings(1), config=VAEConfig(100, (8,), 2)), few_digits)
    assert isinstance(failed.args[0], TrainingError)
    assert not trainer.running
    assert not log.of("ended")
    with qtbot.waitSignal(trainer.ended, timeout=PATIENCE):
        trainer.start(request(settings(1)), few_digits)
    assert log.models


def test_data_that_are_gone(
    trainer: Trainer, few_digits: ImageSet, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with qtbot.waitSignal(trainer.failed, timeout=PATIENCE) as failed:
        trainer.start(request(settings(1)), few_digits)
    assert isinstance(failed.args[0], DataError)
    assert "train-images-idx3-ubyte" in str(failed.args[0])


#: PyTorch is on the disk as far as anybody can tell, and takes for ever to read.
STOP_WHILE_LOADING = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
from PySide6.QtCore import QCoreApplication, QTimer
from tests.workers.test_training import ENDLESS, request
from vae_explorer.core import torch_loading
from vae_explorer.core.data import ImageSet
from vae_explorer.workers.training import Trainer
torch_loading._SLOW = 0.0
application = QCoreApplication([])
trainer = Trainer()
trainer.failed.connect(lambda error: print("failed", error))
trainer.ended.connect(lambda status: (print(status, "torch" in sys.modules), application.quit()))
timer = QTimer(interval=10)
def look():
    if (folder / "begun").exists():
        timer.stop()
        getattr(trainer, sys.argv[2])()
timer.timeout.connect(look)
timer.start()
trainer.start(request(ENDLESS), None)
application.exec()
"""


@pytest.mark.parametrize("how", ["stop", "suspend"])
def test_it_ends_while_pytorch_is_still_being_read(tmp_path: Path, how: str) -> None:
    package = tmp_path / "torch"
    package.mkdir()
    (package / "heavy.so").write_bytes(bytes(1000))
    begun = tmp_path / "begun"
    (package / "__init__.py").write_text(
        f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(100)\n"
    )
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    assert run_code(STOP_WHILE_LOADING, tmp_path, how, PYTHONPATH=path) == "stopped False"
