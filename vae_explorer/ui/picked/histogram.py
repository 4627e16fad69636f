"""How many of the picked digits belong to each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.ui.theme import CLASS_COLORS, GRID, small_font, tabular

_BAR = 6 * GRID


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
        room = self.height() - 2 * letters
        for digit, count in enumerate(self.counts.tolist()):
            # One digit among thousands is still to be seen.
            height = max(round(room * count / most), 1 if count else 0)
            left, bottom = digit * width, self.height() - letters
            painter.fillRect(
                QRectF(left + width * 0.15, bottom - height, width * 0.7, height), QColor(CLASS_COLORS[digit])
            )
            self._write(painter, QRectF(left, bottom, width, letters), str(digit))
            if count:
                above = QRectF(left, bottom - height - letters, width, letters)
                self._write(painter, above, self.short(count, width))

    def short(self, count: int, width: float) -> str:
        """The count in so many pixels; nothing where there are too few: the tool tip says all of them."""
        texts = [f"{count:,}"]
        if count >= 1000:
            texts += [f"{count / 1000:.1f}k", f"{count / 1000:.0f}k"]
        fitting = (text for text in texts if self.fontMetrics().horizontalAdvance(text) + 2 <= width)
        return next(fitting, "")

    def _write(self, painter: QPainter, room: QRectF, text: str) -> None:
        painter.setPen(self.palette().windowText().color())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)
