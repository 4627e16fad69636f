"""What the model makes of real digits: one test digit of each class, and below it what comes out of the model again.

The digits are always the same ones, so that two models, or one at two moments, can be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.data import ByteArray, ImageSet
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.ui.theme import GRID, small_font
from vae_explorer.ui.widgets.image_view import to_image

_SIDE = 28
_WIDEST_GAP = 4
#: All in one row; where that is too narrow for whole pixels, in two.
_COLUMNS = (10, 5)


_Pair = tuple[QImage, QImage]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Pictures in a row, their side, and the gap between two; whole pixels of the screen, in Qt's pixels."""

    columns: int
    side: float
    gap: float


class Reconstructions(QWidget):
    """Pairs of pictures, input above and mean reconstruction below, with whole screen pixels for each pixel.

    Nothing is calculated before it is painted: while the widget is hidden, a new model costs nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: ImageSet | None = None
        self._inputs: ByteArray = np.empty((0, _SIDE * _SIDE), np.uint8)
        self._labels: ByteArray = np.empty(0, np.uint8)
        self._snapshot: ModelSnapshot | None = None
        self._pictures: list[_Pair] | None = None
        self._captions = (self.tr("input"), self.tr("reconstruction"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Test digits and their reconstructions"))

    def show_model(self, images: ImageSet, snapshot: ModelSnapshot) -> None:
        """Show what `snapshot` makes of the first digit of each class of `images`."""
        if images is not self._images:
            self._images = images
            self._labels, first = np.unique(images.labels, return_index=True)
            self._inputs = images.images[first]
            digits = ", ".join(str(label) for label in self._labels)
            self.setAccessibleDescription(
                self.tr(
                    "Above, one test digit of each class: {digits}. Below each, its reconstruction."
                ).format(digits=digits)
            )
            self.updateGeometry()
        self._snapshot, self._pictures = snapshot, None
        self.update()

    @property
    def pictures(self) -> list[_Pair]:
        """Input and reconstruction of each class, at their own size; empty before the first model."""
        if self._pictures is None:
            self._pictures = [] if self._snapshot is None else self._reconstruct(self._snapshot)
        return self._pictures

    def _reconstruct(self, snapshot: ModelSnapshot) -> list[_Pair]:
        outputs = reconstruct(snapshot, self._inputs)
        return [
            (to_image(square(x)), to_image(square(y))) for x, y in zip(self._inputs, outputs, strict=True)
        ]

    # Size

    def sizeHint(self) -> QSize:
        width = _COLUMNS[0] * (_SIDE + 1)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        width = _COLUMNS[-1] * (_SIDE + 1)
        # A scroll area asks for no height for a width: it gets that for the width of the moment.
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.heightForWidth(event.size().width()) != self.heightForWidth(event.oldSize().width()):
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self._arrange(width)
        blocks = -(-max(1, len(self._inputs)) // layout.columns)
        return blocks * self._block_height(layout) + (blocks - 1) * GRID

    def _arrange(self, width: int) -> _Layout:
        """The fewest rows in which a picture has whole pixels, and there the largest pictures that fit."""
        ratio, side = self.devicePixelRatioF(), math.isqrt(self._inputs.shape[1])
        room = int(width * ratio)
        columns = next((n for n in _COLUMNS if n * side + n - 1 <= room), _COLUMNS[-1])
        scale = max(1, (room - columns + 1) // (columns * side))
        left = (room - columns * side * scale) // (columns - 1)
        gap = max(1, min(left, round(_WIDEST_GAP * ratio)))
        return _Layout(columns, side * scale / ratio, gap / ratio)

    def _block_height(self, layout: _Layout) -> int:
        return math.ceil(2 * (layout.side + self._caption_height()) + layout.gap)

    def _caption_height(self) -> int:
        return QFontMetrics(small_font(self.font())).height()

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self.font()))
        painter.setPen(self.palette().placeholderText().color())
        layout = self._arrange(self.width())
        for first in range(0, len(self.pictures), layout.columns):
            block = self.pictures[first : first + layout.columns]
            top = first // layout.columns * (self._block_height(layout) + GRID)
            self._paint_block(painter, block, top, layout)
        painter.end()

    def _paint_block(self, painter: QPainter, block: list[_Pair], top: int, layout: _Layout) -> None:
        """A caption, the inputs, the reconstructions, and a caption."""
        side, caption = layout.side, self._caption_height()
        upper = top + caption
        lower = upper + side + layout.gap
        for column, pair in enumerate(block):
            for y, picture in zip((upper, lower), pair, strict=True):
                painter.drawImage(QRectF(column * (side + layout.gap), y, side, side), picture)
        for y, text in zip((top, lower + side), self._captions, strict=True):
            room = QRectF(0, y, self.width(), caption)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def reconstruct(snapshot: ModelSnapshot, images: ByteArray) -> ByteArray:
    """Decoded means of gray images, shape (n, pixels); black on overflow. Ten take about a millisecond."""
    with np.errstate(over="ignore", invalid="ignore"):
        means = snapshot.decode(snapshot.encode(images).mu)
    return gray_levels(np.nan_to_num(means, copy=False))
