"""A plot of the curves: lines over epochs or steps, cross hairs, the timeline's place, and marks of changes."""

from __future__ import annotations

from collections.abc import Collection, Hashable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter

from vae_explorer.ui.curves.data import Values
from vae_explorer.ui.curves.plot_base import BasePlot
from vae_explorer.ui.curves.style import LineStyle, mix, weight_style
from vae_explorer.ui.theme import ThemeSwitch, small_font
from vae_explorer.ui.widgets.axes import EpochAxis, ValueAxis
from vae_explorer.ui.widgets.axis import Axis
from vae_explorer.ui.widgets.view_item import ViewItem

#: With more entries than this, dots would merge into a thicker line.
_DOTS = 30
#: Longer lines are thin and solid: dashes would merge, and cost ten times as much to paint.
_LONG = 400
#: So many entries are enough to find a percentile of a line.
_SAMPLED = 1000
_PADDING = 0.05


class CurvePlot(BasePlot):
    """Lines with keys, drawn as often as they change; long ones are thinned to what the pixels can show."""

    def __init__(self, theme: ThemeSwitch, name: str) -> None:
        super().__init__(theme, name, EpochAxis("bottom"), ValueAxis("left"))
        self.lines: dict[Hashable, pg.PlotDataItem] = {}
        self._logarithmic = False
        self._drawn: dict[Hashable, tuple[Values, Values]] = {}
        self._ranges: dict[Hashable, tuple[float, float]] = {}
        self.crosshair = self._new_vertical(80)
        self.marker = self._new_vertical(70)
        self.marks = _Marks()
        self.addItem(self.marks, ignoreBounds=True)
        self.weight: pg.PlotDataItem | None = None
        self.paint_theme()

    # Lines

    def set_line(
        self,
        key: Hashable,
        x: Values,
        y: Values,
        style: LineStyle,
        *,
        z: float = 0,
        outliers: tuple[float, float] = (0, 100),
        dots: bool = False,
    ) -> None:
        """Draw one line, in place of the one with the same key.

        Args:
            key: names the line.
            x: places along the horizontal axis, shape (n,), ascending; another array when they change.
            y: heights, shape (n,), n ≥ 1, finite; another array when they change.
            style: how it looks.
            z: lines with a larger one are drawn above it.
            outliers: percentiles between which the line counts for the range that is shown.
            dots: mark each entry, if they are few.
        """
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = pg.PlotDataItem()
            self.addItem(line, ignoreBounds=True)
            # Only now: a plot gives settings of its own to what is added.
            _thin(line)
        if line.zValue() != z:
            line.setZValue(z)
        _set_style(line, style if len(x) <= _LONG else style.plain(), dots=dots and len(x) <= _DOTS)
        known = self._drawn.get(key)
        if known is None or known[0] is not x or known[1] is not y:
            self._drawn[key] = x, y
            line.setData(x, y)
            self._ranges[key] = _range(y, outliers)

    def keep_lines(self, keys: Collection[Hashable]) -> None:
        """Remove every line whose key is not among `keys`."""
        for key in [key for key in self.lines if key not in keys]:
            self.removeItem(self.lines.pop(key))
            del self._drawn[key], self._ranges[key]

    def set_weight(self, x: Values, weight: Values, name: str) -> None:
        """Draw the weight of the KL term on an axis of its own at the right; none for an empty one."""
        if self.weight is None:
            if not len(x):
                return
            self._add_right_axis()
        assert self.weight is not None
        self.weight.setData(x, weight)
        if len(x):
            self._right.setYRange(0, float(weight.max()) * 1.1 or 1, padding=0)
        if bool(len(x)) != self.getAxis("right").isVisible():
            self.showAxis("right", show=bool(len(x)))
            self._names["right"] = name
            self._show_names()
            self._place_right()

    def set_marks(self, places: Values) -> None:
        """Mark where something was changed."""
        self.marks.set_places(places)

    def set_marker(self, place: float | None) -> None:
        """Mark the timeline's place."""
        _put(self.marker, place)

    def set_crosshair(self, place: float | None) -> None:
        """Show the cross hairs at a place."""
        _put(self.crosshair, place)

    # Views

    def set_logarithmic(self, on: bool) -> None:
        """Take heights for log₁₀."""
        if on != self._logarithmic:
            self._logarithmic = on
            self.getAxis("left").set_logarithmic(on)
            self._grid.find_ticks()

    def fit_heights(self) -> None:
        """Show all lines from bottom to top, outliers excepted."""
        if not self._ranges:
            return
        low = min(low for low, _ in self._ranges.values())
        high = max(high for _, high in self._ranges.values())
        spare = _PADDING * (high - low) or max(abs(high), 1e-3) * _PADDING
        self.setYRange(low - spare, high + spare, padding=0)

    def show_places(self, low: float, high: float) -> None:
        """Show this part of the horizontal axis."""
        self.setXRange(low, high, padding=0)

    def paint_theme(self) -> None:
        super().paint_theme()
        colors = self._theme.colors
        self.crosshair.setPen(pg.mkPen(colors.muted))
        self.marker.setPen(pg.mkPen(colors.accent, style=Qt.PenStyle.DashLine))
        self.marks.set_pen(pg.mkPen(mix(colors.text, colors.canvas, 0.6), style=Qt.PenStyle.DotLine))
        if self.weight is not None:
            self._paint_right()

    # Inside

    def _new_vertical(self, z: float) -> pg.InfiniteLine:
        line = pg.InfiniteLine(angle=90, movable=False)
        line.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        line.setZValue(z)
        line.hide()
        self.addItem(line, ignoreBounds=True)
        return line

    def _add_right_axis(self) -> None:
        self.plotItem.setAxisItems({"right": Axis("right")})
        self.hideAxis("right")
        self._right = _QuietBox()
        self.scene().addItem(self._right)
        self.getAxis("right").linkToView(self._right)
        self.getAxis("right").setStyle(tickFont=small_font(self.font()), tickLength=-4)
        self._right.setXLink(self._box)
        self._right.disableAutoRange()
        # In front of the whole plot: behind it, the plot's grid would hide a weight that stays on one of its lines.
        self._right.setZValue(1)
        self.weight = pg.PlotDataItem()
        self._right.addItem(self.weight, ignoreBounds=True)
        _thin(self.weight)
        self._box.sigResized.connect(self._place_right)
        self._paint_right()

    def _place_right(self) -> None:
        self._right.setGeometry(self._box.sceneBoundingRect())
        self._right.linkedViewChanged(self._box, self._right.XAxis)

    def _paint_right(self) -> None:
        assert self.weight is not None
        colors = self._theme.colors
        style = weight_style(colors)
        _set_style(self.weight, style, dots=False)
        self.getAxis("right").setPen(colors.grid)
        self.getAxis("right").setTextPen(style.color)


class _Marks(ViewItem):
    """Vertical lines through the whole plot."""

    def __init__(self) -> None:
        super().__init__(z=-10)
        self.places: Values = np.empty(0)

    def set_places(self, places: Values) -> None:
        """Where the lines are."""
        self.places = places
        self.update()

    def paint(self, painter: QPainter, *_args: object) -> None:
        view = self.boundingRect()
        painter.setPen(self._pen)
        painter.drawLines([QLineF(place, view.top(), place, view.bottom()) for place in self.places])


class _QuietBox(pg.ViewBox):  # type: ignore[misc]
    """The inside of the right axis: the mouse belongs to the plot that it lies on."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def wheelEvent(self, event: object, _axis: int | None = None) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def mouseDragEvent(self, event: object, _axis: int | None = None) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def mouseClickEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]


def _range(y: Values, outliers: tuple[float, float]) -> tuple[float, float]:
    """Lowest and highest entry between two percentiles; the newest always counts, as one looks for it."""
    sample = y[:: max(1, len(y) // _SAMPLED)]
    low, high = np.percentile(sample, outliers)
    # What a sample leaves out may be the very peak that must be seen.
    low = y.min() if outliers[0] == 0 else low
    high = y.max() if outliers[1] == 100 else high
    return min(float(low), float(y[-1])), max(float(high), float(y[-1]))


def _thin(line: pg.PlotDataItem) -> None:
    """Draw only what is in view and what the pixels can show; peaks stay visible."""
    line.setClipToView(True)
    line.setDownsampling(auto=True, method="peak")
    # pyqtgraph's five entries a pixel cannot be told from one, and take longer to paint.
    line.opts["autoDownsampleFactor"] = 1.0
    line.setDynamicRangeLimit(None)
    # The figures are finite: whoever makes them has looked.
    line.setSkipFiniteCheck(True)


def _set_style(line: pg.PlotDataItem, style: LineStyle, *, dots: bool) -> None:
    # Each setter draws the line anew, so only what is different is set.
    look = (style, dots)
    if getattr(line, "look", None) == look:
        return
    line.look = look
    line.setPen(style.pen())
    line.setSymbol("o" if dots else None)
    if dots:
        line.setSymbolSize(4)
        line.setSymbolPen(None)
        line.setSymbolBrush(style.color)


def _put(line: pg.InfiniteLine, place: float | None) -> None:
    line.setVisible(place is not None)
    if place is not None:
        line.setPos(place)
