"""The cursor's coordinates as typed values, and a slider for each when there are more than two."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QLocale, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QScrollArea, QSlider, QWidget

from vae_explorer.state.selection import Point
from vae_explorer.ui.theme import GRID, tabular
from vae_explorer.ui.widgets.gestures import Holding

#: Far beyond any mean of a trained model, and still exact to the digits shown.
_MOST = 1000.0
_DECIMALS = 3
#: A slider runs over −4…4, where the prior has all but 0.006 % of its mass.
_SLIDER_REACH = 4.0
_SLIDER_STEPS = 100
#: More rows than these are made as they come into sight: 512 at once would take half a second.
_MOST_AT_ONCE = 12


class Coordinates(QScrollArea):
    """One row a dimension; of many only those are made that come into sight.

    Signals:
        edited: the user typed or stepped a value; carries the dimension, from 0, and the value.
        slid: a slider is being dragged; carries the same.
        slide_started, slide_ended: around the moves of a slider or field that is held with mouse or key.
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
        self._z: Point = np.zeros(0)
        self._rows = _Rows()
        self.setWidget(self._rows)
        self.verticalScrollBar().valueChanged.connect(self._show_rows_in_sight)

    def field(self, dimension: int) -> QDoubleSpinBox:
        """The typed value of one dimension, counted from 0."""
        return self._row(dimension).field

    def slider(self, dimension: int) -> QSlider:
        """The slider of one dimension, counted from 0.

        Raises:
            IndexError: there is none with two dimensions or fewer.
        """
        slider = self._row(dimension).slider
        if slider is None:
            raise IndexError("two dimensions have no sliders")
        return slider

    def show_point(self, z: Point) -> None:
        """Show the cursor; rows are made anew when their number changes."""
        others = len(z) != len(self._z)
        self._z = z
        if others:
            self._rows = _Rows(len(z), self._new_row)
            # Before they are shown, which is quicker.
            self._show_rows(range(min(len(z), _MOST_AT_ONCE)))
            # This deletes the rows of the model before.
            self.setWidget(self._rows)
        if len(z) <= _MOST_AT_ONCE:
            self._show_rows(range(len(z)))
        else:
            self._show_rows_in_sight()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_rows_in_sight()

    def _show_rows_in_sight(self) -> None:
        top = self.verticalScrollBar().value()
        self._show_rows(self._rows.between(top, top + self.viewport().height()))

    def _show_rows(self, dimensions: range) -> None:
        for dimension in dimensions:
            self._row(dimension)

    def _row(self, dimension: int) -> _Row:
        """The row of a dimension, as the cursor is now."""
        row = self._rows.row(dimension)
        row.show_value(float(self._z[dimension]))
        return row

    def _new_row(self, dimension: int) -> _Row:
        row = _Row(dimension, self._rows, with_slider=len(self._rows) > 2)
        row.field.valueChanged.connect(lambda _value: self.edited.emit(dimension, row.field.value()))
        for part in (row.field, row.slider):
            if part is not None:
                holding = Holding(part)
                holding.began.connect(self.slide_started)
                holding.ended.connect(self.slide_ended)
        if row.slider is not None:
            row.slider.valueChanged.connect(lambda value: self._on_slider_changed(dimension, row, value))
        return row

    def _on_slider_changed(self, dimension: int, row: _Row, value: int) -> None:
        with QSignalBlocker(row.field):
            row.field.setValue(value / _SLIDER_STEPS)
        dragged = row.slider is not None and row.slider.isSliderDown()
        (self.slid if dragged else self.edited).emit(dimension, row.field.value())


class _Rows(QWidget):
    """Has room for all rows, and those of them that were made.

    Args:
        count: how many there are.
        make: makes one.
    """

    def __init__(self, count: int = 0, make: Callable[[int], _Row] | None = None) -> None:
        super().__init__()
        self._count, self._make = count, make
        self._made: dict[int, _Row] = {}
        self._height = 0

    def __len__(self) -> int:
        return self._count

    def row(self, dimension: int) -> _Row:
        """One row, made if it was not."""
        if dimension not in self._made:
            if self._make is None or not 0 <= dimension < self._count:
                raise IndexError(dimension)
            row = self._made[dimension] = self._make(dimension)
            self._place(dimension)
            if self.isVisible():
                row.show()
            self._order_tabs(dimension)
        return self._made[dimension]

    def between(self, top: int, bottom: int) -> range:
        """The rows from one height to another, and one more at each end for who comes with the Tab key."""
        height = self._row_height()
        return range(max(0, top // height - 1), min(self._count, bottom // height + 2))

    def sizeHint(self) -> QSize:
        return QSize(self._width(), self._count * self._row_height() - GRID // 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for dimension in self._made:
            self._place(dimension)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._height = 0
            for dimension in self._made:
                self._place(dimension)
            self.updateGeometry()

    def _row_height(self) -> int:
        if not self._height and self._count:
            # While the first row is placed, its height is not known yet.
            self._height = 1
            self._height = self.row(0).sizeHint().height() + GRID // 2
            for dimension in self._made:
                self._place(dimension)
        return max(self._height, 1)

    def _width(self) -> int:
        return self.row(0).minimumSizeHint().width() if self._count else 0

    def _place(self, dimension: int) -> None:
        height = self._row_height()
        self._made[dimension].setGeometry(0, dimension * height, self.width(), height - GRID // 2)

    def _order_tabs(self, dimension: int) -> None:
        """The Tab key goes from row to row, in whatever order these were made."""
        before = max((other for other in self._made if other < dimension), default=None)
        after = min((other for other in self._made if other > dimension), default=None)
        if before is not None:
            QWidget.setTabOrder(self._made[before].last, self._made[dimension].field)
        if self._made[dimension].slider is not None:
            QWidget.setTabOrder(self._made[dimension].field, self._made[dimension].last)
        if after is not None:
            QWidget.setTabOrder(self._made[dimension].last, self._made[after].field)


class _Row(QWidget):
    """The name of a dimension, its value, and a slider where there are many."""

    def __init__(self, dimension: int, parent: QWidget, *, with_slider: bool) -> None:
        super().__init__(parent)
        name = f"z{dimension + 1}"
        self.field = _new_field(name)
        self.field.setFont(tabular(self.font()))
        self.slider = _new_slider(name) if with_slider else None
        label = self._label = QLabel(name)
        label.setBuddy(self.field)
        # As wide in each row.
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance("z888" if with_slider else "z8"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, GRID // 2, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(label)
        layout.addWidget(self.field, 0 if with_slider else 1)
        if self.slider is not None:
            layout.addWidget(self.slider, 1)

    @property
    def last(self) -> QWidget:
        """What the Tab key reaches last."""
        return self.slider or self.field

    def show_value(self, value: float) -> None:
        """Show a coordinate of the cursor."""
        if not self.field.hasFocus() or abs(self.field.value() - value) > 10**-_DECIMALS:
            with QSignalBlocker(self.field):
                self.field.setValue(value)
        if self.slider is not None:
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(value * _SLIDER_STEPS))


def _new_slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(round(-_SLIDER_REACH * _SLIDER_STEPS), round(_SLIDER_REACH * _SLIDER_STEPS))
    slider.setPageStep(_SLIDER_STEPS // 2)
    slider.setAccessibleName(name)
    return slider


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
