"""How many of the picked digits belong to each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.ui.theme import CLASS_COLORS, GRID, small_font, tabular

_BAR = 6 * GRID
#: Counts are written smaller, down to this share, before they are cut to thousands.
_LEAST_LETTERS = 0.7


class ClassHistogram(QWidget):
    """One bar a class, with its digit below and its count above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts: NDArray[np.intp] = np.zeros(CLASS_COUNT, np.intp)
        self.setFont(tabular(small_font(self.font())))
        self.setAccessibleName(self.tr("Classes of the picked digits"))
        self.setToolTip(self.tr("How many of the picked digits have each label"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: NDArray[np.intp]) -> None:
        """Show the number of digits of each class, shape (10,)."""
        self.counts = counts
        said = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts.tolist()) if count)
        self.setAccessibleDescription(said)
        self.setToolTip("\n".join((self.tr("How many of the picked digits have each label"), said)))
        self.update()

    def sizeHint(self) -> QSize:
        widest = self.fontMetrics().horizontalAdvance("1,000")
        return QSize(CLASS_COUNT * (widest + 2), _BAR + 2 * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(CLASS_COUNT * 2 * GRID, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        letters = self.fontMetrics().height()
        width = self.width() / CLASS_COUNT
        most = max(1, int(self.counts.max()))
        texts, counts_font = self.written(width)
        room = self.height() - 2 * letters
        for digit, count in enumerate(self.counts.tolist()):
            # One digit among thousands is still to be seen.
            height = max(round(room * count / most), 1 if count else 0)
            left, bottom = digit * width, self.height() - letters
            painter.fillRect(
                QRectF(left + width * 0.15, bottom - height, width * 0.7, height), QColor(CLASS_COLORS[digit])
            )
            painter.setFont(self.font())
            self._write(painter, QRectF(left, bottom, width, letters), str(digit))
            painter.setFont(counts_font)
            self._write(painter, QRectF(left, bottom - height - letters, width, letters), texts[digit])

    def written(self, width: float) -> tuple[list[str], QFont]:
        """The counts and their letters, where each has so many pixels: the tool tip says all of them in full."""
        texts = [f"{count:,}" if count else "" for count in self.counts.tolist()]
        if self._share(texts, width) < _LEAST_LETTERS:
            texts = [_short(count) if count else "" for count in self.counts.tolist()]
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * max(self._share(texts, width), _LEAST_LETTERS))
        return texts, font

    def _share(self, texts: list[str], width: float) -> float:
        """How large letters may be, at most 1, for each text to have so many pixels."""
        widest = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
        return min(1.0, (width - 2) / max(widest, 1))

    def _write(self, painter: QPainter, room: QRectF, text: str) -> None:
        painter.setPen(self.palette().windowText().color())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)


def _short(count: int) -> str:
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 10_000 else f"{count / 1000:,.0f}k"
