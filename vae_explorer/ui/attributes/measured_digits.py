"""The test digits as directions are found with them, measured in the background the first time that is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data import ImageSet
from vae_explorer.core.directions import DigitSet
from vae_explorer.core.errors import DataError, UserError
from vae_explorer.core.morphometry import Values
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.session import Session
from vae_explorer.workers.jobs import Jobs


class MeasuredDigits(QObject):
    """Measures once for all models: what a digit looks like does not depend on them.

    Args:
        session: the test digits, and where the open model puts them.
        jobs: where they are measured.
        parent: owner.

    Signals:
        progress: they are being measured; carries the share that is done, 0 to 1.
        changed: they have been measured.
    """

    progress = Signal(float)
    changed = Signal()
    _told = Signal(object, float)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        #: Set to break off what is under way.
        self._stop: threading.Event | None = None
        self.share = 0.0
        self._measures: Values | None = None
        self._measured: ImageSet | None = None
        self._digits: DigitSet | None = None
        self._told.connect(self._on_told)

    @property
    def measures(self) -> Values | None:
        """Attributes, shape (n, 6), in the order of `ATTRIBUTES`; None while not measured."""
        return self._measures if self._measured is self._session.images else None

    @property
    def measuring(self) -> bool:
        """Whether they are being measured."""
        return self._stop is not None

    @property
    def digits(self) -> DigitSet | None:
        """The digits as the open model sees them, with their measures as soon as there are any.

        None without a model, and where its means are no numbers. The same object until something of it changes.
        """
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return None
        digits, measures = self._digits, self.measures
        if digits is None or digits.mu is not model.posterior.mu or digits.measures is not measures:
            self._digits = digit_set(model.posterior, images, measures)[0]
        return self._digits

    def measure(self) -> None:
        """Begin, unless it was done or is under way."""
        images = self._session.images
        if images is None or self.measures is not None or self._stop is not None:
            return
        stop = self._stop = threading.Event()
        self.share = 0.0
        tell = partial(self._told.emit, stop)
        then = partial(self._on_measured, stop, images)
        self._jobs.start(lambda: _measure(images, stop, tell), then, partial(self._on_failed, stop))
        self.progress.emit(0.0)

    def stop(self) -> None:
        """Break off what is under way, within tenths of a second."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def _on_told(self, stop: threading.Event, share: float) -> None:
        if stop is self._stop:
            self.share = share
            self.progress.emit(share)

    def _on_measured(self, stop: threading.Event, images: ImageSet, measures: Values) -> None:
        if stop is not self._stop:
            return
        self._stop, self.share = None, 1.0
        self._measures, self._measured = measures, images
        self.progress.emit(1.0)
        self.changed.emit()

    def _on_failed(self, stop: threading.Event, error: UserError) -> None:
        if stop is self._stop:
            self._stop = None
        raise error


def digit_set(
    posterior: Posterior, images: ImageSet, measures: Values | None
) -> tuple[DigitSet | None, UserError | None]:
    """The digits as a model sees them, or why they cannot be used; milliseconds in 512 dimensions."""
    try:
        return DigitSet(posterior.mu, images.labels, measures), None
    except DataError as error:
        return None, error


def _measure(images: ImageSet, stop: threading.Event, tell: Callable[[float], None]) -> Values:
    from vae_explorer.core.measures_cache import measures_of
    from vae_explorer.core.morphometry import import_skimage

    import_skimage()
    return measures_of(images.images, stop.is_set, tell)
