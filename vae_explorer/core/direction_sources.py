"""Where a direction of the latent space can come from, and the short text that names each source.

The command line, the window and the files of directions take and show the same text, so it is written and read here
and nowhere else. Nothing of this needs a model: whether it has such a class or axis is found out by `core.directions`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from vae_explorer.core.errors import ConfigError
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute

#: How two groups of digits are told apart: by the difference of their means, or by Fisher's linear discriminant.
Method = Literal["means", "lda"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class ClassPair:
    """From the digits of class `a` towards those of class `b`."""

    a: int
    b: int
    method: Method = "means"


@dataclass(frozen=True, slots=True)
class Measured:
    """More of an attribute that was measured on the digits."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Around:
    """More of an attribute of the decoded image around the latent point `place`; without one, around what is edited."""

    attribute: Attribute
    place: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Groups:
    """From the digits in rows `a` towards those in rows `b`."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    method: Method = "means"


@dataclass(frozen=True, slots=True)
class Component:
    """The principal component `k` of the digits' means, from 0: the one with the most variance."""

    k: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The latent axis `j`, from 0."""

    j: int


@dataclass(frozen=True, slots=True)
class DigitPair:
    """From the digit in row `a` to that in row `b`."""

    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A direction drawn by hand, of any length: one number for each latent dimension."""

    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A direction that came as numbers, from a file; `text` is the source it had when it was saved."""

    text: str


Source = ClassPair | Measured | Around | Groups | Component | Axis | DigitPair | Arrow | Given


@dataclass(frozen=True, slots=True)
class InFile:
    """A direction in a file of directions; without a `name`, the only one that the file has."""

    path: Path
    name: str = ""


#: What can be typed, for messages and help texts.
FORMS = (
    f"{', '.join(ATTRIBUTES)}; around:thickness, found around a place; 3:8 or lda:3:8 from one class to another; pc1; "
    "z2; digits:7:42; or a file of directions, FILE.json or FILE.json#NAME"
)
_NUMBER = r"(0|[1-9]\d{0,8})"
_ROWS = r"(\d[\d,-]*)"


def source_text(source: Source) -> str:
    """The text that `parse_source` takes for this source; that of a `Given` is its own."""
    match source:
        case ClassPair(a, b, method):
            return f"{_prefix(method)}{a}:{b}"
        case Measured(attribute):
            return attribute
        case Around(attribute, place):
            return f"around:{attribute}" + (f":{_numbers_text(place)}" if place else "")
        case Groups(a, b, method):
            return f"{_prefix(method)}groups:{_rows_text(a)}:{_rows_text(b)}"
        case Component(k):
            return f"pc{k + 1}"
        case Axis(j):
            return f"z{j + 1}"
        case DigitPair(a, b):
            return f"digits:{a}:{b}"
        case Arrow(vector):
            return f"arrow:{_numbers_text(vector)}"
        case Given(text):
            return text


def parse_source(text: str) -> Source:
    """The source that a person means, inverse of `source_text`; spaces around it do not count.

    Raises:
        ConfigError: it names none; the message lists what can be typed.
    """
    word = text.strip()
    for attribute in ATTRIBUTES:
        if word == attribute:
            return Measured(attribute)
    for pattern, make in _READERS:
        if match := re.fullmatch(pattern, word, re.ASCII):
            return make(*match.groups())
    raise _unknown(text)


def parse_direction(text: str) -> Source | InFile:
    """What a person means by the name of a direction: a source, or a file of directions.

    A file is what ends in ``.json``, what has ``.json#`` in it, and what has a slash in it.

    Raises:
        ConfigError: it is neither; the message lists what can be typed.
    """
    try:
        return parse_source(text)
    except ConfigError:
        file, mark, name = text.partition(".json#")
        if mark and file:
            return InFile(Path(f"{file}.json"), name)
        if text.endswith(".json") or "/" in text or "\\" in text:
            return InFile(Path(text))
        raise


def _unknown(text: str) -> ConfigError:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return ConfigError("There is no direction “{text}”. Known are {forms}.", text=shown, forms=FORMS)


def _prefix(method: Method) -> str:
    return "lda:" if method == "lda" else ""


def _method(prefix: str | None) -> Method:
    return "lda" if prefix else "means"


def _class_pair(prefix: str | None, a: str, b: str) -> Source:
    if a == b:
        raise ConfigError("A direction leads from one class to another one, not from {a} to {a}.", a=a)
    return ClassPair(int(a), int(b), _method(prefix))


def _groups(prefix: str | None, a: str, b: str) -> Source:
    return Groups(_rows(a), _rows(b), _method(prefix))


def _digit_pair(a: str, b: str) -> Source:
    return DigitPair(int(a), int(b))


def _counted(make: Callable[[int], Source]) -> Callable[[str], Source]:
    """People count from 1."""

    def read(number: str) -> Source:
        if number == "0":
            raise ConfigError("Axes and principal components are counted from 1, so there is none with 0.")
        return make(int(number) - 1)

    return read


def _arrow(numbers: str) -> Source:
    return Arrow(_numbers("arrow", numbers))


def _around(attribute: str, numbers: str | None) -> Source:
    for known in ATTRIBUTES:
        if attribute == known:
            return Around(known, () if numbers is None else _numbers(f"around:{known}", numbers))
    raise _unknown(f"around:{attribute}")


def _numbers(prefix: str, text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(number) for number in text.split(","))
    except ValueError as error:
        raise _unknown(f"{prefix}:{text}") from error
    if not all(map(math.isfinite, numbers)):
        raise ConfigError("The numbers of {name} must be finite.", name=prefix)
    return numbers


_READERS: tuple[tuple[str, Callable[..., Source]], ...] = (
    (rf"(lda:)?{_NUMBER}:{_NUMBER}", _class_pair),
    (rf"(lda:)?groups:{_ROWS}:{_ROWS}", _groups),
    (rf"digits:{_NUMBER}:{_NUMBER}", _digit_pair),
    (rf"pc{_NUMBER}", _counted(Component)),
    (rf"z{_NUMBER}", _counted(Axis)),
    (r"arrow:([-+.,\deE]+)", _arrow),
    (r"around:([a-z]+)(?::([-+.,\deE]+))?", _around),
)
#: No set of images has more; a range in a damaged file must not fill the memory.
_MOST_ROWS = 1_000_000


def _numbers_text(numbers: Iterable[float]) -> str:
    return ",".join(repr(float(number)) for number in numbers)


def _rows_text(rows: Iterable[int]) -> str:
    """Rows in their order, those that follow each other as ranges: 0-4,7."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def _rows(text: str) -> tuple[int, ...]:
    rows: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(rf"{_NUMBER}(?:-{_NUMBER})?", part, re.ASCII)
        if not match:
            raise _unknown(f"groups:{text}")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or len(rows) + last - first >= _MOST_ROWS:
            raise _unknown(f"groups:{text}")
        rows.extend(range(first, last + 1))
    return tuple(rows)
