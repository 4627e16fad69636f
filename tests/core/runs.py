"""Runs for tests: made up ones, which take no time, and real ones that train in a process of their own."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tests.processes import environment
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.events import BatchDone, EpochDone, StepsDone, TrainingEvent
from vae_explorer.core.metrics import STEP_COLUMNS, Metrics
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats, StepStats
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.core.training_state import Position, TrainingState

ROOT = Path(__file__).parents[2]
CONFIG = VAEConfig(16, (8, 5), 3)
SETTINGS = TrainingConfig(epochs=6, batch_size=64, device="cpu")
STEPS_AN_EPOCH = 4
CHANGE = Change(STEPS_AN_EPOCH + 2, 1.5, "beta", 1.0, 2.0)


def info(folder: Path, config: VAEConfig = CONFIG, settings: TrainingConfig = SETTINGS) -> RunInfo:
    created = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
    return RunInfo(folder.name, "A run", created, config, settings, "few")


def epoch_stats(epoch: int) -> EpochStats:
    kl = tuple(float(j) for j in range(CONFIG.latent))
    terms = ElboTerms(200.0 - epoch, kl), ElboTerms(210.0 - epoch, kl)
    return EpochStats(epoch, 1.5, *terms, epoch * STEPS_AN_EPOCH, 205.0, None, (0.5,) * CONFIG.latent)


def step_stats(epoch: int) -> tuple[StepStats, ...]:
    steps = range((epoch - 1) * STEPS_AN_EPOCH + 1, epoch * STEPS_AN_EPOCH + 1)
    return tuple(StepStats(k, k / STEPS_AN_EPOCH, 200.0 / k, 150.0 / k, 3.0, 1.0, 1e-3) for k in steps)


def record(epoch: int) -> TrainingRecord:
    history = tuple(epoch_stats(k) for k in range(1, epoch + 1))
    return TrainingRecord("few", SETTINGS, history, (CHANGE,) if epoch > 1 else ())


def snapshot(epoch: int, config: VAEConfig = CONFIG) -> ModelSnapshot:
    random = np.random.default_rng(epoch)
    weights = {
        name: random.normal(size=shape).astype(np.float32) for name, shape in config.weight_shapes.items()
    }
    return ModelSnapshot(config, weights, record(epoch))


def state(epoch: int, config: VAEConfig = CONFIG) -> TrainingState:
    """After `epoch` whole epochs."""
    random = np.random.default_rng(-epoch % 1000)
    tensors: dict[str, np.ndarray] = {}
    for name, values in snapshot(epoch, config).weights.items():
        tensors["weights." + name] = np.array(values)
        tensors["exp_avg." + name] = random.normal(size=values.shape).astype(np.float32)
        tensors["exp_avg_sq." + name] = random.random(values.shape).astype(np.float32)
    tensors["steps"] = np.array(epoch * STEPS_AN_EPOCH)
    tensors["generator"] = random.integers(0, 256, 5056).astype(np.uint8)
    tensors["order"] = np.empty(0, np.int64)
    tensors["window"] = np.zeros(2 + config.latent, np.float32)
    tensors["epoch"] = np.zeros(2 + config.latent)
    position = Position(epoch + 1, 0, epoch * STEPS_AN_EPOCH, 0, 0, 0.0, 1.0, 1e-3, "cpu")
    return TrainingState(config, record(epoch), position, tensors)


def add_epochs(recorder: RunRecorder, first: int, last: int, config: VAEConfig = CONFIG) -> None:
    """What a training would write in these epochs; the first must not be in the middle."""
    for epoch in range(first, last + 1):
        steps = step_stats(epoch)
        if epoch == 2:
            recorder.add_steps(steps[:2])
            recorder.add_change(CHANGE)
            recorder.add_steps(steps[2:])
        else:
            recorder.add_steps(steps)
        recorder.add_epoch(epoch_stats(epoch), snapshot(epoch, config), state(epoch, config))


def made_up_run(folder: Path, epochs: int = 3, config: VAEConfig = CONFIG) -> Path:
    with RunRecorder.create(folder, info(folder, config)) as recorder:
        add_epochs(recorder, 1, epochs, config)
    return folder


def figures(metrics: Metrics) -> tuple[object, ...]:
    """All of them except for the seconds, to compare two runs."""
    columns = [metrics.column(name).tolist() for name in STEP_COLUMNS]
    return columns, [replace(stats, seconds=0) for stats in metrics.epochs], metrics.changes


def same_state(one: TrainingState, other: TrainingState) -> bool:
    """Whether two trainings would go on alike, bit for bit."""
    assert one.tensors.keys() == other.tensors.keys()
    for name, values in one.tensors.items():
        there = other.tensors[name]
        if values.dtype != there.dtype or values.shape != there.shape or values.tobytes() != there.tobytes():
            return False
    return replace(one.position, seconds=0) == replace(other.position, seconds=0)


# Real training, in a process of its own

#: For Python, with the folder of the run and with a step to pause at, or 0.
TRAIN = "from tests.core.runs import train; train()"


def start_training(folder: Path) -> "subprocess.Popen[str]":
    """Trains the run in `folder` to its end, or on to its end if it is there.

    It prints its progress, and waits at nothing.
    """
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            TRAIN,
            str(folder),
            "0",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )


def train() -> None:
    """The main function of such a process."""
    import torch

    from vae_explorer.core.training import Training

    torch.set_num_threads(1)
    folder, pause_at = Path(sys.argv[1]), int(sys.argv[2])
    digits = load_images("test")
    few = ImageSet("few", digits.images[:500], digits.labels[:500])
    config = VAEConfig(784, (16,), 2)
    if folder.exists():
        recorder = RunRecorder.reopen(folder)
        try:
            training = Training.resume(recorder.take_up(), few, few)
        except CheckpointError:
            print("no autosave", flush=True)
            return
    else:
        recorder = RunRecorder.create(folder, info(folder, config))
        training = Training(config, SETTINGS, few, few)
    with recorder:
        for event in training.run():
            _keep(event, training, recorder)
            if event == BatchDone(3, 5, 8):
                # The user does this in the middle of an epoch.
                change = training.steer("beta", 2.0)
                assert change is not None
                recorder.add_change(change)
            if isinstance(event, BatchDone):
                step = training.state().position.step
                print(f"step {step}", flush=True)
                if step == pause_at:
                    recorder.add_steps(training.flush())
                    recorder.save_state(training.state())
                    return
        recorder.set_info(recorder.info.with_status("finished"))
        print("finished", flush=True)


def _keep(event: TrainingEvent, training: "object", recorder: RunRecorder) -> None:
    from vae_explorer.core.training import Training

    assert isinstance(training, Training)
    match event:
        case StepsDone(stats):
            recorder.add_steps(stats)
        case EpochDone(stats=stats, snapshot=model):
            print("saving", flush=True)
            recorder.add_epoch(stats, model, training.state())
