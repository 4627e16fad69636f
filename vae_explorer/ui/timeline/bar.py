"""The timeline under the map: goes back and forth through the snapshots of the run that is on the map."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vae_explorer.ui.icons import icon
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.timeline.slider import TimelineSlider
from vae_explorer.ui.widgets.elided_label import ElidedLabel

#: Four epochs a second while playing.
_PLAY_MS = 250
_LEAST_WIDTH = 40 * GRID
#: Pixels that icons, frames and gaps take beside the texts of the second line.
_BESIDE_TEXTS = 16 * GRID


class TimelineBar(QWidget):
    """Two lines: play, slider and the way to the newest snapshot; below, what is shown and what can be done with it.

    Attributes:
        play_button: steps through the epochs.
        slider: one stop a snapshot.
        live_button: on while the map follows the newest snapshot.
        save_button, continue_button: for the snapshot on the map.

    Signals:
        epoch_chosen: the user wants to see this epoch; at most once a frame, the newest choice always arrives.
        live_requested: the user wants the newest snapshot, and to follow it while the run is trained.
        save_requested: the user wants to save the snapshot of this epoch.
        continue_requested: the user wants to train on from this epoch.
    """

    epoch_chosen = Signal(int)
    live_requested = Signal()
    save_requested = Signal(int)
    continue_requested = Signal(int)

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[object, ...] = ()
        self._epoch = 0
        self._live = False
        self.slider = TimelineSlider()
        self.play_button, self.live_button = _button(), _button()
        self.save_button, self.continue_button = _button(), _button()
        self._text, self._score, self._note = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self._play_timer = QTimer(self)
        self._play_timer.setInterval(_PLAY_MS)
        self._name_everything()
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self.hide()

    @property
    def playing(self) -> bool:
        """Whether it steps through the epochs on its own."""
        return self._play_timer.isActive()

    def show_run(
        self,
        epochs: tuple[int, ...],
        current: int,
        *,
        latest: int,
        stride: int,
        budget: int,
        elbo: float | None,
        live: bool,
        best: int = 0,
    ) -> None:
        """Show the snapshots of a run; cheap where nothing is new.

        Args:
            epochs: those that there are snapshots of, ascending.
            current: the one on the map.
            latest: the last epoch that was done.
            stride: how many epochs the snapshots are apart; 1 where none had to go.
            budget: memory for the snapshots, in bytes.
            elbo: of the current epoch on the test images, in nats an image; None where not known.
            live: whether the map follows the newest snapshot.
            best: the epoch with the best ELBO; 0 where not known.
        """
        news = (epochs, current, latest, stride, budget, elbo, live, best)
        if news != self._shown:
            self._shown, self._epoch, self._live = news, current, live
            self.slider.set_epochs(epochs, current, best)
            self._note.setText(self._note_about(stride, budget))
            self._say(current, latest, elbo)
            self._enable(epochs, current)
        self.show()

    def hide_run(self) -> None:
        """Make way: the model on the map belongs to no run."""
        self._shown = ()
        self.hide()

    # Building

    def _name_everything(self) -> None:
        self._name_play_button()
        self._name_live_button()
        self.live_button.setToolTip(
            self.tr("Show the newest snapshot, and follow the run while it is trained")
        )
        self.live_button.setCheckable(True)
        self.save_button.setText(self.tr("Save this snapshot…"))
        self.save_button.setToolTip(self.tr("Save the model as it was after this epoch"))
        self.continue_button.setText(self.tr("Continue from here…"))
        self.continue_button.setToolTip(
            self.tr("Train on from this epoch, as a new run; the form gets the settings of this one")
        )
        self.slider.setToolTip(self.tr("Go to an epoch of the run; the mark is at the best one"))
        self._note.setProperty("muted", True)
        self._score.setProperty("muted", True)
        for label in (self._text, self._score):
            label.setFont(tabular(self.font()))

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(GRID)
        first.addWidget(self.play_button)
        first.addWidget(self.slider, 1)
        first.addWidget(self.live_button)
        second.setSpacing(GRID)
        second.addWidget(self._text)
        second.addWidget(self._score)
        second.addWidget(self._note, 1)
        second.addWidget(self.save_button)
        second.addWidget(self.continue_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, GRID // 2)
        layout.setSpacing(0)
        layout.addLayout(first)
        layout.addLayout(second)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self.slider.chosen.connect(self.epoch_chosen)
        self.slider.taken.connect(self._stop)
        self.play_button.clicked.connect(self._on_play_clicked)
        self.live_button.clicked.connect(self._on_live_clicked)
        self.save_button.clicked.connect(lambda: self.save_requested.emit(self._epoch))
        self.continue_button.clicked.connect(lambda: self.continue_requested.emit(self._epoch))
        self._play_timer.timeout.connect(self._on_play_timer)
        self._theme.changed.connect(self._on_theme_changed)

    # What it says

    def _say(self, epoch: int, latest: int, elbo: float | None) -> None:
        self._text.setText(self.tr("Epoch {epoch} of {latest} trained").format(epoch=epoch, latest=latest))
        score = "" if elbo is None else self.tr("test ELBO {elbo} nats").format(elbo=signed(elbo))
        self._score.setText(score)
        self._fit_buttons()

    def _note_about(self, stride: int, budget: int) -> str:
        if stride <= 1:
            return ""
        text = self.tr("1 epoch in {stride} kept ({size} MB)")
        return text.format(stride=stride, size=round(budget / 2**20))

    def _enable(self, epochs: tuple[int, ...], current: int) -> None:
        if self._live:
            self._stop()
        self.play_button.setEnabled(len(epochs) > 1)
        self.live_button.setEnabled(self._live or (bool(epochs) and current != epochs[-1]))
        self.live_button.setChecked(self._live)
        self._name_live_button()
        for button in (self.save_button, self.continue_button):
            button.setEnabled(bool(epochs))

    def _name_live_button(self) -> None:
        self.live_button.setText(self.tr("Live") if self._live else self.tr("Latest"))

    # Size

    def minimumSizeHint(self) -> QSize:
        # Where the texts of the buttons do not fit, their pictures do.
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        """Write the buttons' texts where there is room for them."""
        buttons = (self.save_button, self.continue_button)
        parts = (self._text, self._score, self._note, *buttons)
        words = sum(self.fontMetrics().horizontalAdvance(part.text()) for part in parts)
        fits = words + _BESIDE_TEXTS <= self.width()
        style = Qt.ToolButtonStyle
        for button in buttons:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if fits else style.ToolButtonIconOnly)
        # The epoch comes before all else there is to say.
        left = self.width() - sum(button.sizeHint().width() + GRID for button in buttons) - 3 * GRID
        self._text.setMinimumWidth(min(self._text.sizeHint().width(), max(0, left)))

    # Playing

    def _on_play_clicked(self) -> None:
        if self.playing:
            self._stop()
            return
        self._play_timer.start()
        if self.slider.at_end:
            self.slider.play(0)
        self._name_play_button()

    def _on_play_timer(self) -> None:
        self.slider.play(self.slider.value() + 1)
        if self.slider.at_end:
            self._stop()

    def _stop(self) -> None:
        if self.playing:
            self._play_timer.stop()
            self._name_play_button()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()

    def _on_live_clicked(self) -> None:
        # It is checked when the map follows, which is for `show_run` to say.
        self.live_button.setChecked(self._live)
        self._stop()
        self.live_requested.emit()

    # Appearance

    def _name_play_button(self) -> None:
        text = self.tr("Pause") if self.playing else self.tr("Play the run")
        self.play_button.setToolTip(text)
        self.play_button.setAccessibleName(text)
        self.play_button.setIcon(icon("pause" if self.playing else "play", self._theme.colors))

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self._name_play_button()
        self.live_button.setIcon(icon("skip-forward", colors))
        self.save_button.setIcon(icon("floppy-disk", colors))
        self.continue_button.setIcon(icon("arrow-bend-down-right", colors))
        self.slider.set_mark_color(colors.accent)


def _button() -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
