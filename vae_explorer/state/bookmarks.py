"""Latent points that the user gave a name, to come back to them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from vae_explorer.core.errors import ConfigError
from vae_explorer.state.selection import FARTHEST, Point

#: A longer name is cut: a list has no room for it.
LONGEST_NAME = 80
_MOST_DIMENSIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named point.

    Attributes:
        name: what the user calls it; one line, not empty.
        z: its coordinates.
    """

    name: str
    z: tuple[float, ...]

    @property
    def latent(self) -> int:
        """The latent size of the models that it belongs to."""
        return len(self.z)

    @property
    def point(self) -> Point:
        """The same as an array, shape (latent,)."""
        return np.array(self.z)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "z": list(self.z)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a value is missing or not what it should be.
        """
        try:
            name, z = one_line(str(values["name"])), tuple(float(value) for value in values["z"])
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigError("A bookmark cannot be read: {reason}.", reason=repr(error)) from error
        in_range = 0 < len(z) <= _MOST_DIMENSIONS and all(math.isfinite(v) and abs(v) <= FARTHEST for v in z)
        if not name or not in_range:
            raise ConfigError("A bookmark cannot be read: {reason}.", reason=repr(name))
        return cls(name, z)


class Bookmarks:
    """Bookmarks in the user's order, for models of any latent size. Only the window's thread may change them.

    Signals:
        changed: others are there, or in another order.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._entries: tuple[Bookmark, ...] = ()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Bookmark]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Bookmark:
        return self._entries[index]

    @property
    def entries(self) -> tuple[Bookmark, ...]:
        """All of them; a value to go back to with `restore`."""
        return self._entries

    def restore(self, entries: Iterable[Bookmark]) -> None:
        """Have these and no others."""
        new = tuple(entries)
        if new != self._entries:
            self._entries = new
            self.changed.emit()

    def add(self, name: str, z: NDArray[np.floating]) -> Bookmark:
        """Add a point, no further out than a cursor may be, at the end.

        Raises:
            ValueError: it has no name, or a coordinate is not finite.
        """
        point = np.array(z, np.float64).reshape(-1)
        if not np.isfinite(point).all():
            raise ValueError("a bookmark must be a finite point")
        np.clip(point, -FARTHEST, FARTHEST, out=point)
        entry = Bookmark(_named(name), tuple(point.tolist()))
        self.restore((*self._entries, entry))
        return entry

    def rename(self, index: int, name: str) -> None:
        """Give a bookmark another name.

        Raises:
            ValueError: the name is empty.
        """
        entries = list(self._entries)
        entries[index] = replace(entries[index], name=_named(name))
        self.restore(entries)

    def remove(self, index: int) -> None:
        """Drop a bookmark."""
        entries = list(self._entries)
        del entries[index]
        self.restore(entries)

    def move(self, index: int, to: int) -> None:
        """Put a bookmark where it then has the index `to`; beyond an end means at that end."""
        entries = list(self._entries)
        entry = entries.pop(index)
        entries.insert(min(max(to, 0), len(entries)), entry)
        self.restore(entries)

    def free_name(self, pattern: str) -> str:
        """The first name of a `pattern` with ``{number}`` that no bookmark has."""
        taken = {entry.name for entry in self._entries}
        number = 1
        while (name := pattern.format(number=number)) in taken:
            number += 1
        return name


def one_line(name: str) -> str:
    """A name without line breaks and needless spaces, and not too long."""
    return " ".join(name.split())[:LONGEST_NAME].rstrip()


def _named(name: str) -> str:
    if not (line := one_line(name)):
        raise ValueError("a bookmark needs a name")
    return line
