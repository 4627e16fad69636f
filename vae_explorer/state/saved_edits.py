"""What a session file says of directions and of the journey: plain values of JSON, and back from these.

A direction is kept as it was found, so that a session opens with the very same vectors, and with its source, so that it
can be found anew for another model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

from vae_explorer.core.checks import require_choice, require_integer, require_number
from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.direction_file import direction_from, direction_values
from vae_explorer.core.direction_sources import Given, parse_source, source_text
from vae_explorer.core.directions import Direction
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.path_kinds import PATH_KINDS, Even, PathKind
from vae_explorer.state.bookmarks import one_line
from vae_explorer.state.edits import BASES, FARTHEST_ALPHA, Base, Entry
from vae_explorer.state.journey import (
    FEWEST_STEPS,
    MOST_ANCHORS,
    MOST_STEPS,
    STRONGEST_NEAR_DATA,
    Anchor,
    ClassAnchor,
    DigitAnchor,
    PlaceAnchor,
    Plan,
)
from vae_explorer.state.selection import FARTHEST

_MOST_IMAGES = 2**31
_MOST_DIRECTIONS = 1000


class FoundText:
    """A direction as JSON, empty where there is none; it is written out when it is asked for.

    That takes a quarter of a millisecond with 512 latent dimensions, and the window's thread gathers what is open.

    Args:
        direction: the direction, or the text itself.
    """

    __slots__ = ("_direction", "_text")

    def __init__(self, direction: Direction | str | None = "") -> None:
        self._direction = None if isinstance(direction, str) else direction
        self._text = direction if isinstance(direction, str) else None

    def __str__(self) -> str:
        if self._text is None:
            values = None if self._direction is None else direction_values(self._direction)
            self._text = "" if values is None else json.dumps(values, ensure_ascii=False)
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FoundText):
            return NotImplemented
        same = self._direction is not None and self._direction is other._direction
        return same or str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


_NOTHING_FOUND = FoundText()


@dataclass(frozen=True, slots=True)
class SavedDirection:
    """An entry of the list of directions.

    Attributes:
        name: what the user calls it.
        source: the text of its source.
        given: whether it came as numbers from a file; the text then says only where these once came from.
        alpha: how far it is gone along, in σ.
        still: names of the directions that it leaves alone.
        found: the direction for the session's model; its text is empty where there is none.
    """

    name: str
    source: str
    given: bool = False
    alpha: float = 0.0
    still: tuple[str, ...] = ()
    found: FoundText = _NOTHING_FOUND

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """What to keep of `entry`."""
        given = isinstance(entry.source, Given)
        return cls(
            entry.name, source_text(entry.source), given, entry.alpha, entry.still, FoundText(entry.plain)
        )

    def entry(self, latent: int) -> Entry:
        """The entry, for a model of so many latent dimensions.

        Raises:
            ConfigError: something of it is damaged.
        """
        source = Given(self.source) if self.given else parse_source(self.source)
        try:
            text = str(self.found)
            plain = direction_from(json.loads(text), latent) if text else None
        except (DataError, ValueError) as error:
            raise ConfigError(
                "The session is damaged in its direction “{name}”: {reason}",
                name=self.name,
                reason=str(error),
            ) from error
        used = plain if not self.still else None
        return Entry(self.name, source, plain, used, self.alpha, self.still)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "source": self.source,
            "given": self.given,
            "alpha": self.alpha,
            "still": list(self.still),
            "found": json.loads(str(self.found) or "null"),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a value is not what it should be.
        """
        name, found = str(values["name"]), values["found"]
        if not name or name != one_line(name):
            raise ConfigError("The session is damaged: a direction has no name.")
        require_number("α of a direction", values["alpha"], -FARTHEST_ALPHA, FARTHEST_ALPHA)
        return cls(
            name,
            str(values["source"]),
            bool(values["given"]),
            float(values["alpha"]),
            tuple(str(other) for other in values["still"]),
            FoundText("" if found is None else json.dumps(found, ensure_ascii=False)),
        )


@dataclass(frozen=True, slots=True)
class SavedEdits:
    """The directions in their order, what they move, and the name of the current one, which may be empty."""

    directions: tuple[SavedDirection, ...] = ()
    base: Base = "cursor"
    current: str = ""

    @classmethod
    def of(cls, entries: Iterable[Entry], base: Base, current: str = "") -> Self:
        """What to keep."""
        return cls(tuple(map(SavedDirection.of, entries)), base, current)

    def entries(self, latent: int) -> tuple[Entry, ...]:
        """The entries, for a model of so many latent dimensions.

        Raises:
            ConfigError: something of them is damaged.
        """
        return tuple(direction.entry(latent) for direction in self.directions)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "directions": [direction.to_dict() for direction in self.directions],
            "base": self.base,
            "current": self.current,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`.

        Raises:
            ConfigError: a value is not what it should be.
        """
        require_choice("what the directions move", values["base"], BASES)
        directions = tuple(map(SavedDirection.from_dict, values["directions"][:_MOST_DIRECTIONS]))
        if len({direction.name for direction in directions}) < len(directions):
            raise ConfigError("The session is damaged: two directions have one name.")
        # Files from before it was kept have none.
        return cls(directions, values["base"], str(values.get("current", "")))


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan as plain values for JSON."""
    return {
        "anchors": [_anchor_values(anchor) for anchor in plan.anchors],
        "loop": plan.loop,
        "kinds": list(plan.kinds),
        "chosen": plan.chosen,
        "steps": plan.steps,
        "even": plan.even,
        "near_data": plan.near_data,
    }


def plan_from(values: Mapping[str, Any]) -> Plan:
    """Inverse of `plan_values`.

    Raises:
        ConfigError: a value is not what it should be.
    """
    for kind in (*values["kinds"], values["chosen"]):
        require_choice("kind of path", kind, get_args(PathKind))
    if values["even"] is not None:
        require_choice("even steps", values["even"], ("latent", "decoder"))
    require_integer("number of frames", values["steps"], FEWEST_STEPS, MOST_STEPS)
    require_number("nearness to the data", values["near_data"], 0, STRONGEST_NEAR_DATA)
    even: Even = values["even"]
    return Plan(
        anchors=tuple(_anchor(anchor) for anchor in values["anchors"][:MOST_ANCHORS]),
        loop=bool(values["loop"]),
        kinds=tuple(kind for kind in PATH_KINDS if kind in values["kinds"]),
        chosen=values["chosen"],
        steps=values["steps"],
        even=even,
        near_data=float(values["near_data"]),
    )


def _anchor_values(anchor: Anchor) -> dict[str, Any]:
    match anchor:
        case DigitAnchor(index):
            return {"digit": index}
        case ClassAnchor(label):
            return {"class": label}
        case PlaceAnchor(z, name):
            return {"z": list(z), "name": name}


def _anchor(values: Mapping[str, Any]) -> Anchor:
    if "digit" in values:
        require_integer("index of a digit", values["digit"], 0, _MOST_IMAGES - 1)
        return DigitAnchor(values["digit"])
    if "class" in values:
        require_integer("class", values["class"], 0, CLASS_COUNT - 1)
        return ClassAnchor(values["class"])
    z = tuple(float(value) for value in values["z"])
    if not z or not all(math.isfinite(value) and abs(value) <= FARTHEST for value in z):
        raise ConfigError("The session is damaged: a coordinate is no number or far too large.")
    return PlaceAnchor(z, one_line(str(values["name"])))
