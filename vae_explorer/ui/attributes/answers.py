"""Which direction each entry of the list stands for in a model: found, rated, and freed of what it leaves alone.

Values in, values out, so that it can be done on any thread; `ui.attributes.finding` says when.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from vae_explorer.core.decoder_space import Cancelled
from vae_explorer.core.direction_sources import Around, Given, Measured, parse_source
from vae_explorer.core.directions import Cost, DigitSet, Direction, cost, find, kept_still, rated
from vae_explorer.core.errors import ConfigError, DataError, UserError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.edits import Entry

#: A direction with what it took to keep others still.
Freed = tuple[Direction, Cost]

#: Two spreads of the same numbers agree so far; those of two models do not.
_SAME_SIGMA = 1e-6


@dataclass(slots=True)
class Answers:
    """What is known of the directions in one model.

    Attributes:
        plain: each direction as found, or why there is none; by `key_of`.
        freed: those that keep others still, or why nothing is left of them; by `_freed_key`.
    """

    plain: dict[Hashable, Direction | UserError] = field(default_factory=dict)
    freed: dict[Hashable, Freed | UserError] = field(default_factory=dict)

    def has(self, entry: Entry, entries: Iterable[Entry]) -> bool:
        """Whether everything is known of `entry`, one of `entries`."""
        others = kept(entry, entries)
        plain = all(key_of(each) in self.plain for each in (entry, *others))
        return plain and (
            not others or self._is_hopeless(entry, others) or _freed_key(entry, others) in self.freed
        )

    def settled(self, entry: Entry, entries: Iterable[Entry]) -> Entry:
        """`entry` as it is in this model; `has` must be true of it. The same object where nothing is new."""
        others = kept(entry, entries)
        plain = self.plain[key_of(entry)]
        if isinstance(plain, UserError):
            return _failed(entry, plain)
        used: Direction | UserError = plain
        if others:
            freed = self._failure(others) or self.freed[_freed_key(entry, others)]
            used = freed if isinstance(freed, UserError) else freed[0]
        if isinstance(used, UserError):
            return _changed(entry, plain, None, used)
        return _changed(entry, plain, used, None)

    def cost(self, entry: Entry, entries: Iterable[Entry]) -> Cost | None:
        """What it took `entry` to keep others still; None where it keeps none, or where that is not known."""
        freed = self.freed.get(_freed_key(entry, kept(entry, entries)))
        return freed[1] if isinstance(freed, tuple) else None

    def with_those_of(self, other: Answers) -> Answers:
        """These and others, for the same model and the same digits."""
        return Answers(other.plain | self.plain, other.freed | self.freed)

    def _is_hopeless(self, entry: Entry, others: tuple[Entry, ...]) -> bool:
        return isinstance(self.plain[key_of(entry)], UserError) or self._failure(others) is not None

    def _failure(self, others: tuple[Entry, ...]) -> UserError | None:
        for other in others:
            if isinstance(self.plain[key_of(other)], UserError):
                return DataError("“{name}” has to be found before it can be kept still.", name=other.name)
        return None


def key_of(entry: Entry) -> Hashable:
    """What decides which direction an entry stands for; of one that came as numbers, the numbers."""
    if isinstance(entry.source, Given):
        return entry.source, b"" if entry.plain is None else entry.plain.vector.tobytes()
    return entry.source


def kept(entry: Entry, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that `entry` leaves alone."""
    return tuple(other for other in entries if other.name in entry.still) if entry.still else ()


def answer(entries: tuple[Entry, ...], digits: DigitSet, known: Answers) -> Answers:
    """What is not known yet of those entries that these digits can tell of.

    Milliseconds for 10,000 digits, up to half a second for each direction with 512 latent dimensions.
    """
    found = Answers(dict(known.plain), dict(known.freed))
    for entry in entries:
        key = key_of(entry)
        if key not in found.plain and can_be_found(entry, digits):
            found.plain[key] = _found(entry, digits)
    for entry in entries:
        others = kept(entry, entries)
        if (
            others
            and not found.has(entry, entries)
            and all(key_of(each) in found.plain for each in (entry, *others))
        ):
            found.freed[_freed_key(entry, others)] = _freed(entry, others, found, digits)
    return found


def answer_around(
    entry: Entry, digits: DigitSet, snapshot: ModelSnapshot, cancelled: Cancelled = None
) -> Direction | UserError:
    """The direction of an `Around`, or why there is none.

    About a second in two latent dimensions; then 40 ms for each dimension.

    Raises:
        CancelledError: `cancelled` said so.
    """
    from vae_explorer.core.local_direction import find_around
    from vae_explorer.core.morphometry import import_skimage

    assert isinstance(entry.source, Around)
    import_skimage()
    try:
        return find_around(entry.source, snapshot, digits.mu, cancelled=cancelled)
    except UserError as error:
        return error


def can_be_found(entry: Entry, digits: DigitSet) -> bool:
    """Whether it takes nothing but digits, all of which is there."""
    if isinstance(entry.source, Around):
        return False
    return digits.measures is not None or not isinstance(entry.source, Measured)


def without_model(entry: Entry) -> Entry:
    """`entry` while nothing is known of it; what came as numbers keeps these."""
    plain = entry.plain if isinstance(entry.source, Given) else None
    return _changed(entry, plain, None, None)


def _freed_key(entry: Entry, others: tuple[Entry, ...]) -> Hashable:
    # With the names: they stand in that of the direction, and in what is said where nothing is left of it.
    return tuple((key_of(each), each.name) for each in (entry, *others))


def _found(entry: Entry, digits: DigitSet) -> Direction | UserError:
    try:
        if not isinstance(entry.source, Given):
            return find(entry.source, digits)
        if entry.plain is None:
            return DataError("The numbers of this direction are missing. Load its file again.")
        return _rated(entry.plain, entry.source, digits)
    except UserError as error:
        return error


def _rated(given: Direction, source: Given, digits: DigitSet) -> Direction:
    """A direction that came as numbers; one that holds around one place brings its σ along."""
    try:
        local = parse_source(source.text)
    except ConfigError:
        local = source
    if not isinstance(local, Around):
        anew = rated(given, digits)
        # With the same σ along it, these are the digits that it was found with: what was known of it then still holds.
        same = math.isclose(anew.sigma, given.sigma, rel_tol=_SAME_SIGMA)
        return given if same and given.quality is not None else anew
    return replace(rated(replace(given, source=local), digits), source=source)


def _freed(entry: Entry, others: tuple[Entry, ...], found: Answers, digits: DigitSet) -> Freed | UserError:
    one, *still = (_named(each, found) for each in (entry, *others))
    try:
        rest = kept_still(one, still, digits)
        return rest, cost(one, rest, digits)
    except UserError as error:
        return error


def _named(entry: Entry, found: Answers) -> Direction:
    plain = found.plain[key_of(entry)]
    assert isinstance(plain, Direction)
    return replace(plain, name=entry.name)


def _failed(entry: Entry, error: UserError) -> Entry:
    # What came as numbers fits another model again.
    plain = entry.plain if isinstance(entry.source, Given) else None
    return _changed(entry, plain, None, error)


def _changed(
    entry: Entry, plain: Direction | None, used: Direction | None, problem: UserError | None
) -> Entry:
    if (entry.plain, entry.used, entry.problem) == (plain, used, problem):
        return entry
    return replace(entry, plain=plain, used=used, problem=problem)
