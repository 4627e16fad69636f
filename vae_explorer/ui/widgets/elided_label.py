"""A line of text that never widens its window: what does not fit ends in an ellipsis and stands in the tool tip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStyle


class ElidedLabel(QLabel):
    """A `QLabel` for plain text that may be narrower than its text."""

    #: Where there is room for fewer, and the text has more, nothing is better than the beginning of a word.
    fewest_letters = 0

    _explanation = ""

    def explain(self, text: str) -> None:
        """Say in the tool tip what the text means; where that does not fit, it stands there before it."""
        if text != self._explanation:
            self._explanation = text
            self.setToolTip(text)
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        if text != self.text() and room.width() < self.fewest_letters * self.fontMetrics().averageCharWidth():
            text = ""
        style: QStyle = self.style()
        style.drawItemText(
            painter,
            room,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )
        painter.end()
        # Here, because this follows a new text as well as a new width or font.
        parts = ("" if text == self.text() else self.text(), self._explanation)
        tip = "\n\n".join(part for part in parts if part)
        if tip != self.toolTip():
            self.setToolTip(tip)
