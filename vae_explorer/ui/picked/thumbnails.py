"""Small pictures of many digits in a grid that scrolls; only those in sight are ever looked at.

Qt's own list asks for each of 10,000 items before it shows the first, which takes 36 ms.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from vae_explorer.core.data import ImageSet
from vae_explorer.state.picks import Indices
from vae_explorer.ui.theme import CLASS_COLORS, GRID, small_font
from vae_explorer.ui.widgets.image_view import to_image

#: Screen pixels along each side of a picture, and around it.
_SIDE = 42
_GAP = 2
_SWATCH = 6


class Thumbnails(QAbstractScrollArea):
    """A grid of digits, of which one is marked. The arrow keys move a frame of their own.

    Signals:
        chosen: index of the digit that was clicked, or on which Enter or Space was pressed.
        double_clicked: index of the digit.
    """

    chosen = Signal(int)
    double_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: ImageSet | None = None
        self._indices: Indices = np.empty(0, np.intp)
        # Rows of the marked digit and of the keys' frame, or −1.
        self._focus = self._current = -1
        self._labelled = False
        self.setAccessibleName(self.tr("Picked digits"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The columns must not depend on whether there is a bar, which depends on the columns.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)

    def show_digits(self, images: ImageSet | None, indices: Indices, focus: int | None) -> None:
        """Show these digits, ascending, and mark one of them."""
        if images is None:
            indices = indices[:0]
        if images is not self._images or not np.array_equal(indices, self._indices):
            self._images, self._indices = images, indices
            self._current = -1
            self._measure()
            self.verticalScrollBar().setValue(0)
        row = -1 if focus is None else int(np.searchsorted(indices, focus))
        self._focus = row if row < len(indices) else -1
        if self._current < 0:
            self._current = self._focus
        self._describe()
        self._bring_into_view(self._focus)
        self.viewport().update()

    def set_labelled(self, labelled: bool) -> None:
        """Write each digit's label under it, or not."""
        self._labelled = labelled
        self._measure()
        self.viewport().update()

    def place_of(self, index: int) -> QRect:
        """Where the picture of a shown digit is in the viewport, perhaps out of sight."""
        return self._picture(int(np.searchsorted(self._indices, index)))

    # The grid

    @property
    def _columns(self) -> int:
        return max(1, self.viewport().width() // (_SIDE + 2 * _GAP))

    def _cell(self) -> QSize:
        """The columns share the whole width."""
        letters = self._letters() if self._labelled else 0
        width = max(_SIDE + 2 * _GAP, self.viewport().width() // self._columns)
        return QSize(width, _SIDE + 2 * _GAP + letters)

    def _letters(self) -> int:
        return self.fontMetrics().height()

    def _picture(self, row: int) -> QRect:
        line, column = divmod(row, self._columns)
        cell = self._cell()
        top = line * cell.height() - self.verticalScrollBar().value()
        left = column * cell.width() + (cell.width() - _SIDE) // 2
        return QRect(left, top + 2 * _GAP, _SIDE, _SIDE)

    def _row_at(self, pixel: QPoint) -> int:
        """The row of the digit under a pixel of the viewport, or −1."""
        cell = self._cell()
        column = pixel.x() // cell.width()
        line = (pixel.y() - _GAP + self.verticalScrollBar().value()) // cell.height()
        row = line * self._columns + column
        return row if 0 <= column < self._columns and 0 <= row < len(self._indices) else -1

    def _measure(self) -> None:
        height = self._cell().height()
        lines = -(-len(self._indices) // self._columns)
        room = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * height + 2 * _GAP - room))
        bar.setPageStep(room)
        bar.setSingleStep(height // 3)

    def _bring_into_view(self, row: int) -> None:
        if row < 0:
            return
        picture, bar = self._picture(row), self.verticalScrollBar()
        low = self.viewport().height() - (self._cell().height() - 2 * _GAP)
        if picture.top() < 0:
            bar.setValue(bar.value() + picture.top() - 2 * _GAP)
        elif picture.top() > low:
            bar.setValue(bar.value() + picture.top() - low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setFont(small_font(self.font()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height, columns = self._cell().height(), self._columns
        first = max(0, (event.rect().top() + self.verticalScrollBar().value()) // height - 1)
        last = (event.rect().bottom() + self.verticalScrollBar().value()) // height + 1
        for row in range(first * columns, min(last * columns, len(self._indices))):
            self._paint_digit(painter, row)
        painter.end()

    def _paint_digit(self, painter: QPainter, row: int) -> None:
        if self._images is None:
            return
        digit, place = int(self._indices[row]), self._picture(row)
        painter.drawImage(place, to_image(self._images.picture(digit)))
        if self._labelled:
            self._write_label(painter, place, int(self._images.labels[digit]))
        frame = place.adjusted(-1, -1, 0, 0)
        if row == self._focus:
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(frame)
        if row == self._current and self.hasFocus():
            # Within the picture, which is black in both themes, and within the frame of the one that is looked at.
            painter.setPen(QPen(Qt.GlobalColor.white, 1, Qt.PenStyle.DotLine))
            painter.drawRect(frame.adjusted(2, 2, -2, -2))

    def _write_label(self, painter: QPainter, place: QRect, label: int) -> None:
        text = str(label)
        width = _SWATCH + GRID // 2 + painter.fontMetrics().horizontalAdvance(text)
        room = QRect(place.center().x() - width // 2, place.bottom() + 1, width, self._letters())
        middle = room.top() + (room.height() - _SWATCH) // 2
        painter.fillRect(room.left(), middle, _SWATCH, _SWATCH, QColor(CLASS_COLORS[label]))
        painter.setPen(self.palette().windowText().color())
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self._move_to(row)
            self.chosen.emit(int(self._indices[row]))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self.double_clicked.emit(int(self._indices[row]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, columns = event.key(), self._columns
        page = columns * max(1, self.viewport().height() // self._cell().height())
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._indices),
            Qt.Key.Key_End: len(self._indices),
        }
        if not len(self._indices):
            event.ignore()
        elif key in steps:
            self._move_to(min(max(self._current + steps[Qt.Key(key)], 0), len(self._indices) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.chosen.emit(int(self._indices[self._current]))
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0 and len(self._indices):
            self._move_to(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_at(event.pos())
            QToolTip.showText(event.globalPos(), self._text(row), self)
            return True
        return super().viewportEvent(event)

    def _move_to(self, row: int) -> None:
        self._current = row
        self._describe()
        self._bring_into_view(row)
        self.viewport().update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self._text(self._current))

    def _text(self, row: int) -> str:
        if self._images is None or not 0 <= row < len(self._indices):
            return ""
        digit = int(self._indices[row])
        text = self.tr("Digit {label}, #{index:,}")
        return text.format(label=int(self._images.labels[digit]), index=digit)
