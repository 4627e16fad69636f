"""How large the parts of the traversal grid are; measured once, as letters take long to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics

from vae_explorer.core.traversal import TRAVERSAL_VALUES
from vae_explorer.ui.theme import GRID, small_font, tabular

GAP = 4
LEAST_CELL, MOST_CELL = 24, 84
COLUMNS = len(TRAVERSAL_VALUES)


@dataclass(frozen=True, slots=True)
class Sizes:
    """In pixels.

    Attributes:
        name, small: fonts of the first and the second line before a row.
        name_height, small_height: of these lines.
        header: width of what stands before the pictures.
        top: height of what stands above them.
        side: of a picture.
    """

    name: QFont
    small: QFont
    name_height: int
    small_height: int
    header: int
    top: int
    side: int

    @property
    def row(self) -> int:
        """Height of a row, with the gap below it."""
        return max(self.side, self.name_height + self.small_height) + GAP

    @property
    def column(self) -> int:
        """Width of a column, with the gap beside it."""
        return self.side + GAP


def measure(font: QFont, room: QSize, rows: int, states: Sequence[str], longest: str) -> Sizes:
    """Sizes with which the grid fits into the width of a room, and two of its rows, or the only one, into its height.

    Args:
        font: the usual one.
        room: pixels there are.
        rows: how many there are.
        states: what may stand behind the number of a dimension.
        longest: the longest text below it.
    """
    name = QFont(font)
    name.setBold(True)
    small = tabular(small_font(font))
    name_size, small_size = QFontMetrics(name), QFontMetrics(small)
    first = name_size.horizontalAdvance("z888") + GRID + max(map(small_size.horizontalAdvance, states))
    header = GRID // 2 + max(first, small_size.horizontalAdvance(longest)) + GRID
    top = small_size.height() + GAP
    side = min((room.width() - header) // COLUMNS, (room.height() - top) // min(max(rows, 1), 2)) - GAP
    return Sizes(
        name,
        small,
        name_size.height(),
        small_size.height(),
        header,
        top,
        max(LEAST_CELL, min(MOST_CELL, side)),
    )
