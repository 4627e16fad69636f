"""How a table of numbers is written: encoding, delimiter, heading, and which columns are no pixels."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.datasets.choices import MAX_SIDE, Choices
from vae_explorer.core.datasets.remarks import Remark
from vae_explorer.core.errors import DataError

_LABELS = frozenset(("label", "labels", "class", "classes", "target", "targets", "y", "digit", "category"))
_INDICES = frozenset(("", "index", "id", "unnamed: 0"))
#: In this order: where the semicolon delimits, the comma may be that of a decimal number.
_DELIMITERS = ("\t", ";", "|", ",", " ")
_HEAD_LINES = 20
#: Characters of a line at most: 256×256 numbers of 15 digits.
MAX_LINE = (MAX_SIDE**2 + 1000) * 16


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How to read the lines of a table.

    Attributes:
        encoding: of its text.
        delimiter: between fields; a comma within a field is that of a decimal number unless it is this.
        heading: whether the first line names the columns.
        width: fields of a line.
        label: column of the labels, from 0; None without any.
        index: column that counts the lines, from 0; None without any.
        remarks: what was found.
    """

    encoding: str
    delimiter: str
    heading: bool
    width: int
    label: int | None
    index: int | None
    remarks: tuple[Remark, ...]

    @property
    def pixels(self) -> tuple[int, ...]:
        """The columns of values, from 0."""
        return tuple(i for i in range(self.width) if i not in (self.label, self.index))


def table_layout(path: Path, choices: Choices) -> TableLayout:
    """Find out by the first lines how a table is written.

    Raises:
        DataError: it is no table of numbers, or has no column of that name.
        OSError: it cannot be read.
    """
    encoding = _encoding(path)
    lines = _head(path, encoding)
    delimiter = _delimiter(lines)
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error as error:
        raise _no_table(path) from error
    names = [name.strip() for name in rows[0]] if _is_heading(rows[0]) else []
    body = rows[1:] if names else rows
    if not body:
        raise DataError("There are no numbers in {path}, only a heading.", path=path)
    width = len(body[0])
    index = 0 if names and width > 1 and names[0].lower() in _INDICES and choices.labels != names[0] else None
    label = _label(names, body, index, choices, path)
    remarks = (*_heading_said(names), *_label_said(names, label))
    return TableLayout(encoding, delimiter, bool(names), width, label, index, remarks)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        mark = file.read(2)
    return "utf-16" if mark in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _head(path: Path, encoding: str) -> list[str]:
    lines: list[str] = []
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while len(lines) < _HEAD_LINES and (line := file.readline(MAX_LINE)):
            if len(line) == MAX_LINE:
                raise _no_table(path)
            if line.strip():
                lines.append(line.strip(" \r\n"))
    if not lines or any("\0" in line for line in lines):
        raise _no_table(path)
    return lines


def _no_table(path: Path) -> DataError:
    return DataError(
        "{path} is not a table of numbers. It needs one image a line, its values between commas.", path=path
    )


def _delimiter(lines: list[str]) -> str:
    body = lines[1:] or lines
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in body]
        if sorted(counts)[len(counts) // 2]:
            return delimiter
    return ","


def number(field: str) -> float:
    """A field's number, with a point or a comma before its decimals.

    Raises:
        ValueError: it is none.
    """
    return float(field.replace(",", ".", 1))


def _is_number(field: str) -> bool:
    try:
        number(field)
    except ValueError:
        return False
    return True


def _is_heading(row: list[str]) -> bool:
    """Mostly words; or the columns' numbers, 0, 1, 2, …, with at most two words among them."""
    numbers = [number(field) for field in row if _is_number(field)]
    if 2 * len(numbers) < len(row) or (len(row) == 1 and not numbers):
        return True
    counted = [numbers[0] + i for i in range(len(numbers))]
    return len(numbers) > 8 and len(row) - len(numbers) <= 2 and numbers == counted and numbers[0] in (0, 1)


def _label(
    names: list[str], body: list[list[str]], index: int | None, choices: Choices, path: Path
) -> int | None:
    if choices.labels is not None:
        return _named(choices.labels, names, len(body[0]), path)
    usual = [i for i, name in enumerate(names) if name.lower() in _LABELS]
    if usual:
        return usual[0]
    worded = [i for i, field in enumerate(body[0]) if i != index and not _is_number(field) and field.strip()]
    if len(worded) == 1 and all(len(row) > worded[0] and not _is_number(row[worded[0]]) for row in body):
        return worded[0]
    return _by_length(body, index)


def _named(wanted: str, names: list[str], width: int, path: Path) -> int:
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    raise DataError(
        "There is no column “{wanted}” in {path}. Its columns: {listed}. A column can also be given by its number.",
        wanted=wanted,
        path=path,
        listed=", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else f"1 to {width}",
    )


def _by_length(body: list[list[str]], index: int | None) -> int | None:
    """The first or last column where all others fill a square image: the first if it has whole numbers only."""
    values = len(body[0]) - (index is not None)
    if math.isqrt(values) ** 2 == values or math.isqrt(values - 1) ** 2 != values - 1 or values < 5:
        return None
    first = 0 if index is None else 1
    fields = [row[first] for row in body if len(row) > first]
    whole = all(_is_number(field) and number(field).is_integer() for field in fields)
    return first if whole else len(body[0]) - 1


def _heading_said(names: list[str]) -> tuple[Remark, ...]:
    return (Remark("The first line is taken as heading."),) if names else ()


def _label_said(names: list[str], label: int | None) -> tuple[Remark, ...]:
    if label is None:
        return (Remark("No column is taken as label."),)
    named = names[label] if label < len(names) and names[label] else str(label + 1)
    return (Remark("Column {column} is taken as label.", {"column": named}),)
