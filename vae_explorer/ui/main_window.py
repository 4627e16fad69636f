"""The main window: puts the panels in their places and connects them to the session.

What the panels do is theirs; what the menus do is in `model_files` and `training_control`.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QUndoStack,
)
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QScrollArea, QWidget

from vae_explorer.core.bundled import DEFAULT_MODEL, bundled_models
from vae_explorer.core.errors import UserError
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.state.settings import Settings, Theme, save_settings
from vae_explorer.ui import dialogs
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.commands import window_commands
from vae_explorer.ui.decoder_panel import DecoderPanel
from vae_explorer.ui.icons import icon
from vae_explorer.ui.map_panel import MapPanel
from vae_explorer.ui.menus import Menus
from vae_explorer.ui.model_files import ModelFiles
from vae_explorer.ui.status_bar import StatusLine
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.training_control import TrainingControl
from vae_explorer.ui.training_panel import TrainingPanel
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.decoding import Decoder
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.training import Trainer

_log = logging.getLogger(__name__)

#: Counts up when the set of docks changes, so that an older layout is not forced on a newer window.
_LAYOUT_VERSION = 1
_DEFAULT_SIZE = QSize(1440, 900)
_DOCK_WIDTH = 320
_DOCK_LEAST = 270


@dataclass(frozen=True, slots=True)
class Workers:
    """What runs off the window's thread."""

    decoder: Decoder
    jobs: Jobs
    trainer: Trainer


class MainWindow(QMainWindow):
    """The whole application on one screen.

    Signals:
        first_painted: the empty window is on the screen; heavy work may begin.
        ready: the first model is drawn, or could not be opened.
    """

    first_painted = Signal()
    ready = Signal()

    def __init__(
        self,
        session: Session,
        selection: Selection,
        settings: Settings,
        theme: ThemeSwitch,
        workers: Workers,
        *,
        remember: bool = True,
    ) -> None:
        super().__init__()
        self.session = session
        self.selection = selection
        self.settings = settings
        self._theme = theme
        self._workers = workers
        self.trainer = workers.trainer
        self._remember_settings = remember
        self._painted = False
        self._opening_first = False
        # Before the panels connect: they expect a cursor that fits the model.
        session.model_changed.connect(self._on_model_changed)
        session.images_changed.connect(self._enable_actions)
        self.undo_stack = QUndoStack(self)
        self.moves = CursorMoves(selection, self.undo_stack)
        self.map_panel = MapPanel(session, selection, theme)
        self.decoder_panel = DecoderPanel(session, selection, workers.decoder)
        self.training_panel = TrainingPanel(settings.training, theme)
        self.status = StatusLine(session)
        self.files = ModelFiles(self, session, settings, workers.jobs, self.map_panel.messages)
        self.training = TrainingControl(
            session, workers.trainer, self.training_panel, self.map_panel.messages, self
        )
        self.actions_ = ActionTable(self, window_commands(self))
        self._build()
        self._connect()
        self._restore_layout()

    # Starting

    def open_first(self, path: Path | None) -> None:
        """Open the file given on the command line, or the default model."""
        self._opening_first = path is not None
        self.map_panel.show_empty(self.tr("Loading the map…"))
        if path is not None:
            self.files.open_file(path, keep_message=True)
        else:
            self._open_default()
        if not self.settings.hints_seen:
            self.settings.hints_seen = True
            self.map_panel.hints.show()

    def _open_default(self) -> None:
        default = next(model for model in bundled_models() if model.name == DEFAULT_MODEL)
        # What was said before, of the settings or of the file on the command line, still holds.
        self.files.open_bundled(default, keep_message=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._on_first_painted)

    def _on_first_painted(self) -> None:
        self.first_painted.emit()
        for dock in (self._training_dock, self._decoder_dock):
            # Restoring the layout brought Qt's pictures back.
            self._paint_dock_buttons(dock)
            if dock.isFloating() and dock.isVisible():
                # It was mapped before this window, and lies behind it.
                dock.raise_()

    # Building

    def _build(self) -> None:
        self.setWindowTitle(self.tr("VAE Explorer"))
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setCentralWidget(self.map_panel)
        self.setStatusBar(self.status)
        self._training_dock = self._add_dock(
            "training", self.tr("Training"), self.training_panel, Qt.DockWidgetArea.LeftDockWidgetArea
        )
        self._decoder_dock = self._add_dock(
            "decoder", self.tr("Decoder"), self.decoder_panel, Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.resizeDocks(
            [self._training_dock, self._decoder_dock], [_DOCK_WIDTH, _DOCK_WIDTH], Qt.Orientation.Horizontal
        )
        for name, action, key, picture in (
            (
                "undo",
                self.undo_stack.createUndoAction(self, self.tr("Undo")),
                QKeySequence.StandardKey.Undo,
                "arrow-u-up-left",
            ),
            (
                "redo",
                self.undo_stack.createRedoAction(self, self.tr("Redo")),
                QKeySequence.StandardKey.Redo,
                "arrow-u-up-right",
            ),
        ):
            self.actions_.adopt(name, action, key, picture)
        self.decoder_panel.use_actions(self.actions_)
        docks = (self._training_dock, self._decoder_dock)
        self.menus = Menus(
            self, self.actions_, docks, self.session, self.settings, self.files, self._set_theme
        )
        self._on_theme_changed()
        self._enable_actions()
        for child in (self.map_panel.map, self.map_panel.map.viewport(), self.training_panel.curves):
            # A file dropped there is for the window.
            child.setAcceptDrops(False)

    def _add_dock(self, name: str, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # It follows the focus of what is in it, and is nothing to stop at itself.
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(panel)
        scroll.setMinimumWidth(max(_DOCK_LEAST, panel.minimumSizeHint().width() + 2 * GRID))
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(scroll)
        dock.topLevelChanged.connect(lambda _floating: self._paint_dock_buttons(dock))
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        map_ = self.map_panel.map
        map_.cursor_grabbed.connect(self.moves.begin)
        map_.cursor_moved.connect(self._on_map_cursor_moved)
        map_.cursor_released.connect(self.moves.end)
        map_.digit_clicked.connect(self._on_digit_clicked)
        coordinates = self.decoder_panel.coordinates
        coordinates.slide_started.connect(self.moves.begin)
        coordinates.slide_ended.connect(self.moves.end)
        coordinates.slid.connect(self._on_coordinate_set)
        coordinates.edited.connect(self._on_coordinate_set)
        self.decoder_panel.image.painted.connect(self._on_image_painted)
        self.files.opened.connect(self.training.on_opened)
        self.files.idle.connect(self._on_files_idle)
        self.training.running_changed.connect(self._on_running_changed)
        self.trainer.started.connect(self.status.show_device)
        self._theme.changed.connect(self._on_theme_changed)

    # The cursor

    def _on_map_cursor_moved(self, xy: np.ndarray) -> None:
        model = self.session.model
        if model is not None:
            self.moves.move(model.projection.lift(xy, self.selection.z))

    def _on_digit_clicked(self, index: int) -> None:
        model = self.session.model
        if model is not None:
            self.moves.move(model.posterior.mu[index].astype(np.float64))

    def _on_coordinate_set(self, dimension: int, value: float) -> None:
        z = self.selection.z.copy()
        z[dimension] = value
        self.moves.move(z)

    def _on_image_painted(self, _when: float) -> None:
        if self.decoder_panel.latency_ms is not None:
            self.status.show_latency(self.decoder_panel.latency_ms)

    # The model

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self.session.model
        if model is None:
            return
        latent = model.snapshot.config.latent
        if len(self.selection.z) != latent:
            self.moves.forget()
            self.selection.move_to(np.zeros(latent))
        if before is None or not _same_model(before, model):
            self.map_panel.map.fit_next()
        self.setWindowTitle(self.tr("{name}[*] – VAE Explorer").format(name=model.name))
        self.setWindowModified(not model.saved)
        self._enable_actions()

    def _on_files_idle(self) -> None:
        opening_first, self._opening_first = self._opening_first, False
        if self.session.model is None and opening_first:
            # The file on the command line was bad; its message stays while the default model opens.
            self._open_default()
            return
        if self.session.model is None:
            self.map_panel.show_empty(self.tr("Train a model or open one to see its map"))
        self.ready.emit()

    def _on_running_changed(self, running: bool) -> None:
        self._enable_actions()
        if not running:
            self.status.show_device("")

    def _enable_actions(self) -> None:
        there = self.session.model is not None
        for name in (
            "save",
            "save_as",
            "export_coordinates",
            "export_image",
            "copy_image",
            "fit",
            "zoom_in",
            "zoom_out",
        ):
            self.actions_[name].setEnabled(there)
        running = self.training.running
        trainable = self.session.images is not None
        self.actions_["train"].setEnabled(trainable and not running)
        self.training_panel.set_available(trainable)
        self.actions_["stop"].setEnabled(running)

    # Appearance

    def _set_theme(self, theme: Theme) -> None:
        self.settings.theme = theme
        self._theme.set_theme(theme)

    def toggle_theme(self) -> None:
        """From light to dark or back."""
        self._set_theme("light" if self._theme.dark else "dark")

    def _on_theme_changed(self) -> None:
        self.actions_.paint_icons(self._theme.colors)
        self.menus.check_theme(self._theme.theme)
        for dock in (self._training_dock, self._decoder_dock):
            self._paint_dock_buttons(dock)

    def _paint_dock_buttons(self, dock: QDockWidget) -> None:
        """Qt's own pictures on these buttons are black in both themes."""
        for name, picture in (("floatbutton", "corners-out"), ("closebutton", "x")):
            button = dock.findChild(QAbstractButton, f"qt_dockwidget_{name}")
            if button is not None:
                button.setIcon(icon(picture, self._theme.colors))

    def _restore_layout(self) -> None:
        available = self.screen().availableSize()
        # Leave room for the frame that the window system adds.
        self.resize(
            _DEFAULT_SIZE.boundedTo(QSize(available.width() * 24 // 25, available.height() * 23 // 25))
        )
        self._default_layout = self.saveState(_LAYOUT_VERSION)
        self.restoreGeometry(_decoded(self.settings.window_geometry))
        self.restoreState(_decoded(self.settings.window_layout), _LAYOUT_VERSION)

    def reset_layout(self) -> None:
        """Put the docks and the toolbar where they were at the very first start."""
        self.restoreState(self._default_layout, _LAYOUT_VERSION)

    # Files dropped on the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.files.open_file(path)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self.trainer.wait()
        self._workers.jobs.stop()
        self._workers.decoder.stop()
        self._remember()
        event.accept()

    def _may_close(self) -> bool:
        running, unsaved = self.training.running, self.session.unsaved
        if not running and not unsaved:
            return True
        # The one on the screen first: it is the one that the user has in mind.
        shown = [model for model in unsaved if model is self.session.model]
        to_save = (shown or list(unsaved))[-1] if unsaved else None
        answer = dialogs.ask_before_closing(
            self,
            training=running,
            unsaved=[model.name for model in unsaved],
            to_save=to_save.name if to_save else None,
        )
        if answer == "save":
            self.files.save_as(to_save, self.close)
        return answer == "discard"

    def _remember(self) -> None:
        if not self._remember_settings:
            return
        settings = self.settings
        settings.training = self.training_panel.form()
        settings.window_geometry = _encoded(self.saveGeometry())
        settings.window_layout = _encoded(self.saveState(_LAYOUT_VERSION))
        try:
            save_settings(settings)
        except UserError:
            _log.warning("the settings were not saved", exc_info=True)


def _same_model(one: OpenModel, other: OpenModel) -> bool:
    """Whether these are one model, saved or trained on in between, so that the view of it may stay."""
    if one.run is not None or other.run is not None:
        return one.run == other.run
    return one.snapshot is other.snapshot or (one.origin, one.path) == (other.origin, other.path)


def _dropped_file(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


def _encoded(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode()


def _decoded(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except ValueError:
        return QByteArray()
