"""The cursor's coordinates as typed values, and a slider for each when there are more than two."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from vae_explorer.state.selection import Point
from vae_explorer.ui.theme import GRID, tabular

#: Far beyond any mean of a trained model, and still exact to the digits shown.
_MOST = 1000.0
_DECIMALS = 3
#: A slider runs over −4…4, where the prior has all but 0.006 % of its mass.
_SLIDER_REACH = 4.0
_SLIDER_STEPS = 100


class Coordinates(QScrollArea):
    """One row a dimension.

    Signals:
        edited: the user typed or stepped a value; carries the dimension, from 0, and the value.
        slid: a slider is being dragged; carries the same.
        slide_started, slide_ended: around the moves of one slider.
    """

    edited = Signal(int, float)
    slid = Signal(int, float)
    slide_started = Signal()
    slide_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fields: list[QDoubleSpinBox] = []
        self._sliders: list[QSlider] = []

    def field(self, dimension: int) -> QDoubleSpinBox:
        """The typed value of one dimension, counted from 0."""
        return self._fields[dimension]

    def slider(self, dimension: int) -> QSlider:
        """The slider of one dimension, counted from 0; there is none with two dimensions or fewer."""
        return self._sliders[dimension]

    def show_point(self, z: Point) -> None:
        """Show the cursor; rows are made anew when their number changes."""
        if len(z) != len(self._fields):
            self._build(len(z))
        for value, field in zip(z, self._fields, strict=True):
            if not field.hasFocus() or abs(field.value() - value) > 10**-_DECIMALS:
                with QSignalBlocker(field):
                    field.setValue(float(value))
        for value, slider in zip(z, self._sliders, strict=False):
            with QSignalBlocker(slider):
                slider.setValue(round(float(value) * _SLIDER_STEPS))

    def _build(self, latent: int) -> None:
        self._fields, self._sliders = [], []
        rows = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID // 2)
        for dimension in range(latent):
            self._add_row(grid, dimension, with_slider=latent > 2)
        outer = QVBoxLayout(rows)
        outer.setContentsMargins(0, 0, GRID // 2, 0)
        outer.addLayout(grid)
        outer.addStretch(1)
        # setWidget deletes the rows of the model before.
        self.setWidget(rows)

    def _add_row(self, grid: QGridLayout, dimension: int, *, with_slider: bool) -> None:
        name = f"z{dimension + 1}"
        field = _new_field(name)
        field.setFont(tabular(self.font()))
        field.valueChanged.connect(lambda _value: self.edited.emit(dimension, field.value()))
        self._fields.append(field)
        label = QLabel(name)
        label.setBuddy(field)
        grid.addWidget(label, dimension, 0)
        grid.addWidget(field, dimension, 1)
        if with_slider:
            grid.addWidget(self._new_slider(name), dimension, 2)
            grid.setColumnStretch(2, 1)
        else:
            grid.setColumnStretch(1, 1)

    def _new_slider(self, name: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(round(-_SLIDER_REACH * _SLIDER_STEPS), round(_SLIDER_REACH * _SLIDER_STEPS))
        slider.setPageStep(_SLIDER_STEPS // 2)
        slider.setAccessibleName(name)
        slider.sliderPressed.connect(self.slide_started)
        slider.sliderReleased.connect(self.slide_ended)
        dimension = len(self._sliders)
        slider.valueChanged.connect(lambda value: self._on_slider_changed(dimension, value))
        self._sliders.append(slider)
        return slider

    def _on_slider_changed(self, dimension: int, value: int) -> None:
        field = self._fields[dimension]
        with QSignalBlocker(field):
            field.setValue(value / _SLIDER_STEPS)
        signal = self.slid if self._sliders[dimension].isSliderDown() else self.edited
        signal.emit(dimension, field.value())


class _Field(QDoubleSpinBox):
    """A coordinate, with a point or a comma before its decimals.

    It leaves undo and redo to the window: taking back a typed value means moving the cursor back.
    """

    def validate(self, text: str, position: int) -> object:
        return super().validate(text.replace(",", "."), position)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(text.replace(",", "."))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = QKeySequence.StandardKey
            if event.matches(key.Undo) or event.matches(key.Redo):
                event.ignore()
                return False
        return super().event(event)


def _new_field(name: str) -> QDoubleSpinBox:
    field = _Field()
    field.setLocale(QLocale.c())
    field.setRange(-_MOST, _MOST)
    field.setDecimals(_DECIMALS)
    field.setSingleStep(0.05)
    # Only a finished number moves the cursor, not each key on the way to it.
    field.setKeyboardTracking(False)
    field.setAccelerated(True)
    field.setAccessibleName(name)
    return field
