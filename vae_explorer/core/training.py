"""Training as a plain generator: it yields frozen values and knows neither Qt nor a terminal.

The training images lie on the device as one ``uint8`` tensor, batches are gathered there, and figures are summed there:
on an accelerator nothing waits for the device inside an epoch. Whoever iterates the generator may look at the training,
steer it or take its state between any two events; to pause is not to ask for the next event.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, hold_out
from vae_explorer.core.devices import choose_device, is_out_of_memory
from vae_explorer.core.errors import CheckpointError, DivergedError, OutOfMemoryError, TrainingError
from vae_explorer.core.events import (
    BatchDone,
    EpochDone,
    StepsDone,
    StoppedEarly,
    TrainingEvent,
    TrainingStarted,
)
from vae_explorer.core.ledger import Ledger
from vae_explorer.core.models import VAE
from vae_explorer.core.objective import elbo_terms, kl_per_dimension
from vae_explorer.core.optimisation import Optimisation, StepSettings
from vae_explorer.core.schedules import annealing_factor, learning_rate_factor
from vae_explorer.core.snapshot import ModelSnapshot, Posterior, TrainingRecord
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats, Steered, StepStats
from vae_explorer.core.training_config import TrainingConfig, check_beta, check_learning_rate
from vae_explorer.core.training_state import WEIGHTS, Position, TrainingState

#: Images a step of the test pass: large enough for the matrix products, small enough for the cache.
_TEST_BATCH = 1000
#: The test pass draws the same noise after every epoch, so that two epochs differ by their weights only.
_TEST_SEED = 20131220


class Training:
    """One training of one model with Adam, from its beginning or from a saved state.

    The same configuration, settings, images, device and number of threads give the same weights, bit for bit, however
    often the training was interrupted and continued from its state.

    Args:
        config: the architecture.
        settings: how to train.
        train: images to learn from; the validation part is taken out of them.
        test: images for the test ELBO after every epoch.
        start: a model whose weights to begin with, instead of random ones.
        state: where an earlier training was; it is continued.

    Attributes:
        settings: how it trains.
        started: whether model and images are on the device; there is no state to take before.

    Raises:
        TrainingError: the images do not fit the model.
    """

    def __init__(
        self,
        config: VAEConfig,
        settings: TrainingConfig,
        train: ImageSet,
        test: ImageSet,
        *,
        start: ModelSnapshot | None = None,
        state: TrainingState | None = None,
    ) -> None:
        for images in (train, test):
            _check_pixels(config, images)
        self.settings = settings
        self._train_images, self._validation_images = hold_out(train, settings.validation, settings.seed)
        self._test_images = test
        self._state = state
        if start is not None:
            self._model = VAE.from_snapshot(start)
        else:
            self._model = VAE(config, torch.Generator().manual_seed(settings.seed))
        self._record = TrainingRecord(train.name, settings)
        self._epoch, self._images_done, self._step = 1, 0, 0
        self._values: dict[Steered, float] = {
            "beta": settings.beta,
            "learning_rate": settings.learning_rate,
        }
        self._order: Tensor | None = None
        self._seconds = 0.0
        self.started = False

    @classmethod
    def resume(cls, state: TrainingState, train: ImageSet, test: ImageSet) -> Training:
        """Go on from `state`; see `TrainingState.with_settings` for going on otherwise than before.

        Raises:
            TrainingError: these are not the images that it was trained on.
        """
        if state.record.data_set != train.name:
            raise TrainingError(
                "This run was trained on {wanted}, but the images here are {found}.",
                wanted=state.record.data_set,
                found=train.name,
            )
        return cls(state.config, state.settings, train, test, state=state)

    def run(self) -> Iterator[TrainingEvent]:
        """Train until the last epoch, or until patience is used up.

        Yields:
            `DeviceFallback` where the wanted device cannot be used, `TrainingStarted`, a `BatchDone` for each step,
            now and then `StepsDone`, an `EpochDone` for each epoch, and `StoppedEarly` where that is so.

        Raises:
            DivergedError: the loss is no longer finite.
            OutOfMemoryError: memory ran out on the device; only the state can still be taken, if it started.
        """
        device, fallback = choose_device(self.settings.device)
        if fallback is not None:
            yield fallback
        with _memory_watched(device):
            self._place(device)
            self.started = True
            yield TrainingStarted(str(device), self.settings, self.batches, self._step)
            while self._epoch <= self.settings.epochs:
                yield from self._train_epoch()
                done = self._end_epoch()
                yield done
                best = self._best_if_impatient()
                if best is not None:
                    yield StoppedEarly(best)
                    return

    # Between two events

    @property
    def batches(self) -> int:
        """Steps an epoch."""
        return -(-len(self._train_images) // self.settings.batch_size)

    @property
    def progress(self) -> float:
        """How many epochs were done, with fractions."""
        return self._epoch - 1 + self._images_done / len(self._train_images)

    def steer(self, name: Steered, value: float) -> Change | None:
        """Set β or the learning rate from the next step on; None where it has that value already.

        Raises:
            ConfigError: the value is out of range; nothing is changed.
        """
        check_beta(value) if name == "beta" else check_learning_rate(value)
        before = self._values[name]
        if value == before:
            return None
        self._values[name] = float(value)
        change = Change(self._step, self.progress, name, before, float(value))
        self._record = replace(self._record, changes=(*self._record.changes, change))
        return change

    def snapshot(self) -> ModelSnapshot:
        """The weights as they are now, under a millisecond for a small model.

        Raises:
            DivergedError: they are no longer finite.
        """
        try:
            return self._model.snapshot(self._record)
        except CheckpointError as error:
            raise DivergedError(self._epoch) from error

    def posterior(self) -> Posterior:
        """Where the encoder puts the test images now; tens of milliseconds.

        Raises:
            OutOfMemoryError: memory ran out on the device.
        """
        with _memory_watched(self._device):
            return _encode(self._model, self._test)

    def exclude(self, seconds: float) -> None:
        """Do not count so much time of a pause as time of the epoch."""
        self._began += seconds

    def flush(self) -> tuple[StepStats, ...]:
        """Entries of the table of steps that wait for the end of the epoch on an accelerator; before a pause.

        Raises:
            DivergedError: a figure is no longer finite.
        """
        stats = self._ledger.take()
        if stats is None:
            raise DivergedError(self._epoch)
        return stats

    def state(self) -> TrainingState:
        """Everything that a later training needs to go on from here. The training must have started.

        What `flush` would return is not part of it.
        """
        position = Position(
            self._epoch,
            self._images_done,
            self._step,
            self._ledger.steps,
            self._ledger.images,
            self._seconds_so_far(),
            self._values["beta"],
            self._values["learning_rate"],
            self._device.type,
        )
        tensors = {WEIGHTS + name: values for name, values in self._model.state_dict().items()}
        tensors |= self._optimisation.state()
        tensors["generator"] = self._generator.get_state()
        tensors["order"] = torch.empty(0, dtype=torch.int64) if self._order is None else self._order
        tensors["window"] = self._ledger.window
        arrays = {name: values.detach().cpu().numpy().copy() for name, values in tensors.items()}
        arrays["epoch"] = np.array(self._ledger.epoch_sums)
        return TrainingState(self._model.config, self._record, position, arrays)

    # Inside

    def _place(self, device: torch.device) -> None:
        """Put model, images and random numbers on `device`, and continue the saved state if there is one."""
        self._device = device
        self._train = torch.tensor(self._train_images.images, device=device)
        self._test = torch.tensor(self._test_images.images, device=device)
        validation = self._validation_images
        self._validation = None if validation is None else torch.tensor(validation.images, device=device)
        self._ledger = Ledger(device, self._model.config.latent, self.batches)
        self._generator = torch.Generator(device).manual_seed(self.settings.seed)
        if self._state is not None:
            self._model.load_state_dict(
                {name: torch.tensor(values) for name, values in self._state.weights.items()}
            )
        self._optimisation = Optimisation(self._model, device)
        if self._state is not None:
            self._continue(self._state)
        self._began = time.perf_counter() - self._seconds

    def _continue(self, state: TrainingState) -> None:
        position = state.position
        self._record = state.record
        self._epoch, self._images_done, self._step = position.epoch, position.images, position.step
        self._values = {"beta": position.beta, "learning_rate": position.learning_rate}
        self._seconds = position.seconds
        tensors = {name: torch.tensor(values) for name, values in state.tensors.items()}
        self._optimisation.load_state(tensors)
        if position.device == self._device.type:
            self._generator.set_state(tensors["generator"])
        else:
            # Another device draws other numbers: begin a row of its own, not the one of the first epoch.
            self._generator.manual_seed((self.settings.seed + position.step) % 2**63)
        order = tensors["order"]
        if len(order) not in (0, len(self._train)):
            raise TrainingError(
                "The saved training is in the middle of {saved} images, but there are {found} now.",
                saved=len(order),
                found=len(self._train),
            )
        self._order = order.to(self._device) if len(order) else None
        self._ledger.continue_from(
            tensors["window"].to(self._device),
            tensors["epoch"].tolist(),
            position.window_steps,
            position.window_images,
        )

    def _train_epoch(self) -> Iterator[TrainingEvent]:
        """What is left of the epoch under way."""
        if self._order is None:
            self._order = torch.randperm(len(self._train), generator=self._generator, device=self._device)
        size, total = self.settings.batch_size, len(self._train)
        while self._images_done < total:
            index = self._order[self._images_done : self._images_done + size]
            settings = self._step_settings()
            sums = self._optimisation.step(self._train, index, self._generator, settings)
            self._step += 1
            self._images_done += len(index)
            self._ledger.add(sums, len(index), settings, self._step, self.progress)
            if self._images_done >= total:
                self._ledger.close()
            stats = self.flush() if self._images_done >= total or not self._ledger.waits else ()
            if stats:
                yield StepsDone(stats)
            yield BatchDone(self._epoch, -(-self._images_done // size), self.batches)

    def _step_settings(self) -> StepSettings:
        settings, progress = self.settings, self.progress
        return StepSettings(
            self._values["beta"] * annealing_factor(settings, progress),
            settings.free_bits,
            self._values["learning_rate"] * learning_rate_factor(settings, progress),
            settings.max_norm,
        )

    def _end_epoch(self) -> EpochDone:
        test, posterior = _evaluate(self._model, self._test)
        validation = None if self._validation is None else _evaluate(self._model, self._validation)[0]
        loss, train = self._ledger.end_epoch(len(self._train))
        # The test counts too: the very last step can be the one that spoils the weights.
        if not np.isfinite(train.elbo + test.elbo):
            raise DivergedError(self._epoch)
        variance = posterior.mu.astype(np.float64).var(0)
        stats = EpochStats(
            self._epoch,
            self._seconds_so_far(),
            train,
            test,
            self._step,
            loss,
            validation,
            tuple(variance.tolist()),
        )
        self._record = replace(self._record, history=(*self._record.history, stats))
        self._epoch, self._images_done, self._order = self._epoch + 1, 0, None
        self._began = time.perf_counter()
        return EpochDone(stats, self.snapshot(), posterior)

    def _seconds_so_far(self) -> float:
        return time.perf_counter() - self._began

    def _best_if_impatient(self) -> int | None:
        """The best epoch, once there was no better one for as many epochs as the settings allow."""
        history, patience = self._record.history, self.settings.patience
        best = max(history, key=lambda stats: stats.judged.elbo)
        return best.epoch if patience and history[-1].epoch - best.epoch >= patience else None


def fit(
    config: VAEConfig, settings: TrainingConfig, train: ImageSet, test: ImageSet
) -> Iterator[TrainingEvent]:
    """Train a new model from beginning to end; see `Training`."""
    return Training(config, settings, train, test).run()


def evaluate(snapshot: ModelSnapshot, images: ImageSet) -> tuple[ElboTerms, Posterior]:
    """ELBO of `images` under a finished model, as training reports it for the test images, and their posteriors.

    Raises:
        TrainingError: the images do not fit the model.
    """
    _check_pixels(snapshot.config, images)
    return _evaluate(VAE.from_snapshot(snapshot), torch.tensor(images.images))


def _check_pixels(config: VAEConfig, images: ImageSet) -> None:
    if images.pixels != config.input_size:
        raise TrainingError(
            "The images of {name} have {found} pixels, but the model takes {expected}.",
            name=images.name,
            found=images.pixels,
            expected=config.input_size,
        )


@contextmanager
def _memory_watched(device: torch.device) -> Iterator[None]:
    """Tell a lack of memory from other errors."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(device.type) from error


@torch.no_grad()
def _evaluate(model: VAE, images: Tensor) -> tuple[ElboTerms, Posterior]:
    """ELBO with one draw of z for each image, always the same draw, and the posteriors."""
    generator = torch.Generator(images.device).manual_seed(_TEST_SEED)
    reconstruction = torch.zeros((), device=images.device)
    kl = torch.zeros(model.config.latent, device=images.device)
    posteriors: list[tuple[Tensor, Tensor]] = []
    for start in range(0, len(images), _TEST_BATCH):
        scaled = _scale(images[start : start + _TEST_BATCH])
        logits, mu, logvar = model(scaled, generator)
        reconstruction += model.negative_log_likelihood(logits, scaled)
        kl += kl_per_dimension(mu, logvar).sum(0)
        posteriors.append((mu, logvar))
    return elbo_terms(reconstruction, kl, len(images)), _joined(posteriors)


@torch.no_grad()
def _encode(model: VAE, images: Tensor) -> Posterior:
    return _joined([model.encode(_scale(part)) for part in torch.split(images, _TEST_BATCH)])


def _joined(posteriors: list[tuple[Tensor, Tensor]]) -> Posterior:
    mus, logvars = (torch.cat(part).cpu().numpy() for part in zip(*posteriors, strict=True))
    return Posterior(mus, logvars)


def _scale(images: Tensor) -> Tensor:
    """Gray levels 0–255 as floats in [0, 1]."""
    return images.float().mul_(1 / 255)
