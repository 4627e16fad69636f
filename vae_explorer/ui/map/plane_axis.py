"""An axis of a plane that is panned and zoomed: it looks as pyqtgraph's does, for half of the time.

pyqtgraph compares each tick with all others and draws one after the other: that was a third of a frame of the map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from vae_explorer.ui.widgets.axes import Axis, Ticks

#: Length of the ticks at the widest distance, and between the axis and its labels, in pixels.
_TICK = 5.0
_GAP_LEFT, _GAP_BELOW = 5.0, 2.0
#: Figures need so much of the height of a line.
_LINE_SHARE = 0.8
#: With so many labels, more are written only if all together take less than this share of the axis.
_CROWDED = ((6, 0.2), (4, 0.4), (2, 0.6), (0, 0.8))


class PlaneAxis(Axis):
    """Left or bottom axis with ticks of three lengths, and labels at as many of them as there is room for."""

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
            painter.drawLines(self._tick_lines(room, values, _TICK / (1 + level / 2)))
        self._draw_labels(painter, room, ticks)

    @property
    def _upright(self) -> bool:
        return bool(self.orientation == "left")

    def _place(self, room: QRectF, value: float) -> float:
        """Where a value is, in pixels."""
        low, high = self.range
        share = float((value - low) / (high - low))
        return room.height() * (1 - share) if self._upright else room.width() * share

    def _draw_line(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(self.pen())
        if self._upright:
            x = room.right() - 1
            painter.drawLine(QLineF(x, room.top() - 1, x, room.bottom() + 1))
        else:
            y = room.top() + 1
            painter.drawLine(QLineF(room.left() - 1, y, room.right() + 1, y))

    def _tick_lines(self, room: QRectF, values: list[float], length: float) -> list[QLineF]:
        """They reach into the plot."""
        places = [self._place(room, value) for value in values]
        if self._upright:
            edge = room.right()
            return [QLineF(edge, place, edge + length, place) for place in places]
        edge = room.top()
        return [QLineF(place, edge, place, edge - length) for place in places]

    # Labels

    def _draw_labels(self, painter: QPainter, room: QRectF, ticks: Ticks) -> None:
        labels = list(self.labels(painter.font(), room, ticks))
        if labels:
            self._updateMaxTextSize(max(self._across(rect) for rect, _text in labels))
        seen = self.boundingRect()
        flags = Qt.TextFlag.TextDontClip | (
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            if self._upright
            else Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        )
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
            return QRectF(room.right() - _GAP_LEFT - width, place - height / 2, width, height)
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
