"""Live curves of a training: the ELBO and its two parts over the epochs, test and train."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.core.statistics import ElboTerms, EpochStats, History
from vae_explorer.ui.axes import Axis, EpochAxis
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular

_LINE = 2
#: With more epochs than this the dots would merge into a thicker line.
_DOTS = 30
_AXIS_WIDTH = 56


class Curves(QWidget):
    """Three plots under each other with one epoch axis; the figures of one epoch stand above each.

    That is the newest epoch, or the one under the pointer.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._history: History = ()
        self._hovered: int | None = None
        self._plots = [
            _Plot(self.tr("ELBO"), lambda terms: terms.elbo),
            _Plot(self.tr("Reconstruction"), lambda terms: terms.reconstruction),
            _Plot(self.tr("KL"), lambda terms: terms.kl),
        ]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for plot in self._plots:
            plot.hovered.connect(self._on_hovered)
            plot.link_to(self._plots[0])
            layout.addWidget(plot.title)
            layout.addWidget(plot, 1)
        self._plots[-1].setLabel("bottom", self.tr("epoch"))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def titles(self) -> tuple[str, ...]:
        """The lines above the plots, as rich text."""
        return tuple(plot.title.text() for plot in self._plots)

    def show_history(self, history: History) -> None:
        """Draw these epochs; an empty history clears the plots."""
        self._history = history
        for plot in self._plots:
            plot.show_history(history)
        self._write_titles()

    def _on_hovered(self, epoch: object) -> None:
        self._hovered = epoch if isinstance(epoch, int) else None
        self._write_titles()

    def _write_titles(self) -> None:
        colors = self._theme.colors
        newest = self._history[-1] if self._history else None
        shown = next((stats for stats in self._history if stats.epoch == self._hovered), newest)
        for plot in self._plots:
            plot.write_title(shown, newest, test=colors.accent, train=colors.muted)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        for plot in self._plots:
            plot.setBackground(colors.canvas)
            plot.paint(test=colors.accent, train=colors.muted, grid=colors.grid)
        self._write_titles()


class _Plot(pg.PlotWidget):  # type: ignore[misc]
    """One figure over the epochs, test as a solid and train as a dashed line.

    Signals:
        hovered: the epoch under the pointer, or None.
    """

    hovered = Signal(object)

    def __init__(self, name: str, figure: Callable[[ElboTerms], float]) -> None:
        super().__init__(axisItems={"bottom": EpochAxis("bottom"), "left": Axis("left")})
        self._name = name
        self._figure = figure
        self.title = QLabel()
        self.title.setFont(tabular(small_font(self.font())))
        self.title.setContentsMargins(0, GRID // 2, 0, 2)
        # A long line of figures must not widen the dock.
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.title.setToolTip(
            self.tr("{name}, in nats an image: summed over pixels, averaged over images").format(name=name)
        )
        self.setAccessibleName(name)
        self.setMinimumHeight(10 * GRID)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.getViewBox().setMouseEnabled(x=False, y=False)
        self.setLabel("left", self.tr("nats"))
        self.getAxis("left").setWidth(_AXIS_WIDTH)
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(tickFont=small_font(self.font()))
        self.showGrid(x=False, y=True, alpha=0.15)
        self._train = self.plot()
        self._test = self.plot()

    def sizeHint(self) -> QSize:
        # Qt's own hint for a scrolled view is far too large for a dock.
        return QSize(20 * GRID, self.minimumHeight())

    def link_to(self, first: _Plot) -> None:
        """Share the epochs' axis with `first`."""
        if first is not self:
            self.setXLink(first)

    def show_history(self, history: History) -> None:
        """Draw these epochs."""
        epochs = np.array([stats.epoch for stats in history], float)
        symbol = "o" if len(history) <= _DOTS else None
        for line, side in ((self._train, "train"), (self._test, "test")):
            line.setData(epochs, np.array([self._figure(getattr(stats, side)) for stats in history], float))
            line.setSymbol(symbol)
        self.getAxis("bottom").setStyle(showValues=bool(history))
        self.getAxis("left").setStyle(showValues=bool(history))
        # A single epoch would be shown amid negative ones.
        self.setXRange(1, max(2, history[-1].epoch if history else 2), padding=0.03)

    def write_title(
        self, shown: EpochStats | None, newest: EpochStats | None, *, test: str, train: str
    ) -> None:
        """Name and unit, and the figures of one epoch in the colours of their lines."""
        text = f"<b>{self._name}</b>"
        if shown is not None:
            for name, side, color in ((self.tr("test"), "test", test), (self.tr("train"), "train", train)):
                value = signed(self._figure(getattr(shown, side)))
                text += f"&nbsp; <span style='color:{color}'>{name} {value}</span>"
            if shown is not newest:
                text += "&nbsp; " + self.tr("epoch {epoch}").format(epoch=shown.epoch)
        self.title.setText(text)

    def paint(self, *, test: str, train: str, grid: str) -> None:
        """Use these colours."""
        for side in ("left", "bottom"):
            self.getAxis(side).setPen(grid)
            self.getAxis(side).setTextPen(train)
        for line, color, style in (
            (self._test, test, Qt.PenStyle.SolidLine),
            (self._train, train, Qt.PenStyle.DashLine),
        ):
            line.setPen(pg.mkPen(color, width=_LINE, style=style))
            line.setSymbolSize(4)
            line.setSymbolPen(None)
            line.setSymbolBrush(color)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        place = self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.hovered.emit(round(place.x()))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)
