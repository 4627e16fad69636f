"""What can be done with one direction besides going along it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.state.edits import Edits, Entry


class RowMenu(QMenu):
    """Which others it keeps still, to be ticked, and the actions of the list.

    Args:
        name: of the direction.
        edits: all directions.
        angles: degrees to the others, by their names.
        actions: to be listed below.
        parent: owner.

    Attributes:
        still: the actions to tick, by the name of the other direction.

    Signals:
        still_wanted: the name of another direction, and whether it is to be kept still.
    """

    still_wanted = Signal(str, bool)

    def __init__(
        self, name: str, edits: Edits, angles: dict[str, float], actions: Sequence[QAction], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.still: dict[str, QAction] = {}
        self._name, self._angles = name, angles
        entry = edits.find(name)
        others = [other for other in edits if other.name != name]
        menu = self.addMenu(self.tr("Move without changing"))
        menu.setToolTipsVisible(True)
        menu.menuAction().setToolTip(
            self.tr(
                "Take out of this direction what it shares with another, so that the other stays as it is"
            )
        )
        self.setToolTipsVisible(True)
        menu.setEnabled(bool(others))
        for other in others:
            self._offer(menu, other, kept=entry is not None and other.name in entry.still)
        self.addSeparator()
        self.addActions(list(actions))

    def _offer(self, menu: QMenu, other: Entry, *, kept: bool) -> None:
        action = menu.addAction(self._text(other.name).replace("&", "&&"))
        action.setToolTip(self._tip(other.name))
        action.setCheckable(True)
        action.setChecked(kept)
        action.toggled.connect(partial(self._on_toggled, other.name))
        self.still[other.name] = action

    def _tip(self, other: str) -> str:
        tip = self.tr("Go along {name} without changing {other}; the row then says what that takes from it.")
        if other in self._angles:
            tip += "\n\n" + self.tr(
                "They are {degrees}° apart. At 90° they are independent, and nothing is taken; the nearer to 0° or "
                "180°, the less of {name} is left."
            )
        degrees = f"{self._angles.get(other, 0):.0f}"
        return tip.format(name=self._name, other=other, degrees=degrees)

    def _text(self, other: str) -> str:
        if other not in self._angles:
            return other
        return self.tr("{name} ({degrees}° apart)").format(name=other, degrees=f"{self._angles[other]:.0f}")

    def _on_toggled(self, other: str, checked: bool) -> None:
        self.still_wanted.emit(other, checked)
