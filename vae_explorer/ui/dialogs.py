"""The few dialogs: first steps, shortcuts, about, an uncaught error, and what to do with unsaved work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QFontDatabase, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from vae_explorer import __version__
from vae_explorer.ui.theme import GRID

#: Average letters in a line of text.
_LETTERS = 72

CloseAnswer = Literal["save", "discard", "cancel"]


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)


def shortcut_sheet(parent: QWidget, shortcuts: Iterable[tuple[str, str]]) -> QDialog:
    """A window that lists what every key does; it may stay open."""
    dialog = sheet(parent, _tr("Keyboard shortcuts"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(4 * GRID)
    rows = [
        *shortcuts,
        (_tr("Move the cursor (map)"), _tr("Arrow keys")),
        (_tr("Move the cursor ten times as far (map)"), _tr("Shift + arrow keys")),
        (_tr("Zoom (map)"), _tr("+ and −, mouse wheel")),
        (_tr("Pan (map)"), _tr("Drag with the right or middle mouse button")),
        (_tr("Jump to a digit (map)"), _tr("Double-click")),
        (_tr("Pick a digit; add or remove one (map)"), _tr("Click, Space; with Ctrl")),
        (_tr("Pick many; add many (map)"), _tr("Shift + drag; Ctrl + Shift + drag")),
        (_tr("Pick all, none (map)"), _tr("Ctrl+A, Esc")),
        (_tr("Move, put the cursor there (traversal)"), _tr("Arrow keys, Enter")),
        (_tr("Change α; go to the direction above or below (attributes)"), _tr("Arrow keys on its slider")),
        (_tr("Rename, delete a direction (attributes)"), _tr("F2, Del")),
        (_tr("Go from picture to picture (film strips)"), _tr("Left and right, Home, End")),
        (_tr("Add, remove, move an anchor (interpolation)"), _tr("Ins, Del, Alt + up or down")),
        (_tr("Reverse, loop (anchors of interpolation)"), _tr("R, L")),
        (_tr("Play or pause the path (interpolation)"), _tr("Space")),
        (_tr("Go, rename, delete, move (bookmarks)"), _tr("Enter, F2, Del, Alt + up or down")),
        (_tr("Move the pen, put it down or lift it (drawing)"), _tr("Arrow keys, Space")),
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
    return finish(dialog, grid)


def first_steps(parent: QWidget) -> QDialog:
    """A window that says what to try first; it may stay open beside the work."""
    dialog = sheet(parent, _tr("First steps"))
    text = ReadingText(
        _tr(
            "<p>The <b>latent map</b> shows 10,000 handwritten test digits where the encoder of the open model puts "
            "them: each dot is one digit at its μ, the middle of the spot that the encoder gives for it, coloured by "
            "its label. <b>Help → Words</b> explains the terms.</p>"
            "<ol>"
            "<li><b>Click</b> anywhere on the map. The decoder draws the digit that belongs to that point.</li>"
            "<li><b>Drag</b> from one colour to another and watch one digit turn into the other. Between the clouds "
            "the decoder draws things that are no digit.</li>"
            "<li><b>Hover</b> over a dot to see the real digit behind it; double-click to put the cursor on it.</li>"
            "<li>Choose <b>Model → MNIST, one hidden layer</b> to see the smaller model of the tutorials.</li>"
            "<li>In the <b>Attributes</b> dock below, add a direction, for example from class 4 to class 9, and slide "
            "its α. In the <b>Interpolation</b> dock, choose two digits and see four ways from one to the other.</li>"
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
            "<p><b>ELBO</b> = −(reconstruction + KL), in nats an image: the reconstruction is summed over the pixels, "
            "the KL over the latent dimensions, and both are averaged over the images. Higher is better. Compare it "
            "only with figures for the same gray-level digits: with black and white ones it is another scale.</p>"
        )
    )
    layout = QVBoxLayout()
    layout.addWidget(text)
    return finish(dialog, layout)


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


class ReadingText(QTextBrowser):
    """Text to read in a window: as high as it is if the screen allows, else it scrolls; can be selected and copied."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # On the colour of the window, as the other sheets.
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(0, 0, GRID, 0)
        self.setHtml(html)

    def sizeHint(self) -> QSize:
        """Of the whole text in lines that are easy to read."""
        width = _LETTERS * QFontMetrics(self.font()).averageCharWidth()
        document = self.document().clone()
        document.setDefaultFont(self.font())
        document.setTextWidth(width)
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(width + GRID + bar, math.ceil(document.size().height()))


def sheet(parent: QWidget, title: str) -> QDialog:
    """An empty window that may stay open beside the work; closed, it is gone. Esc closes it."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    return dialog


def finish(dialog: QDialog, content: QGridLayout | QVBoxLayout) -> QDialog:
    """`dialog` with `content` and a button that closes it."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
    layout.setSpacing(2 * GRID)
    layout.addLayout(content)
    layout.addWidget(buttons)
    return dialog
