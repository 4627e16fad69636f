"""Reads images from a table: one a line, its values between commas or the like, perhaps with a label."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.datasets.choices import MEMORY_BYTES, Choices
from vae_explorer.core.datasets.found import Found
from vae_explorer.core.datasets.label_files import read_labels
from vae_explorer.core.datasets.preview import LOOKED_AT
from vae_explorer.core.datasets.remarks import Skips
from vae_explorer.core.datasets.table_layout import MAX_LINE, TableLayout, number, table_layout
from vae_explorer.core.decoder_space import Cancelled, Progress, check
from vae_explorer.core.errors import DataError
from vae_explorer.core.snapshot import FloatArray

#: Lines between two looks at whether anybody still wants them.
_AT_ONCE = 256
_CHUNK = 4 * 2**20

#: Number of a line in the file, from 1, and its text.
Line = tuple[int, str]
#: Of a line that can be used: its number in the file, its place among those of numbers, from 0, and its label.
Used = tuple[int, int, str]


class _Lines:
    """The lines of a table that can be used, kept as small as they are.

    Args:
        path: the table.
        layout: how it is written.
    """

    def __init__(self, path: Path, layout: TableLayout) -> None:
        self._path, self._layout = path, layout
        self._pixels = layout.pixels
        self._parse = float if layout.delimiter == "," else number
        self._blocks: list[FloatArray | ByteArray] = []
        self._bytes = 0
        self._labels: list[str] = []
        self._kept: list[int] = []
        self.count = 0
        self.skips = Skips()

    def add(self, lines: list[Line]) -> None:
        """Take some lines: their numbers in the file, from 1, and their texts."""
        values = self._parsed_at_once([text for _, text in lines])
        if values is not None:
            used = [(line, self.count + i, self._label_in(text)) for i, (line, text) in enumerate(lines)]
        else:
            values, used = self._parsed_one_by_one(lines)
        self.count += len(lines)
        self._keep(values, used)

    def _parsed_at_once(self, texts: list[str]) -> FloatArray | None:
        """The numbers of lines without a fault or a quote, three times as fast; None if there is one."""
        delimiter, width = self._layout.delimiter, self._layout.width
        if delimiter == " " or any('"' in text or text.count(delimiter) != width - 1 for text in texts):
            return None
        try:
            return np.loadtxt(
                texts, np.float32, comments=None, delimiter=delimiter, usecols=self._pixels, ndmin=2
            )
        except ValueError:
            return None

    def _parsed_one_by_one(self, lines: list[Line]) -> tuple[FloatArray, list[Used]]:
        block = np.empty((len(lines), len(self._pixels)), np.float32)
        used: list[Used] = []
        for place, (line, text) in enumerate(lines):
            fields = self._fields(text)
            values = self._values(line, fields)
            if values is not None:
                block[len(used)] = values
                used.append((line, self.count + place, self._label_of(fields)))
        return block[: len(used)], used

    def _label_in(self, text: str) -> str:
        """The label of a line without quotes, which is seldom far from an end."""
        delimiter, label = self._layout.delimiter, self._layout.label
        if label is None:
            return ""
        if label == self._layout.width - 1:
            return text.rpartition(delimiter)[2]
        return text.split(delimiter, label + 1)[label]

    def _label_of(self, fields: list[str]) -> str:
        return "" if self._layout.label is None else fields[self._layout.label]

    def _fields(self, text: str) -> list[str]:
        """The fields of a line; none if it cannot be parted."""
        try:
            return next(csv.reader([text], delimiter=self._layout.delimiter, skipinitialspace=True))
        except csv.Error:
            return []

    def _values(self, line: int, fields: list[str]) -> list[float] | None:
        if len(fields) != self._layout.width:
            self.skips.add("it has more or fewer fields than the first line of numbers", f"line {line:,}")
            return None
        try:
            return [self._parse(fields[column]) for column in self._pixels]
        except ValueError:
            self.skips.add("a field is empty or no number", f"line {line:,}")
            return None

    def _keep(self, block: FloatArray, used: list[Used]) -> None:
        finite = np.isfinite(block).all(1)
        for place in np.flatnonzero(~finite):
            self.skips.add("a value is not a number (NaN) or infinite", f"line {used[place][0]:,}")
        good = [used[place] for place in np.flatnonzero(finite)]
        small = _small(block[finite])
        self._blocks.append(small)
        self._kept += [ordinal for _, ordinal, _ in good]
        self._labels += [label for _, _, label in good]
        self._bytes += small.nbytes
        if self._bytes > MEMORY_BYTES // 2:
            raise DataError(
                "The numbers of {path} take more than {most} GiB. Save them with numpy.save as .npy, which is used "
                "from the disk.",
                path=self._path,
                most=MEMORY_BYTES // 2**31,
            )

    def found(self, choices: Choices, total: int) -> Found:
        """What the lines hold.

        Args:
            choices: whether labels come from another file.
            total: how many lines of numbers there are.
        """
        if not self._kept:
            raise DataError(
                "None of the lines of {path} can be used. The first: {why}.", path=self._path, why=self._why()
            )
        labels: NDArray[Any] | None = None if self._layout.label is None else np.array(self._labels)
        if choices.labels_path is not None and choices.labelled:
            labels = read_labels(choices.labels_path, total)[self._kept]
        return Found(
            name=self._path.stem,
            kind="csv",
            path=self._path,
            stored=_joined(self._blocks),
            size=None,
            labels=labels,
            skips=self.skips,
            remarks=self._layout.remarks,
        )

    def _why(self) -> str:
        skipped = self.skips.all()
        return f"{skipped[0].examples[0]}, {skipped[0].reason}" if skipped else "there are none"


def _small(block: FloatArray) -> FloatArray | ByteArray:
    """Whole numbers 0–255 as bytes."""
    with np.errstate(invalid="ignore"):
        levels: ByteArray = np.clip(block, 0, 255).astype(np.uint8)
    return levels if np.array_equal(levels, block) else block.copy()


def _joined(blocks: list[FloatArray | ByteArray]) -> FloatArray | ByteArray:
    """All blocks in one array of bytes, or of floats if any has them; the blocks are given up."""
    kind = np.result_type(*(block.dtype for block in blocks if len(block)))
    rows = np.empty((sum(map(len, blocks)), blocks[0].shape[1]), kind)
    start = 0
    blocks.reverse()
    while blocks:
        block = blocks.pop()
        rows[start : start + len(block)] = block
        start += len(block)
    return rows


def find_in_table(
    path: Path, choices: Choices, progress: Progress = None, cancelled: Cancelled = None
) -> Found:
    """All images of a table, in memory; lines that cannot be used are left out and counted.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: it is no table of numbers, none of its lines can be used, or it is too large.
        OSError: it cannot be read.
    """
    layout = table_layout(path, choices)
    lines = _Lines(path, layout)
    size = max(1, path.stat().st_size)
    with path.open("rb") as file, closing(_lines(file, layout)) as source:
        while block := list(islice(source, _AT_ONCE)):
            check(cancelled)
            lines.add(block)
            if progress is not None:
                progress(min(1.0, file.tell() / size))
    return lines.found(choices, lines.count)


def find_in_table_head(
    path: Path, choices: Choices, cancelled: Cancelled = None
) -> tuple[Found, Choices, int | None]:
    """The first images of a table, the choices, and how many lines it has if these are not all.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: it is no table of numbers, or none of the first 2,048 lines can be used.
        OSError: it cannot be read.
    """
    layout = table_layout(path, choices)
    lines = _Lines(path, layout)
    with path.open("rb") as file, closing(_lines(file, layout)) as source:
        while lines.count < LOOKED_AT and (block := list(islice(source, _AT_ONCE))):
            check(cancelled)
            lines.add(block)
    if lines.count < LOOKED_AT:
        return lines.found(choices, lines.count), choices, None
    total = max(lines.count, _count_lines(path, cancelled) - layout.heading)
    return lines.found(choices, total), choices, total


def _lines(file: IO[bytes], layout: TableLayout) -> Generator[Line, None, None]:
    """Each line that is not blank, but for the heading. One that is too long comes in pieces, which are no lines."""
    text = io.TextIOWrapper(file, layout.encoding, "replace")
    heading = layout.heading
    try:
        for place, line in enumerate(iter(lambda: text.readline(MAX_LINE), ""), 1):
            stripped = line.strip(" \r\n")
            if stripped and not heading:
                yield place, stripped
            heading = heading and not stripped
    finally:
        text.detach()


def _count_lines(path: Path, cancelled: Cancelled) -> int:
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            check(cancelled)
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
