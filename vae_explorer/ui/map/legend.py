"""The legend of the map: one toggle a class, with its colour and digit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.ui.theme import CLASS_COLORS, GRID


class Legend(QWidget):
    """Ten toggles and one for all of them.

    Signals:
        toggled: class and whether it is shown.
    """

    toggled = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
        layout.setSpacing(2)
        self._buttons = [self._new_button(digit) for digit in range(CLASS_COUNT)]
        for button in self._buttons:
            layout.addWidget(button)
        self._all = QToolButton()
        self._all.setAutoRaise(True)
        self._all.clicked.connect(self._on_all_clicked)
        layout.addWidget(self._all)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._name_all()

    def button(self, digit: int) -> QToolButton:
        """The toggle of one class."""
        return self._buttons[digit]

    def _new_button(self, digit: int) -> QToolButton:
        button = QToolButton()
        button.setText(str(digit))
        button.setCheckable(True)
        button.setChecked(True)
        button.setAutoRaise(True)
        button.setToolButtonStyle(button.toolButtonStyle().ToolButtonTextBesideIcon)
        button.setIcon(_swatch(CLASS_COLORS[digit]))
        button.setIconSize(QSize(10, 10))
        button.setToolTip(self.tr("Show or hide digit {digit}").format(digit=digit))
        button.setAccessibleName(self.tr("Digit {digit}").format(digit=digit))
        button.toggled.connect(lambda shown: self._on_toggled(digit, shown))
        return button

    def _on_toggled(self, digit: int, shown: bool) -> None:
        self._name_all()
        self.toggled.emit(digit, shown)

    def _on_all_clicked(self) -> None:
        show = not all(button.isChecked() for button in self._buttons)
        for button in self._buttons:
            button.setChecked(show)

    def _name_all(self) -> None:
        complete = all(button.isChecked() for button in self._buttons)
        self._all.setText(self.tr("None") if complete else self.tr("All"))
        self._all.setToolTip(self.tr("Hide all digits") if complete else self.tr("Show all digits"))


def _swatch(color: str) -> QIcon:
    icon = QIcon()
    for state, alpha in ((QIcon.State.On, 1.0), (QIcon.State.Off, 0.15)):
        pixmap = QPixmap(20, 20)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(color)
        fill.setAlphaF(alpha)
        painter.setBrush(fill)
        painter.setPen(QColor(color))
        painter.drawEllipse(2, 2, 16, 16)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
