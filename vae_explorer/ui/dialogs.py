"""The few dialogs: first steps, shortcuts, about, an uncaught error, and what to do with unsaved work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from vae_explorer import __version__
from vae_explorer.ui.theme import GRID

CloseAnswer = Literal["save", "discard", "cancel"]


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)


def shortcut_sheet(parent: QWidget, shortcuts: Iterable[tuple[str, str]]) -> QDialog:
    """A window that lists what every key does; it may stay open."""
    dialog = _sheet(parent, _tr("Keyboard shortcuts"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(4 * GRID)
    rows = [
        *shortcuts,
        (_tr("Move the cursor (map)"), _tr("Arrow keys")),
        (_tr("Move the cursor ten times as far (map)"), _tr("Shift + arrow keys")),
        (_tr("Zoom (map)"), _tr("+ and −, mouse wheel")),
        (_tr("Pan (map)"), _tr("Drag with the right or middle mouse button")),
        (_tr("Jump to a digit (map)"), _tr("Double-click")),
        (_tr("Read off figures (curves)"), _tr("Arrow keys, mouse")),
        (_tr("Show the model of an epoch (curves)"), _tr("Enter, click")),
        (_tr("Zoom, show everything (curves)"), _tr("+ and −, 0")),
        (_tr("Show, rename, delete a run (list of runs)"), _tr("Enter, F2, Del")),
        (_tr("Overlay the curves of a run (list of runs)"), _tr("Space")),
    ]
    # In two halves side by side, as a small screen is not high enough for all.
    height = (len(rows) + 1) // 2
    for number, (text, keys) in enumerate(rows):
        half, row = divmod(number, height)
        grid.addWidget(QLabel(text), row, 2 * half)
        label = QLabel(keys)
        label.setProperty("muted", True)
        grid.addWidget(label, row, 2 * half + 1)
    return _finish(dialog, grid)


def first_steps(parent: QWidget) -> QDialog:
    """A window that says what to try first; it may stay open beside the work."""
    dialog = _sheet(parent, _tr("First steps"))
    text = QLabel(
        _tr(
            "<p>The <b>latent map</b> shows 10,000 handwritten test digits where the encoder of the open model puts "
            "them: each dot is the mean μ of one digit's posterior <nobr>q(z|x)</nobr>, coloured by its label.</p>"
            "<ol>"
            "<li><b>Click</b> anywhere on the map. The decoder draws the digit that belongs to that point.</li>"
            "<li><b>Drag</b> from one colour to another and watch one digit turn into the other. Between the clouds "
            "the decoder draws things that are no digit.</li>"
            "<li><b>Hover</b> over a dot to see the real digit behind it; double-click to put the cursor on it.</li>"
            "<li>Choose <b>Model → MNIST, one hidden layer</b> to see the smaller model of the tutorials.</li>"
            "<li>Press <b>Train</b> and watch map, decoder, reconstructions and curves move. "
            "ELBO should rise; for 784-400-2 it reaches about −155 nats an image on the test digits after 10 epochs."
            "</li>"
            "<li>While it trains, type another <b>β</b>: the map contracts or spreads, and the curves mark the "
            "change. <b>Pause</b> whenever you like.</li>"
            "<li>Drag the <b>timeline</b> under the map to see any epoch again, save it, or train on from there.</li>"
            "<li>Every training is kept in the list of <b>Runs</b>, beside the curves: tick one to lay its curves over "
            "the others, or resume one that was cut off.</li>"
            "<li>Set the <b>latent size</b> to 10 and train again: the map then shows the plane on which the digits "
            "spread most, and the decoder has one slider a dimension.</li>"
            "</ol>"
            "<p><b>ELBO</b> = −(reconstruction + KL), in nats, summed over the pixels and averaged over the images. "
            "Pixels are gray levels under a Bernoulli likelihood: compare these figures only with others of that "
            "kind.</p>"
        )
    )
    text.setWordWrap(True)
    text.setMinimumWidth(60 * GRID)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    layout = QVBoxLayout()
    layout.addWidget(text)
    return _finish(dialog, layout)


def show_about(parent: QWidget) -> None:
    """Name, version and whose data this is."""
    QMessageBox.about(
        parent,
        _tr("About VAE Explorer"),
        _tr(
            "<p><b>VAE Explorer {version}</b></p><p>Train or open a variational autoencoder and walk through its "
            "latent space. MIT licence.</p><p>MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "
            "<nobr>CC BY-SA 3.0</nobr>.</p>"
        ).format(version=__version__),
    )


def ask_before_closing(
    parent: QWidget, *, training: bool, unsaved: Sequence[str], to_save: str | None
) -> CloseAnswer:
    """Ask what to do with a training under way and with trained models that have no file."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Close VAE Explorer"))
    parts = []
    if training:
        parts.append(_tr("A training is under way. Closing ends it after the last whole epoch."))
    if unsaved:
        parts.append(_tr("Trained but not saved:") + "".join(f"\n• {name}" for name in unsaved))
    box.setText("\n\n".join(parts))
    save = None
    if to_save is not None:
        text = _tr("Save “{name}”…").format(name=to_save)
        save = box.addButton(text, QMessageBox.ButtonRole.AcceptRole)
    text = _tr("Close without saving") if unsaved else _tr("Stop training and close")
    discard = box.addButton(text, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save or cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if save is not None and clicked is save:
        return "save"
    return "discard" if clicked is discard else "cancel"


def error_dialog(parent: QWidget | None, text: str, log_file: str) -> QDialog:
    """A window with the text of an uncaught error and a button that copies it."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_tr("Something went wrong"))
    intro = QLabel(
        _tr(
            "This is a fault of VAE Explorer. You can go on, but save your work first. Please report the text below; "
            "it is also in the log file {path}."
        ).format(path=log_file)
    )
    intro.setWordWrap(True)
    intro.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    details = QPlainTextEdit(text)
    details.setReadOnly(True)
    details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = buttons.addButton(_tr("Copy text"), QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    for widget in (intro, details, buttons):
        layout.addWidget(widget)
    dialog.resize(80 * GRID, 50 * GRID)
    return dialog


def _sheet(parent: QWidget, title: str) -> QDialog:
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    return dialog


def _finish(dialog: QDialog, content: QGridLayout | QVBoxLayout) -> QDialog:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
    layout.setSpacing(2 * GRID)
    layout.addLayout(content)
    layout.addWidget(buttons)
    return dialog
