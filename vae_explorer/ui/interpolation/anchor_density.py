"""How dense the data are at the anchors: found out beside the window's thread, once the anchors rest."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.session import Session
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Cancelled, Newest

#: The first look at a model takes up to a second of a core: it waits until neither anchors nor model change.
_PAUSE_MS = 250

_Point = tuple[float, ...]
_Answer = tuple[AggregatePosterior, dict[_Point, float]]


class AnchorDensity(QObject):
    """Percentiles of the density of the data, as `core.density` has them.

    Args:
        session: whose posterior is the data's.
        jobs: where they are found.
        parent: owner.

    Signals:
        found: more is known than before.
    """

    found = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._work: Newest[_Answer] = Newest(jobs, parent=self)
        self._wanted: frozenset[_Point] = frozenset()
        self._posterior: Posterior | None = None
        self._aggregate: AggregatePosterior | None = None
        self._percentiles: dict[_Point, float] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)

    @property
    def busy(self) -> bool:
        """Whether anything is being found out, or will be."""
        return self._pause.isActive() or self._work.busy

    def percentile(self, z: _Point) -> float | None:
        """Share of the digits, 0 to 100, in a place less dense than this one; None while it is not known."""
        model = self._session.model
        if model is None or model.posterior is not self._posterior:
            return None
        return self._percentiles.get(z)

    def want(self, points: Iterable[_Point]) -> None:
        """Find out about these latent points, as soon as nothing else is wanted for a moment."""
        self._wanted = frozenset(points)
        if any(self.percentile(point) is None for point in self._wanted):
            self._pause.start()
        else:
            self._pause.stop()

    def drop(self) -> None:
        """Nobody looks any more: keep no memory for it."""
        self._pause.stop()
        self._work.drop()
        self._posterior = self._aggregate = None
        self._percentiles = {}

    def _ask(self) -> None:
        model = self._session.model
        if model is None:
            return
        posterior, wanted = model.posterior, self._wanted
        kept = self._aggregate if posterior is self._posterior else None

        def take(answer: _Answer) -> None:
            self._posterior = posterior
            self._aggregate, self._percentiles = answer
            self.found.emit()
            self.want(self._wanted)

        self._work.want(lambda cancelled: _measure(posterior, kept, wanted, cancelled), take)


def _measure(
    posterior: Posterior, kept: AggregatePosterior | None, points: frozenset[_Point], cancelled: Cancelled
) -> _Answer | None:
    aggregate = kept or AggregatePosterior(posterior)
    aggregate.prepare(cancelled)
    if cancelled():
        return None
    return aggregate, {
        point: aggregate.percentile(float(aggregate.log_density(np.array([point]))[0])) for point in points
    }
