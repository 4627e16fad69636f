"""The edit applied to all selected digits, before and after, in a window that may stay open while α slides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.data import ByteArray
from vae_explorer.core.edits import Term, edited
from vae_explorer.core.errors import UserError
from vae_explorer.core.images import grid, save_png
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.edits import Edits
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Point
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.editing import Editing, decoder_weights
from vae_explorer.ui.attributes.pairs import PairGrid
from vae_explorer.ui.file_dialogs import ask_where_to_save
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

#: Between two drawings while α slides: the panel's own pictures go first.
_PAUSE_MS = 30
#: Pairs in a row of the saved sheet: wide enough for a screen, and 10,000 digits fit into a file.
_FEWEST_COLUMNS, _MOST_COLUMNS = 8, 100
#: Products of a weight and a number that the window's thread may do at once: about 5 ms.
_DIRECT_PRODUCTS = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    first: int
    before: ByteArray
    after: ByteArray


class EditSheet(QDialog):
    """Follows the selection, the directions and the model; only pairs in sight are decoded.

    Args:
        session: the model.
        picks: the selection.
        edits: the directions.
        editing: says which directions the model has.
        theme: colours.
        jobs: where pictures are decoded and the file is written.
        parent: the panel.

    Attributes:
        grid: the pairs.
        folder: where the dialog for the file begins.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        session: Session,
        picks: Picks,
        edits: Edits,
        editing: Editing,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session, self._picks, self._edits, self._editing = session, picks, edits, editing
        self._jobs = jobs
        self._decoding: Newest[_Drawn | UserError] = Newest(jobs, parent=self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._draw)
        self._stale, self._saving = True, False
        self.folder = Path.home()
        self.grid = PairGrid(theme)
        self._caption, self._note = QLabel(), QLabel()
        self._lay_out()
        self.grid.scrolled.connect(self._want)
        session.model_changed.connect(self._on_model_changed)
        picks.changed.connect(self.refresh)
        edits.changed.connect(self.edit_changed)
        edits.alphas_changed.connect(self.edit_changed)

    def _lay_out(self) -> None:
        self.setWindowTitle(self.tr("Edit of the selection"))
        self._caption.setWordWrap(True)
        self._caption.setProperty("muted", True)
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save_button = QPushButton(self.tr("Save as PNG…"))
        self.save_button.setToolTip(
            self.tr("Save all pairs as one picture: before on the left, after on the right")
        )
        self.save_button.setAutoDefault(False)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        self.save_button.clicked.connect(self.ask_and_save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        for widget in (self._caption, self.grid, self._note, buttons):
            layout.addWidget(widget, 1 if widget is self.grid else 0)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)

    # Following

    @property
    def caption(self) -> str:
        """What is shown."""
        return self._caption.text()

    @property
    def note(self) -> str:
        """What came of saving: the window behind says it too, but may be covered."""
        return self._note.text()

    @property
    def up_to_date(self) -> bool:
        """Whether what is in sight is decoded as it is now."""
        return not self._stale and not self._decoding.busy and not self._pause.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._saving:
            self._say("")
        self.refresh()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Show the selection as it is now."""
        if not self.isVisible():
            return
        model, images = self._session.model, self._session.images
        known = 0 if model is None or images is None else len(model.posterior.mu)
        indices = self._picks.indices[self._picks.indices < known]
        labels = np.empty(0, np.uint8) if images is None else images.labels[indices]
        self.grid.show_digits(indices, labels)
        self.save_button.setEnabled(len(indices) > 0 and not self._saving)
        self.edit_changed()

    def edit_changed(self) -> None:
        """Show the same digits as they are edited now."""
        if not self.isVisible():
            return
        self._caption.setText(self._caption_text())
        self._want()

    def _caption_text(self) -> str:
        count = len(self._picks.indices)
        if not count:
            return self.tr(
                "No digits are selected. Draw a lasso around some on the map: hold Shift and drag."
            )
        digits = self.tr("1 digit") if count == 1 else self.tr("{count:,} digits").format(count=count)
        moved = [entry for entry in self._edits if entry.alpha and entry.used is not None]
        if not moved:
            return self.tr("{digits}, as the decoder draws them: no direction has an α yet.").format(
                digits=digits
            )
        text = self.tr("{digits} as the decoder draws them, before and after: {edit}")
        edit = ", ".join(
            self.tr("{name} {alpha} σ").format(name=entry.name, alpha=_plus(entry.alpha)) for entry in moved
        )
        return text.format(digits=digits, edit=edit)

    # Decoding

    def _want(self) -> None:
        self._stale = True
        if not self._pause.isActive():
            self._draw()

    def _draw(self) -> None:
        model, rows = self._session.model, self.grid.in_sight
        if not self._stale or self._decoding.busy or not self.isVisible():
            # What is under way asks again.
            return
        self._stale = False
        if model is None or not len(rows):
            return
        snapshot, terms, first = model.snapshot, self._editing.terms, rows.start
        bases = self._bases(model, slice(rows.start, rows.stop))
        self._pause.start()
        if 2 * len(bases) * decoder_weights(snapshot) <= _DIRECT_PRODUCTS:
            self._show(_decoded_pairs(snapshot, bases, terms, first))
        else:
            self._decoding.want(
                lambda _cancelled: _decoded_pairs(snapshot, bases, terms, first), self._on_decoded
            )

    def _on_decoded(self, found: _Drawn | UserError) -> None:
        self._show(found)
        if not self._pause.isActive():
            self._draw()

    def _show(self, found: _Drawn | UserError) -> None:
        if isinstance(found, UserError):
            self._caption.setText(translated(found))
            return
        self.grid.show_pictures(found.first, found.before, found.after)

    def _bases(self, model: OpenModel, rows: slice) -> Point:
        """Means of these rows of the selection."""
        indices = self._picks.indices
        inside = indices[indices < len(model.posterior.mu)][rows]
        return model.posterior.mu[inside].astype(np.float64)

    # Saving

    def ask_and_save(self) -> None:
        """Ask for a file and write all pairs as one picture."""
        title = self.tr("Save the pictures before and after")
        path = ask_where_to_save(self, title, self.folder / "edited.png", self.tr("Images (*.png)"))
        if path is not None:
            self._save(path)

    def _save(self, path: Path) -> None:
        self.folder = path.parent
        model = self._session.model
        if model is None:
            return
        bases, terms, snapshot = self._bases(model, slice(None)), self._editing.terms, model.snapshot
        self._saving = True
        self.save_button.setEnabled(False)
        self._say(self.tr("Saving…"))
        self._jobs.start(
            lambda: save_pairs(path, snapshot, bases, terms),
            lambda _result: self._on_saved(self.tr("Saved as {path}").format(path=path)),
            lambda error: self._on_saved(translated(error)),
        )

    def _on_saved(self, text: str) -> None:
        self._saving = False
        self.save_button.setEnabled(len(self._picks.indices) > 0)
        self._say(text)
        self.message.emit(text)

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))


def save_pairs(path: Path, snapshot: ModelSnapshot, bases: Point, terms: tuple[Term, ...]) -> None:
    """Decode `bases`, shape (n, latent), before and after, and write them as a gray PNG: pairs in rows.

    Raises:
        UserError: the file cannot be written, or there is nothing to write.
    """
    if not len(bases):
        raise UserError("No digits are selected, so there is nothing to save.")
    before, after = decoded_frames(snapshot, bases), decoded_frames(snapshot, edited(bases, terms))
    pictures = np.stack((before, after), axis=1).reshape(2 * len(bases), -1)
    save_png(path, grid(pictures, 2 * columns_for(len(bases))), 2 if len(bases) <= _MOST_COLUMNS else 1)


def columns_for(count: int) -> int:
    """How many pairs are in a row, so that the sheet is about as high as wide."""
    return int(min(max(_FEWEST_COLUMNS, np.ceil(np.sqrt(count / 2))), _MOST_COLUMNS))


def _decoded_pairs(
    snapshot: ModelSnapshot, bases: Point, terms: tuple[Term, ...], first: int
) -> _Drawn | UserError:
    try:
        before = decoded_frames(snapshot, bases)
        moved = edited(bases, terms)
        # Decoded in one go or not, what is not moved looks the same.
        after = before if np.array_equal(moved, bases) else decoded_frames(snapshot, moved)
    except UserError as error:
        return error
    return _Drawn(first, before, after)


def _plus(alpha: float) -> str:
    return signed(alpha, 2) if alpha < 0 else f"+{signed(alpha, 2)}"
