"""What a run is called and how it stands: the content of its ``run.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

from vae_explorer.core.checks import require_choice
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import TrainingConfig

#: ``running`` in a folder that nobody writes to means that the program was killed or the power went.
RunStatus = Literal["running", "paused", "finished", "stopped", "failed"]

_FORMAT = 1


class NewerRunError(ConfigError):
    """A newer version of the application wrote this run; to guess at what it means would do harm."""

    def __init__(self) -> None:
        super().__init__("It was written by a newer version of VAE Explorer. Please update.")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Name, settings and status of a run.

    Attributes:
        id: name of its folder; never changes.
        name: what to call it on the screen.
        created: when it began, with time zone.
        config: the architecture.
        settings: how it was asked to train; β and learning rate may have been changed since, see its changes.
        data_set: name of its images.
        status: how it stands.
        device: where it trains or trained last; empty before the first step.
        parent: where its first weights come from, such as ``Run 3, epoch 7``; empty for random ones.
        problem: why it failed, in plain words; empty otherwise.
    """

    id: str
    name: str
    created: datetime
    config: VAEConfig
    settings: TrainingConfig
    data_set: str = ""
    status: RunStatus = "running"
    device: str = ""
    parent: str = ""
    problem: str = ""

    @property
    def resumable(self) -> bool:
        """Whether there is more to train: it was paused, stopped, interrupted, or failed on the way."""
        return self.status != "finished"

    def with_status(self, status: RunStatus, problem: str = "") -> Self:
        """The same run, standing otherwise."""
        return replace(self, status=status, problem=problem)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": _FORMAT,
            "id": self.id,
            "name": self.name,
            "created": self.created.astimezone(UTC).isoformat(),
            "config": self.config.to_dict(),
            "settings": self.settings.to_dict(),
            "data_set": self.data_set,
            "status": self.status,
            "device": self.device,
            "parent": self.parent,
            "problem": self.problem,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            NewerRunError: a newer version wrote it.
            ConfigError: a value is missing or not what it should be.
        """
        try:
            if values["format"] > _FORMAT:
                raise NewerRunError
            created = datetime.fromisoformat(values["created"])
            require_choice("status", values["status"], get_args(RunStatus))
            texts = {key: str(values.get(key, "")) for key in ("data_set", "device", "parent", "problem")}
            return cls(
                id=str(values["id"]),
                name=str(values["name"]),
                created=created if created.tzinfo else created.replace(tzinfo=UTC),
                config=VAEConfig.from_dict(values["config"]),
                settings=TrainingConfig.from_dict(values["settings"]),
                status=values["status"],
                **texts,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                "The description of the run is damaged: {reason}.", reason=repr(error)
            ) from error
