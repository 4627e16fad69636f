"""The dock with the journey: its anchors, the kinds of paths side by side, how they are made, played and exported."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.state.journey import Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.decoder.trust_view import PENDING
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.interpolation.anchors import AnchorList
from vae_explorer.ui.interpolation.beginning import Beginning
from vae_explorer.ui.interpolation.commands import set_plan
from vae_explorer.ui.interpolation.export import PathExport
from vae_explorer.ui.interpolation.map_paths import MapPaths
from vae_explorer.ui.interpolation.player import Player
from vae_explorer.ui.interpolation.settings import PathSettings
from vae_explorer.ui.interpolation.split import AnchorSplit
from vae_explorer.ui.interpolation.strips_view import StripsView
from vae_explorer.ui.interpolation.styles import kind_name
from vae_explorer.ui.interpolation.travel import Travel
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.ui.widgets.flow_layout import FlowLayout
from vae_explorer.ui.widgets.in_sight import InSight
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.path_wish import Found
from vae_explorer.workers.paths import PathWorker


class InterpolationPanel(QWidget):
    """Follows the plan and the model while it is in sight, and computes nothing while it is hidden.

    Args:
        session: the model, and the test images.
        selection: the cursor, which goes along the path.
        looks: the plan, and what anchors can be taken from.
        encoding: where the drawing is.
        moves: how the cursor moves.
        undo_stack: takes what can be undone.
        map_: where anchors and paths are drawn.
        theme: colours.
        jobs: one-off work on other threads.

    Attributes:
        anchors: the list of what the paths pass.
        map_paths: the same on the map.
        view: film strips, figures and plot.
        player, settings, export: the controls.
        worker: finds the paths.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        looks: Looks,
        encoding: DrawingEncoding,
        moves: CursorMoves,
        undo_stack: QUndoStack,
        map_: LatentMap,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._journey = session, looks.journey
        self._moves, self._stack = moves, undo_stack
        self.worker = PathWorker(jobs, self)
        self.travel = Travel(selection, self._journey, moves, self.worker, self)
        self.anchors = AnchorList(session, selection, looks, encoding, undo_stack, map_, theme, jobs)
        self.map_paths = MapPaths(map_, session, self._journey, undo_stack, theme, self)
        self.map_paths.set_visible(False)
        self.player = Player(theme)
        self.settings = PathSettings(self._journey, undo_stack, self)
        self.view = StripsView(theme)
        self.export = PathExport(session, self._journey, self.worker, self.player, theme, jobs)
        self.beginning = Beginning(session, self._journey, undo_stack)
        self._refusal = QLabel()
        self._sight = InSight(self)
        self._pages, self._body = QStackedWidget(), QStackedWidget()
        self._lay_out()
        self._connect()
        self._show_plan()
        self._refresh()

    def _lay_out(self) -> None:
        nothing = QLabel(self.tr("Train a model or open one to travel through its latent space"))
        for label in (nothing, self._refusal):
            label.setWordWrap(True)
            label.setProperty("muted", True)
            label.setMargin(2 * GRID)
        self._refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (self.beginning, self._refusal, self.view):
            self._body.addWidget(page)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(self._tools())
        column.addWidget(AnchorSplit(self.anchors, self._body), 1)
        self._pages.addWidget(nothing)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID // 2, 0, 0, GRID // 2)
        layout.addWidget(self._pages)

    def _tools(self) -> FlowLayout:
        tools = FlowLayout(spacing=GRID)
        settings = self.settings
        for widget in (
            self.player,
            settings.steps,
            settings.pace,
            settings.near_data,
            self.view.choice,
            self.export,
        ):
            tools.addWidget(widget)
        for field in (self.player.speed, settings.steps, settings.near_data):
            # Qt gives them less, which cuts off the lower ends of letters.
            field.setMinimumHeight(settings.pace.sizeHint().height())
        return tools

    def _connect(self) -> None:
        self._session.model_changed.connect(self._on_model_changed)
        self._session.images_changed.connect(self._refresh)
        self._journey.changed.connect(self._on_plan_changed)
        self._journey.frame_changed.connect(self._show_frame)
        self._sight.changed.connect(self._on_sight_changed)
        self._connect_worker()
        self._connect_view()
        self.anchors.message.connect(self.message)
        self.anchors.point_chosen.connect(self._moves.move)
        self.anchors.current_changed.connect(self.map_paths.show_current)
        self.map_paths.anchor_pressed.connect(self.anchors.select)
        self.export.message.connect(self.message)

    def _connect_worker(self) -> None:
        worker = self.worker
        worker.found.connect(self._on_found)
        worker.reported.connect(self._on_reported)
        worker.failed.connect(self._on_failed)
        worker.refused.connect(self._on_refused)
        worker.cleared.connect(self._on_cleared)
        worker.progress.connect(self._on_progress)

    def _connect_view(self) -> None:
        rows, player, travel = self.view.rows, self.player, self.travel
        rows.shown_asked.connect(self._on_shown_asked)
        rows.kind_chosen.connect(self._choose)
        rows.frame_chosen.connect(self._on_frame_chosen)
        rows.hold_began.connect(self._on_hold_began)
        rows.hold_ended.connect(self._on_hold_ended)
        self.view.plot.frame_chosen.connect(self._on_plot_clicked)
        self.view.plot.chosen.connect(player.toggle)
        player.frame_wanted.connect(travel.go_to)
        player.began.connect(travel.begin)
        player.ended.connect(travel.end)
        travel.interrupted.connect(player.stop)

    # Following

    def _on_sight_changed(self, seen: bool) -> None:
        self.map_paths.set_visible(seen)
        if seen:
            self._refresh()
        else:
            self.player.stop()
            self.worker.rest()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        # While it trains, paths move on with the map, and not with each of its steps.
        if model is None or before is None or before.posterior is not model.posterior:
            self._refresh()

    def _on_plan_changed(self, before: Plan) -> None:
        self._show_plan()
        if before.chosen != self._journey.plan.chosen:
            self._draw_plot()
        self._refresh()

    def _refresh(self) -> None:
        """Ask for the paths of the plan, where there can be any."""
        model, images, plan = self._session.model, self._session.images, self._journey.plan
        self._pages.setCurrentIndex(0 if model is None or images is None else 1)
        if model is None or images is None or not self._sight.on:
            return
        if len(plan.anchors) < 2:
            self._body.setCurrentWidget(self.beginning)
            self.worker.forget()
        else:
            self._body.setCurrentWidget(self.view)
            self.worker.request(plan, model, images.labels)
        self._show_state()

    def _show_plan(self) -> None:
        plan = self._journey.plan
        self.view.rows.show_kinds(plan.kinds, plan.chosen)
        self._show_found()

    def _show_found(self) -> None:
        """Show what there is of the kinds that are asked for."""
        for kind in self._journey.plan.kinds:
            found, row = self.worker.found_of(kind), self.view.rows.rows[kind]
            if found is None:
                row.say(row.words or PENDING)
            else:
                row.show_path(found.frames, found.path.anchor_rows)

    def _show_state(self) -> None:
        """Show which figures are those of the paths as they are, and what can be done with the chosen one."""
        plan, worker = self._journey.plan, self.worker
        for kind in plan.kinds:
            report = worker.report_of(kind)
            self.view.rows.rows[kind].show_report(report, current=report is None or worker.is_measured(kind))
        found = worker.found_of(plan.chosen) if plan.chosen in plan.kinds else None
        self.player.show_path(0 if found is None else len(found.path.points))
        self.export.refresh()
        self._show_frame()

    def _show_frame(self) -> None:
        frame = self._journey.frame
        self.view.rows.show_frame(frame)
        self.view.plot.show_frame(frame)
        self.player.show_frame(frame)
        self.map_paths.show_frame(self.travel.place)

    # What the worker found

    def _on_found(self, kind: PathKind, found: Found) -> None:
        row = self.view.rows.rows[kind]
        row.show_path(found.frames, found.path.anchor_rows)
        self.map_paths.show_path(kind, found.path)
        self._show_state()

    def _on_reported(self, _kind: PathKind, _report: PathReport) -> None:
        self._show_state()
        self._draw_plot()

    def _on_failed(self, kind: PathKind, error: UserError) -> None:
        row = self.view.rows.rows[kind]
        row.say(translated(error))
        row.show_report(None, current=True)
        self.map_paths.show_path(kind, None)
        self._show_state()
        self._draw_plot()

    def _on_refused(self, error: UserError) -> None:
        self._refusal.setText(translated(error))
        self._body.setCurrentWidget(self._refusal)
        self._show_state()

    def _on_cleared(self) -> None:
        for kind in PATH_KINDS:
            row = self.view.rows.rows[kind]
            row.say(PENDING if kind in self._journey.plan.kinds else "")
            row.show_report(None, current=True)
            self.map_paths.show_path(kind, None)
        self._draw_plot()

    def _on_progress(self, kind: PathKind, share: float) -> None:
        if self.worker.found_of(kind) is None:
            text = self.tr("Learning how the pictures change… {percent} %").format(percent=round(100 * share))
            self.view.rows.rows[kind].say(text)

    def _draw_plot(self) -> None:
        plan = self._journey.plan
        reports = {kind: self.worker.report_of(kind) for kind in plan.kinds}
        self.view.show_reports(
            {kind: report for kind, report in reports.items() if report is not None}, plan.chosen
        )

    # What the user does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.player.toggle()
        else:
            super().keyPressEvent(event)

    def _choose(self, kind: PathKind) -> None:
        """Choosing looks at the same paths in another way, which is nothing to be undone."""
        plan = self._journey.plan
        if kind in plan.kinds:
            self._journey.set(replace(plan, chosen=kind))

    def _on_shown_asked(self, kind: PathKind, shown: bool) -> None:
        plan = self._journey.plan
        kinds = tuple(each for each in PATH_KINDS if (shown if each == kind else each in plan.kinds))
        text = self.tr("show path: {kind}") if shown else self.tr("hide path: {kind}")
        set_plan(self._journey, self._stack, text.format(kind=kind_name(kind)), replace(plan, kinds=kinds))

    def _on_frame_chosen(self, kind: PathKind, frame: int) -> None:
        if kind != self._journey.plan.chosen:
            self._choose(kind)
        self.travel.go_to(frame)

    def _on_plot_clicked(self, frame: int) -> None:
        self.player.stop()
        self.travel.go_to(frame)

    def _on_hold_began(self) -> None:
        self.player.stop()
        self.travel.begin()

    def _on_hold_ended(self) -> None:
        # It comes too when the focus leaves a strip, which may be while a path is played.
        if not self.player.playing:
            self.travel.end()
