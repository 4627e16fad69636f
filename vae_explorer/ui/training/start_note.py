"""The line that says with which model's weights the next training begins, with a button to begin anew instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch


class StartNote(QWidget):
    """Hidden by its owner while there is nothing to say.

    Signals:
        dropped: the user wants random weights to begin with.
    """

    dropped = Signal()

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__()
        self._theme = theme
        self.text = ""
        self._label = QLabel()
        self._label.setWordWrap(True)
        self.drop_button = QToolButton()
        self.drop_button.setAutoRaise(True)
        self.drop_button.setToolTip(self.tr("Begin with random weights instead"))
        self.drop_button.setAccessibleName(self.drop_button.toolTip())
        self.drop_button.clicked.connect(self.dropped)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.drop_button)
        theme.changed.connect(self._paint)
        self._paint()

    def say(self, text: str) -> None:
        """Name the model; empty for none."""
        self.text = text
        self._label.setText(self.tr("Begins with {model}").format(model=text))

    def _paint(self) -> None:
        self.drop_button.setIcon(icon("x", self._theme.colors))
