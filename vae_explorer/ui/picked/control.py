"""The user's hands on the picked digits: clicks, lassos and keys of the map, as steps to undo."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vae_explorer.state.picks import Indices, Picks
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.pickable import PickMode
from vae_explorer.ui.undo import PickDigits


class PickControl(QObject):
    """Picks digits where the user points at them, and shows on the map which are picked.

    Args:
        picks: what is changed.
        stack: takes the steps. What a click does, to the cursor too, is one step.
        parent: owner.

    Signals:
        several_picked: the user pointed at more than one digit at once, as a lasso does.
    """

    several_picked = Signal()

    def __init__(self, picks: Picks, stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._picks, self._stack = picks, stack
        self._clicking = self._in_macro = False

    def connect_map(self, map_: LatentMap) -> None:
        """Follow what the user picks there, and show it there."""
        map_.digits_picked.connect(self._on_digits_picked)
        map_.click_began.connect(self._on_click_began)
        map_.click_over.connect(self._on_click_over)
        self._picks.changed.connect(lambda: map_.set_picked(self._picks.indices, self._picks.focus))

    def pick(self, indices: Indices, focus: int | None = None) -> None:
        """Pick these digits and no others, as a step to undo; `focus`, the first without it, is looked at closely."""
        if focus is None and len(indices):
            focus = int(indices[0])
        if not np.array_equal(indices, self._picks.indices) or focus != self._picks.focus:
            if self._clicking:
                # What the mouse did to the cursor follows.
                self._stack.beginMacro(self.tr("selection of digits"))
                self._in_macro = True
            self._stack.push(PickDigits(self._picks, indices, focus))

    def _on_digits_picked(self, indices: Indices, mode: PickMode) -> None:
        self.pick(*changed(self._picks, indices, mode))
        if len(indices) > 1:
            self.several_picked.emit()

    def _on_click_began(self) -> None:
        self._clicking = True

    def _on_click_over(self) -> None:
        if self._in_macro:
            self._stack.endMacro()
        self._clicking = self._in_macro = False


def changed(picks: Picks, indices: Indices, mode: PickMode) -> tuple[Indices, int | None]:
    """What is picked, and looked at closely, after the user picked `indices`."""
    before = picks.indices
    if mode == "replace":
        return indices, None
    if mode == "add":
        return np.union1d(before, indices).astype(np.intp), picks.focus
    after = np.setxor1d(before, indices).astype(np.intp)
    added = np.setdiff1d(indices, before)
    if len(added):
        return after, int(added[0])
    return after, picks.focus if picks.focus in after else None
