"""What the points of the map can be coloured by, computed off the window's thread: ELBO terms and predicted classes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vae_explorer.core.data import ByteArray, ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.image_terms import ImageTerms, image_terms, own_posterior
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.workers.jobs import Jobs

Result = TypeVar("Result", ImageTerms, ByteArray)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is looked at: a model, and where it puts the images.

    Attributes:
        snapshot: the weights.
        posterior: where the images are on the map. A model that learns gets newer weights several times as often as
            newer places, so these may be of older weights.
        images: the images.
    """

    snapshot: ModelSnapshot
    posterior: Posterior
    images: ImageSet


class PointValues:
    """One value or class an image, computed one subject at a time and kept for the newest.

    Args:
        jobs: where it is computed.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._cancelled = threading.Event()
        self._subject: Subject | None = None
        self._terms: ImageTerms | None = None
        self._predicted: ByteArray | None = None

    def terms(self, subject: Subject, then: Callable[[ImageTerms], None]) -> None:
        """Call `then` with the ELBO terms of each image under the weights, at once where they are known."""
        self._look_at(subject)
        if self._terms is not None:
            then(self._terms)
            return
        stop = self._begin()

        def keep(terms: ImageTerms | None) -> None:
            if terms is not None and not stop.is_set():
                self._terms = terms
                then(terms)

        self._jobs.start(lambda: _terms(subject, stop.is_set), keep, _never)

    def predicted(self, subject: Subject, then: Callable[[ByteArray], None]) -> None:
        """Call `then` with the commonest class among each image's nearest others, at once where it is known."""
        self._look_at(subject)
        if self._predicted is not None:
            then(self._predicted)
            return
        stop = self._begin()

        def keep(predicted: ByteArray) -> None:
            if not stop.is_set():
                self._predicted = predicted
                then(predicted)

        self._jobs.start(lambda: _predict(subject, stop.is_set), keep, _never)

    def cancel(self) -> None:
        """Give up what is being computed."""
        self._cancelled.set()

    def _begin(self) -> threading.Event:
        self.cancel()
        self._cancelled = threading.Event()
        return self._cancelled

    def _look_at(self, subject: Subject) -> None:
        if self._subject is None or not _same(subject, self._subject):
            # What is under way is of something else.
            self.cancel()
            self._terms = self._predicted = None
        self._subject = subject


def _same(one: Subject, other: Subject) -> bool:
    return one.snapshot is other.snapshot and one.posterior is other.posterior and one.images is other.images


def _terms(subject: Subject, cancelled: Callable[[], bool]) -> ImageTerms | None:
    posterior = own_posterior(subject.snapshot, subject.images.images, subject.posterior)
    return image_terms(subject.snapshot, subject.images.images, posterior, cancelled=cancelled)


def _predict(subject: Subject, cancelled: Callable[[], bool]) -> ByteArray:
    from vae_explorer.core.neighbours import Neighbours

    neighbours = Neighbours(subject.posterior.mu, subject.images.labels)
    return neighbours.predicted_for_points(cancelled=cancelled)


def _never(error: UserError) -> None:
    """None of this fails in a way that the user could mend."""
    raise error
