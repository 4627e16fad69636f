"""The legend of the curves: a toggle for each kind of line, and one for each run that is laid over the main one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from vae_explorer.ui.curves.style import LineStyle, swatch, swatch_size
from vae_explorer.ui.theme import small_font
from vae_explorer.ui.widgets.flow_layout import FlowLayout

_LONGEST_NAME = 28


@dataclass(frozen=True, slots=True)
class Entry:
    """One toggle.

    Attributes:
        key: tells it from the others.
        text: name of the line.
        style: how the line looks.
        hint: what the line is, for the tool tip.
    """

    key: str
    text: str
    style: LineStyle
    hint: str = ""


class CurvesLegend(QWidget):
    """Toggles in a row that breaks where it must. What was switched off stays so when it comes back.

    Signals:
        toggled: a line or a run is to be shown or hidden.
    """

    toggled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hidden: set[str] = set()
        self._entries: tuple[Entry, ...] = ()
        self._buttons: dict[str, QToolButton] = {}
        self._row = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def button(self, key: str) -> QToolButton:
        """The toggle with that key."""
        return self._buttons[key]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all toggles, from left to right."""
        return tuple(self._buttons)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Have a toggle for each of these."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        if tuple(entry.key for entry in entries) != self.keys:
            self._rebuild()
        for entry in entries:
            self._label(self._buttons[entry.key], entry)

    def _rebuild(self) -> None:
        while self._row.count():
            old = self._row.takeAt(0)
            assert old is not None
            widget = old.widget()
            widget.hide()
            widget.deleteLater()
        self._buttons = {entry.key: self._new_button(entry.key) for entry in self._entries}
        for button in self._buttons.values():
            self._row.addWidget(button)

    def _new_button(self, key: str) -> QToolButton:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setChecked(key not in self.hidden)
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(swatch_size())
        button.setFont(small_font(button.font()))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.toggled.connect(lambda shown: self._on_toggled(key, shown))
        return button

    def _label(self, button: QToolButton, entry: Entry) -> None:
        # A single ampersand would become a key.
        button.setText(shortened(entry.text).replace("&", "&&"))
        button.setIcon(swatch(entry.style, self.devicePixelRatioF()))
        hint = f"{entry.text}: {entry.hint}" if entry.hint else entry.text
        button.setToolTip(self.tr("{what}. Press to show or hide it.").format(what=hint))
        button.setAccessibleName(entry.text)

    def _on_toggled(self, key: str, shown: bool) -> None:
        (self.hidden.discard if shown else self.hidden.add)(key)
        self.toggled.emit()


def shortened(name: str) -> str:
    """A name that does not push the others out of sight."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
