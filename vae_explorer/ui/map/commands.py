"""What the user sets for the points of the map, as steps that can be undone: how they look, and which are shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoStack

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.state.map_look import ColorBy, MapLook
from vae_explorer.state.selection import Selection
from vae_explorer.ui.undo import SetValue


class PointEdits:
    """Sets how points look. What is set already is no step; for the gestures see `SetValue`.

    Args:
        look: where it is set.
        stack: takes the steps.
    """

    def __init__(self, look: MapLook, stack: QUndoStack) -> None:
        self._look, self._stack = look, stack

    def set_color_by(self, color_by: ColorBy, gesture: int) -> None:
        """Let the colours stand for something else."""
        look = self._look
        if color_by != look.color_by:
            text = _tr("colours of the points")
            self._stack.push(SetValue(text, look.set_color_by, look.color_by, color_by, gesture))

    def set_size(self, size: float, gesture: int) -> None:
        """Diameter in pixels."""
        before = self._look.point_size
        if size != before:
            self._stack.push(SetValue(_tr("size of the points"), self._put_size, before, size, gesture))

    def set_opacity(self, opacity: float, gesture: int) -> None:
        """0 to 1."""
        before = self._look.point_opacity
        if opacity != before:
            text = _tr("opacity of the points")
            self._stack.push(SetValue(text, self._put_opacity, before, opacity, gesture))

    def _put_size(self, size: float) -> None:
        self._look.set_points(size, self._look.point_opacity)

    def _put_opacity(self, opacity: float) -> None:
        self._look.set_points(self._look.point_size, opacity)


class ClassEdits:
    """Shows and hides classes.

    Args:
        selection: where the shown ones are.
        stack: takes the steps.
    """

    def __init__(self, selection: Selection, stack: QUndoStack) -> None:
        self._selection, self._stack = selection, stack

    def show(self, classes: frozenset[int]) -> None:
        """Show these classes and no others, as one step."""
        selection = self._selection
        if classes != selection.classes:
            text = _class_text(selection.classes, classes)
            self._stack.push(SetValue(text, selection.show_classes, selection.classes, classes))


def _class_text(before: frozenset[int], after: frozenset[int]) -> str:
    shown, hidden = after - before, before - after
    if len(shown) + len(hidden) == 1:
        text = _tr("digit {digit} shown") if shown else _tr("digit {digit} hidden")
        return text.format(digit=next(iter(shown or hidden)))
    if not after:
        return _tr("all digits hidden")
    return _tr("all digits shown") if len(after) == CLASS_COUNT else _tr("choice of digits")


def _tr(text: str) -> str:
    return QCoreApplication.translate("map commands", text)
