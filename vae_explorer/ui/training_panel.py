"""The training dock: what to train and how, start and stop, progress, and the curves."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.config import MAX_LATENT, VAEConfig, parse_hidden
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.statistics import History
from vae_explorer.core.training_config import MAX_EPOCHS, TrainingConfig
from vae_explorer.state.settings import TrainingForm
from vae_explorer.ui.curves import Curves
from vae_explorer.ui.elided_label import ElidedLabel
from vae_explorer.ui.message_bar import translated
from vae_explorer.ui.numbers import duration
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.workers.training import TrainingProgress

_DEVICES = ("auto", "cuda", "mps", "cpu")


class TrainingPanel(QWidget):
    """A form, two buttons, a progress line and the curves. It asks for training; others do it.

    Signals:
        train_requested: model configuration and training settings, both valid.
        stop_requested: the user wants the training to end.
    """

    train_requested = Signal(object, object)
    stop_requested = Signal()

    def __init__(self, form: TrainingForm, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hidden = QLineEdit()
        self.latent = _whole(1, MAX_LATENT)
        self.epochs = _whole(1, MAX_EPOCHS)
        self.batch_size = _whole(1, 60_000)
        self.learning_rate = _Rate()
        self.seed = _whole(0, 2**31 - 1)
        self.device = QComboBox()
        self.train_button = QPushButton(self.tr("Train"))
        self.stop_button = QPushButton(self.tr("Stop"))
        self.progress = QProgressBar()
        self.status = QLabel()
        self.curves = Curves(theme)
        self._curves_of = ElidedLabel()
        self._curves_of.setProperty("muted", True)
        self._problem = QLabel()
        self._available = False
        self._set_up()
        self._lay_out()
        self.show_form(form)
        self.show_idle("")
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # The form

    def show_form(self, form: TrainingForm) -> None:
        """Fill in the fields."""
        self.hidden.setText(form.hidden)
        self.latent.setValue(form.latent)
        self.epochs.setValue(form.epochs)
        self.batch_size.setValue(form.batch_size)
        self.learning_rate.setValue(form.learning_rate)
        # The settings file may hold larger numbers than a field of Qt's can.
        self.seed.setValue(min(form.seed, self.seed.maximum()))
        self.device.setCurrentIndex(max(0, self.device.findData(form.device)))

    def form(self) -> TrainingForm:
        """The fields as they are."""
        return TrainingForm(
            self.hidden.text(),
            self.latent.value(),
            self.epochs.value(),
            self.batch_size.value(),
            self.learning_rate.value(),
            self.seed.value(),
            self.device.currentData(),
        )

    def request_training(self) -> None:
        """Ask for training with the fields as they are, or say in place what is wrong with them."""
        try:
            form = self.form()
            config = VAEConfig(hidden=parse_hidden(form.hidden), latent=form.latent)
            settings = TrainingConfig(
                form.epochs, form.batch_size, form.learning_rate, form.seed, self.device.currentData()
            )
        except ConfigError as error:
            self._show_problem(translated(error))
            self.hidden.setFocus()
            return
        self._show_problem("")
        self.train_requested.emit(config, settings)

    def show_history(self, history: History, name: str) -> None:
        """Draw the curves of the model called `name`."""
        self.curves.show_history(history)
        text = self.tr("Curves of {name}") if history else self.tr("{name} has no training history")
        self._curves_of.setText(text.format(name=name))

    # Progress

    def set_available(self, available: bool) -> None:
        """Whether there is anything to train on."""
        self._available = available
        self.train_button.setEnabled(available and not self.stop_button.isEnabled())

    def show_preparing(self) -> None:
        """A training was started and loads what it needs."""
        self._show_running(running=True)
        self.progress.setRange(0, 0)
        self.status.setText(self.tr("Loading PyTorch and the training images…"))
        self.curves.show_history(())
        self._curves_of.setText("")

    def show_progress(self, progress: TrainingProgress) -> None:
        """How far it is."""
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * progress.fraction))
        text = self.tr("Epoch {epoch} of {epochs}").format(epoch=progress.epoch, epochs=progress.epochs)
        if progress.seconds_left is not None:
            text += " · " + self.tr("{time} left").format(time=duration(progress.seconds_left))
        self.status.setText(text)

    def show_idle(self, text: str) -> None:
        """No training runs; `text` says how the last one ended."""
        self._show_running(running=False)
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def show_stopping(self) -> None:
        """The user asked for the end; the step under way is still computed."""
        self.stop_button.setEnabled(False)
        self.status.setText(self.tr("Stopping…"))

    def _show_running(self, *, running: bool) -> None:
        self.train_button.setEnabled(self._available and not running)
        self.stop_button.setEnabled(running)
        self.progress.setVisible(running)
        self.status.setVisible(running)

    # Inside

    def _set_up(self) -> None:
        self.hidden.setPlaceholderText(self.tr("none (linear)"))
        self.hidden.setToolTip(
            self.tr("Widths of the encoder's hidden layers, such as 512, 256. The decoder mirrors them.")
        )
        self.hidden.returnPressed.connect(self.request_training)
        self.hidden.textChanged.connect(lambda _text: self._show_problem(""))
        self.latent.setToolTip(self.tr("Number of latent dimensions. The map shows two as they are."))
        self.batch_size.setToolTip(self.tr("Images a step"))
        self.learning_rate.setToolTip(self.tr("Step size of the Adam optimiser"))
        self.seed.setToolTip(self.tr("The same seed on the same device trains the same model"))
        names = (self.tr("automatic"), self.tr("CUDA"), self.tr("MPS (Apple)"), self.tr("CPU"))
        for name, device in zip(names, _DEVICES, strict=True):
            self.device.addItem(name, device)
        self.train_button.setProperty("primary", True)
        self.train_button.clicked.connect(self.request_training)
        self.stop_button.clicked.connect(self.stop_requested)
        self.stop_button.setToolTip(self.tr("End the training and keep the model of the last whole epoch"))
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Training progress"))
        self.status.setProperty("muted", True)
        self.status.setFont(tabular(self.font()))
        self.status.setWordWrap(True)
        self._problem.setWordWrap(True)
        self._problem.hide()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(GRID // 2)
        for text, field in (
            (self.tr("Hidden widths"), self.hidden),
            (self.tr("Latent size"), self.latent),
            (self.tr("Epochs"), self.epochs),
            (self.tr("Batch size"), self.batch_size),
            (self.tr("Learning rate"), self.learning_rate),
            (self.tr("Seed"), self.seed),
            (self.tr("Device"), self.device),
        ):
            form.addRow(text, field)
            if isinstance(field, QAbstractSpinBox):
                field.setFont(tabular(self.font()))
        buttons = QHBoxLayout()
        buttons.addWidget(self.train_button, 2)
        buttons.addWidget(self.stop_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self._problem)
        layout.addWidget(self.progress)
        layout.addWidget(self.status)
        layout.addWidget(self._curves_of)
        layout.addWidget(self.curves, 1)

    def _show_problem(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    @property
    def problem(self) -> str:
        """What is wrong with the fields, as shown; empty where nothing is."""
        return "" if self._problem.isHidden() else self._problem.text()

    def _on_theme_changed(self) -> None:
        self._problem.setStyleSheet(f"color: {self._theme.colors.warning};")


class _Rate(QDoubleSpinBox):
    """A learning rate: steps by factors, shown without useless zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(7)
        self.setRange(1e-7, 1.0)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def textFromValue(self, value: float) -> str:
        text = super().textFromValue(value)
        point = self.locale().decimalPoint()
        return text.rstrip("0").rstrip(point) if point in text else text


def _whole(least: int, most: int) -> QSpinBox:
    field = QSpinBox()
    field.setRange(least, most)
    field.setAccelerated(True)
    return field
