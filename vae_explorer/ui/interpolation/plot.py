"""A quantity along the paths as curves: where the image jumps, and where a path leaves the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, Signal

from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.ui.curves.plot_base import BasePlot
from vae_explorer.ui.interpolation.styles import kind_name, line_style
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.axes import EpochAxis
from vae_explorer.ui.widgets.axis import Axis
from vae_explorer.ui.widgets.figure import number

Values = NDArray[np.float64]
Quantity = Literal["changes", "log_density", "shortfall", "elbo"]
QUANTITIES: tuple[Quantity, ...] = ("changes", "log_density", "shortfall", "elbo")
#: None of these can be less than 0.
_FROM_ZERO: tuple[Quantity, ...] = ("changes", "shortfall")
#: Beside the lowest and the highest value, as a share of what is between them.
_AIR = 0.08


class PathPlot(BasePlot):
    """One curve a kind; a line marks the frame that is looked at.

    Args:
        theme: colours.

    Attributes:
        curves: by kind.
        marker: the line.

    Signals:
        frame_chosen: the user goes to a frame; carries it, from 0.
    """

    frame_chosen = Signal(int)

    def __init__(self, theme: ThemeSwitch) -> None:
        self.curves: dict[PathKind, pg.PlotDataItem] = {}
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self._chosen: PathKind = "geodesic"
        self._frame, self._count = 0, 0
        super().__init__(theme, "", EpochAxis("bottom"), Axis("left"))
        self.setMouseEnabled(x=False, y=False)
        self.setMinimumSize(26 * GRID, 10 * GRID)
        self.addItem(self.marker, ignoreBounds=True)
        self.clicked.connect(self._on_clicked)
        self.stepped.connect(lambda steps: self._go_to(self._frame + steps))
        self.show_reports("changes", {}, "geodesic")

    def show_reports(
        self, quantity: Quantity, reports: Mapping[PathKind, PathReport], chosen: PathKind
    ) -> None:
        """Draw `quantity` along all paths that were measured."""
        self._chosen = chosen
        self.name_axes(self.tr("Frame"), self._name_of(quantity))
        self.setAccessibleName(self.tr("{quantity} along the paths").format(quantity=self._name_of(quantity)))
        lines = {kind: _line(quantity, report) for kind, report in reports.items()}
        for kind in PATH_KINDS:
            if kind in lines:
                self._curve(kind).setData(*lines[kind])
            elif kind in self.curves:
                self.removeItem(self.curves.pop(kind))
        self.setAccessibleDescription(_said({kind: y for kind, (_x, y) in lines.items()}))
        self._count = max((len(report.log_density) for report in reports.values()), default=0)
        self._fit([y for _x, y in lines.values()], from_zero=quantity in _FROM_ZERO)
        self.paint_theme()

    def show_frame(self, frame: int) -> None:
        """Mark a frame, from 0."""
        self._frame = frame
        self.marker.setValue(frame + 1)

    def paint_theme(self) -> None:
        """Use the theme's colours."""
        super().paint_theme()
        colors = self._theme.colors
        self.marker.setPen(pg.mkPen(colors.text, width=1))
        self.marker.setZValue(5)
        for kind, curve in self.curves.items():
            curve.setPen(line_style(kind, colors, chosen=kind == self._chosen).pen())
            curve.setZValue(10 if kind == self._chosen else 1)

    def _curve(self, kind: PathKind) -> pg.PlotDataItem:
        if kind not in self.curves:
            self.curves[kind] = pg.PlotDataItem(antialias=True)
            self.addItem(self.curves[kind], ignoreBounds=True)
        return self.curves[kind]

    def _fit(self, heights: list[Values], *, from_zero: bool) -> None:
        values = np.concatenate([*heights, np.zeros(0)])
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        low = 0.0 if from_zero else low
        air = _AIR * (high - low) or 0.5
        self._box.setRange(
            xRange=(0.5, max(self._count, 2) + 0.5),
            yRange=(low if from_zero else low - air, high + air),
            padding=0,
        )
        self.settle()

    def _name_of(self, quantity: Quantity) -> str:
        names: dict[Quantity, str] = {
            "changes": self.tr("Change, rad"),
            "log_density": self.tr("log q(z), nats"),
            "shortfall": self.tr("Mismatch, nats"),
            "elbo": self.tr("ELBO, nats"),
        }
        return names[quantity]

    def _on_clicked(self, place: float) -> None:
        self._go_to(round(place) - 1)

    def _go_to(self, frame: int) -> None:
        if self._count:
            self.frame_chosen.emit(min(max(frame, 0), self._count - 1))


def _said(lines: Mapping[PathKind, Values]) -> str:
    """What the curves show, for screen readers."""
    words = []
    for kind, heights in lines.items():
        values = heights[np.isfinite(heights)]
        if len(values):
            low, high = number(float(values.min()), 1), number(float(values.max()), 1)
            text = _tr("{kind}: from {low} to {high}, the highest at frame {frame}")
            place = int(np.nanargmax(heights)) + 1
            words.append(text.format(kind=kind_name(kind), low=low, high=high, frame=place))
    return "; ".join(words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PathPlot", text)


def _line(quantity: Quantity, report: PathReport) -> tuple[Values, Values]:
    """Places and heights; what is infinite leaves a gap."""
    heights = report.arrays()[quantity]
    # A change belongs between two frames.
    first = 1.5 if quantity == "changes" else 1.0
    places = first + np.arange(len(heights), dtype=np.float64)
    return places, np.where(np.isfinite(heights), heights, np.float64(np.nan))
