"""A row of small gray pictures, one for each step of something; one of them is where the user is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.ui.theme import ThemeSwitch, small_font, tabular
from vae_explorer.ui.widgets.image_view import to_image

_GAP = 2
_FRAME = 2
_LEAST_SIDE = 14
_LARGEST_SIDE = 96


class FilmStrip(QWidget):
    """Pictures side by side, as large as the room allows; a click, a drag or the arrow keys go to one of them.

    Args:
        name: what the pictures are, for screen readers.
        theme: colours.

    Signals:
        chosen: the user goes to a picture; carries its place in the row, from 0.
        grabbed, released: the mouse button goes down, and up again, or the focus leaves.
    """

    chosen = Signal(int)
    grabbed = Signal()
    released = Signal()

    def __init__(self, name: str, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frames: ByteArray = np.zeros((0, 1, 1), np.uint8)
        self._strip: QPixmap | None = None
        self._caption_font, self._caption_height = self.font(), 0
        self._current = -1
        self._marked: tuple[int, ...] = ()
        self._captions: tuple[str, ...] = ()
        self._down = False
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._choose_font()
        theme.changed.connect(self.update)

    @property
    def frames(self) -> ByteArray:
        """The pictures, gray levels of shape (n, side, side)."""
        return self._frames

    @property
    def current(self) -> int:
        """The picture where the user is, or −1."""
        return self._current

    def show_frames(self, frames: ByteArray) -> None:
        """Show gray levels of shape (n, side, side); they must not be changed afterwards."""
        if frames is not self._frames:
            self._frames = frames
            self._strip = None
            self._current = min(self._current, len(frames) - 1)
            self._describe()
            self.update()

    def set_current(self, index: int) -> None:
        """Frame another picture; −1 for none."""
        if index != self._current:
            self._update_at(self._current)
            self._current = index
            self._update_at(index)
            self._describe()

    def set_marked(self, rows: tuple[int, ...]) -> None:
        """Put a small mark above these pictures: they are more than steps between others."""
        if rows != self._marked:
            self._marked = rows
            self.update()

    def set_captions(self, texts: tuple[str, ...]) -> None:
        """Write these below the pictures, one for each; an empty one leaves its room to those beside it."""
        if texts != self._captions:
            self._captions = texts
            self._choose_font()
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(16 * (32 + _GAP), 32 + self._around)

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * (_LEAST_SIDE + _GAP), _LEAST_SIDE + self._around)

    def height_for(self, width: int) -> int:
        """How high it has to be for its pictures to be as large as this width allows."""
        return min(max(self._fitting(width), _LEAST_SIDE), _LARGEST_SIDE) + self._around

    # Where things are

    @property
    def side(self) -> int:
        """Of one picture on the screen, pixels."""
        high = self.height() - self._around
        return max(1, min(self._fitting(self.width()), high, _LARGEST_SIDE))

    def _fitting(self, width: int) -> int:
        """The side with which all pictures, or as many as there are captions, are as wide as this."""
        count = max(len(self._frames), len(self._captions), 1)
        return (width - 2 * _FRAME + _GAP) // count - _GAP

    def rect_of(self, index: int) -> QRect:
        """Where a picture stands in this widget."""
        side = self.side
        top = (self.height() - self._caption_height - side + _GAP) // 2
        return QRect(_FRAME + index * (side + _GAP), top, side, side)

    def index_at(self, place: QPointF) -> int:
        """The picture at, or nearest to, a pixel; −1 where there are none."""
        column = int((place.x() - _FRAME) // (self.side + _GAP))
        return min(max(column, 0), len(self._frames) - 1)

    @property
    def _around(self) -> int:
        """Pixels above and below the pictures: the frame, a mark, and the captions."""
        return 2 * _FRAME + _GAP + self._caption_height

    # Painting

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._choose_font()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._strip = None

    def _choose_font(self) -> None:
        # To make a font takes as long as to paint a caption.
        self._caption_font = tabular(small_font(self.font()))
        self._caption_height = QFontMetrics(self._caption_font).height() if self._captions else 0
        self._strip = None
        self.updateGeometry()

    def _update_at(self, index: int) -> None:
        """Paint a picture's frame and caption anew; where the keys would begin, all."""
        if 0 <= index < len(self._frames):
            place = self._caption_room(index).united(self.rect_of(index))
            self.update(place.adjusted(-_FRAME, -_FRAME, _FRAME, _FRAME))
        else:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._frames):
            return
        painter = QPainter(self)
        first, colors = self.rect_of(0), self._theme.colors
        painter.drawPixmap(first.topLeft(), self._scaled())
        for row in self._marked:
            if 0 <= row < len(self._frames):
                place = self.rect_of(row)
                painter.fillRect(place.left(), place.top() - 4, place.width(), 2, QColor(colors.muted))
        self._write_captions(painter, event.rect())
        if 0 <= self._current < len(self._frames):
            color = colors.text if self.hasFocus() else colors.accent
            self._outline(painter, self.rect_of(self._current), color)
        elif self.hasFocus():
            # The keys begin somewhere, and it shows that they would.
            self._outline(painter, self.rect_of(0).united(self.rect_of(len(self._frames) - 1)), colors.border)
        painter.end()

    def _write_captions(self, painter: QPainter, part: QRect) -> None:
        colors = self._theme.colors
        painter.setFont(self._caption_font)
        for index, text in enumerate(self._captions[: len(self._frames)]):
            room = self._caption_room(index)
            if text and room.intersects(part):
                painter.setPen(QColor(colors.accent if index == self._current else colors.muted))
                painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _caption_room(self, index: int) -> QRect:
        """Below a picture, and wider than it: an empty caption leaves its room to those beside it."""
        place = self.rect_of(index)
        half = place.width() // 2
        return QRect(
            place.left() - half, place.bottom() + 1 + _FRAME, place.width() + 2 * half, self._caption_height
        )

    def _outline(self, painter: QPainter, place: QRect, color: str) -> None:
        pen = QPen(QColor(color), _FRAME)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place.adjusted(-1, -1, 1, 1))

    def _scaled(self) -> QPixmap:
        """All pictures with their gaps as they are on the screen: scaling them takes longer than painting them."""
        ratio, side = self.devicePixelRatioF(), self.side
        if self._strip is None or self._strip.devicePixelRatio() != ratio:
            count, pixels = len(self._frames), self._frames.shape[1]
            row = np.ascontiguousarray(self._frames.transpose(1, 0, 2).reshape(pixels, count * pixels))
            image = to_image(row).convertToFormat(QImage.Format.Format_RGB32)
            strip = QPixmap(round((count * (side + _GAP)) * ratio), round(side * ratio))
            strip.setDevicePixelRatio(ratio)
            strip.fill(Qt.GlobalColor.transparent)
            painter = QPainter(strip)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for index in range(count):
                place = QRect(index * (side + _GAP), 0, side, side)
                painter.drawImage(place, image, QRect(index * pixels, 0, pixels, pixels))
            painter.end()
            self._strip = strip
        return self._strip

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._frames):
            self._down = True
            self.grabbed.emit()
            self._go(self.index_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._down:
            self._go(self.index_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._frames) - 1
        steps = {
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or last < 0 or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self._go(min(max(step, 0), last))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._let_go()
        self.update()

    def _let_go(self) -> None:
        if self._down:
            self._down = False
            self.released.emit()

    def _describe(self) -> None:
        """Say where the user is, for screen readers."""
        text: str = ""
        if 0 <= self._current < len(self._frames):
            text = self.tr("{number} of {count}").format(number=self._current + 1, count=len(self._frames))
            caption = self._captions[self._current] if self._current < len(self._captions) else ""
            text = f"{caption} · {text}" if caption else text
        self.setAccessibleDescription(text)

    def _go(self, index: int) -> None:
        if index >= 0:
            self.chosen.emit(index)
