"""What a reader has to say about somebody's data, as templates with values, so that the window can translate them.

Nothing that is left out may go unsaid: each reason is counted, and a few examples are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Examples that are named for each reason.
_EXAMPLES = 3


@dataclass(frozen=True)
class Remark:
    """An English sentence or clause with ``{name}`` fields, and what they stand for."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Skipped:
    """What was left out for one reason.

    Attributes:
        reason: a clause such as “the file is empty”.
        count: how many.
        examples: the first few: names of files below the folder, or numbers of lines or rows, counted from 1.
    """

    reason: Remark
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.examples) + (", …" if self.count > len(self.examples) else "")
        return f"{self.count:,}: {self.reason} ({named})"


class Skips:
    """Counts what is left out, by reason."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._reasons: dict[str, Remark] = {}
        self._examples: dict[str, list[str]] = {}

    def add(self, reason: Remark | str, *examples: str, count: int | None = None) -> None:
        """Leave out what `examples` name, or `count` of which these are some."""
        remark = Remark(reason) if isinstance(reason, str) else reason
        key = str(remark)
        self._reasons.setdefault(key, remark)
        self._counts[key] = self._counts.get(key, 0) + (len(examples) if count is None else count)
        known = self._examples.setdefault(key, [])
        known.extend(examples[: _EXAMPLES - len(known)])

    def copy(self) -> Skips:
        """Another one that has counted the same so far."""
        other = Skips()
        for skipped in self.all():
            other.add(skipped.reason, *skipped.examples, count=skipped.count)
        return other

    def all(self) -> tuple[Skipped, ...]:
        """What was left out so far, the most frequent reason first."""
        keys = sorted(self._counts, key=lambda key: -self._counts[key])
        return tuple(Skipped(self._reasons[k], self._counts[k], tuple(self._examples[k])) for k in keys)

    def __len__(self) -> int:
        return sum(self._counts.values())
