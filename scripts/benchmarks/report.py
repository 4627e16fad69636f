"""One figure of the benchmark, and how it is printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A measured value beside its target.

    Attributes:
        name: what was measured.
        value: the value.
        unit: its unit.
        target: the most (or, with ``at_least``, the least) that it should be; None for a mere report.
        at_least: whether larger is better.
        note: how it was measured.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def row(self) -> str:
        """A row of a Markdown table."""
        target = (
            ""
            if self.target is None
            else f"{'≥' if self.at_least else '≤'} {_short(self.target)} {self.unit}"
        )
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return (
            f"| {self.name} | {_short(self.value)} {self.unit} | {target.strip()} | {verdict} | {self.note} |"
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"met": self.met}


def table(figures: Sequence[Figure]) -> str:
    """All figures as a Markdown table."""
    head = "| what | measured | target | | how |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *(figure.row() for figure in figures)])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
