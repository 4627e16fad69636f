"""Finds a test digit by its number, and steps through the picked ones."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from vae_explorer.state.picks import Picks
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, Colors, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel

_NOTHING = -1


class DigitFinder(QWidget):
    """A field for the number of a test digit, and buttons for the picked one before and after it.

    Signals:
        wanted: the number of the digit to look at; −1 for none.
        stepped: −1 or 1, to the picked digit before or after this one.
    """

    wanted = Signal(int)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = _NumberField()
        self.field.setFont(tabular(self.font()))
        self.field.setRange(_NOTHING, _NOTHING)
        self.field.setSpecialValueText("–")
        self.field.setKeyboardTracking(False)
        self.field.setAccessibleName(self.tr("Number of the test digit"))
        self.field.setToolTip(self.tr("Type the number of a test digit to pick it."))
        self.field.valueChanged.connect(self.wanted)
        self.previous, self.next = QToolButton(), QToolButton()
        self._count = ElidedLabel()
        self._count.setProperty("muted", True)
        self._lay_out()

    def set_images(self, count: int) -> None:
        """How many test digits there are."""
        with QSignalBlocker(self.field):
            self.field.setMaximum(count - 1)

    def show_picks(self, picks: Picks) -> None:
        """Show which digit is looked at, and which of how many it is."""
        focus, count = picks.focus, len(picks.indices)
        with QSignalBlocker(self.field):
            self.field.setValue(_NOTHING if focus is None else focus)
        place = 0 if focus is None else int(picks.indices.searchsorted(focus)) + 1
        text = self.tr("{place:,} of {count:,} picked").format(place=place, count=count)
        self._count.setText(text if count > 1 else "")
        for button in (self.previous, self.next):
            button.setEnabled(count > 1)

    def set_colors(self, colors: Colors) -> None:
        """Paint the buttons in the colours of a theme."""
        self.previous.setIcon(icon("caret-left", colors))
        self.next.setIcon(icon("caret-right", colors))

    def _lay_out(self) -> None:
        label = QLabel(self.tr("Digit #"))
        label.setBuddy(self.field)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(label)
        layout.addWidget(self.field)
        names = (self.tr("Previous picked digit"), self.tr("Next picked digit"))
        for button, step, name in zip((self.previous, self.next), (-1, 1), names, strict=True):
            button.setAutoRaise(True)
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(lambda _checked=False, step=step: self.stepped.emit(step))
            layout.addWidget(button)
        layout.addWidget(self._count, 1)


class _NumberField(QSpinBox):
    """Leaves undo and redo to the window: taking back a number means picking what was picked before."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = QKeySequence.StandardKey
            if event.matches(key.Undo) or event.matches(key.Redo):
                event.ignore()
                return False
        return super().event(event)
