"""One-off work off the window's thread: reading files, encoding the test images, writing exports."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThreadPool, Signal, Slot

from vae_explorer.core.errors import UserError

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[UserError], None]


class Jobs(QObject):
    """Runs callables on other threads and hands their results back on the thread that made this object.

    An error that the user can do something about goes to the job's own `failed`. Any other is a fault of ours: it is
    raised again on this object's thread, where the application shows it.
    """

    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._waiting: set[_Job] = set()
        self._finished.connect(self._on_finished)

    def start(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], None],
        failed: Callable[[UserError], None],
    ) -> None:
        """Run `work` on another thread, then `then` with its result or `failed` with its error on this one."""
        job = _Job(work, then, failed)
        self._waiting.add(job)
        self._pool.start(lambda: self._run(job))

    def stop(self) -> None:
        """Forget what has not finished, and wait for what is running."""
        self._waiting.clear()
        # Not cleared: PySide would keep what was not begun, and with it whoever asked for it.
        self._pool.waitForDone()
        # What is on its way here holds on to whoever asked for it.
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall)

    def _run(self, job: _Job) -> None:
        if job not in self._waiting:
            return
        try:
            result, error = job.work(), None
        except BaseException as problem:  # noqa: BLE001 - whatever it is, it belongs on the other thread
            result, error = None, problem
        self._finished.emit(job, result, error)

    @Slot(object, object, object)
    def _on_finished(self, job: _Job, result: object, error: BaseException | None) -> None:
        if job not in self._waiting:
            return
        self._waiting.remove(job)
        if error is None:
            job.then(result)
        elif isinstance(error, UserError):
            job.failed(error)
        else:
            raise error
