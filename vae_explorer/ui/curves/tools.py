"""The small tool row of the curves: what is counted, logarithmic heights, smoothing, zoom, export."""

from __future__ import annotations

from importlib.util import find_spec

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from vae_explorer.ui.curves.data import Count
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular


class CurvesTools(QWidget):
    """Switches whose state others read.

    Signals:
        changed: what is counted, the scale or the smoothing is another one.
        reset_asked: the user wants to see everything again.
        export_asked: as ``csv``, ``png``, ``svg`` or ``tensorboard``.
    """

    changed = Signal()
    reset_asked = Signal()
    export_asked = Signal(str)

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.epoch = self._switch(self.tr("Epoch"), self.tr("Count epochs along the horizontal axis"))
        self.step = self._switch(self.tr("Step"), self.tr("Count training steps along the horizontal axis"))
        self.epoch.setChecked(True)
        self._counts = QButtonGroup(self)
        for button in (self.epoch, self.step):
            self._counts.addButton(button)
        self.log = self._switch(self.tr("Log"), self.tr("Logarithmic heights; −ELBO in place of the ELBO"))
        self.smoothing = self._new_slider()
        self._weight = QLabel()
        self.reset = self._button(
            self.tr("Reset zoom"), self.tr("Show everything again (double click, or 0)")
        )
        self.export = self._button(self.tr("Export"), self.tr("Save the curves as a table or a picture"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.setMenu(self._new_menu())
        self._lay_out()
        self._connect()
        self._show_weight()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    @property
    def count(self) -> Count:
        """What the horizontal axis counts."""
        return "step" if self.step.isChecked() else "epoch"

    @property
    def weight(self) -> float:
        """Weight of the smoothing, from 0 to 0.99."""
        return self.smoothing.value() / 100

    def offer_steps(self, possible: bool) -> None:
        """Whether the horizontal axis can count steps."""
        self.step.setEnabled(possible)
        if not possible:
            self.epoch.setChecked(True)

    def _switch(self, text: str, hint: str) -> QToolButton:
        button = self._button(text, hint)
        button.setText(text)
        button.setCheckable(True)
        return button

    def _button(self, name: str, hint: str) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setFont(small_font(button.font()))
        button.setAccessibleName(name)
        button.setToolTip(hint)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _new_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(0, 99)
        slider.setPageStep(10)
        slider.setFixedWidth(10 * GRID)
        slider.setAccessibleName(self.tr("Smoothing"))
        slider.setToolTip(self.tr("Weight of the exponential moving average; 0 for none"))
        return slider

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        for kind, text in (
            ("csv", self.tr("Table (CSV)…")),
            ("png", self.tr("Picture (PNG)…")),
            ("svg", self.tr("Vector graphics (SVG)…")),
            ("tensorboard", self.tr("TensorBoard event files…")),
        ):
            action = menu.addAction(text)
            if kind == "tensorboard" and find_spec("tensorboard") is None:
                action.setEnabled(False)
                action.setText(self.tr("TensorBoard event files (needs the package tensorboard)"))
            action.triggered.connect(lambda _checked, kind=kind: self.export_asked.emit(kind))
        return menu

    def _lay_out(self) -> None:
        name = QLabel(self.tr("Smoothing"))
        for label in (name, self._weight):
            label.setFont(tabular(small_font(label.font())))
            label.setProperty("muted", True)
        self._weight.setMinimumWidth(self._weight.fontMetrics().horizontalAdvance("0.00"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.epoch, self.step, GRID, self.log, GRID, name, self.smoothing, self._weight):
            if isinstance(part, int):
                layout.addSpacing(part)
            else:
                layout.addWidget(part)
        layout.addSpacing(GRID)
        layout.addWidget(self.reset)
        layout.addWidget(self.export)

    def _connect(self) -> None:
        # One signal for both: what is unchecked is told too.
        self.step.toggled.connect(lambda _on: self.changed.emit())
        self.log.toggled.connect(lambda _on: self.changed.emit())
        self.smoothing.valueChanged.connect(lambda _value: self._on_smoothed())
        self.reset.clicked.connect(self.reset_asked)

    def _on_smoothed(self) -> None:
        self._show_weight()
        self.changed.emit()

    def _show_weight(self) -> None:
        self._weight.setText(f"{self.weight:.2f}")

    def _paint_icons(self) -> None:
        self.reset.setIcon(icon("arrows-out", self._theme.colors))
        self.export.setIcon(icon("export", self._theme.colors))
