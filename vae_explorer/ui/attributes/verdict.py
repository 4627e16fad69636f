"""How far to trust the edited picture: a direction leads away from the data sooner or later, and the decoder draws on.

The verdict is that of the decoder dock, in its words. There it is of the cursor, here of the edited point.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.trust import Trust, TrustGauge, Verdict
from vae_explorer.state.selection import Point
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.editing import Editing
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest
from vae_explorer.workers.trust import TrustMeter

#: Between two readings while α slides: some sixteen a second.
_PAUSE_MS = 60


class EditVerdict(QObject):
    """Follows an `Editing` while it is watched itself; all reading is done on another thread.

    Args:
        session: the model.
        editing: whose edited point is judged.
        jobs: where a point is compared with the data.
        parent: owner.

    Attributes:
        meter: makes the gauge of the model; has threads of its own.
        verdict: on the edited point; None while it is not known, or there is no point.

    Signals:
        judged: the verdict is another.
    """

    judged = Signal()

    def __init__(self, session: Session, editing: Editing, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._editing = session, editing
        self.meter = TrustMeter(self)
        self.verdict: Verdict | None = None
        self._reading: Newest[Trust] = Newest(jobs, parent=self)
        self._stale, self._watched = False, False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._read)
        session.model_changed.connect(self._on_model_changed)
        editing.changed.connect(self._on_changed)
        self.meter.prepared.connect(self._on_changed)
        self._on_model_changed(None)

    @property
    def busy(self) -> bool:
        """Whether a verdict is on its way; not while there is no gauge of this model yet."""
        return self._stale or self._reading.busy

    def watch(self, on: bool) -> None:
        """Follow the edited point from now on, or end what is under way and rest."""
        if on == self._watched:
            return
        self._watched = on
        if on:
            self.meter.resume()
            self._on_changed()
            return
        self._stale = False
        self._pause.stop()
        self._reading.drop()
        self.meter.pause()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if model is None:
            return
        same_run = model.shares_run(before)
        self.meter.follow(model.snapshot, model.posterior, same_run=same_run, in_run=model.run is not None)
        self._on_changed()

    def _on_changed(self) -> None:
        self._stale = self._watched
        if self._stale and not self._pause.isActive():
            # Not at once: what the eye follows is painted first.
            self._pause.start()

    def _read(self) -> None:
        if not self._stale:
            return
        self._stale = False
        gauge, point = self.meter.gauge, self._editing.point
        if point is not None and gauge is None:
            # No gauge is begun while points are asked for.
            self.meter.request(point)
        if gauge is None or point is None or len(point) != self._latent:
            self._reading.drop()
            self._show(None)
            return
        self._reading.want(lambda _cancelled: _read(gauge, point), partial(self._on_read, gauge))

    @property
    def _latent(self) -> int:
        model = self._session.model
        return -1 if model is None else model.snapshot.config.latent

    def _on_read(self, gauge: TrustGauge, trust: Trust) -> None:
        if gauge is self.meter.gauge:
            self._show(trust.verdict)

    def _show(self, verdict: Verdict | None) -> None:
        if verdict != self.verdict:
            self.verdict = verdict
            self.judged.emit()


def _read(gauge: TrustGauge, point: Point) -> Trust:
    # Far out the decoder may overflow: its drift is no number then.
    with np.errstate(over="ignore", invalid="ignore"):
        return gauge.read(point)
