"""The curves of a run: ELBO, reconstruction, KL and the KL of each dimension, with other runs laid over them.

Plain values come in and signals go out: it knows the figures of runs, and nothing of sessions and trainings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from vae_explorer.core.metrics import Metrics
from vae_explorer.core.metrics_export import RunFigures
from vae_explorer.core.statistics import EpochStats
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.ui.curves.data import FIGURES, Figure, RunData
from vae_explorer.ui.curves.drawing import Drawing, Shown, View
from vae_explorer.ui.curves.export import CurveExport
from vae_explorer.ui.curves.grid import PlotCell, PlotGrid
from vae_explorer.ui.curves.kl_bars import KlBars
from vae_explorer.ui.curves.legend import CurvesLegend
from vae_explorer.ui.curves.notice import CurvesNotice
from vae_explorer.ui.curves.plot import CurvePlot
from vae_explorer.ui.curves.pointer import CurvesPointer
from vae_explorer.ui.curves.titles import bars_titles, explanation, figure_name, plot_titles
from vae_explorer.ui.curves.tools import CurvesTools
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.turns import PaintingInTurns
from vae_explorer.workers.jobs import Jobs

#: More often would take training time from the cores, and show nothing more to the eye.
_REDRAW_MS = 1500


class CurvesPanel(QWidget):
    """Four plots with a legend, a tool row, and a line that hints or warns.

    Args:
        theme: colours.
        jobs: where exports are written.

    Signals:
        epoch_chosen: the user clicked a plot: the timeline should go to that epoch.
        message: what to tell the user.
    """

    epoch_chosen = Signal(int)
    message = Signal(object)

    def __init__(self, theme: ThemeSwitch, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._main: RunData | None = None
        self._overlays: list[RunData] = []
        self._marker: float | None = None
        self._shown: list[Shown] = []
        self._stale = True
        self._axes: tuple[str, bool] = ("epoch", False)
        self._make_parts(jobs)
        self._redraw_timer = QTimer(self)
        self._redraw_timer.setSingleShot(True)
        self._redraw_timer.setInterval(_REDRAW_MS)
        self._redraw_timer.timeout.connect(self._on_growth_due)
        self._turns = PaintingInTurns([*self.plots.values(), self.bars], self)
        self._lay_out()
        self._connect()
        self.clear("")

    # What is shown

    def show_run(
        self,
        name: str,
        metrics: Metrics,
        model: str = "",
        settings: TrainingConfig | None = None,
        *,
        growing: bool = False,
    ) -> None:
        """Draw a run; when it has grown, call `grown`.

        Args:
            name: what it is called.
            metrics: its figures.
            model: its architecture as `VAEConfig.description` says it, for the hint; empty if that is not known.
            settings: how it trains, if that is known: makes the warning of a collapse more exact.
            growing: whether it is being trained, so that its first figures will come.
        """
        another = self._main is None or self._main.metrics is not metrics
        if another:
            self._main = RunData(name, metrics)
            self.pointer.zoomed = False
            self.pointer.leave()
        assert self._main is not None
        self._main.name = name
        coming, none = (
            self.tr("The first figures of {name} will be here soon"),
            self.tr("No figures of {name}"),
        )
        self._empty_text = (coming if growing else none).format(name=name)
        self.notice.set_run(metrics, model, settings)
        self._redraw_or_wait()

    def clear(self, text: str) -> None:
        """Show no run, and say why in the middle; empty for what a new user should do."""
        self._main = None
        self.pointer.zoomed = False
        self.pointer.leave()
        self._empty_text = text or self.tr("Train a model or open a run to see its curves")
        self.notice.set_run(None, "", None)
        self._redraw_or_wait()

    def grown(self) -> None:
        """Figures of the main run or of an overlay came: they are drawn soon, or when this is seen again.

        The first ones are drawn at once: an epoch of a small model is over before soon.
        """
        self._stale = True
        if not self.isVisible():
            return
        if self.shows_text and any(not run.empty for run in self._taken_in()):
            self._on_growth_due()
        elif not self._redraw_timer.isActive():
            self._redraw_timer.start()

    def _on_growth_due(self) -> None:
        self._turns.hold()
        self.draw_growth()

    def draw_growth(self) -> None:
        """Draw at once what `grown` would draw soon."""
        self._redraw(growing=True)

    def set_overlays(self, runs: Sequence[tuple[str, Metrics]]) -> None:
        """Lay these runs over the main one, each with a look of its own."""
        known = {id(run.metrics): run for run in self._overlays}
        overlays = [known.get(id(metrics)) or RunData(name, metrics) for name, metrics in runs]
        names = [name for name, _ in runs]
        if overlays == self._overlays and names == [run.name for run in overlays]:
            # It is asked for with each change of any run, in training several times a second.
            return
        for run, name in zip(overlays, names, strict=True):
            run.name = name
        self._overlays = overlays
        self._redraw_or_wait()

    def set_marker(self, epoch: float | None) -> None:
        """Show the timeline's place; None for none."""
        # With each newer model of a training it is asked for again.
        if epoch == self._marker:
            return
        self._marker = epoch
        self._place_marker()
        self._show_epoch()

    def reset_zoom(self) -> None:
        """Show everything again."""
        self.pointer.forget_click()
        self.pointer.zoomed = False
        self.drawing.fit(self._shown, self.tools.count)
        self.bars.fit()

    @property
    def shows_text(self) -> bool:
        """Whether there is a text in place of plots, because there is nothing to draw."""
        return self._stack.currentWidget() is self.empty

    @property
    def view(self) -> View:
        """How the user wants to see the curves."""
        tools = self.tools
        return View(tools.count, tools.log.isChecked(), tools.weight, frozenset(self.legend.hidden))

    # Building

    def _make_parts(self, jobs: Jobs) -> None:
        theme = self._theme
        self.plots: dict[Figure, CurvePlot] = {
            figure: CurvePlot(theme, figure_name(figure)) for figure in FIGURES
        }
        self.bars = KlBars(theme)
        self.cells = {figure: PlotCell(plot) for figure, plot in self.plots.items()}
        for figure, cell in self.cells.items():
            cell.title.setToolTip(explanation(figure))
        self.bars_cell = PlotCell(self.bars)
        self.grid = PlotGrid([*self.cells.values(), self.bars_cell])
        self.drawing = Drawing(theme, self.plots)
        self.legend = CurvesLegend()
        self.tools = CurvesTools(theme)
        self.notice = CurvesNotice(theme)
        self.export = CurveExport(self, theme, jobs)
        self.empty = QLabel()
        self.pointer = CurvesPointer(self, theme, list(self.plots.values()))

    def _lay_out(self) -> None:
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(GRID)
        self._top.addWidget(self.legend, 1)
        self._top.addWidget(self.tools, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.rows = QScrollArea()
        self.rows.setWidgetResizable(True)
        self.rows.setFrameShape(QScrollArea.Shape.NoFrame)
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setWidget(self.grid)
        # In a picture, there is the plots' own background around them.
        self.grid.setAutoFillBackground(False)
        self.rows.viewport().setAutoFillBackground(False)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        rows.setSpacing(GRID // 2)
        rows.addLayout(self._top)
        rows.addWidget(self.rows, 1)
        rows.addWidget(self.notice)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self._stack = QStackedLayout(self)
        self._stack.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._stack.addWidget(body)
        self._stack.addWidget(self.empty)

    def _connect(self) -> None:
        for plot in self.plots.values():
            plot.zoomed.connect(partial(self._on_zoomed, plot))
            plot.reset_asked.connect(self.reset_zoom)
        self.pointer.moved.connect(self._show_epoch)
        self.pointer.chosen.connect(self._choose)
        self.bars.described.connect(self._write_bars_title)
        self.legend.toggled.connect(self._redraw)
        self.tools.changed.connect(self._on_tools_changed)
        self.tools.reset_asked.connect(self.reset_zoom)
        self.tools.export_asked.connect(self._on_export_asked)
        self.export.message.connect(self.message)
        self._theme.changed.connect(self._redraw_or_wait)

    # Drawing

    def _redraw_or_wait(self) -> None:
        self._stale = True
        if self.isVisible():
            self._redraw()

    def _redraw(self, *, growing: bool = False) -> None:
        self._stale = False
        self._redraw_timer.stop()
        runs = self._taken_in()
        view = self.view
        self.empty.setText(self._empty_text)
        self._stack.setCurrentIndex(1 if all(run.empty for run in runs) else 0)
        self.tools.offer_steps(any(run.knows_steps for run in runs))
        self.legend.show_entries(self.drawing.entries(self._main, self._overlays))
        self._arrange_top()
        self._shown = self.drawing.draw(self._main, self._overlays, view)
        if not self.pointer.zoomed:
            self.drawing.fit(self._shown, view.count, growing=growing)
        self._name_axes(view)
        self._place_marker()
        self._show_epoch()
        self.notice.refresh()

    def _taken_in(self) -> list[RunData]:
        """All runs, with everything that their metrics have by now."""
        runs = [run for run in (self._main, *self._overlays) if run is not None]
        for run in runs:
            run.update()
        return runs

    def _name_axes(self, view: View) -> None:
        unit = self.tr("nats an image")
        bottom = self.tr("step") if view.count == "step" else self.tr("epoch")
        for plot in self.plots.values():
            plot.name_axes(bottom, unit)

    def _write_titles(self) -> None:
        stats, log = self._shown_epoch(), self.tools.log.isChecked()
        for figure, cell in self.cells.items():
            cell.say(*plot_titles(figure, stats, self._theme.colors, log=log))

    def _place_marker(self) -> None:
        place = None if self._marker is None else self._place_of(self._marker)
        for plot in self.plots.values():
            plot.set_marker(place)
        self.pointer.follow(self._main, self._shown, self.view, place)

    def _show_epoch(self) -> None:
        """Write the figures of one epoch above the plots, and draw its bars."""
        self._write_titles()
        self.bars.show_epoch(self._shown_epoch())
        self._write_bars_title("")

    def _shown_epoch(self) -> EpochStats | None:
        """The epoch under the pointer, else the timeline's, else the newest that is drawn."""
        if self._main is None or not self._main.epochs:
            return None
        epochs = self._main.epochs
        place = self.pointer.place
        if place is None and self._marker is not None:
            place = self._place_of(self._marker)
        index = None if place is None else self._main.nearest("test", self.tools.count, place)
        return epochs[-1 if index is None else index]

    def _write_bars_title(self, description: str) -> None:
        # What is said of a bar needs the whole line.
        epoch = self.bars.stats.epoch if self.bars.stats is not None else 0
        titles = (description,) if description else bars_titles(self.bars.summary, epoch, self._theme.colors)
        self.bars_cell.say(*titles)
        self.bars.setAccessibleDescription(description or self.bars.summary)

    # The mouse

    def _choose(self, place: float) -> None:
        if self._main is None:
            return
        index = self._main.nearest("test", self.tools.count, place)
        if index is not None:
            self.epoch_chosen.emit(self._main.epochs[index].epoch)

    def _on_zoomed(self, plot: CurvePlot) -> None:
        self.pointer.zoomed = True
        low, high = plot.getViewBox().viewRange()[0]
        for other in self.plots.values():
            if other is not plot:
                other.show_places(low, high)
        for each in self.plots.values():
            each.settle()

    def _place_of(self, epoch: float) -> float:
        if self.tools.count == "epoch" or self._main is None:
            return epoch
        return self._main.step_of(epoch)

    # Tools

    def _on_tools_changed(self) -> None:
        view = self.view
        # What was looked at lies elsewhere on another axis.
        if (view.count, view.log) != self._axes:
            self.pointer.zoomed = False
            self._axes = (view.count, view.log)
            self.pointer.leave()
        self._redraw_or_wait()

    def _on_export_asked(self, kind: str) -> None:
        runs = [run for run in (self._main, *self._overlays) if run is not None and not run.empty]
        if not runs:
            self.message.emit(self.tr("There are no curves to save yet."))
        elif kind in ("png", "svg"):
            self.pointer.leave()
            # The names of the others stand in the legend.
            name = QLabel(runs[0].name if runs[0] is self._main else "")
            name.setProperty("heading", True)
            name.adjustSize()
            self.export.save_picture(kind, (name, self.legend, self.grid))
        else:
            figures = [RunFigures.of(run.name, run.metrics) for run in runs]
            (self.export.save_table if kind == "csv" else self.export.save_events)(figures)

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._redraw()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stale = self._stale or self._redraw_timer.isActive()
        self._redraw_timer.stop()
        self._turns.release()
        self.pointer.leave()

    def minimumSizeHint(self) -> QSize:
        # Legend and tools lie below each other where they must, and the plots can be scrolled.
        return QSize(self.tools.minimumSizeHint().width() + 2 * GRID, 14 * GRID)

    def sizeHint(self) -> QSize:
        return QSize(138 * GRID, 28 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_top()

    def _arrange_top(self) -> None:
        """Legend and tools beside each other, or below each other where that is too wide."""
        wide = self.width() >= self.tools.sizeHint().width() + self.legend.sizeHint().width() + 4 * GRID
        direction = QBoxLayout.Direction
        self._top.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
