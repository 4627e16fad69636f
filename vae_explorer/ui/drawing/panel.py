"""The dock to draw a digit in: it is encoded as one draws, and what comes out of the model again stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.data import ByteArray
from vae_explorer.core.digit_scan import check_size, like_mnist, read_picture
from vae_explorer.core.errors import UserError
from vae_explorer.state.drawing import Drawing
from vae_explorer.ui.drawing.commands import Redraw
from vae_explorer.ui.drawing.encoding import DrawingEncoding, Encoded
from vae_explorer.ui.drawing.looks_like import LooksLike
from vae_explorer.ui.drawing.pad import DEFAULT_BRUSH, LARGEST_BRUSH, SMALLEST_BRUSH, DrawingPad
from vae_explorer.ui.file_dialogs import ask_for_file
from vae_explorer.ui.icons import icon
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, tabular
from vae_explorer.ui.undo import SetValue
from vae_explorer.ui.widgets.image_view import ImageView, png_bytes
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs

_PAD = 224
_VIEW = 84
#: Steps of the slider for one pixel of the brush's radius.
_BRUSH_STEPS = 4


class DrawingPanel(QWidget):
    """A pad with its tools, what the model sees of it, its reconstruction, and its place in the latent space.

    Args:
        drawing: what is drawn.
        encoding: what the model makes of it.
        undo_stack: gets a step for each stroke.
        theme: colours.
        jobs: where files are read.

    Signals:
        point_chosen: the cursor is to go to this latent point, shape (latent,).
        message: what went wrong, in plain words.
    """

    point_chosen = Signal(object)
    message = Signal(object)

    def __init__(
        self,
        drawing: Drawing,
        encoding: DrawingEncoding,
        undo_stack: QUndoStack,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._drawing, self._encoding = drawing, encoding
        self._undo_stack, self._theme, self._jobs = undo_stack, theme, jobs
        self.pad = DrawingPad(drawing, undo_stack, theme, _PAD)
        self.brush, self.eraser, self.clear = _tool(), _tool(), _tool()
        self.paste, self.open = _tool(), _tool()
        self.brush_size = QSlider(Qt.Orientation.Horizontal)
        self.as_mnist = QCheckBox(self.tr("Scale and centre as MNIST does"))
        self.seen = ImageView(_VIEW, self.tr("What the encoder gets"))
        self.reconstruction = ImageView(_VIEW, self.tr("Reconstruction of the drawing"))
        self.looks_like = LooksLike()
        self.text = QLabel()
        self.go = QPushButton(self.tr("Put the cursor there"))
        self._set_up()
        self._lay_out()
        self._connect()
        self._show()

    # Pictures from elsewhere

    def take_clipboard(self) -> None:
        """Take the picture on the clipboard, or the one in a file that was copied."""
        clipboard = QGuiApplication.clipboard()
        image, urls = clipboard.image(), clipboard.mimeData().urls()
        if not image.isNull():
            self._take(lambda: _from_image(image), self.tr("paste a picture"))
        elif len(urls) == 1 and urls[0].isLocalFile():
            self.take_file(urls[0].toLocalFile())
        else:
            self.message.emit(self.tr("There is no picture on the clipboard."))

    def take_file(self, path: str | Path) -> None:
        """Take the picture in a file."""
        self._take(lambda: like_mnist(read_picture(Path(path))), self.tr("open a picture"))

    def ask_and_take(self) -> None:
        """Let the user choose a picture."""
        kinds = self.tr("Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp)")
        path = ask_for_file(self, self.tr("Open a picture of a digit"), "", kinds)
        if path is not None:
            self.take_file(path)

    def _take(self, work: Callable[[], ByteArray], text: str) -> None:
        def done(pixels: ByteArray) -> None:
            if (pixels != self._drawing.pixels).any():
                self._undo_stack.push(Redraw(self._drawing, self._drawing.pixels, pixels, text))

        self._jobs.start(work, done, self._on_failed)

    def _on_failed(self, error: UserError) -> None:
        self.message.emit(translated(error))

    def _clear(self) -> None:
        if not self._drawing.empty:
            blank = np.zeros_like(self._drawing.pixels)
            text = self.tr("clear the drawing")
            self._undo_stack.push(Redraw(self._drawing, self._drawing.pixels, blank, text))

    # What is shown

    def _show(self) -> None:
        found = self._encoding.result
        self.seen.show_picture(None if found is None else found.image)
        self.reconstruction.show_picture(None if found is None else found.explanation.from_mu)
        self.looks_like.show_votes(None if found is None else found.votes)
        self.go.setEnabled(found is not None)
        if found is not None:
            self.text.setText(self._described(found))
        elif self._encoding.possible:
            self.text.setText(
                self.tr("Draw a digit. It is encoded as you draw and appears on the map as a diamond.")
            )
        else:
            self.text.setText(self.tr("Drawing needs a model of pictures of 28×28 pixels."))

    def _described(self, found: Encoded) -> str:
        explanation = found.explanation
        lines = [
            self.tr("ELBO {elbo} nats\n= −(reconstruction\u00a0{reconstruction} +\u00a0KL\u00a0{kl})").format(
                elbo=signed(-(explanation.reconstruction_at_mu + explanation.kl)),
                reconstruction=signed(explanation.reconstruction_at_mu),
                kl=signed(explanation.kl),
            )
        ]
        if len(found.mu) <= 2:
            sigma = np.exp(0.5 * found.logvar.astype(np.float64))
            lines += [
                self.tr("z{number} = {mu} ± {sigma}").format(
                    number=number + 1, mu=signed(float(mu), 3), sigma=signed(float(each), 3)
                )
                for number, (mu, each) in enumerate(zip(found.mu, sigma, strict=True))
            ]
        return "\n".join(lines)

    # Building

    def _set_up(self) -> None:
        group = QButtonGroup(self)
        for button, text, tip in (
            (self.brush, self.tr("Brush"), self.tr("Draw with the left button")),
            (
                self.eraser,
                self.tr("Eraser"),
                self.tr("Erase with the left button; the right one always erases"),
            ),
            (self.clear, self.tr("Clear"), self.tr("Take all ink away; can be undone")),
            (
                self.paste,
                self.tr("Paste"),
                self.tr("Take the picture on the clipboard, made to look like MNIST"),
            ),
            (
                self.open,
                self.tr("Open…"),
                self.tr(
                    "Take a picture from a file, made to look like MNIST; it can also be dropped on the pad"
                ),
            ),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text)
        for button in (self.brush, self.eraser):
            button.setCheckable(True)
            group.addButton(button)
        self.brush.setChecked(True)
        self.brush_size.setRange(round(SMALLEST_BRUSH * _BRUSH_STEPS), round(LARGEST_BRUSH * _BRUSH_STEPS))
        self.brush_size.setValue(round(DEFAULT_BRUSH * _BRUSH_STEPS))
        self.brush_size.setAccessibleName(self.tr("Size of the brush"))
        self.brush_size.setToolTip(self.tr("Size of the brush"))
        self.as_mnist.setChecked(self._drawing.as_mnist)
        self.as_mnist.setToolTip(
            self.tr(
                "The model learnt from digits that fill 20×20 pixels and have their centre of mass in the middle"
            )
        )
        self.text.setWordWrap(True)
        self.text.setFont(tabular(self.font()))
        # As many lines as with two latent dimensions: the pad must not become smaller while one draws on it.
        self.text.setMinimumHeight(4 * self.text.fontMetrics().lineSpacing())
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setToolTip(
            self.tr(
                "q(z|x) of the drawing: its mean and standard deviation, and what it costs; decoded from μ"
            )
        )
        self._on_theme_changed()

    def _lay_out(self) -> None:
        tools = QGridLayout()
        tools.setSpacing(2)
        tools.setColumnStretch(3, 1)
        for place, button in enumerate((self.brush, self.eraser, self.clear, self.paste, self.open)):
            tools.addWidget(button, place // 3, place % 3)
        size = QHBoxLayout()
        size.setSpacing(GRID)
        size.addWidget(QLabel(self.tr("Brush size")))
        size.addWidget(self.brush_size, 1)
        pictures = QHBoxLayout()
        pictures.setSpacing(2 * GRID)
        for view, name in ((self.seen, self.tr("encoded")), (self.reconstruction, self.tr("reconstruction"))):
            view.setFixedSize(_VIEW, _VIEW)
            column = QVBoxLayout()
            column.setSpacing(2)
            caption = QLabel(name)
            caption.setProperty("muted", True)
            column.addWidget(view)
            column.addWidget(caption)
            pictures.addLayout(column)
        pictures.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(tools)
        layout.addLayout(size)
        layout.addWidget(self.pad)
        # Beside the hand that draws: what is farther below may have to be scrolled to.
        layout.addWidget(self.looks_like)
        layout.addWidget(self.as_mnist)
        layout.addLayout(pictures)
        layout.addWidget(self.text)
        layout.addWidget(self.go)
        layout.addStretch()

    def _connect(self) -> None:
        self.eraser.toggled.connect(self._on_eraser_toggled)
        self.clear.clicked.connect(self._clear)
        self.paste.clicked.connect(self.take_clipboard)
        self.open.clicked.connect(self.ask_and_take)
        self.brush_size.valueChanged.connect(self._on_size_changed)
        self.as_mnist.clicked.connect(self._on_as_mnist_clicked)
        self._drawing.changed.connect(self._on_drawing_changed)
        self.pad.dropped.connect(self.take_file)
        self.go.clicked.connect(self._on_go_clicked)
        self._encoding.changed.connect(self._show)
        self._theme.changed.connect(self._on_theme_changed)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self.pad)
        paste.setContext(Qt.ShortcutContext.WidgetShortcut)
        paste.activated.connect(self.take_clipboard)

    def _on_eraser_toggled(self, on: bool) -> None:
        self.pad.erasing = on

    def _on_as_mnist_clicked(self, on: bool) -> None:
        text = self.tr("scaling of the drawing")
        self._undo_stack.push(SetValue(text, self._drawing.set_as_mnist, not on, on))

    def _on_drawing_changed(self) -> None:
        self.as_mnist.setChecked(self._drawing.as_mnist)

    def _on_size_changed(self, steps: int) -> None:
        self.pad.radius = steps / _BRUSH_STEPS

    def _on_go_clicked(self) -> None:
        if self._encoding.result is not None:
            self.point_chosen.emit(self._encoding.result.mu.astype(np.float64))

    def _on_theme_changed(self) -> None:
        for button, name in (
            (self.brush, "paint-brush"),
            (self.eraser, "eraser"),
            (self.clear, "trash"),
            (self.paste, "clipboard"),
            (self.open, "folder-open"),
        ):
            button.setIcon(icon(name, self._theme.colors))


def _tool() -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _from_image(image: QImage) -> ByteArray:
    # Before it is encoded, which takes seconds for what is refused then.
    check_size(image.width(), image.height())
    return like_mnist(read_picture(png_bytes(image)))
