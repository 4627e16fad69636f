"""Shows one small gray picture large and crisp: whole screen pixels for each of its pixels, no smoothing."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import ByteArray


class ImageView(QWidget):
    """A square gray picture.

    Args:
        side: preferred side in pixels.
        name: what the picture is, for screen readers.

    Signals:
        painted: a new picture is on the screen; carries the time, as `time.perf_counter` has it.
    """

    painted = Signal(float)

    def __init__(self, side: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._image: QImage | None = None
        self._fresh = False
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(side // 2, side // 2)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)

    @property
    def image(self) -> QImage | None:
        """The picture at its own size, or None while there is none."""
        return self._image

    def show_picture(self, picture: ByteArray | None) -> None:
        """Show 8-bit gray levels of shape (height, width), or nothing."""
        self._image = None if picture is None else to_image(picture)
        self._fresh = picture is not None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width, 2 * self._side)

    def picture_rect(self) -> QRect:
        """Where the picture stands in this widget."""
        image = self._image
        if image is None:
            return QRect()
        ratio = self.devicePixelRatioF()
        # Count in the screen's own pixels, so that each pixel of the picture gets the same number of them.
        room = int(min(self.width(), self.height()) * ratio)
        scale = max(1, room // max(image.width(), image.height()))
        width, height = round(image.width() * scale / ratio), round(image.height() * scale / ratio)
        return QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is None:
            painter.setPen(QColor(self.palette().mid().color()))
            side = min(self.width(), self.height()) - 1
            painter.drawRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        else:
            painter.drawImage(self.picture_rect(), self._image)
        painter.end()
        if self._fresh:
            self._fresh = False
            self.painted.emit(time.perf_counter())


def to_image(picture: ByteArray) -> QImage:
    """8-bit gray levels, shape (height, width), as a picture of Qt's that owns its pixels."""
    pixels = np.ascontiguousarray(picture)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def png_bytes(image: QImage) -> bytes:
    """`image` as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
