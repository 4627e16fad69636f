"""Everything that a training needs to go on bit for bit, as plain arrays.

It is taken between two steps: at the end of an epoch for the autosave, anywhere for a pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.checks import known_fields, require_integer, require_number
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.snapshot import TrainingRecord
from vae_explorer.core.training_config import TrainingConfig, check_beta, check_learning_rate

WEIGHTS = "weights."


@dataclass(frozen=True, slots=True)
class Position:
    """Where a training is.

    Attributes:
        epoch: the one under way, counted from 1; one more than the settings have where it is complete.
        images: how many images of that epoch were seen.
        step: steps done in the whole training.
        window_steps: steps since the last entry of the table of steps.
        window_images: images of those steps.
        seconds: wall-clock time spent on the epoch under way.
        beta: weight of the KL term as the user set it last, without annealing.
        learning_rate: as the user set it last, without schedule.
        device: where it ran; the state of its random numbers is only good there.
    """

    epoch: int
    images: int
    step: int
    window_steps: int
    window_images: int
    seconds: float
    beta: float
    learning_rate: float
    device: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a value is missing or not what it should be.
        """
        fields = known_fields(cls, values, required=tuple(cls.__dataclass_fields__))
        for name in ("epoch", "images", "step", "window_steps", "window_images"):
            require_integer(f"position ({name})", fields[name], int(name == "epoch"), 2**53)
        require_number("time of the epoch", fields["seconds"], 0, 1e12)
        check_beta(fields["beta"])
        check_learning_rate(fields["learning_rate"])
        return cls(**fields | {"device": str(fields["device"])})


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """A training between two steps.

    Attributes:
        config: the architecture.
        record: data set, settings, history and changes so far.
        position: where it is.
        tensors: ``weights.<name>`` of the model, the optimiser's ``exp_avg.<name>``, ``exp_avg_sq.<name>`` and
            ``steps``; ``generator``, the state of the random numbers; ``order``, in which the epoch under way sees
            the images (empty between two epochs); ``window`` and ``epoch``, sums of the figures so far.
    """

    config: VAEConfig
    record: TrainingRecord
    position: Position
    tensors: Mapping[str, NDArray[Any]]

    @property
    def settings(self) -> TrainingConfig:
        """How it is trained.

        Raises:
            ConfigError: the state came without.
        """
        if self.record.settings is None:
            raise ConfigError("The saved training lacks its settings.")
        return self.record.settings

    @property
    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The model's weights by their own names."""
        return {
            name.removeprefix(WEIGHTS): values
            for name, values in self.tensors.items()
            if name.startswith(WEIGHTS)
        }

    def with_settings(self, settings: TrainingConfig) -> Self:
        """The same moment under other settings: more epochs, another device or batch size."""
        return replace(self, record=replace(self.record, settings=settings))
