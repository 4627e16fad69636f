"""A column of controls that scrolls where there is not enough height for it.

Qt's own scroll area shows its bar as needed; the bar takes width, pictures beside it become smaller, all fits without
the bar, the bar goes, and so on without end. Here the bar is decided upon for the narrower width.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QStyle, QWidget

_Policy = Qt.ScrollBarPolicy


class FormScroll(QScrollArea):
    """Shows `content` as wide as it is itself, and as high as the content needs."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(_Policy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(_Policy.ScrollBarAlwaysOff)
        # It follows the focus of what is in it, and is nothing to stop at itself.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        content.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._decide()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._decide()
        return super().eventFilter(watched, event)

    def _decide(self) -> None:
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        needed = max(self._least_height(self.width()), self._least_height(self.width() - bar))
        wanted = _Policy.ScrollBarAlwaysOn if needed > self.height() else _Policy.ScrollBarAlwaysOff
        if wanted != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(wanted)

    def _least_height(self, width: int) -> int:
        layout = self.widget().layout()
        if layout is not None and layout.hasHeightForWidth():
            return layout.totalMinimumHeightForWidth(width)
        return self.widget().minimumSizeHint().height()
