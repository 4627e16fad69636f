"""Where one deed of the user's hand ends and the next begins: a whole drag, or a key held down, is one step to undo."""

from __future__ import annotations

from itertools import count

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

_numbers = count()
_BETWEEN_DEEDS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.FocusIn)
_ENDS = (QEvent.Type.MouseButtonRelease, QEvent.Type.FocusOut)
_STEPPING_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End),
)


class Gesture(QObject):
    """Numbers the deeds on a slider or a list: each drag and each click has its own, keys in a row have one together.

    Args:
        widget: that the user changes; without it, only `end` begins a new deed.
        parent: owner, where it is not the widget.

    Attributes:
        number: of the deed under way, different from those on any other widget; see `ui.undo.SetValue`.
    """

    def __init__(self, widget: QWidget | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent or widget)
        self.number = next(_numbers)
        if widget is not None:
            widget.installEventFilter(self)

    def end(self) -> None:
        """What comes next is another deed."""
        self.number = next(_numbers)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _BETWEEN_DEEDS:
            self.end()
        return super().eventFilter(watched, event)


class Holding(QObject):
    """Tells how long the user holds a slider or an arrow of a field, with the mouse or with a key that repeats itself.

    Signals:
        began: it is pressed.
        ended: it is let go, or the focus went elsewhere; may come without `began`.
    """

    began = Signal()
    ended = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress or (kind == QEvent.Type.KeyPress and _is_step(event)):
            self.began.emit()
        elif kind in _ENDS or (kind == QEvent.Type.KeyRelease and _is_step(event)):
            self.ended.emit()
        return super().eventFilter(watched, event)


class UndoOfWindow(QObject):
    """Leaves the keys of undo and redo to the window where a text field would take them for its own letters.

    Args:
        parent: owner.
    """

    def leave(self, field: QWidget) -> None:
        """Do so for `field`."""
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = QKeySequence.StandardKey
            if event.matches(key.Undo) or event.matches(key.Redo):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def _is_step(event: QEvent) -> bool:
    """Whether a key that steps was pressed or let go by hand."""
    return isinstance(event, QKeyEvent) and not event.isAutoRepeat() and event.key() in _STEPPING_KEYS
