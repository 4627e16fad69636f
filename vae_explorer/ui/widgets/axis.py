"""An axis of a plot that is drawn anew many times a second: it looks as pyqtgraph's does, for half of the time.

pyqtgraph compares each tick with all others and draws one after the other: that was a third of a frame of the map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from vae_explorer.ui.numbers import MINUS

#: pyqtgraph's ticks: distances and the places that have them, the widest distance first.
Ticks = list[tuple[float, list[float]]]

#: Between the axis and its labels, in pixels.
_GAP_BESIDE, _GAP_BELOW = 5.0, 2.0
_ALIGNMENT = {
    "left": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "right": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "bottom": Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
}
#: Figures need so much of the height of a line.
_LINE_SHARE = 0.8
#: With so many labels, more are written only if all together take less than this share of the axis.
_CROWDED = ((6, 0.2), (4, 0.4), (2, 0.6), (0, 0.8))


class Axis(pg.AxisItem):  # type: ignore[misc]
    """Left, right or bottom axis with ticks of up to three lengths, and labels at as many as there is room for.

    Negative numbers are written as on the rest of the screen. Of pyqtgraph's style it follows the length of ticks
    (negative: into the plot), their font, and the room for labels beyond the ends.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        # The room beside the axis grows to what its labels need.
        self.textWidth = 0

    def keep_room(self, size: float) -> None:
        """Have at least so many pixels beside the axis, also while its labels need fewer."""
        self._updateMaxTextSize(size)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]

    def tickValues(self, low: float, high: float, size: float) -> Ticks:
        ticks: Ticks = []
        for spacing, _offset in self.tickSpacing(low, high, size):
            # A tick where a wider distance has one is that one.
            steps = [round(wider / spacing, 1) for wider, _values in ticks]
            numbers = range(math.ceil(low / spacing), math.floor(high / spacing) + 1)
            ticks.append((spacing, [n * spacing for n in numbers if all(n % step for step in steps)]))
        return ticks

    def paint(self, painter: QPainter, *_args: object) -> None:
        room = self.mapRectFromParent(self.geometry())
        size = room.height() if self._upright else room.width()
        low, high = self.range
        if not size or low == high:
            return
        ticks = self.tickValues(low, high, size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_line(painter, room)
        for level, (_spacing, values) in enumerate(ticks):
            painter.setPen(_fainter(self.tickPen(), level + 1))
            painter.drawLines(self._tick_lines(room, values, -self.style["tickLength"] / (1 + level / 2)))
        self._draw_labels(painter, room, ticks)

    @property
    def _upright(self) -> bool:
        return bool(self.orientation != "bottom")

    def _edge(self, room: QRectF) -> tuple[float, float]:
        """The side on which the plot is, and the direction to it."""
        if self.orientation == "left":
            return room.right(), 1.0
        return (room.left(), -1.0) if self.orientation == "right" else (room.top(), -1.0)

    def _place(self, room: QRectF, value: float) -> float:
        """Where a value is, in pixels."""
        low, high = self.range
        share = float((value - low) / (high - low))
        return room.height() * (1 - share) if self._upright else room.width() * share

    def _draw_line(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(self.pen())
        edge, inwards = self._edge(room)
        place = edge - inwards
        if self._upright:
            painter.drawLine(QLineF(place, room.top() - 1, place, room.bottom() + 1))
        else:
            painter.drawLine(QLineF(room.left() - 1, place, room.right() + 1, place))

    def _tick_lines(self, room: QRectF, values: list[float], length: float) -> list[QLineF]:
        edge, inwards = self._edge(room)
        end = edge + inwards * length
        places = [self._place(room, value) for value in values]
        if self._upright:
            return [QLineF(edge, place, end, place) for place in places]
        return [QLineF(place, edge, place, end) for place in places]

    # Labels

    def _draw_labels(self, painter: QPainter, room: QRectF, ticks: Ticks) -> None:
        painter.setFont(self.style["tickFont"] or painter.font())
        labels = list(self.labels(painter.font(), room, ticks))
        if labels:
            self._updateMaxTextSize(max(self._across(rect) for rect, _text in labels))
        seen = self.boundingRect()
        flags = Qt.TextFlag.TextDontClip | _ALIGNMENT[self.orientation]
        painter.setPen(self.textPen())
        for rect, text in labels:
            if seen.contains(rect):
                painter.drawText(rect, flags, text)

    def labels(self, font: QFont, room: QRectF, ticks: Ticks) -> Iterator[tuple[QRectF, str]]:
        """Where a text stands, and the text; those of narrower distances as long as they do not get crowded."""
        metrics = QFontMetricsF(font)
        count, taken = 0, 0.0
        for spacing, values in ticks:
            texts = self.tickStrings(values, 1.0, spacing)
            rects = [
                self._beside(room, value, metrics.horizontalAdvance(text), metrics.height() * _LINE_SHARE)
                for value, text in zip(values, texts, strict=True)
            ]
            taken += sum(map(self._along, rects))
            size = room.height() if self._upright else room.width()
            if count and any(count >= many and taken >= share * size for many, share in _CROWDED):
                return
            count += len(texts)
            yield from zip(rects, texts, strict=True)

    def _beside(self, room: QRectF, value: float, width: float, height: float) -> QRectF:
        place = self._place(room, value)
        if self._upright:
            left = (
                room.right() - _GAP_BESIDE - width
                if self.orientation == "left"
                else room.left() + _GAP_BESIDE
            )
            return QRectF(left, place - height / 2, width, height)
        return QRectF(place - width / 2, room.top() + _GAP_BELOW, width, height)

    def _along(self, rect: QRectF) -> float:
        return rect.height() if self._upright else rect.width()

    def _across(self, rect: QRectF) -> float:
        return rect.width() if self._upright else rect.height()

    def _updateMaxTextSize(self, size: float) -> None:  # noqa: N802 (pyqtgraph's name)
        # It lays the whole plot out anew, which paints the map twice more: room once taken is kept.
        if size > (self.textWidth if self._upright else self.textHeight):
            super()._updateMaxTextSize(size)


def _fainter(pen: QPen, times: int) -> QPen:
    color = QColor(pen.color())
    color.setAlpha(255 // times)
    faint = QPen(pen)
    faint.setColor(color)
    return faint
