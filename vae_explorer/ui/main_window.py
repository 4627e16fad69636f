"""The main window: puts the panels in their places and connects them to the session.

What the panels do is theirs; what the menus do is in `model_files`, `session_files`, `training.control` and
`runs.control`; which of it can be done now is in `availability`; what is shown at the start, in `first_opening`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QUndoStack,
)
from PySide6.QtWidgets import QMainWindow

from vae_explorer.core.neighbours import import_scipy
from vae_explorer.core.run_folder import is_run_folder
from vae_explorer.core.torch_loading import abandon_loading
from vae_explorer.state.looks import Looks
from vae_explorer.state.runs import Run, Runs
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.state.settings import Settings, Theme
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.availability import Availability
from vae_explorer.ui.closing import Closing
from vae_explorer.ui.commands import window_commands
from vae_explorer.ui.cursor import CursorControl
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.decoder.panel import DecoderPanel
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.first_opening import FirstOpening
from vae_explorer.ui.map.panel import MapPanel
from vae_explorer.ui.menus import Menus
from vae_explorer.ui.model_files import ModelFiles
from vae_explorer.ui.notification import Notifier
from vae_explorer.ui.remembering import Remembering
from vae_explorer.ui.runs.control import RunControl
from vae_explorer.ui.runs.display import RunDisplay
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.status_bar import StatusLine
from vae_explorer.ui.tab_order import put_in_reading_order
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.timeline.control import TimelineControl
from vae_explorer.ui.training.control import TrainingControl
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.ui.undo_messages import UndoMessages
from vae_explorer.ui.widgets.focus_frame import FocusFrame
from vae_explorer.workers.decoding import Decoder
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.layers import Layers
from vae_explorer.workers.training import Trainer

if TYPE_CHECKING:
    from vae_explorer.ui.exploration import Exploration
    from vae_explorer.ui.kept_session import KeptSession
    from vae_explorer.ui.session_files import SessionFiles
    from vae_explorer.ui.session_keeping import SessionKeeping


@dataclass(frozen=True, slots=True)
class State:
    """What the application knows."""

    session: Session
    selection: Selection
    runs: Runs
    settings: Settings
    looks: Looks


@dataclass(frozen=True, slots=True)
class Workers:
    """What runs off the window's thread."""

    decoder: Decoder
    jobs: Jobs
    trainer: Trainer
    layers: Layers


class MainWindow(QMainWindow):
    """The whole application on one screen.

    Signals:
        first_painted: the empty window is on the screen; heavy work may begin.
        ready: the first model is drawn, or could not be opened.
    """

    first_painted = Signal()
    ready = Signal()

    #: Made after the first frame.
    exploration: Exploration
    session_files: SessionFiles
    kept_session: KeptSession
    session_keeping: SessionKeeping

    def __init__(self, state: State, theme: ThemeSwitch, workers: Workers, *, remember: bool = True) -> None:
        super().__init__()
        self.session, self.selection = state.session, state.selection
        self.runs, self.settings = state.runs, state.settings
        self.looks = state.looks
        self._theme = theme
        self._workers = workers
        self.trainer = workers.trainer
        self._painted = False
        # Before the panels connect: they expect a cursor that fits the model.
        self.session.model_changed.connect(self._on_model_changed)
        self.undo_stack = QUndoStack(self)
        self.moves = CursorMoves(self.selection, self.undo_stack)
        self.cursor_control = CursorControl(self.session, self.selection, self.moves, self)
        self.docks = Docks(self, theme)
        self._focus_frame = FocusFrame(self)
        self._make_panels()
        self._remembering = Remembering(
            self, self.settings, self.docks, self.training_panel, workers.jobs, on_disk=remember
        )
        self._make_controls()
        self.actions_ = ActionTable(self, window_commands(self))
        Availability(
            self.actions_, self.session, self.looks.history, self.training, self.training_panel, self
        )
        self._build()
        self._connect()
        self.docks.restore(self.settings)

    def _make_panels(self) -> None:
        theme = self._theme
        self.map_panel = MapPanel(self.session, self.selection, theme)
        self.decoder_panel = DecoderPanel(self.session, self.selection, self._workers.decoder)
        self.training_panel = TrainingPanel(self.settings.training, theme)
        self.curves = CurvesPanel(theme, self._workers.jobs)
        self.runs_panel = RunsPanel(self.runs, theme)
        self.status = StatusLine(self.session, self.runs)

    def _make_controls(self) -> None:
        session, runs, jobs = self.session, self.runs, self._workers.jobs
        messages = self.map_panel.messages
        self.files = ModelFiles(self, session, self.settings, jobs, messages)
        self.training = TrainingControl(
            session, runs, self.trainer, self.training_panel, messages, self.undo_stack, self
        )
        self.run_control = RunControl(self, session, runs, self.training, jobs, self.undo_stack, messages)
        self.run_display = RunDisplay(
            session, runs, self.training, self.map_panel.timeline, self.curves, self
        )
        self.timeline = TimelineControl(
            session,
            self.run_display,
            self.run_control,
            self.training,
            self.files,
            self.training_panel,
            messages,
        )
        self.notifier = Notifier(self)
        self.closing = Closing(self, runs, self.training, self.run_control, self.files)
        self._first_opening = FirstOpening(
            session,
            self.files,
            self.run_control,
            self.map_panel,
            self.training_panel,
            self.settings,
            self._remembering,
            jobs,
            self,
        )

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        put_in_reading_order(self, self.docks.all, self.map_panel.map)
        return super().focusNextPrevChild(forward)

    # Starting

    def open_first(self, path: Path | None) -> None:
        """Open the file given on the command line, or the default model."""
        self._first_opening.open(path, self.kept_session, self.session_keeping)

    @property
    def fell_back(self) -> bool:
        """Whether what was named at the start could not be opened; the default model is shown in its place."""
        return self._first_opening.fell_back

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._on_first_painted)

    def _on_first_painted(self) -> None:
        self._make_session_files()
        # From here on the images are read on another thread.
        self.first_painted.emit()
        self._explore()
        # Before there is a map: later it would make the first drag stutter.
        self._workers.jobs.start(import_scipy, lambda _result: None, lambda _error: None)
        self.docks.on_first_painted()
        self._remembering.start()

    def _explore(self) -> None:
        """Make what the first frame did not need: the docks and tools to look into the latent space with."""
        from vae_explorer.ui.decoder.coordinate_tools import CoordinateTools
        from vae_explorer.ui.exploration import Exploration

        self.exploration = Exploration(
            self.looks,
            self.session,
            self.selection,
            self.moves,
            self.undo_stack,
            self.map_panel,
            self._theme,
            self._workers.jobs,
            self._workers.layers,
            self,
        )
        self.exploration.fill(self.docks)
        self.exploration.picked.cursor_requested.connect(self.cursor_control.go_to_digit)
        self.exploration.message.connect(self.map_panel.messages.tell)
        colors = self.exploration.point_colors
        colors.is_live = lambda: self.training.following and not self.training.paused
        self.training.running_changed.connect(lambda _running: colors.settle())
        self.decoder_panel.add_coordinate_tools(CoordinateTools(self.session, self.selection, self.moves))

    def _make_session_files(self) -> None:
        from vae_explorer.core.kept_sessions import KeptSessions
        from vae_explorer.state.session_changes import SessionChanges
        from vae_explorer.ui.kept_session import KeptSession, kept_folder
        from vae_explorer.ui.session_files import SessionFiles
        from vae_explorer.ui.session_keeping import SessionKeeping

        self.session_files = SessionFiles(
            self.session,
            self.selection,
            self.runs,
            self.looks,
            self.files,
            self.run_control,
            self.training,
            self.docks,
            self.map_panel.map,
            self.undo_stack,
            self._workers.jobs,
            self.map_panel.messages,
            self,
        )
        self.session_files.opened.connect(self.training.on_opened)
        kept, messages = KeptSessions(kept_folder()), self.map_panel.messages
        self.kept_session = KeptSession(self.session_files, kept, messages, self)
        changes = SessionChanges(self.session, self.selection, self.looks)
        self.session_keeping = SessionKeeping(
            self.session_files, kept, changes, self.undo_stack, self._workers.jobs, messages, self
        )

    # Building

    def _build(self) -> None:
        self.setWindowTitle(self.tr("VAE Explorer"))
        self.setAcceptDrops(True)
        self.setCentralWidget(self.map_panel)
        # There the keyboard begins.
        self.map_panel.map.setFocus()
        self.setStatusBar(self.status)
        self._build_docks()
        undone = UndoMessages(self.undo_stack, self.status, self.training_panel, self)
        undo = self.undo_stack.createUndoAction(self, self.tr("Undo"))
        self.actions_.adopt("undo", undo, QKeySequence.StandardKey.Undo, "arrow-u-up-left")
        undo.triggered.connect(undone.tell_undone)
        redo = self.undo_stack.createRedoAction(self, self.tr("Redo"))
        redo.triggered.connect(undone.tell_redone)
        self.actions_.adopt("redo", redo, QKeySequence.StandardKey.Redo, "arrow-u-up-right")
        # Who has learned one of the two keys tries that one everywhere.
        other = QKeySequence("Ctrl+Y")
        redo.setShortcuts([*(key for key in redo.shortcuts() if key != other), other])
        self.decoder_panel.use_actions(self.actions_)
        self.menus = Menus(self, self.actions_, self.docks.all)
        self._on_theme_changed()
        for child in (self.map_panel.map, self.map_panel.map.viewport(), self.curves):
            # A file dropped there is for the window.
            child.setAcceptDrops(False)

    def _build_docks(self) -> None:
        area, docks = Qt.DockWidgetArea, self.docks
        # Its form scrolls by itself, and its buttons are always in sight.
        docks.add("training", self.tr("Training"), self.training_panel, area.LeftDockWidgetArea)
        docks.add_form("decoder", self.tr("Decoder"), self.decoder_panel, area.RightDockWidgetArea)
        docks.add("curves", self.tr("Curves"), self.curves, area.BottomDockWidgetArea)
        docks.add("runs", self.tr("Runs"), self.runs_panel, area.BottomDockWidgetArea, "curves")
        for name, title in (
            ("digit", self.tr("Digit")),
            ("drawing", self.tr("Draw")),
            ("picked", self.tr("Selection")),
        ):
            docks.add(name, title, None, area.RightDockWidgetArea, "decoder")
        for name, title in (
            ("traversal", self.tr("Traversal")),
            ("attributes", self.tr("Attributes")),
            ("interpolation", self.tr("Interpolation")),
            ("bookmarks", self.tr("Bookmarks")),
        ):
            docks.add(name, title, None, area.BottomDockWidgetArea, "curves")
        docks.size_for_a_first_start()

    def _connect(self) -> None:
        self.cursor_control.connect_map(self.map_panel.map)
        self.cursor_control.connect_coordinates(self.decoder_panel.coordinates)
        self.decoder_panel.latency.changed.connect(self.status.show_latency)
        self.files.opened.connect(self.training.on_opened)
        self._first_opening.ready.connect(self.ready)
        self.training.running_changed.connect(self._on_running_changed)
        self.training.over.connect(self.notifier.tell)
        self.trainer.started.connect(lambda event: self.status.show_device(event.device))
        self._theme.changed.connect(self._on_theme_changed)
        self._theme.changed.connect(self._remembering.soon)
        self.files.recent_changed.connect(self._remembering.soon)
        self._connect_runs()

    def _connect_runs(self) -> None:
        control, panel = self.run_control, self.runs_panel
        control.opened.connect(self.training.on_opened)
        panel.show_requested.connect(control.show)
        panel.resume_requested.connect(control.resume)
        panel.rename_requested.connect(control.rename)
        panel.delete_requested.connect(control.delete)
        panel.folder_requested.connect(control.show_folder)
        panel.open_folder_requested.connect(control.ask_and_open_folder)
        panel.settings_requested.connect(self._on_settings_requested)
        self.timeline.connect_to(self.map_panel.timeline, self.curves)
        self.curves.message.connect(self.map_panel.messages.tell)

    # Runs

    def _on_settings_requested(self, run: Run) -> None:
        self.training.use_settings(run.info.config, run.info.settings)

    # The model

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self.session.model
        if model is None:
            return
        latent = model.snapshot.config.latent
        if len(self.selection.z) != latent:
            self.moves.forget()
            self.selection.move_to(np.zeros(latent))
        if before is None or not model.is_still(before) or before.plane != model.plane:
            self.map_panel.map.fit_next()
        self.setWindowTitle(self.tr("{name}[*] – VAE Explorer").format(name=model.name))
        self.setWindowModified(not model.saved)

    def _on_running_changed(self, running: bool) -> None:
        if running:
            # Who trains has read them, and wants to see the map move.
            self.map_panel.hints.hide()
        else:
            self.status.show_device("")
            self.decoder_panel.meter.settle()
            self.exploration.settle()

    # Appearance

    def set_theme(self, theme: Theme) -> None:
        self.settings.theme = theme
        self._theme.set_theme(theme)

    def toggle_theme(self) -> None:
        """From light to dark or back."""
        self.set_theme("light" if self._theme.dark else "dark")

    def _on_theme_changed(self) -> None:
        self.actions_.paint_icons(self._theme.colors)
        self.menus.check_theme(self._theme.theme)

    # Files dropped on the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event)
        if path is None:
            return
        event.acceptProposedAction()
        if is_run_folder(path):
            self.run_control.open_folder(path)
        else:
            self.files.open_file(path)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing.allowed():
            event.ignore()
            return
        abandon_loading()
        # A run with a folder goes on at the next start where it is now.
        self.trainer.suspend()
        self._workers.jobs.stop()
        self._workers.decoder.stop()
        self.decoder_panel.meter.pause()
        if self._painted:
            self.exploration.stop()
            if self._remembering.on_disk:
                self.session_keeping.finish()
        self.run_control.close()
        self.notifier.close()
        self._remembering.remember()
        event.accept()


def _dropped_file(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
