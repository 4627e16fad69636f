"""A layout that begins a new line where the width is used up, as text does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

_Line = list[tuple[QLayoutItem, QSize]]


class FlowLayout(QLayout):
    """Widgets from left to right, then in the next line; those in a line have the same middle.

    Args:
        spacing: pixels between two widgets.
    """

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 2) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._filler: QLayoutItem | None = None
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def add_first(self, widget: QWidget) -> None:
        """Put a widget before all others."""
        self.addChildWidget(widget)
        self._items.insert(0, QWidgetItem(widget))
        self.invalidate()

    def add_filler(self, widget: QWidget) -> None:
        """Put a widget behind all others, also those to come: it takes what is left of the last line."""
        self.addWidget(widget)
        self._filler = self._items[-1]

    def addWidget(self, widget: QWidget) -> None:  # noqa: N802 (Qt's name)
        """Put `widget` behind all others but the filler."""
        self.addChildWidget(widget)
        # Not an item of Qt's making, as it would be without this: PySide declares those dead before the widgets, and
        # Qt, which asks for sizes until the last widget is gone, would crash on the error.
        self.addItem(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 (Qt's name)
        self._items.insert(len(self._items) - (self._filler is not None), item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 (Qt's name)
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # noqa: N802 (Qt's name)
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 (Qt's name)
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        lines = self._lines(width - margins.left() - margins.right())
        heights = [_height_of(line) for line in lines]
        gaps = self.spacing() * max(len(lines) - 1, 0)
        return sum(heights) + gaps + margins.top() + margins.bottom()

    def setGeometry(self, area: QRect) -> None:  # noqa: N802 (Qt's name)
        super().setGeometry(area)
        room = area.marginsRemoved(self.contentsMargins())
        y = room.y()
        for line in self._lines(room.width()):
            height = _height_of(line)
            self._place(line, QRect(room.x(), y, room.width(), height))
            y += height + self.spacing()

    def sizeHint(self) -> QSize:
        sizes = [_size_of(item) for item in self._items if not _is_hidden(item)]
        width = sum(size.width() for size in sizes) + self.spacing() * max(len(sizes) - 1, 0)
        return self._with_margins(QSize(width, max((size.height() for size in sizes), default=0)))

    def minimumSize(self) -> QSize:  # noqa: N802 (Qt's name)
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return self._with_margins(size)

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _lines(self, width: int) -> list[_Line]:
        """What stands in each line, with its size."""
        lines: list[_Line] = []
        used = 0
        for item in self._items:
            if _is_hidden(item):
                continue
            size = _size_of(item)
            if not lines or used + self.spacing() + size.width() > width:
                lines.append([])
                used = 0
            used += size.width() + (self.spacing() if lines[-1] else 0)
            lines[-1].append((item, size.boundedTo(QSize(max(width, 0), size.height()))))
        return lines

    def _place(self, line: _Line, room: QRect) -> None:
        x = room.x()
        for item, size in line:
            width = room.right() + 1 - x if item is self._filler else size.width()
            top = room.y() + (room.height() - size.height()) // 2
            item.setGeometry(QRect(QPoint(x, top), QSize(width, size.height())))
            x += width + self.spacing()


def _height_of(line: _Line) -> int:
    return max(size.height() for _, size in line)


def _size_of(item: QLayoutItem) -> QSize:
    # A widget that was just added is not shown yet; the item would say that it needs no room.
    widget: QWidget | None = item.widget()
    if widget is None:
        return item.sizeHint()
    return widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())


def _is_hidden(item: QLayoutItem) -> bool:
    """Whether the widget was hidden on purpose; one that was just added is only not shown yet."""
    widget: QWidget | None = item.widget()
    if widget is None:
        return False
    return widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
