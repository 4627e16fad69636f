"""Saves the curves: as a table, as pictures of what is on the screen, as event files for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPoint, QRect, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.metrics_export import RunFigures, save_csv, save_event_files
from vae_explorer.ui.file_dialogs import ask_for_folder, ask_where_to_save
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs

#: Pictures have so many pixels for one on the screen, so that they can be printed.
_SCALE = 2


class CurveExport(QObject):
    """Asks where, and writes on another thread.

    Args:
        widget: parent of the dialogs.
        theme: colour of the background of pictures.
        jobs: where files are written.

    Attributes:
        folder: where dialogs begin; the folder that was chosen last.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(self, widget: QWidget, theme: ThemeSwitch, jobs: Jobs) -> None:
        super().__init__(widget)
        self._widget = widget
        self._theme = theme
        self._jobs = jobs
        self.folder = Path.home()

    def save_table(self, runs: Sequence[RunFigures]) -> None:
        """Ask for a file and write the figures of `runs` as CSV."""
        path = self._ask_where(self.tr("Save the curves as a table"), "curves.csv", self.tr("Tables (*.csv)"))
        if path is not None:
            self._write(path, lambda: save_csv(path, runs))

    def save_picture(self, kind: str, parts: Sequence[QWidget]) -> None:
        """Ask for a file and write a picture of `parts`, one below the other, as ``png`` or ``svg``."""
        kinds = self.tr("Images (*.png)") if kind == "png" else self.tr("Vector graphics (*.svg)")
        path = self._ask_where(self.tr("Save a picture of the curves"), f"curves.{kind}", kinds)
        if path is None:
            return
        background = self._theme.colors.canvas
        content = png_of(parts, background) if kind == "png" else svg_of(parts, background)
        self._write(path, lambda: write_atomically(path, content))

    def save_events(self, runs: Sequence[RunFigures]) -> None:
        """Ask for a folder and write event files for TensorBoard."""
        path = ask_for_folder(self._widget, self.tr("Folder for TensorBoard event files"), self.folder)
        if path is not None:
            self._write(path, lambda: save_event_files(path, runs), folder=path)

    def _ask_where(self, title: str, name: str, kinds: str) -> Path | None:
        return ask_where_to_save(self._widget, title, self.folder / name, kinds)

    def _write(self, path: Path, work: Callable[[], None], *, folder: Path | None = None) -> None:
        self.folder = folder or path.parent
        saved = self.tr("Saved as {path}") if folder is None else self.tr("Saved in {path}")
        self._jobs.start(work, lambda _result: self.message.emit(saved.format(path=path)), self._on_failed)

    def _on_failed(self, error: UserError) -> None:
        self.message.emit(translated(error))


def png_of(parts: Sequence[QWidget], background: str) -> bytes:
    """A picture of widgets below each other, `_SCALE` times as large as on the screen."""
    size = _size(parts)
    pixmap = QPixmap(size * _SCALE)
    pixmap.setDevicePixelRatio(_SCALE)
    pixmap.fill(QColor(background))
    painter = QPainter(pixmap)
    _paint(painter, parts)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    return bytes(data.data())


def svg_of(parts: Sequence[QWidget], background: str) -> bytes:
    """A drawing of widgets below each other, with lines and letters as such."""
    size = _size(parts)
    data = QByteArray()
    buffer = QBuffer(data)
    # Only this version knows clipping; without it, lines would leave their plot.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setTitle("VAE Explorer")
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(0, 0), size), QColor(background))
    _paint(painter, parts)
    painter.end()
    return bytes(data.data())


def _size(parts: Sequence[QWidget]) -> QSize:
    width = max(part.width() for part in parts)
    return QSize(width + 2 * GRID, sum(part.height() + GRID for part in parts) + GRID)


def _paint(painter: QPainter, parts: Sequence[QWidget]) -> None:
    y = GRID
    for part in parts:
        part.render(painter, QPoint(GRID, y), renderFlags=QWidget.RenderFlag.DrawChildren)
        y += part.height() + GRID
