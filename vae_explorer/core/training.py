"""Training as a plain generator: it yields frozen values and knows neither Qt nor a terminal.

The training images lie on the device as one ``uint8`` tensor, batches are gathered there, and figures are summed there:
inside an epoch nothing waits for the device.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from vae_explorer.core.config import TrainingConfig, VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.devices import CPU, choose_device, is_out_of_memory
from vae_explorer.core.errors import TrainingError
from vae_explorer.core.events import BatchDone, DeviceFallback, EpochDone, TrainingEvent, TrainingStarted
from vae_explorer.core.gradients import compute_gradients
from vae_explorer.core.models import VAE
from vae_explorer.core.objective import NEGATIVE_LOG_LIKELIHOODS, elbo_terms, kl_per_dimension
from vae_explorer.core.snapshot import ModelSnapshot, Posterior, TrainingRecord
from vae_explorer.core.statistics import ElboTerms, EpochStats

#: Images a step of the test pass: large enough for the matrix products, small enough for the cache.
_TEST_BATCH = 1000
#: The test pass draws the same noise after every epoch, so that two epochs differ by their weights only.
_TEST_SEED = 20131220


def fit(
    config: VAEConfig,
    settings: TrainingConfig,
    train: ImageSet,
    test: ImageSet,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[TrainingEvent]:
    """Train a new model with Adam on the negative ELBO.

    The same configuration, settings, images, device and number of threads give the same weights, bit for bit.

    Args:
        config: the architecture.
        settings: epochs, batch size, learning rate, seed, device.
        train: images to learn from.
        test: images for the test ELBO after every epoch.
        cancelled: asked before every batch; once it says yes the generator ends, and the last `EpochDone` is the
            result.

    Yields:
        `DeviceFallback` where the wanted device cannot be used, `TrainingStarted`, a `BatchDone` for each step and an
        `EpochDone` for each epoch.

    Raises:
        TrainingError: the images do not fit the model, the loss is no longer finite, or memory ran out on the CPU.
    """
    for images in (train, test):
        _check_pixels(config, images)
    device, fallback = choose_device(settings.device)
    if fallback is not None:
        yield fallback
    yield from _fit_on(device, config, settings, train, test, cancelled)


def _fit_on(
    device: torch.device,
    config: VAEConfig,
    settings: TrainingConfig,
    train: ImageSet,
    test: ImageSet,
    cancelled: Callable[[], bool],
) -> Iterator[TrainingEvent]:
    trainer = _Trainer(config, settings)
    record = TrainingRecord(train.name, settings)
    epoch = 1
    placed = False
    while epoch <= settings.epochs:
        try:
            if not placed:
                trainer.place(device, train, test)
                placed = True
                yield TrainingStarted(str(device), trainer.batches)
            started = time.perf_counter()
            train_terms = yield from trainer.train_epoch(epoch, cancelled)
            if train_terms is None:
                return
            test_terms, posterior = trainer.test_pass()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if device == CPU:
                raise TrainingError(
                    "Memory ran out on the CPU. Try smaller hidden widths or a smaller batch."
                ) from error
            yield DeviceFallback(str(device), str(CPU), "its memory ran out")
            # The epoch starts again on the CPU from the weights as they are.
            device, placed = CPU, False
            continue
        _check_finite(epoch, train_terms, test_terms)
        stats = EpochStats(epoch, time.perf_counter() - started, train_terms, test_terms)
        record = replace(record, history=(*record.history, stats))
        yield EpochDone(stats, trainer.model.snapshot(record), posterior)
        epoch += 1


def _check_pixels(config: VAEConfig, images: ImageSet) -> None:
    if images.pixels != config.input_size:
        raise TrainingError(
            "The images of {name} have {found} pixels, but the model takes {expected}.",
            name=images.name,
            found=images.pixels,
            expected=config.input_size,
        )


def _check_finite(epoch: int, train: ElboTerms, test: ElboTerms) -> None:
    # The test counts too: the very last step can be the one that spoils the weights.
    if not math.isfinite(train.elbo + test.elbo):
        raise TrainingError(
            "Training diverged in epoch {epoch}: the loss is no longer a finite number. "
            "Try a smaller learning rate; the model of the epoch before is kept.",
            epoch=epoch,
        )


class _Trainer:
    """Model, optimiser and random state of one run, and the images on its device."""

    def __init__(self, config: VAEConfig, settings: TrainingConfig) -> None:
        self.model = VAE(config, torch.Generator().manual_seed(settings.seed))
        self._settings = settings
        self._optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.learning_rate, fused=True)

    def place(self, device: torch.device, train: ImageSet, test: ImageSet) -> None:
        """Move everything to `device`; the random state starts anew there."""
        self._train = torch.tensor(train.images, device=device)
        self._test = torch.tensor(test.images, device=device)
        self.model.to(device)
        # Loading puts the moments on the device of their weights.
        self._optimizer.load_state_dict(self._optimizer.state_dict())
        self._generator = torch.Generator(device).manual_seed(self._settings.seed)
        self._device = device

    @property
    def batches(self) -> int:
        """Steps an epoch."""
        return -(-len(self._train) // self._settings.batch_size)

    def train_epoch(
        self, epoch: int, cancelled: Callable[[], bool]
    ) -> Generator[BatchDone, None, ElboTerms | None]:
        """One pass over the shuffled images; returns its mean figures, or None when cancelled."""
        size = self._settings.batch_size
        order = torch.randperm(len(self._train), generator=self._generator, device=self._device)
        reconstruction = torch.zeros((), device=self._device)
        kl = torch.zeros(self.model.config.latent, device=self._device)
        for batch in range(self.batches):
            if cancelled():
                return None
            images = _scale(self._train[order[batch * size : (batch + 1) * size]])
            batch_reconstruction, batch_kl = compute_gradients(self.model, images, self._generator)
            self._optimizer.step()
            reconstruction += batch_reconstruction
            kl += batch_kl
            yield BatchDone(epoch, batch + 1, self.batches)
        return elbo_terms(reconstruction, kl, len(self._train))

    def test_pass(self) -> tuple[ElboTerms, Posterior]:
        """ELBO of the test images and their posteriors."""
        return _evaluate(self.model, self._test)


def evaluate(snapshot: ModelSnapshot, images: ImageSet) -> tuple[ElboTerms, Posterior]:
    """ELBO of `images` under a finished model, as `fit` reports it for the test images, and their posteriors.

    Raises:
        TrainingError: the images do not fit the model.
    """
    _check_pixels(snapshot.config, images)
    return _evaluate(VAE.from_snapshot(snapshot), torch.tensor(images.images))


@torch.no_grad()
def _evaluate(model: VAE, images: Tensor) -> tuple[ElboTerms, Posterior]:
    """ELBO with one draw of z for each image, always the same draw, and the posteriors."""
    generator = torch.Generator(images.device).manual_seed(_TEST_SEED)
    reconstruction = torch.zeros((), device=images.device)
    kl = torch.zeros(model.config.latent, device=images.device)
    negative_log_likelihood = NEGATIVE_LOG_LIKELIHOODS[model.config.likelihood]
    posteriors: list[tuple[Tensor, Tensor]] = []
    for start in range(0, len(images), _TEST_BATCH):
        scaled = _scale(images[start : start + _TEST_BATCH])
        logits, mu, logvar = model(scaled, generator)
        reconstruction += negative_log_likelihood(logits, scaled)
        kl += kl_per_dimension(mu, logvar).sum(0)
        posteriors.append((mu, logvar))
    mus, logvars = (torch.cat(part).cpu().numpy() for part in zip(*posteriors, strict=True))
    return elbo_terms(reconstruction, kl, len(images)), Posterior(mus, logvars)


def _scale(images: Tensor) -> Tensor:
    """Gray levels 0–255 as floats in [0, 1]."""
    return images.float().mul_(1 / 255)
