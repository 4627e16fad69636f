"""Adds up the figures of training steps: a few steps make an entry of the table, all of them the epoch's means.

On the CPU an entry is read as soon as it is full. Reading makes the host wait for an accelerator, so there the sums
stay on the device until the epoch is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.core.optimisation import StepSettings
from vae_explorer.core.statistics import ElboTerms, StepStats

#: Entries of the table of steps an epoch; fewer where an epoch has fewer steps.
_ENTRIES_AN_EPOCH = 20


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    sums: Tensor
    images: int
    step: int
    epoch: float
    settings: StepSettings


class Ledger:
    """Sums of one training.

    Args:
        device: where the figures arrive.
        latent: number of latent dimensions.
        batches: steps an epoch.

    Attributes:
        window: sums of the entry that is not full yet, shape (2 + latent,).
        epoch_sums: sums of the epoch so far, as far as they were taken.
        steps: steps of the entry that is not full yet.
        images: images of those steps.
        waits: whether entries should stay on the device until the epoch is over.
    """

    def __init__(self, device: torch.device, latent: int, batches: int) -> None:
        self.window = torch.zeros(2 + latent, device=device)
        self.epoch_sums = [0.0] * (2 + latent)
        self.steps = 0
        self.images = 0
        self._steps_an_entry = -(-batches // _ENTRIES_AN_EPOCH)
        self.waits = device.type != "cpu"
        self._full: list[_Entry] = []

    def continue_from(self, window: Tensor, epoch_sums: list[float], steps: int, images: int) -> None:
        """Go on with the sums of an interrupted training."""
        self.window, self.epoch_sums, self.steps, self.images = window, list(epoch_sums), steps, images

    def add(self, sums: Tensor, images: int, settings: StepSettings, step: int, epoch: float) -> None:
        """Take one step: sums over its `images` of loss, reconstruction and KL_j, shape (2 + latent,)."""
        self.window += sums
        self.steps += 1
        self.images += images
        self._last = (settings, step, epoch)
        if self.steps == self._steps_an_entry:
            self.close()

    def close(self) -> None:
        """Make an entry of the steps since the last one."""
        if self.steps:
            settings, step, epoch = self._last
            self._full.append(_Entry(self.window, self.images, step, epoch, settings))
            self.window = torch.zeros_like(self.window)
            self.steps = self.images = 0

    def take(self) -> tuple[StepStats, ...] | None:
        """The entries since the last call, or None if one of them is not finite; waits for the device."""
        if not self._full:
            return ()
        entries, self._full = self._full, []
        values = torch.stack([entry.sums for entry in entries]).cpu().double().tolist()
        for sums in values:
            self.epoch_sums = [total + value for total, value in zip(self.epoch_sums, sums, strict=True)]
        if not all(map(math.isfinite, self.epoch_sums)):
            return None
        return tuple(_stats(entry, sums) for entry, sums in zip(entries, values, strict=True))

    def end_epoch(self, images: int) -> tuple[float, ElboTerms]:
        """Mean loss and ELBO of the epoch's `images`; the next epoch begins at zero."""
        loss, reconstruction, *kl = (total / images for total in self.epoch_sums)
        self.epoch_sums = [0.0] * len(self.epoch_sums)
        return loss, ElboTerms(reconstruction, tuple(kl))


def _stats(entry: _Entry, sums: list[float]) -> StepStats:
    loss, reconstruction, *kl = (total / entry.images for total in sums)
    settings = entry.settings
    return StepStats(
        entry.step, entry.epoch, loss, reconstruction, sum(kl), settings.beta, settings.learning_rate
    )
