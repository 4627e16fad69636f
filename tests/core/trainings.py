"""Small trainings on real digits, and what tests look at in them."""

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.events import EpochDone, TrainingEvent
from vae_explorer.core.training_config import TrainingConfig

CONFIG = VAEConfig(784, (32,), 2)
SETTINGS = TrainingConfig(epochs=3, batch_size=64, device="cpu")


def epochs_of(events: list[TrainingEvent]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]
