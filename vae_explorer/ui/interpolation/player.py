"""Plays a path: from frame to frame, forward or there and back, as quickly as the user wants; or moved by hand."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QToolButton, QWidget

from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.widgets.gestures import Holding, UndoOfWindow

#: Frames a second; a GIF cannot be quicker than the last.
USUAL_SPEED, MOST_SPEED = 10, 50
_SLIDER_WIDTH = 18 * GRID


class Player(QWidget):
    """Play, scrub, direction and speed in one line.

    Args:
        theme: colours.

    Attributes:
        play_button, ping_pong: buttons; the second is on while the way back is shown too.
        slider: the frame, from 0.
        speed: frames a second.

    Signals:
        frame_wanted: go to a frame, from 0.
        began, ended: around a whole play, and around a hold of the slider.
    """

    frame_wanted = Signal(int)
    began = Signal()
    ended = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count, self._backwards = -1, False
        self.play_button, self.ping_pong = QToolButton(), QToolButton()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.speed = QSpinBox()
        self._place = QLabel()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._set_up()
        self._lay_out()
        self._connect()
        self.show_path(0)

    @property
    def playing(self) -> bool:
        """Whether it goes from frame to frame on its own."""
        return self._timer.isActive()

    @property
    def frame_ms(self) -> int:
        """How long a frame stays, milliseconds."""
        return round(1000 / self.speed.value())

    def show_path(self, frames: int) -> None:
        """Have so many frames; with fewer than two nothing can be played."""
        if frames == self._count:
            return
        self._count = frames
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(frames - 1, 0))
        for widget in (self.play_button, self.slider):
            widget.setEnabled(frames > 1)
        if frames < 2:
            self.stop()
        self._say()

    def show_frame(self, frame: int) -> None:
        """Show where one is, from 0."""
        if frame != self.slider.value():
            with QSignalBlocker(self.slider):
                self.slider.setValue(frame)
            self._say()

    def toggle(self) -> None:
        """Play, or pause."""
        if self.playing:
            self.stop()
        elif self._count > 1:
            self._backwards = False
            self.began.emit()
            self._timer.start(self.frame_ms)
            self._name_button()

    def stop(self) -> None:
        """Pause; nothing where it does not play."""
        if self.playing:
            self._timer.stop()
            self._name_button()
            self.ended.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    def _set_up(self) -> None:
        for button in (self.play_button, self.ping_pong):
            button.setAutoRaise(True)
        self.ping_pong.setCheckable(True)
        self.ping_pong.setToolTip(self.tr("There and back: play the way back too, here and in films"))
        self.ping_pong.setAccessibleName(self.tr("Play there and back"))
        self.slider.setToolTip(
            self.tr("Go to a frame of the chosen path; the cursor on the map and the decoder go along")
        )
        self.slider.setAccessibleName(self.tr("Frame of the chosen path"))
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self.slider.setPageStep(4)
        self.speed.setRange(1, MOST_SPEED)
        self.speed.setValue(USUAL_SPEED)
        self.speed.setSuffix(self.tr(" fps"))
        self.speed.setToolTip(self.tr("Speed in frames per second, here and in films"))
        self.speed.setAccessibleName(self.tr("Speed in frames per second"))
        UndoOfWindow(self).leave(self.speed.lineEdit())
        self._place.setFont(tabular(self.font()))
        self._place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._on_theme_changed()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        for widget in (self.play_button, self.ping_pong, self.slider, self._place, self.speed):
            layout.addWidget(widget)

    def _connect(self) -> None:
        self.play_button.clicked.connect(self.toggle)
        self.slider.valueChanged.connect(self._on_slid)
        self.speed.valueChanged.connect(lambda _value: self._timer.setInterval(self.frame_ms))
        self._timer.timeout.connect(self._on_timer)
        holding = Holding(self.slider)
        holding.began.connect(self._on_held)
        holding.ended.connect(self._on_let_go)
        self._theme.changed.connect(self._on_theme_changed)

    # Playing

    def _on_timer(self) -> None:
        frame, last = self.slider.value(), self._count - 1
        if self.ping_pong.isChecked():
            if not 0 < frame < last:
                self._backwards = frame >= last
            self.frame_wanted.emit(frame + (-1 if self._backwards else 1))
        else:
            self.frame_wanted.emit(0 if frame >= last else frame + 1)

    def _on_held(self) -> None:
        self.stop()
        self.began.emit()

    def _on_let_go(self) -> None:
        if not self.playing:
            self.ended.emit()

    def _on_slid(self, frame: int) -> None:
        # The wheel does not hold it.
        self.stop()
        self._say()
        self.frame_wanted.emit(frame)

    # Appearance

    def _say(self) -> None:
        widest = self.tr("{frame} / {count}").format(frame=888, count=888)
        self._place.setMinimumWidth(self._place.fontMetrics().horizontalAdvance(widest))
        here = self.tr("{frame} / {count}").format(frame=self.slider.value() + 1, count=self._count)
        self._place.setText(here if self._count else "–")

    def _name_button(self) -> None:
        text = self.tr("Pause (Space)") if self.playing else self.tr("Play the chosen path (Space)")
        self.play_button.setToolTip(text)
        self.play_button.setAccessibleName(text)
        self.play_button.setIcon(icon("pause" if self.playing else "play", self._theme.colors))

    def _on_theme_changed(self) -> None:
        self._name_button()
        self.ping_pong.setIcon(icon("arrows-left-right", self._theme.colors))
