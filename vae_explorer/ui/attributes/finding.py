"""Keeps the listed directions those of the open model: found when added, and anew when the model is another."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_sources import Around, Measured
from vae_explorer.core.directions import Cost, DigitSet, Direction, angle
from vae_explorer.core.errors import UserError
from vae_explorer.core.morphometry import Values
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.edits import Edits, Entry
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.answers import (
    Answers,
    answer,
    answer_around,
    kept,
    key_of,
    without_model,
)
from vae_explorer.ui.attributes.measured_digits import MeasuredDigits, digit_set
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Cancelled, Newest

#: For whom, what was found, and why nothing could be.
_Found = tuple[Posterior, Answers, UserError | None]
#: The same of one direction that was searched for with the decoder.
_Searched = tuple[Posterior, Hashable, Direction | UserError]


class DirectionFinder(QObject):
    """Fills in what `Edits` cannot know: the vectors, how good they are, or why there are none.

    What is under way is not broken off by a newer model, and of a model that learns, what was found for an older moment
    is shown until there is something newer: however quickly it learns, directions follow.

    Args:
        session: the open model and the test digits.
        edits: the directions; their `plain`, `used` and `problem` are set here.
        jobs: where directions are found. What takes long, measuring and searching with the decoder, is done on threads
            of its own.
        parent: owner.

    Signals:
        progress: the digits are being measured; carries the share that is done, 0 to 1.
        measures_changed: the digits have been measured.
        found: what was looked for is there; `edits.changed` said so too where it changed anything.
    """

    progress = Signal(float)
    measures_changed = Signal()
    found = Signal()

    def __init__(self, session: Session, edits: Edits, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._edits = session, edits
        self._finding: Newest[_Found] = Newest(jobs, parent=self)
        # A window that closes does not wait for these, but breaks them off.
        self._long_jobs = Jobs(self)
        self._searching: Newest[_Searched] = Newest(self._long_jobs, parent=self)
        self._digits = MeasuredDigits(session, self._long_jobs, self)
        #: The posterior that `_answers` are of, and what is wrong with all of it.
        self._posterior: Posterior | None = None
        self._answers = Answers()
        self._problem: UserError | None = None
        self._active = True
        self._settling = False
        self._digits.progress.connect(self.progress)
        self._digits.changed.connect(self._on_measured)
        edits.changed.connect(self._settle)
        session.model_changed.connect(self._on_model_changed)
        self._settle()

    # What is known

    @property
    def digits(self) -> DigitSet | None:
        """The test digits as the open model sees them, with their measures as soon as there are any.

        None without a model, and where its means are no numbers. The same object until something of it changes.
        """
        return self._digits.digits

    @property
    def measures(self) -> Values | None:
        """Attributes of the test digits, shape (n, 6), in the order of `ATTRIBUTES`; None while not measured."""
        return self._digits.measures

    @property
    def measuring(self) -> bool:
        """Whether digits are being measured."""
        return self._digits.measuring

    @property
    def share(self) -> float:
        """How much of the measuring is done, 0 to 1."""
        return self._digits.share

    @property
    def up_to_date(self) -> bool:
        """Whether each direction is that of the open model, or has a problem."""
        busy = self._finding.busy or self._searching.busy or self.measuring
        return not busy and not self._missing()

    def is_waiting(self, name: str) -> bool:
        """Whether a direction waits for the digits to be measured."""
        entry = self._edits.find(name)
        return entry is not None and isinstance(entry.source, Measured) and self.measures is None

    def angles(self) -> dict[tuple[str, str], float]:
        """Degrees between the directions as they are used, 0 to 180, by two names in either order."""
        return {
            (entry.name, other): degrees
            for entry in self._edits
            for other, degrees in self.angles_to(entry.name).items()
        }

    def angles_to(self, name: str) -> dict[str, float]:
        """Degrees from one direction to each other one, as they are used, 0 to 180, by its name."""
        entry = self._edits.find(name)
        one = None if entry is None else entry.used
        if one is None:
            return {}
        return {
            other.name: angle(one, other.used)
            for other in self._edits
            if other.name != name and other.used is not None and other.used.latent == one.latent
        }

    def cost(self, name: str) -> Cost | None:
        """What it took the direction to keep others still; None where it keeps none, or has a problem."""
        entry = self._edits.find(name)
        if entry is None or not entry.still or entry.used is None:
            return None
        return self._answers.cost(entry, self._edits.entries)

    # What is asked of it

    def set_active(self, active: bool) -> None:
        """Whether anybody looks; if not, nothing is found or begun to be measured."""
        self._active = active
        if active:
            self._settle()

    def measure(self) -> None:
        """Have the digits measured, unless they are: nobody need ask who adds a measured direction."""
        self._digits.measure()

    def stop(self) -> None:
        """The window closes: end what is under way, within tenths of a second."""
        self._active = False
        self._finding.drop()
        self._searching.drop()
        self._digits.stop()
        self._long_jobs.stop()

    # Following

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self._settle()

    def _on_measured(self) -> None:
        self.measures_changed.emit()
        self._settle()

    def _settle(self) -> None:
        """Say of each direction what is known, and look for what is not."""
        if self._settling:
            return
        self._put([self._settled(entry) for entry in self._edits])
        if self._active and self._session.model is not None and self._missing():
            self._look(self._session.model)

    def _put(self, entries: list[Entry]) -> None:
        self._settling = True
        try:
            self._edits.restore(entries)
        finally:
            self._settling = False

    def _settled(self, entry: Entry) -> Entry:
        model = self._session.model
        if model is None:
            return without_model(entry)
        if self._is_known(entry, model):
            return self._answered(entry)
        # That of the moment before, until there is a newer one.
        fits = entry.used is not None and entry.used.latent == model.snapshot.config.latent
        return entry if fits else without_model(entry)

    def _is_known(self, entry: Entry, model: OpenModel) -> bool:
        current = self._posterior is model.posterior
        return current and (self._problem is not None or self._answers.has(entry, self._edits.entries))

    def _answered(self, entry: Entry) -> Entry:
        """What was found last says of it."""
        if self._problem is not None:
            return _with_problem(entry, self._problem)
        entries = self._edits.entries
        return self._answers.settled(entry, entries) if self._answers.has(entry, entries) else entry

    def _missing(self) -> list[Entry]:
        """The directions that have to be found, searched for or measured."""
        model = self._session.model
        return [] if model is None else [entry for entry in self._edits if not self._is_known(entry, model)]

    # Finding

    def _look(self, model: OpenModel) -> None:
        missing = self._missing()
        if self.measures is None and any(isinstance(entry.source, Measured) for entry in missing):
            self.measure()
        if not all(self._must_wait(entry, model) for entry in missing):
            self._find(model)
        self._search(model, missing)

    def _must_wait(self, entry: Entry, model: OpenModel) -> bool:
        """Whether it, or what it keeps still, has to be measured or searched for first."""
        return any(self._is_late(each, model) for each in (entry, *kept(entry, self._edits.entries)))

    def _is_late(self, entry: Entry, model: OpenModel) -> bool:
        if self._posterior is model.posterior and key_of(entry) in self._answers.plain:
            return False
        return isinstance(entry.source, Around) or (
            isinstance(entry.source, Measured) and self.measures is None
        )

    def _find(self, model: OpenModel) -> None:
        images, measures, entries = self._session.images, self.measures, self._edits.entries
        posterior = model.posterior
        known = self._answers if self._posterior is posterior else Answers()
        if images is None:
            return

        def work(_cancelled: Cancelled) -> _Found:
            digits, problem = digit_set(posterior, images, measures)
            return posterior, known if digits is None else answer(entries, digits, known), problem

        self._finding.want(work, self._on_found)

    def _on_found(self, found: _Found) -> None:
        posterior, answers, problem = found
        model = self._session.model
        if model is None or model.posterior.mu.shape != posterior.mu.shape:
            return
        if self._posterior is posterior:
            answers = answers.with_those_of(self._answers)
        self._posterior, self._answers, self._problem = posterior, answers, problem
        if model.posterior is posterior:
            self._settle()
        else:
            # A newer one is wished for already. Of a model that learns quickly, no other would ever be shown.
            self._put([self._answered(entry) for entry in self._edits])
        self.found.emit()

    # Searching with the decoder

    def _search(self, model: OpenModel, missing: list[Entry]) -> None:
        """Search for the first of those that take the decoder; the others follow one by one."""
        late = [each for each in missing if isinstance(each.source, Around) and self._is_late(each, model)]
        digits = self.digits
        if not late or digits is None or self._searching.busy:
            return
        entry, posterior, snapshot = late[0], model.posterior, model.snapshot

        def work(cancelled: Cancelled) -> _Searched | None:
            try:
                return posterior, key_of(entry), answer_around(entry, digits, snapshot, cancelled)
            except CancelledError:
                return None

        self._searching.want(work, self._on_searched)

    def _on_searched(self, searched: _Searched) -> None:
        posterior, key, found = searched
        model = self._session.model
        if model is not None and model.posterior is posterior:
            if self._posterior is not posterior:
                self._posterior, self._answers, self._problem = posterior, Answers(), None
            self._answers.plain[key] = found
        elif model is not None and model.posterior.mu.shape == posterior.mu.shape:
            # The model has learnt on, and is searched next.
            self._put([_of_older(entry, key, found) for entry in self._edits])
        self._settle()
        self.found.emit()


def _of_older(entry: Entry, key: Hashable, found: Direction | UserError) -> Entry:
    if entry.still or isinstance(found, UserError) or key_of(entry) != key:
        return entry
    return replace(entry, plain=found, used=found, problem=None)


def _with_problem(entry: Entry, problem: UserError) -> Entry:
    return entry if entry.problem is problem else replace(without_model(entry), problem=problem)
