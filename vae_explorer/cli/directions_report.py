"""What `vae-explorer directions` says, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_explorer.core.directions import Direction, Quality

#: More angles than these in a line do not fit a terminal, nor do headings in a longer line.
_MOST_ANGLES, _LINE = 8, 80
#: Letters of an angle and of the gap before it.
_ANGLE, _GAP = 5, 2
_KINDS = {"r2": "R²", "auc": "AUC", "variance": "share of variance"}

Facts = dict[str, Any]


def directions_facts(
    about: Facts,
    directions: Sequence[Direction],
    problems: Mapping[str, str],
    costs: Mapping[str, Mapping[str, float]],
) -> Facts:
    """Everything about directions; every value fits into JSON.

    Args:
        about: of the model and the digits.
        directions: that were found.
        problems: what is wrong with others, by name.
        costs: what it took to keep others still, by the name of the direction.
    """
    from vae_explorer.core.directions import angle

    return about | {
        "directions": [_facts(direction, costs.get(direction.name)) for direction in directions],
        "angles": [[round(angle(one, other), 9) for other in directions] for one in directions],
        "problems": dict(problems),
    }


def directions_lines(facts: Facts) -> Iterator[str]:
    """The same for a person, but for the vectors; angles only where they fit a terminal."""
    entries = facts["directions"]
    yield (
        f"{facts['model']} · {facts['digits']:,} digits of {facts['data_set']}, "
        f"{facts['held_out']:,} of them held out"
    )
    names = [entry["name"] for entry in entries]
    width = max((len(name) for name in [*names, *facts["problems"]]), default=0)
    for entry in entries:
        yield f"{entry['name']:<{width}}  {_line(entry)}"
    for name, problem in facts["problems"].items():
        yield f"{name:<{width}}  {problem}"
    if 2 <= len(names) <= _MOST_ANGLES:
        yield ""
        yield from _angle_lines(names, facts["angles"])


def _angle_lines(names: Sequence[str], angles: Sequence[Sequence[float]]) -> Iterator[str]:
    """A table of all pairs; its columns have numbers for headings where the names do not fit."""
    rows, heads = names, names
    if sum(_GAP + max(_ANGLE, len(head)) for head in heads) + max(map(len, rows)) > _LINE:
        heads = [str(k + 1) for k in range(len(names))]
        rows = [f"{head} {name}" for head, name in zip(heads, names, strict=True)]
    corner = "angle in °"
    first = max(len(corner), *map(len, rows))
    widths = [_GAP + max(_ANGLE, len(head)) for head in heads]
    yield f"{corner:<{first}}" + "".join(
        f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)
    )
    for row, degrees in zip(rows, angles, strict=True):
        yield f"{row:<{first}}" + "".join(
            f"{value:>{width}.1f}" for value, width in zip(degrees, widths, strict=True)
        )


def quality_facts(quality: Quality | None) -> Facts | None:
    """A quality as values of JSON."""
    return None if quality is None else asdict(quality)


def _facts(direction: Direction, cost: Mapping[str, float] | None) -> Facts:
    from vae_explorer.core.direction_sources import source_text

    return {
        "name": direction.name,
        "source": source_text(direction.source),
        "vector": direction.vector.tolist(),
        "sigma": direction.sigma,
        "quality": quality_facts(direction.quality),
        "cost": None if cost is None else dict(cost),
    }


def _line(entry: Facts) -> str:
    parts = [_quality(entry["quality"]), f"σ {entry['sigma']:#.4g}"]
    if cost := entry["cost"]:
        parts.append(f"lost {_signed(cost['lost'])} and turned {cost['turned']:.0f}° by keeping others still")
    return " · ".join(parts)


def _quality(quality: Facts | None) -> str:
    if quality is None:
        return "quality not known"
    text = f"{_KINDS[quality['kind']]} {_signed(quality['value'])}"
    if quality["kind"] == "variance":
        return text
    return text if quality["held_out"] else f"{text} (of the digits it was fitted to)"


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0:.3f}".replace("-", "−")
