"""Saves the picked digits: their places in the latent space as a table or as arrays, their pictures on one sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.images import save_png
from vae_explorer.core.point_export import picture_sheet, write_points_csv, write_points_npz
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.picks import Indices
from vae_explorer.ui.file_dialogs import ask_where_to_save
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs


class PickedExport(QObject):
    """Asks where, and writes on another thread.

    Args:
        widget: parent of the dialogs.
        jobs: where files are written.

    Attributes:
        folder: where dialogs begin; the folder that was chosen last.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(self, widget: QWidget, jobs: Jobs) -> None:
        super().__init__(widget)
        self._widget, self._jobs = widget, jobs
        self.folder = Path.home()

    def save_csv(self, images: ImageSet, indices: Indices, posterior: Posterior) -> None:
        """Ask for a file and write indices, labels, μ and logvar as a table."""
        path = self._ask_where(self.tr("Save the digits as a table"), "digits.csv", self.tr("Tables (*.csv)"))
        if path is not None:
            self._write(path, lambda: write_points_csv(path, indices, images.labels, posterior))

    def save_npz(self, images: ImageSet, indices: Indices, posterior: Posterior) -> None:
        """Ask for a file and write the same as arrays of NumPy."""
        title = self.tr("Save the digits as NumPy arrays")
        path = self._ask_where(title, "digits.npz", self.tr("NumPy arrays (*.npz)"))
        if path is not None:
            self._write(path, lambda: write_points_npz(path, indices, images.labels, posterior))

    def save_sheet(self, images: ImageSet, indices: Indices) -> None:
        """Ask for a file and write all pictures on one sheet."""
        title = self.tr("Save the pictures of the digits")
        path = self._ask_where(title, "digits.png", self.tr("Images (*.png)"))
        if path is not None:
            self._write(path, lambda: save_png(path, picture_sheet(images.images[indices])))

    def _ask_where(self, title: str, name: str, kinds: str) -> Path | None:
        return ask_where_to_save(self._widget, title, self.folder / name, kinds)

    def _write(self, path: Path, work: Callable[[], None]) -> None:
        self.folder = path.parent
        saved = self.tr("Saved as {path}").format(path=path)
        self._jobs.start(work, lambda _result: self.message.emit(saved), self.fail)

    def fail(self, error: UserError) -> None:
        """Tell the user what went wrong."""
        self.message.emit(translated(error))
