"""Directions that the user found or loaded, how far each is gone along, from where, and which is looked at.

An entry keeps where its direction comes from, so that it can be found anew when the model learns on or
another is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from psygnal import Signal

from vae_explorer.core.errors import UserError
from vae_explorer.state.bookmarks import one_line

if TYPE_CHECKING:
    # The first frame has no directions.
    from vae_explorer.core.direction_sources import Source
    from vae_explorer.core.directions import Direction

#: What is moved: the point of the cursor, the digit that is looked at closely, or the drawing.
Base = Literal["cursor", "digit", "drawing"]
BASES: tuple[Base, ...] = ("cursor", "digit", "drawing")
#: A slider goes so far to either side, in σ…
USUAL_ALPHA = 3.0
#: …and what is typed, so far.
FARTHEST_ALPHA = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One direction of the list.

    Attributes:
        name: what the user calls it; one line, not empty, different from all others.
        source: where it comes from.
        plain: the direction as found for the open model; None before that, and where it cannot be.
        used: `plain` without what it has of the directions that are kept still; None likewise.
        alpha: how far to go along it, in σ.
        still: names of the directions that it leaves alone.
        problem: why there is no `used`; None where there is one, or while it is looked for.
    """

    name: str
    source: Source
    plain: Direction | None = None
    used: Direction | None = None
    alpha: float = 0.0
    still: tuple[str, ...] = ()
    problem: UserError | None = None


class Edits:
    """The directions in the user's order, and the base. Only the window's thread may change it.

    Signals:
        changed: other directions, other names, or other vectors.
        alphas_changed: an α is another, and nothing else.
        base_changed: something else is moved.
        current_changed: another direction is the current one; who removes or renames one chooses anew.
    """

    changed = Signal()
    alphas_changed = Signal()
    base_changed = Signal()
    current_changed = Signal()

    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._base: Base = "cursor"
        self._current = ""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them; a value to go back to with `restore`."""
        return self._entries

    @property
    def base(self) -> Base:
        """What is moved."""
        return self._base

    @property
    def current(self) -> str:
        """Name of the direction that is looked at closely; empty where there is none."""
        return self._current if self.find(self._current) is not None else ""

    @property
    def terms(self) -> tuple[tuple[Direction, float], ...]:
        """What `core.edits.edited` takes: each direction that there is, with its α."""
        return tuple((entry.used, entry.alpha) for entry in self._entries if entry.used is not None)

    @property
    def moves(self) -> bool:
        """Whether any α takes the base elsewhere."""
        return any(alpha != 0 for _, alpha in self.terms)

    def find(self, name: str) -> Entry | None:
        """The entry of this name."""
        return next((entry for entry in self._entries if entry.name == name), None)

    def restore(self, entries: Iterable[Entry]) -> None:
        """Have these and no others."""
        new = tuple(entries)
        if new != self._entries:
            self._entries = new
            self.changed.emit()

    def add(self, name: str, source: Source, plain: Direction | None = None) -> Entry:
        """Add a direction at the end, under this name or, if it is taken, with a number behind it.

        Raises:
            ValueError: the name is empty.
        """
        entry = Entry(self.free_name(name), source, plain, plain)
        self.restore((*self._entries, entry))
        return entry

    def remove(self, name: str) -> None:
        """Drop a direction; what kept it still does so no longer, and waits to be found anew."""
        self.restore(
            _without(entry, name) if name in entry.still else entry
            for entry in self._entries
            if entry.name != name
        )

    def rename(self, name: str, new: str) -> str:
        """Give a direction another name; what it is called then.

        Raises:
            ValueError: the new name is empty.
        """
        if one_line(new) == name:
            return name
        called = self.free_name(new)
        self.restore(
            replace(
                entry,
                name=called if entry.name == name else entry.name,
                still=tuple(called if other == name else other for other in entry.still),
            )
            for entry in self._entries
        )
        return called

    def update(self, name: str, **values: object) -> None:
        """Set other attributes of an entry than its α; does nothing where it is gone."""
        self.restore(
            replace(entry, **values) if entry.name == name else entry  # type: ignore[arg-type]
            for entry in self._entries
        )

    def set_alpha(self, name: str, alpha: float) -> None:
        """Go so far along a direction, in σ, or as far as one may; does nothing where it is gone."""
        bounded = min(max(alpha, -FARTHEST_ALPHA), FARTHEST_ALPHA)
        self.set_alphas({name: bounded})

    def set_alphas(self, alphas: dict[str, float]) -> None:
        """Set several at once, by name; those of others stay."""
        new = tuple(
            entry if alphas.get(entry.name, entry.alpha) == entry.alpha else _gone(entry, alphas[entry.name])
            for entry in self._entries
        )
        if new != self._entries:
            self._entries = new
            self.alphas_changed.emit()

    @property
    def alphas(self) -> dict[str, float]:
        """All of them by name; a value to go back to with `set_alphas`."""
        return {entry.name: entry.alpha for entry in self._entries}

    def set_base(self, base: Base) -> None:
        """Move something else from now on."""
        if base != self._base:
            self._base = base
            self.base_changed.emit()

    def choose(self, name: str) -> None:
        """Look at another direction closely; at none where there is none of that name."""
        if name != self._current:
            self._current = name
            self.current_changed.emit()

    def free_name(self, name: str) -> str:
        """`name` as it can be used: one line, and with a number behind it where it is taken.

        Raises:
            ValueError: it is empty.
        """
        line = one_line(name)
        if not line:
            raise ValueError("a direction needs a name")
        taken = {entry.name for entry in self._entries}
        called, number = line, 2
        while called in taken:
            called, number = f"{line} {number}", number + 1
        return called


def _without(entry: Entry, name: str) -> Entry:
    still = tuple(other for other in entry.still if other != name)
    return replace(entry, still=still, used=entry.plain if not still else None, problem=None)


def _gone(entry: Entry, alpha: float) -> Entry:
    return replace(entry, alpha=float(alpha))
