"""The training dock: the form that says what to train and how, and below it the buttons and the progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_clock import TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import MODEL_FIELDS, TrainingForm, field_problem
from vae_explorer.ui.numbers import duration
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.training.form import STEERED, TrainingFields
from vae_explorer.ui.training.start_note import StartNote

#: Rows of the form that are to be seen at least; the rest scrolls.
_LEAST_HEIGHT = 8 * GRID

Mode = Literal["idle", "running", "paused", "stopping"]


class TrainingPanel(QWidget):
    """A form, the buttons for what can be done now, and a progress line. It asks for training; others do it.

    While a training runs, the form shows its settings; afterwards it is again as the user left it.

    Attributes:
        fields: the form; those that are used most have names of their own here.

    Signals:
        train_requested: model configuration and training settings, both valid.
        pause_requested: the user wants the training to wait.
        resume_requested: the user wants the training that waits to go on.
        stop_requested: the user wants the training to end.
        start_dropped: the user wants random weights to begin with after all.
        steered: ``beta`` or ``learning_rate`` and the value that it is to have from now on, valid.
    """

    train_requested = Signal(object, object)
    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    start_dropped = Signal()
    steered = Signal(str, float)

    def __init__(self, form: TrainingForm, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = fields = TrainingFields(form, theme)
        self.hidden, self.device = fields.text("hidden"), fields.choice("device")
        self.latent, self.epochs = fields.number("latent"), fields.number("epochs")
        self.batch_size, self.seed = fields.number("batch_size"), fields.number("seed")
        self.beta, self.learning_rate = fields.number("beta"), fields.number("learning_rate")
        self.train_button = QPushButton(self.tr("Train"))
        self.pause_button = QPushButton(self.tr("Pause"))
        self.resume_button = QPushButton(self.tr("Resume"))
        self.stop_button = QPushButton(self.tr("Stop"))
        self.progress = QProgressBar()
        self.status = QLabel()
        self.start_note = StartNote(theme)
        self._mode: Mode = "idle"
        self._available = False
        #: The form as the user left it, while the fields show a training's settings.
        self._left: TrainingForm | None = None
        #: What the training has, of what can be changed while it runs.
        self._steered: dict[str, float] = {}
        self._set_up()
        self._lay_out()
        self._connect()
        self.show_idle("")

    # The form

    def show_form(self, form: TrainingForm) -> None:
        """Fill in the fields, now or when the training is over."""
        if self._left is not None:
            self._left = replace(form)
        else:
            self.fields.show_form(form)

    def show_settings(self, config: VAEConfig, settings: TrainingConfig) -> None:
        """Fill in the fields so that they ask for this training."""
        self.show_form(replace(TrainingForm.of(config, settings), folded=self.fields.form().folded))

    def form(self) -> TrainingForm:
        """The fields as the user left them; where one makes no sense, as it was when it last did."""
        if self._left is None:
            return self.fields.form()
        return replace(self._left, folded=self.fields.form().folded)

    def entries(self) -> dict[str, Any]:
        """What stands in the form, by the names of the fields; during a training, what will stand there after it."""
        if self._left is None:
            return self.fields.entries()
        return {name: getattr(self._left, name) for name in self.fields.rows}

    def put(self, entries: Mapping[str, Any]) -> None:
        """Let this stand in the form again, now or when the training is over."""
        if self._left is None:
            self.fields.put(entries)
        else:
            sound = {name: entry for name, entry in entries.items() if field_problem(name, entry) is None}
            self._left = replace(self._left, **sound)

    @property
    def shows_training(self) -> bool:
        """Whether the fields show the settings of a training, and not the form as the user left it."""
        return self._left is not None

    def show_start(self, text: str) -> None:
        """Say with which model's weights the next training begins; nothing for random ones."""
        self.start_note.say(text)
        self._show_mode(self._mode)

    def form_config(self) -> tuple[VAEConfig, TrainingConfig]:
        """What the fields ask for.

        Raises:
            ConfigError: they make no sense; it is said at the field.
        """
        return self.fields.configs()

    @property
    def problem(self) -> str:
        """What is wrong with the fields, as shown; empty where nothing is."""
        return next(iter(self.fields.problems.values()), "")

    def set_image_count(self, count: int) -> None:
        """Say how many training images there are: no batch can be larger."""
        self.fields.set_image_count(count)

    def request_training(self) -> None:
        """Ask for training with the fields as they are, or go to the one that makes no sense."""
        if self._mode == "idle" and not self.fields.focus_problem():
            self.train_requested.emit(*self.form_config())

    # Progress

    def set_available(self, available: bool) -> None:
        """Whether there is anything to train on."""
        self._available = available
        self._show_mode(self._mode)

    def show_preparing(self, config: VAEConfig | None = None, settings: TrainingConfig | None = None) -> None:
        """A training was started and loads what it needs; the fields show what it trains, if that is given."""
        if self._left is None:
            self._left = self.fields.form()
        if config is not None and settings is not None:
            folded = self.fields.form().folded
            self.fields.show_form(replace(TrainingForm.of(config, settings), folded=folded))
        self._steered = {name: float(self.fields.number(name).value()) for name in STEERED}
        self._show_mode("running")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self._say(self.tr("Loading PyTorch and the training images…"))

    def show_running(self, progress: TrainingProgress) -> None:
        """How far it is."""
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * progress.fraction))
        if self._mode == "stopping":
            return
        self._show_mode("running")
        text = self.tr("Epoch {epoch} of {epochs}").format(epoch=progress.epoch, epochs=progress.epochs)
        if progress.seconds_left is not None:
            text += " · " + self.tr("{time} left").format(time=duration(progress.seconds_left))
        self._say(text)

    def show_paused(self, text: str) -> None:
        """The training waits; `text` says where."""
        self._show_mode("paused")
        self._say(text)

    def show_resumed(self) -> None:
        """The training goes on after a pause."""
        self._show_mode("running")
        self._say("")

    def show_stopping(self) -> None:
        """The user asked for the end; the step under way is still computed."""
        self._show_mode("stopping")
        self._say(self.tr("Stopping…"))

    def show_idle(self, text: str) -> None:
        """No training runs; `text` says how the last one ended."""
        left, self._left = self._left, None
        if left is not None:
            self.fields.show_form(replace(left, folded=self.fields.form().folded))
        self._show_mode("idle")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self._say(text)

    def show_steered(self, beta: float, learning_rate: float) -> None:
        """What the running training has now; a field in which the user types is left alone."""
        for name, value in zip(STEERED, (beta, learning_rate), strict=True):
            field = self.fields.number(name)
            untouched = field.value() == self._steered.get(name) and name not in self.fields.problems
            self._steered[name] = value
            if untouched or not field.hasFocus():
                field.setValue(value)

    @property
    def status_text(self) -> str:
        """How the training stands or ended, as shown."""
        return self.status.text()

    def _show_mode(self, mode: Mode) -> None:
        before, self._mode = self._mode, mode
        focus = QApplication.focusWidget()
        idle = mode == "idle"
        self.train_button.setVisible(idle)
        self.train_button.setEnabled(idle and self._available)
        self.pause_button.setVisible(mode in ("running", "stopping"))
        self.pause_button.setEnabled(mode == "running")
        self.resume_button.setVisible(mode == "paused")
        self.stop_button.setVisible(not idle)
        self.stop_button.setEnabled(mode in ("running", "paused"))
        self.progress.setVisible(not idle)
        begins = bool(self.start_note.text)
        self.start_note.setVisible(idle and begins)
        self.train_button.setText(self.tr("Train on") if begins else self.tr("Train"))
        self.train_button.setToolTip(
            self.tr("Train that model on with these settings, as a new run")
            if begins
            else self.tr("Train a new model with these settings")
        )
        if before != mode:
            self.fields.set_running(not idle)
        # The architecture is that of the weights.
        for name in MODEL_FIELDS:
            self.fields.field(name).setEnabled(idle and not begins)
        if before != mode and focus is not None and self.isAncestorOf(focus) and not _can_have_focus(focus):
            self._focus_button()

    def _focus_button(self) -> None:
        """What had the focus made way, and Qt would pass it on to any field."""
        for button in (self.train_button, self.pause_button, self.resume_button, self.stop_button):
            if _can_have_focus(button):
                button.setFocus()
                return

    # Inside

    def _on_committed(self, name: str) -> None:
        """The user is done with β or the learning rate."""
        value = float(self.fields.number(name).value())
        if self._mode not in ("running", "paused") or name in self.fields.problems:
            return
        if value != self._steered.get(name):
            self._steered[name] = value
            self.steered.emit(name, value)

    def _say(self, text: str) -> None:
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _set_up(self) -> None:
        for button in (self.train_button, self.pause_button, self.resume_button, self.stop_button):
            # A click leaves the focus in the form, where what is wrong can be mended.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for button in (self.train_button, self.resume_button):
            button.setProperty("primary", True)
        self.pause_button.setToolTip(self.tr("Wait after the step under way; nothing is lost"))
        self.resume_button.setToolTip(self.tr("Go on as if there had been no pause"))
        self.stop_button.setToolTip(self.tr("End the training and keep the model of the last whole epoch"))
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Training progress"))
        self.status.setProperty("muted", True)
        self.status.setFont(tabular(self.font()))
        self.status.setWordWrap(True)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.train_button, 1)
        buttons.addWidget(self.pause_button, 2)
        buttons.addWidget(self.resume_button, 2)
        buttons.addWidget(self.stop_button, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(GRID, 0, GRID, GRID)
        foot.setSpacing(GRID)
        # Lines come and go above the buttons, which stay where they are.
        foot.addWidget(self.start_note)
        foot.addWidget(self.status)
        foot.addWidget(self.progress)
        foot.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(_Scroll(self.fields), 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.train_button.clicked.connect(self.request_training)
        self.pause_button.clicked.connect(self.pause_requested)
        self.resume_button.clicked.connect(self.resume_requested)
        self.stop_button.clicked.connect(self.stop_requested)
        self.fields.submitted.connect(self.request_training)
        self.fields.committed.connect(self._on_committed)
        self.start_note.dropped.connect(self.start_dropped)


def _can_have_focus(widget: QWidget) -> bool:
    return widget.isEnabled() and not widget.isHidden()


class _Scroll(QScrollArea):
    """The form scrolls where it is too long, so that the buttons are always in sight. It is never too narrow."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        return QSize(self.widget().minimumSizeHint().width() + bar, _LEAST_HEIGHT)
