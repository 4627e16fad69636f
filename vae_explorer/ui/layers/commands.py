"""What the user sets for the background of the map, as steps that can be undone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoStack

from vae_explorer.state.map_look import Layer, MapLook
from vae_explorer.ui.undo import SetValue


class LayerEdits:
    """Sets the layer and its opacity.

    Args:
        look: where they are set.
        stack: takes the steps; none for what is set already.
    """

    def __init__(self, look: MapLook, stack: QUndoStack) -> None:
        self._look, self._stack = look, stack

    def set_layer(self, layer: Layer, gesture: int | None = None) -> None:
        """Put another layer behind the points; see `SetValue` for the gesture."""
        look = self._look
        if layer != look.layer:
            text = _tr("background of the map")
            self._stack.push(SetValue(text, look.set_layer, look.layer, layer, gesture))

    def set_opacity(self, opacity: float, gesture: int) -> None:
        """How much it covers, 0 to 1."""
        look = self._look
        if opacity != look.layer_opacity:
            text = _tr("opacity of the background")
            before = look.layer_opacity
            self._stack.push(SetValue(text, look.set_layer_opacity, before, opacity, gesture))


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayerEdits", text)
