"""The open model, the images it is looked at with, and the models trained since the application started."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from psygnal import Signal

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.projection import Projection, plane_for
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.statistics import EpochStats

Origin = Literal["bundled", "file", "training"]


@dataclass(frozen=True, slots=True, eq=False)
class OpenModel:
    """A model with everything that the screen needs of it; made off the window's thread.

    Attributes:
        snapshot: the weights.
        posterior: where the encoder puts the test images.
        projection: the plane that the map shows.
        name: what to call it on the screen.
        origin: where it comes from.
        path: its file, or None while it has none.
        run: which training of this session made it; None for a model from a file.
        saved: whether the weights are in a file.
    """

    snapshot: ModelSnapshot
    posterior: Posterior
    projection: Projection
    name: str
    origin: Origin
    path: Path | None = None
    run: int | None = None
    saved: bool = True

    @property
    def last_epoch(self) -> EpochStats | None:
        """The newest figures in the model's history."""
        history = self.snapshot.record.history
        return history[-1] if history else None


class Session:
    """What is open. Only the window's thread may change it.

    Signals:
        images_changed: the test images are there.
        model_changed: another model is shown, or the same one with newer weights; carries the one before.
    """

    images_changed = Signal()
    model_changed = Signal(object)

    def __init__(self) -> None:
        self.images: ImageSet | None = None
        self.model: OpenModel | None = None
        self._trained: dict[int, OpenModel] = {}

    @property
    def trained(self) -> tuple[OpenModel, ...]:
        """The newest weights of each training of this session, oldest training first."""
        return tuple(self._trained.values())

    @property
    def unsaved(self) -> tuple[OpenModel, ...]:
        """Trained models that would be lost if the application closed now."""
        return tuple(model for model in self._trained.values() if not model.saved)

    def set_images(self, images: ImageSet) -> None:
        """Set the test images, once, before any model."""
        self.images = images
        self.images_changed.emit()

    def show(self, model: OpenModel) -> None:
        """Make `model` the one on the screen."""
        before, self.model = self.model, model
        self.model_changed.emit(before)

    def keep_trained(self, model: OpenModel) -> None:
        """Remember the newest weights of a training, whether they are shown or not."""
        if model.run is None:
            raise ValueError("only a model from training belongs to a run")
        self._trained[model.run] = model

    def mark_saved(self, model: OpenModel, path: Path) -> None:
        """`model` was written to `path`; a copy of it that is open or kept carries the path from now on."""
        saved = replace(model, path=path, name=path.stem, saved=True)
        if model.run is not None and self._is_same(self._trained.get(model.run), model):
            self._trained[model.run] = saved
        if self._is_same(self.model, model):
            self.show(saved)

    @staticmethod
    def _is_same(one: OpenModel | None, other: OpenModel) -> bool:
        return one is not None and one.snapshot is other.snapshot


def open_model(
    snapshot: ModelSnapshot,
    images: ImageSet,
    name: str,
    origin: Origin,
    *,
    path: Path | None = None,
) -> OpenModel:
    """Encode the test images with `snapshot` and choose the plane of the map; tens of milliseconds.

    Raises:
        CheckpointError: the model is for images of another size, or its weights are finite but its results are not.
    """
    if snapshot.config.input_size != images.pixels:
        raise CheckpointError(
            "it is for images of {model} pixels, but those of {data} have {found}.",
            model=snapshot.config.input_size,
            data=images.name,
            found=images.pixels,
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes of it is looked at next
        posterior = snapshot.encode(images.images)
        logits = snapshot.decode_logits(posterior.mu[:1])
    if not all(np.isfinite(values).all() for values in (posterior.mu, posterior.logvar, logits)):
        raise CheckpointError("its weights are so large that its results are no longer numbers.")
    return OpenModel(snapshot, posterior, plane_for(posterior.mu), name, origin, path)
