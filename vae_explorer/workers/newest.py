"""Work that follows the view or the cursor: one at a time, and of those that wait only the newest is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from vae_explorer.core.errors import UserError
from vae_explorer.workers.jobs import Jobs

Result = TypeVar("Result")

#: Says whether a newer wish has come up meanwhile.
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class _Wish(Generic[Result]):
    work: Callable[[Cancelled], Result | None]
    then: Callable[[Result], object]


class Newest(QObject, Generic[Result]):
    """Runs the newest wish on another thread as soon as the one before has ended.

    Args:
        jobs: where.
        hurry: whether a newer wish cancels the one under way; if not, that one ends and is shown, so that something
            moves on the screen while wishes come faster than they can be fulfilled.
    """

    def __init__(self, jobs: Jobs, *, hurry: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._hurry = hurry
        self._waiting: _Wish[Result] | None = None
        self._running: _Wish[Result] | None = None
        self._dropped = False

    @property
    def busy(self) -> bool:
        """Whether anything is under way or waits."""
        return self._running is not None

    def want(self, work: Callable[[Cancelled], Result | None], then: Callable[[Result], object]) -> None:
        """Do `work` on another thread, and hand what it returns to `then` on this one, unless it is None."""
        self._waiting = _Wish(work, then)
        self._start()

    def drop(self) -> None:
        """Nothing is wanted any more; what is under way is not handed on."""
        self._waiting = None
        self._dropped = True

    def _start(self) -> None:
        if self._running is not None or self._waiting is None:
            return
        wish, self._waiting = self._waiting, None
        self._running, self._dropped = wish, False
        self._jobs.start(lambda: wish.work(self._is_cancelled), self._on_done, self._on_failed)

    def _is_cancelled(self) -> bool:
        return self._dropped or (self._hurry and self._waiting is not None)

    def _on_done(self, result: Result | None) -> None:
        wish, self._running = self._running, None
        if wish is not None and result is not None and not self._dropped:
            wish.then(result)
        self._start()

    def _on_failed(self, error: UserError) -> None:
        self._running = None
        self._start()
        raise error
