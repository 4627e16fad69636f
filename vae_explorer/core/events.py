"""What training reports while it runs: frozen values without PyTorch, so that a window can hold them."""

from __future__ import annotations

from dataclasses import dataclass

from vae_explorer.core.errors import UserError
from vae_explorer.core.run_info import RunStatus
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.statistics import Change, EpochStats, StepStats
from vae_explorer.core.training_config import TrainingConfig


@dataclass(frozen=True, slots=True)
class TrainingStarted:
    """Data and model are on the device.

    Attributes:
        device: its name.
        settings: how it trains from here on; after a resumption these may differ from before.
        batches: number of steps an epoch.
        step: how many steps were done before, by the training that this one continues.
    """

    device: str
    settings: TrainingConfig
    batches: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class DeviceFallback:
    """The wanted device could not be used; training goes on on `used`. `reason` is plain English."""

    wanted: str
    used: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """Step `batch` of `batches` of epoch `epoch` was handed to the device; both count from 1."""

    epoch: int
    batch: int
    batches: int


@dataclass(frozen=True, slots=True)
class StepsDone:
    """New entries of the table of steps: about twenty an epoch, on an accelerator all of them at the epoch's end."""

    stats: tuple[StepStats, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EpochDone:
    """An epoch and its test pass are over.

    Attributes:
        stats: the figures.
        snapshot: the weights, with the history so far in its record.
        posterior: the encoder's answer for the test images, which the test pass yields for nothing.
    """

    stats: EpochStats
    snapshot: ModelSnapshot
    posterior: Posterior


@dataclass(frozen=True, slots=True)
class StoppedEarly:
    """No epoch since `best` had a better ELBO, and the patience of the settings is used up."""

    best: int


TrainingEvent = TrainingStarted | DeviceFallback | BatchDone | StepsDone | EpochDone | StoppedEarly


@dataclass(frozen=True, slots=True)
class Changed:
    """The user changed a setting of the running training."""

    change: Change


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """The model in the middle of an epoch, for the screen.

    Attributes:
        epoch: how many epochs were done, with fractions.
        snapshot: the weights.
        posterior: the encoder's answer for the test images; None where only the weights are newer.
    """

    epoch: float
    snapshot: ModelSnapshot
    posterior: Posterior | None


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The run cannot be kept on disk; it goes on in memory."""

    problem: UserError


@dataclass(frozen=True, slots=True)
class Paused:
    """The training waits: because it was asked to, or because of a problem that the user can mend."""

    problem: UserError | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The training goes on after a pause."""


@dataclass(frozen=True, slots=True)
class MemoryRanOut:
    """The training waits for an answer: how to go on with less memory.

    Attributes:
        device: where memory ran out.
        batch_size: of the steps that did not fit.
    """

    device: str
    batch_size: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing follows. ``paused`` means that the run was put away to be resumed another time."""

    status: RunStatus


RunEvent = TrainingEvent | Changed | Looked | NotRecorded | Paused | Resumed | MemoryRanOut | RunEnded
