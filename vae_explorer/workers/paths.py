"""Paths through the open model's latent space, found while the user drags their anchors: the newest wish counts.

Straight lines and great circles are found at once, on the window's thread. What a geodesic or a path through digits
needs takes up to seconds, once a model; then they are found on another thread, roughly while anchors move, and well
when these rest. Figures come last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.core.data import ByteArray
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import UserError
from vae_explorer.core.path_anchors import apart
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.state.journey import Plan, anchor_places
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.path_wish import PLAIN, Found, Ground, PathWish

#: While a model is trained, the costly part waits so many times what it took last, within these bounds, in seconds.
_PAUSE_FACTOR, _LEAST_PAUSE, _MOST_PAUSE = 3.0, 0.5, 15.0
_PROGRESS_STEP = 0.02
#: Anchors that rest for so long are dragged no more, or hardly. What takes the interpreter from the window, which moves
#: and paints, waits for that, milliseconds.
_REST_MS = 40


class PathWorker(QObject):
    """Finds what was asked for last, kind by kind.

    Args:
        jobs: where the costly part is done.
        parent: owner.

    Signals:
        found: a path of a kind is there, or a better one; carries the kind and a `Found`. An older one never replaces
            a newer one, but while anchors are dragged it may be the one for where they were a moment ago.
        reported: the figures of the path that was found last, carries the kind and a `PathReport`.
        failed: no path of a kind can be found; carries the kind and a `UserError`.
        refused: no path at all can be found between these anchors; carries a `UserError`.
        cleared: nothing that was found counts any more.
        progress: how much of what a kind needs is made; carries the kind and a share from 0 to 1.
    """

    found = Signal(str, object)
    reported = Signal(str, object)
    failed = Signal(str, object)
    refused = Signal(object)
    cleared = Signal()
    progress = Signal(str, float)

    _progressed = Signal(object, float)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._ground: Ground | None = None
        self._wish: PathWish | None = None
        self._kinds: tuple[PathKind, ...] = ()
        self._running: _Running | None = None
        #: What there is, with the wish that it fulfils: the newest, or one before.
        self._found: dict[PathKind, tuple[PathWish, Found]] = {}
        self._reports: dict[PathKind, tuple[Found, PathReport]] = {}
        self._given_up: set[PathKind] = set()
        #: In which turn what a kind needs was made last.
        self._turns: dict[PathKind, int] = {}
        self._seconds = 0.0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._go_on)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._go_on)
        self._progressed.connect(self._on_progressed)

    def found_of(self, kind: PathKind) -> Found | None:
        """The newest path of a kind, which may be for a wish before; None where there is none."""
        entry = self._found.get(kind)
        return None if entry is None else entry[1]

    def report_of(self, kind: PathKind) -> PathReport | None:
        """The newest figures of a kind, likewise."""
        entry = self._reports.get(kind)
        return None if entry is None else entry[1]

    def is_current(self, kind: PathKind) -> bool:
        """Whether the path of a kind is the one that was asked for last, and will not get better."""
        entry = self._found.get(kind)
        return entry is not None and entry[0] is self._wish and not entry[1].coarse

    def is_measured(self, kind: PathKind) -> bool:
        """Whether the figures of a kind are those of the path that was asked for last."""
        return (
            self.is_current(kind) and kind in self._reports and self._reports[kind][0] is self.found_of(kind)
        )

    @property
    def busy(self) -> bool:
        """Whether anything that was asked for is still to come."""
        waits = self._rest.isActive() or self._pause.isActive()
        return waits or self._running is not None or self._next_stage() is not None

    def request(self, plan: Plan, model: OpenModel, labels: ByteArray) -> None:
        """Ask for the paths of `plan` with two anchors or more; what is there already is not found again.

        Args:
            plan: kinds, anchors and how frames are spread.
            model: whose decoder, and whose means of the digits.
            labels: classes of the digits, shape (n,).
        """
        try:
            places = anchor_places(plan.anchors, model.posterior.mu, labels)
            # Before anything is made: between anchors that are all at one place there is no path of any kind.
            apart(places, loop=plan.loop)
        except UserError as error:
            self.forget()
            self.refused.emit(error)
            return
        self._kinds = tuple(
            sorted(plan.kinds, key=lambda kind: (kind != plan.chosen, PATH_KINDS.index(kind)))
        )
        self._take(PathWish(self._ground_of(model), places, plan.steps, plan.loop, plan.even, plan.near_data))
        self._find_at_once()
        self._go_on()

    def rest(self) -> None:
        """Nobody looks: end what is under way. The next request goes on."""
        self._kinds = ()
        self._pause.stop()
        self._rest.stop()
        if self._running is not None:
            self._running.cancelled = True

    def forget(self) -> None:
        """Nothing is wanted any more, nor is what was found."""
        self.rest()
        self._wish = None
        self._clear()

    # What is wanted

    def _ground_of(self, model: OpenModel) -> Ground:
        before = self._ground
        if before is not None and before.model.posterior is model.posterior:
            return before
        self._ground = Ground(model)
        if before is not None and model.shares_run(before.model):
            pause = min(max(_LEAST_PAUSE, _PAUSE_FACTOR * self._seconds), _MOST_PAUSE)
            # Not begun anew by each new moment: it would never end.
            if not self._pause.isActive():
                self._pause.start(round(1000 * pause))
        else:
            self._turns.clear()
            self._pause.stop()
        return self._ground

    def _take(self, wish: PathWish) -> None:
        before = self._wish
        if before is not None and wish.is_same(before):
            return
        self._wish = wish
        self._rest.start()
        self._given_up.clear()
        if before is None or not wish.is_like(before):
            self._clear()
        if self._running is not None and not self._running.serves(wish):
            self._running.cancelled = True

    def _clear(self) -> None:
        self._given_up.clear()
        if self._found or self._reports:
            self._found.clear()
            self._reports.clear()
        self.cleared.emit()

    # At once

    def _find_at_once(self) -> None:
        wish = self._wish
        if wish is None or not wish.is_quick:
            return
        for kind in self._missing(PLAIN):
            try:
                self._give(wish, kind, wish.find(kind, coarse=False))
            except UserError as error:
                self._give_up(kind, error)

    # On another thread, one stage after the other

    @Slot()
    def _go_on(self) -> None:
        if self._running is not None or self._wish is None:
            return
        running = self._next_stage()
        if running is None:
            return
        self._running = running
        running.began = time.monotonic()
        if running.use == "ground":
            self._turns[running.kinds[0]] = 1 + max(self._turns.values(), default=0)
        self._jobs.start(running.run, partial(self._on_done, running), partial(self._on_failed, running))

    def _next_stage(self) -> _Running | None:
        wish = self._wish
        if wish is None:
            return None
        plain = self._missing(PLAIN)
        if plain:
            return _Running(wish, plain, self._find)
        if self._pause.isActive():
            return None
        bare = [kind for kind in self._missing(PATH_KINDS) if not wish.is_prepared(kind)]
        if bare:
            # In turn, or while a model learns the first one would have all the time.
            kind = min(bare, key=lambda kind: self._turns.get(kind, 0))
            return _Running(wish, (kind,), self._prepare, "ground")
        missing = self._missing(PATH_KINDS)
        if missing:
            return _Running(wish, missing, self._find)
        return None if self._rest.isActive() else self._refining_stage(wish)

    def _refining_stage(self, wish: PathWish) -> _Running | None:
        wanted = [kind for kind in self._kinds if kind not in self._given_up]
        for kind in wanted:
            if not self.is_current(kind):
                return _Running(wish, (kind,), self._refine, "wish")
        for kind in wanted:
            if not self.is_measured(kind):
                return _Running(wish, (kind,), partial(_measure, self._found[kind][1]), "wish")
        return None

    def _missing(self, kinds: Iterable[PathKind]) -> tuple[PathKind, ...]:
        """Those of `kinds` that are wanted and have no path for the newest wish, the chosen one first."""
        allowed = tuple(kinds)
        return tuple(
            kind
            for kind in self._kinds
            if kind in allowed
            and kind not in self._given_up
            and (kind not in self._found or self._found[kind][0] is not self._wish)
        )

    @Slot(object, float)
    def _on_progressed(self, running: _Running, share: float) -> None:
        if running is self._running and not running.cancelled:
            self.progress.emit(running.kinds[0], share)

    def _on_done(self, running: _Running, result: _Result | None) -> None:
        self._end(running)
        wish = self._wish
        if result is not None and not running.cancelled and wish is not None and wish.is_like(running.wish):
            for kind, found in result.found.items():
                self._give(running.wish, kind, found)
            if result.report is not None:
                self._give_report(running.kinds[0], *result.report)
        self._go_on()

    def _on_failed(self, running: _Running, error: UserError) -> None:
        self._end(running)
        if running.wish is self._wish and not running.cancelled:
            for kind in running.kinds:
                self._give_up(kind, error)
        self._go_on()

    def _end(self, running: _Running) -> None:
        if running.use != "wish":
            self._seconds = time.monotonic() - running.began
        self._running = None

    def _give(self, wish: PathWish, kind: PathKind, found: Found) -> None:
        if kind in self._kinds:
            self._found[kind] = wish, found
            self.found.emit(kind, found)

    def _give_report(self, kind: PathKind, found: Found, report: PathReport) -> None:
        if kind in self._kinds and self.found_of(kind) is found:
            self._reports[kind] = found, report
            self.reported.emit(kind, report)

    def _give_up(self, kind: PathKind, error: UserError) -> None:
        self._given_up.add(kind)
        self._found.pop(kind, None)
        self._reports.pop(kind, None)
        self.failed.emit(kind, error)

    # The stages; they run on another thread

    def _prepare(self, running: _Running) -> _Result:
        told = 0.0

        def tell(share: float) -> None:
            nonlocal told
            if share - told >= _PROGRESS_STEP:
                told = share
                self._progressed.emit(running, share)

        self._progressed.emit(running, 0.0)
        running.wish.prepare(running.kinds[0], running.is_cancelled, tell)
        # At once, for the same wish: while a model learns, the next one may be about other places again.
        return self._find(running)

    def _find(self, running: _Running) -> _Result:
        wish = running.wish
        return _Result(
            {
                kind: wish.find(kind, coarse=wish.has_coarse(kind), cancelled=running.is_cancelled)
                for kind in running.kinds
            }
        )

    def _refine(self, running: _Running) -> _Result:
        (kind,) = running.kinds
        return _Result({kind: running.wish.find(kind, coarse=False, cancelled=running.is_cancelled)})


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What a stage found: paths, or the figures of one."""

    found: dict[PathKind, Found]
    report: tuple[Found, PathReport] | None = None


@dataclass(slots=True, eq=False)
class _Running:
    """A stage of the work.

    Attributes:
        wish: what it works on.
        kinds: for which it works.
        stage: does it.
        use: whom its result serves: all wishes on the same ground, also those that are like its own, or only that.
        cancelled: nobody wants it any more.
        began: when, seconds.
    """

    wish: PathWish
    kinds: tuple[PathKind, ...]
    stage: Callable[[_Running], _Result]
    use: Literal["ground", "like", "wish"] = "like"
    cancelled: bool = False
    began: float = 0.0

    def serves(self, wish: PathWish) -> bool:
        """Whether its result is of use for a newer wish."""
        match self.use:
            case "ground":
                return wish.ground.follows(self.wish.ground)
            case "like":
                return wish.is_like(self.wish)
            case "wish":
                return False

    def is_cancelled(self) -> bool:
        return self.cancelled

    def run(self) -> _Result | None:
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # far out; what becomes of it is looked at
                return self.stage(self)
        except CancelledError:
            return None


def _measure(found: Found, running: _Running) -> _Result:
    return _Result({}, (found, running.wish.ground.measure(found.path, running.is_cancelled)))
