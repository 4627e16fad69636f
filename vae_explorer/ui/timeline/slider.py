"""The slider of the timeline: one stop a snapshot, evenly spaced, with the best one marked."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

#: A frame of the screen: the map need not show more snapshots than that.
_FRAME_MS = 16
_WHEEL_NOTCH = 120
_MARK = 4


class TimelineSlider(QSlider):
    """Chooses one of some epochs.

    Signals:
        chosen: the user chose this epoch; at most once a frame, and the newest choice always arrives.
        taken: the user took hold of it, by mouse, key or wheel.
    """

    chosen = Signal(int)
    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._epochs: tuple[int, ...] = ()
        self._best = 0
        self._mark = QColor()
        self._wheel = 0
        self._sent: int | None = None
        self._played = False
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._send)
        self.setAccessibleName(self.tr("Epoch"))
        self.setEnabled(False)
        self.valueChanged.connect(self._on_value_changed)

    @property
    def epoch(self) -> int:
        """The epoch under the handle; 0 where there is none."""
        return self._epochs[self.value()] if self._epochs else 0

    @property
    def at_end(self) -> bool:
        """Whether the handle is at the last epoch."""
        return self.value() == self.maximum()

    def set_epochs(self, epochs: tuple[int, ...], current: int, best: int) -> None:
        """Offer `epochs`, ascending, with the handle at the one nearest to `current`, and mark `best` (0 for none).

        A handle that the user holds stays at its epoch.
        """
        held = self.isSliderDown() or self._frame.isActive()
        wanted = self.epoch if held and self._epochs else current
        with QSignalBlocker(self):
            if epochs != self._epochs:
                self._epochs = epochs
                self.setRange(0, max(0, len(epochs) - 1))
                self.setPageStep(max(1, len(epochs) // 10))
                self.setEnabled(len(epochs) > 1)
            nearest = min(range(len(epochs)), key=lambda index: abs(epochs[index] - wanted), default=0)
            self.setValue(nearest)
        self._best = best
        self.update()
        if not held:
            self._sent = self.epoch

    def set_mark_color(self, color: str) -> None:
        """Mark the best epoch in this colour."""
        self._mark = QColor(color)
        self.update()

    def play(self, index: int) -> None:
        """Go to an epoch by its place in the row, without the user's hand."""
        self._played = True
        self.setValue(index)
        self._played = False

    # Mouse and wheel

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press anywhere brings the handle there, so that it can be dragged on at once."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.taken.emit()
            self.setSliderDown(True)
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One epoch a notch; up is later, as on every slider."""
        delta = event.angleDelta()
        self._wheel += delta.y() or -delta.x()
        notches = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= notches * _WHEEL_NOTCH
        self.setValue(self.value() + notches)
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()
        self.setSliderDown(False)

    # What it looks like

    def x_of(self, epoch: int) -> float:
        """The middle of the handle at `epoch`, in pixels."""
        groove, handle = self._room()
        share = self._epochs.index(epoch) / max(1, self.maximum())
        return groove.left() + handle / 2 + share * (groove.width() - handle)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._best not in self._epochs or not self.isEnabled():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._mark)
        x = self.x_of(self._best)
        top = 0.5
        painter.drawPolygon(
            QPolygonF([QPointF(x - _MARK, top), QPointF(x + _MARK, top), QPointF(x, top + _MARK + 1)])
        )
        painter.end()

    def _room(self) -> tuple[QRect, int]:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style: QStyle = self.style()
        control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl
        groove = style.subControlRect(control, option, part.SC_SliderGroove, self)
        handle = style.subControlRect(control, option, part.SC_SliderHandle, self)
        return groove, handle.width()

    def _value_at(self, x: float) -> int:
        groove, handle = self._room()
        room = max(1, groove.width() - handle)
        return QStyle.sliderValueFromPosition(0, self.maximum(), round(x - groove.left() - handle / 2), room)

    # What it says

    def _on_value_changed(self) -> None:
        if not self._played:
            self.taken.emit()
        if not self._frame.isActive():
            self._send()

    def _send(self) -> None:
        if self._epochs and self.epoch != self._sent:
            self._sent = self.epoch
            self._frame.start()
            self.chosen.emit(self.epoch)
