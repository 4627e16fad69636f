"""The open model and the images it is looked at with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.planes import PRINCIPAL, Plane, fitting, projection_on
from vae_explorer.core.projection import Projection
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, Posterior
from vae_explorer.core.statistics import EpochStats
from vae_explorer.state.plane_choice import PlaneChoice

Origin = Literal["bundled", "file", "training"]


@dataclass(frozen=True, slots=True, eq=False)
class OpenModel:
    """A model with everything that the screen needs of it; made off the window's thread.

    Attributes:
        snapshot: the weights.
        posterior: where the encoder puts the test images.
        projection: the plane that the map shows, as it lies for this model.
        name: what to call it on the screen.
        origin: where it comes from.
        path: its file, or None while it has none.
        run: id of the run that it belongs to; None for a model from a file.
        epoch: how many epochs it was trained in that run, with fractions.
        saved: whether the weights are on disk.
        plane: which plane that is; the principal one where the model does not have the one that was wished for.
    """

    snapshot: ModelSnapshot
    posterior: Posterior
    projection: Projection
    name: str
    origin: Origin
    path: Path | None = None
    run: str | None = None
    epoch: float = 0.0
    saved: bool = True
    plane: Plane = PRINCIPAL

    @property
    def on_map(self) -> NDArray[np.float64]:
        """Where the test images are on the map, shape (n, 2)."""
        return self.projection.project(self.posterior.mu)

    @property
    def last_epoch(self) -> EpochStats | None:
        """The newest figures in the model's history."""
        history = self.snapshot.record.history
        return history[-1] if history else None

    def shares_run(self, other: OpenModel | None) -> bool:
        """Whether this and `other` are moments of one run, so that one has learned on to become the other."""
        return other is not None and self.run is not None and self.run == other.run

    def is_still(self, other: OpenModel) -> bool:
        """Whether this and `other` are one model, saved or trained on in between."""
        if self.run is not None or other.run is not None:
            return self.shares_run(other)
        return self.snapshot is other.snapshot or (self.origin, self.path) == (other.origin, other.path)


class Session:
    """What is open. Only the window's thread may change it.

    Signals:
        images_changed: the test images are there.
        model_changed: another model is shown, or the same one with newer weights; carries the one before.
        model_saved: a model was written to a file; carries it.

    Attributes:
        plane_choice: the plane of the map that is wished for.
    """

    images_changed = Signal()
    model_changed = Signal(object)
    model_saved = Signal(object)

    def __init__(self) -> None:
        self.images: ImageSet | None = None
        self.model: OpenModel | None = None
        self.plane_choice = PlaneChoice()

    def set_images(self, images: ImageSet) -> None:
        """Set the test images, once, before any model."""
        self.images = images
        self.images_changed.emit()

    def show(self, model: OpenModel) -> None:
        """Make `model` the one on the screen."""
        before, self.model = self.model, model
        self.model_changed.emit(before)

    def mark_saved(self, model: OpenModel, path: Path) -> None:
        """`model` was written to `path`; if it is open and belongs to no run, it carries the path from now on."""
        # A snapshot of a run still is that; what was written is a copy of it.
        saved = replace(model, saved=True)
        if model.run is None:
            saved = replace(saved, path=path, name=path.stem)
        if self.model is not None and self.model.snapshot is model.snapshot:
            self.show(saved)
        self.model_saved.emit(saved)


def open_model(
    snapshot: ModelSnapshot,
    images: ImageSet,
    name: str,
    origin: Origin,
    *,
    path: Path | None = None,
    wished: Plane = PRINCIPAL,
) -> OpenModel:
    """Encode the test images with `snapshot` and find the plane of the map; tens of milliseconds.

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
    plane, projection = show_on(wished, posterior.mu)
    return OpenModel(snapshot, posterior, projection, name, origin, path, plane=plane)


def show_on(wished: Plane, mu: FloatArray, before: OpenModel | None = None) -> tuple[Plane, Projection]:
    """The plane on which the map shows means of shape (n, latent): the one wished for, or else the principal one.

    Args:
        wished: what the user chose.
        mu: the means.
        before: what was on the map before, if the digits shall stay as near as possible to where they were.
    """
    plane = fitting(wished, mu)
    # On other planes the digits were elsewhere for other reasons, and these have directions of their own.
    stays = before is not None and before.plane == plane == PRINCIPAL
    return plane, projection_on(plane, mu, before.on_map if stays and before is not None else None)
