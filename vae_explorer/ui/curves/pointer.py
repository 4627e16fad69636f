"""The cross hairs of the curves: they follow the mouse or the arrow keys, say what is there, and choose a place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from vae_explorer.core.statistics import Change
from vae_explorer.ui.curves.data import Kind, RunData
from vae_explorer.ui.curves.drawing import Shown, View, translate
from vae_explorer.ui.curves.plot import CurvePlot
from vae_explorer.ui.curves.readout import Readout
from vae_explorer.ui.theme import ThemeSwitch

#: The pointer is on a mark when it is so many pixels from it.
_MARK_REACH = 5


class CurvesPointer(QObject):
    """One place on the horizontal axis, shown in all plots.

    Args:
        room: where the read-out may lie.
        theme: colours.
        plots: plots that share the horizontal axis.

    Attributes:
        place: where the cross hairs are; None while there are none.
        zoomed: whether a double click has something to undo; a click waits for it then.

    Signals:
        moved: `place` is another one.
        chosen: the user clicked a place, or confirmed the one of the cross hairs.
    """

    moved = Signal()
    chosen = Signal(float)

    def __init__(self, room: QWidget, theme: ThemeSwitch, plots: Sequence[CurvePlot]) -> None:
        super().__init__(room)
        self._room = room
        self._plots = plots
        self.readout = Readout(theme, room)
        self.place: float | None = None
        self.zoomed = False
        self._main: RunData | None = None
        self._shown: Sequence[Shown] = ()
        self._view = View()
        self._start: float | None = None
        self._clicked = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.chosen.emit(self._clicked))
        for plot in plots:
            plot.hovered.connect(partial(self.hover, plot))
            plot.stepped.connect(partial(self._on_stepped, plot))
            plot.clicked.connect(self._on_clicked)
            plot.chosen.connect(self._on_chosen)

    def follow(self, main: RunData | None, shown: Sequence[Shown], view: View, start: float | None) -> None:
        """What is drawn from now on, and where the arrow keys begin; None for the end."""
        self._main, self._shown, self._view, self._start = main, shown, view, start

    def hover(self, plot: CurvePlot, place: float | None) -> None:
        """Put the cross hairs at `place` of a plot, or take them away."""
        self.place = place
        for each in self._plots:
            each.set_crosshair(place)
        if place is None:
            self.readout.hide()
            self._describe_keys()
        else:
            low, high = plot.getViewBox().viewRange()[1]
            pixel = plot.mapTo(self._room, plot.pixel_of(QPointF(place, (low + high) / 2)))
            notes = [_says(change) for change in self._changes_near(plot, place)]
            self.readout.show_at(pixel, self._shown, self._view, place, notes)
            plot.setAccessibleDescription(self.readout.plain_text)
        self.moved.emit()

    def leave(self) -> None:
        """Take the cross hairs away."""
        self._timer.stop()
        self.hover(self._plots[0], None)

    def _describe_keys(self) -> None:
        text = self.tr(
            "The arrow keys read off figures, Enter shows the model of that epoch; + and − zoom, 0 shows everything."
        )
        for plot in self._plots:
            if plot.accessibleDescription() != text:
                plot.setAccessibleDescription(text)

    def forget_click(self) -> None:
        """A click that waited was the first half of a double click."""
        self._timer.stop()

    def _changes_near(self, plot: CurvePlot, place: float) -> list[Change]:
        changes = [] if self._main is None else self._main.metrics.changes
        reach = _MARK_REACH * plot.getViewBox().viewPixelSize()[0]
        return [change for change in changes if abs(getattr(change, self._view.count) - place) <= reach]

    def _on_stepped(self, plot: CurvePlot, by: int) -> None:
        """Move by epochs, or by entries of the table of steps before the first epoch is over."""
        if self._main is None:
            return
        kind: Kind = "test" if self._main.has("test") else "train"
        places = self._main.places(kind, self._view.count)
        if not len(places):
            return
        if self.place is not None:
            index = (self._main.nearest(kind, self._view.count, self.place) or 0) + by
        elif self._start is not None:
            index = self._main.nearest(kind, self._view.count, self._start) or 0
        else:
            index = len(places) - 1
        self.hover(plot, float(places[int(np.clip(index, 0, len(places) - 1))]))

    def _on_clicked(self, place: float) -> None:
        self._clicked = place
        if self.zoomed:
            self._timer.start(QGuiApplication.styleHints().mouseDoubleClickInterval())
        else:
            self.chosen.emit(place)

    def _on_chosen(self) -> None:
        if self.place is not None:
            self.chosen.emit(self.place)


def _says(change: Change) -> str:
    name = "β" if change.name == "beta" else translate("curves", "learning rate")
    return f"{name} {change.before:g} → {change.after:g}"
