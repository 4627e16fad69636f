"""Many digits before and after an edit, as pairs of pictures in a grid that scrolls; only those in sight are decoded.

So it follows α while that slides, also for ten thousand digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.focus_frame import frame_viewport
from vae_explorer.ui.widgets.image_view import to_image

_SIDE = 56
_BETWEEN = 2
_GAP = GRID

Rows = NDArray[np.intp]


class PairGrid(QAbstractScrollArea):
    """Pairs side by side: before on the left, after on the right.

    Args:
        theme: colours.

    Signals:
        scrolled: other pairs are in sight.
    """

    scrolled = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._indices: Rows = np.empty(0, np.intp)
        self._labels: ByteArray = np.empty(0, np.uint8)
        self._first = 0
        self._pictures: list[tuple[QImage, QImage]] = []
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The columns must not depend on whether there is a bar, which depends on the columns.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("The selected digits, each before and after the edit"))
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        theme.changed.connect(self.viewport().update)

    @property
    def in_sight(self) -> range:
        """The rows that can be seen, by their place in the selection."""
        columns, height = self._columns, self._pair.height()
        first = self.verticalScrollBar().value() // height
        last = -(-(self.verticalScrollBar().value() + self.viewport().height()) // height)
        return range(min(first * columns, len(self._indices)), min(last * columns, len(self._indices)))

    def show_digits(self, indices: Rows, labels: ByteArray) -> None:
        """Make room for these digits, with their classes, shape (n,) both; their pictures come later."""
        if not np.array_equal(indices, self._indices):
            self._pictures = []
            self.verticalScrollBar().setValue(0)
        self._indices, self._labels = indices, labels
        self._measure()

    def show_pictures(self, first: int, before: ByteArray, after: ByteArray) -> None:
        """Pictures of the rows from `first` on, gray levels of shape (k, side, side) both."""
        self._first = first
        self._pictures = [(to_image(one), to_image(other)) for one, other in zip(before, after, strict=True)]
        self.viewport().update()

    def picture(self, row: int) -> tuple[QImage, QImage] | None:
        """Before and after, at their own size; None where they are not decoded."""
        place = row - self._first
        return self._pictures[place] if 0 <= place < len(self._pictures) else None

    def place_of(self, row: int) -> QRect:
        """Where a pair is on the viewport."""
        line, column = divmod(row, self._columns)
        pair = self._pair
        spare = self.viewport().width() - _GAP - self._columns * pair.width()
        left = _GAP + max(spare, 0) // 2 + column * pair.width()
        top = _GAP + line * pair.height() - self.verticalScrollBar().value()
        return QRect(left, top, 2 * _SIDE + _BETWEEN, _SIDE)

    def describe(self, row: int) -> str:
        """What a pair is of."""
        if not 0 <= row < len(self._indices):
            return ""
        text: str = self.tr("Digit {label}, #{index:,}: before and after")
        return text.format(label=int(self._labels[row]), index=int(self._indices[row]))

    # The grid

    @property
    def _pair(self) -> QSize:
        return QSize(2 * _SIDE + _BETWEEN + _GAP, _SIDE + _GAP)

    @property
    def _columns(self) -> int:
        return max(1, (self.viewport().width() - _GAP) // self._pair.width())

    def sizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(5 * self._pair.width() + _GAP + bar, 6 * self._pair.height() + _GAP)

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._pair.width() + _GAP + bar, self._pair.height() + _GAP)

    def _measure(self) -> None:
        lines = -(-len(self._indices) // self._columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * self._pair.height() + _GAP - self.viewport().height()))
        bar.setPageStep(max(self.viewport().height(), 1))
        bar.setSingleStep(self._pair.height() // 2)
        self.viewport().update()
        self.scrolled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 (Qt's name)
        self.viewport().update()
        self.scrolled.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for row in self.in_sight:
            place, found = self.place_of(row), self.picture(row)
            halves = (place.adjusted(0, 0, -_SIDE - _BETWEEN, 0), place.adjusted(_SIDE + _BETWEEN, 0, 0, 0))
            for number, half in enumerate(halves):
                if found is None:
                    painter.fillRect(half, QColor(self._theme.colors.window))
                else:
                    painter.drawImage(half, found[number])
        painter.end()
        frame_viewport(self)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.describe(self._row_at(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def _row_at(self, pixel: QPoint) -> int:
        """The pair under a pixel of the viewport, or −1."""
        return next((row for row in self.in_sight if self.place_of(row).contains(pixel)), -1)
