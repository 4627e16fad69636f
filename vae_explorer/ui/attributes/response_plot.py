"""Response curves: how far each measured attribute changes along a direction, with the names at the curves' ends.

All in standard deviations of the attribute over the digits: a pixel of height and one of thickness do not compare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from vae_explorer.core.direction_effect import Effect
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute, Values
from vae_explorer.ui.attributes.units import attribute_name
from vae_explorer.ui.curves.plot_base import BasePlot
from vae_explorer.ui.curves.style import mix
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.axis import Axis

#: A curve farther than this from the pointer is not meant, pixels.
_REACH = 12.0
#: The heights shown are at least these, in σ: a direction that does nothing must not look as if it did.
_LEAST_HEIGHT = 0.5
_SPARE = 0.06


class ResponsePlot(BasePlot):
    """Six curves over α; one of them may be pointed at.

    Signals:
        pointed: the attribute and the place among the αs that mouse or keys are at; ("", −1) when they left.
    """

    pointed = Signal(str, int)

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__(theme, "", Axis("bottom"), Axis("left"))
        self.setAccessibleName(self.tr("Response of the measured attributes to the direction"))
        self._own: Attribute | None = None
        self._pointed: Attribute | None = None
        self._at = -1
        self._alphas: Values = np.empty(0)
        self.heights: Values = np.empty((len(ATTRIBUTES), 0))
        self._band = pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem())
        self._zero = pg.InfiniteLine(0, angle=0)
        self._marker = pg.InfiniteLine(0, angle=90)
        self._curves = {attribute: pg.PlotCurveItem(antialias=True) for attribute in ATTRIBUTES}
        for item in (self._band, self._zero, self._marker, *self._curves.values()):
            self.addItem(item, ignoreBounds=True)
        self._marker.setVisible(False)
        self.name_axes(self.tr("α, σ"), self.tr("change, σ"))
        self.describe("")
        self.hovered.connect(self._on_hovered)
        self.reset_asked.connect(self.fit)
        self.stepped.connect(self._on_stepped)
        self.setMouseEnabled(x=False, y=False)
        self.paint_theme()
        self.fit()

    @property
    def shown(self) -> bool:
        """Whether there are curves."""
        return bool(self.heights.size)

    @property
    def at(self) -> tuple[Attribute | None, int]:
        """The attribute and the place among the αs that mouse or keys are at."""
        return self._pointed, self._at

    def show_effect(self, effect: Effect | None, scales: Values, own: Attribute | None) -> None:
        """Draw an effect, in `scales` of shape (6,), with the attribute that is meant in front."""
        self._own = own
        self._alphas = np.empty(0) if effect is None else effect.alphas
        self.heights = (
            np.empty((len(ATTRIBUTES), 0)) if effect is None else np.nan_to_num(effect.mean / scales[:, None])
        )
        for attribute, heights in zip(ATTRIBUTES, self.heights, strict=True):
            self._curves[attribute].setData(self._alphas, heights)
        self._draw_band(effect, scales)
        self._color()
        self.fit()

    def describe(self, text: str) -> None:
        """Say to those who do not see them what the curves show, and how to walk over them."""
        keys = self.tr("The arrow keys go from curve to curve and along it, and say what it shows there.")
        self.setAccessibleDescription(f"{text} {keys}".strip())

    def show_alpha(self, alpha: float | None) -> None:
        """Mark how far the user goes along the direction; None for nowhere."""
        self._marker.setVisible(alpha is not None and self.shown)
        if alpha is not None:
            self._marker.setValue(alpha)

    def point_to(self, attribute: Attribute | None, at: int = -1) -> None:
        """Draw this attribute's curve in front of the others."""
        if (attribute, at) != (self._pointed, self._at):
            self._pointed, self._at = attribute, at
            self._color()
            self.pointed.emit(attribute or "", at)

    def fit(self) -> None:
        """Show all curves."""
        low, high = (-3.0, 3.0) if not len(self._alphas) else (self._alphas[0], self._alphas[-1])
        least = min(float(self.heights.min(initial=0)), -_LEAST_HEIGHT)
        most = max(float(self.heights.max(initial=0)), _LEAST_HEIGHT)
        spare = _SPARE * (most - least)
        self.setXRange(low, high, padding=0)
        self.setYRange(least - spare, most + spare, padding=0)
        self.settle()

    def color_of(self, attribute: Attribute) -> str:
        """What its curve is drawn in."""
        colors = self._theme.colors
        if attribute == self._own:
            return colors.accent
        return colors.text if attribute == self._pointed else colors.grid

    def paint_theme(self) -> None:
        super().paint_theme()
        if hasattr(self, "_curves"):  # not while the base class is being made
            self._color()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.point_to(*self._nearest(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.shown:
            super().keyPressEvent(event)
            return
        # From the top to the bottom, as they end at the right.
        order = [ATTRIBUTES[row] for row in np.argsort(-self.heights[:, -1], kind="stable")]
        before = order.index(self._pointed) if self._pointed in order else (-1 if step > 0 else len(order))
        at = self._at if self._at >= 0 else len(self._alphas) - 1
        self.point_to(order[min(max(before + step, 0), len(order) - 1)], at)

    def _on_hovered(self, place: float | None) -> None:
        """The pointer or the keyboard left, or Escape was pressed."""
        if place is None:
            self.point_to(None)

    def _on_stepped(self, by: int) -> None:
        if self.shown:
            start = self._at if self._at >= 0 else int(np.abs(self._alphas).argmin())
            attribute = self._pointed or self._own or ATTRIBUTES[0]
            self.point_to(attribute, min(max(start + by, 0), len(self._alphas) - 1))

    def _nearest(self, pixel: QPointF) -> tuple[Attribute | None, int]:
        """The curve under the pointer, and the α nearest to it."""
        if not self.shown:
            return None, -1
        box = self.getViewBox()
        place = box.mapSceneToView(self.mapToScene(pixel.toPoint()))
        at = int(np.abs(self._alphas - place.x()).argmin())
        distances = [abs(np.interp(place.x(), self._alphas, each) - place.y()) for each in self.heights]
        row = int(np.argmin(distances))
        within = distances[row] <= _REACH * box.viewPixelSize()[1]
        return (ATTRIBUTES[row], at) if within else (None, -1)

    def _draw_band(self, effect: Effect | None, scales: Values) -> None:
        self._band.setVisible(effect is not None and self._own is not None)
        if effect is not None and self._own is not None:
            row = ATTRIBUTES.index(self._own)
            edges = [np.nan_to_num(edge[row] / scales[row]) for edge in (effect.lower, effect.upper)]
            self._band.setCurves(*(pg.PlotCurveItem(effect.alphas, edge) for edge in edges))

    def _color(self) -> None:
        colors = self._theme.colors
        self._band.setBrush(pg.mkBrush(mix(colors.accent, colors.canvas, 0.18)))
        self._zero.setPen(pg.mkPen(mix(colors.grid, colors.canvas, 0.6)))
        self._marker.setPen(pg.mkPen(colors.text, style=Qt.PenStyle.DotLine))
        for attribute, curve in self._curves.items():
            front = attribute in (self._own, self._pointed)
            # Opaque: lines of more than a pixel are slow otherwise.
            curve.setPen(pg.mkPen(self.color_of(attribute), width=2 if front else 1))
            curve.setZValue(2 if attribute == self._own else 1 if front else 0)


class CurveNames(QWidget):
    """The names of the curves beside their ends; where there is no room for all, of those that end farthest from 0.

    Args:
        plot: whose curves.
        theme: colours.
    """

    def __init__(self, plot: ResponsePlot, theme: ThemeSwitch) -> None:
        super().__init__()
        self._plot, self._theme = plot, theme
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        # The plot says the same.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        plot.pointed.connect(self._on_pointed)
        plot.getViewBox().sigRangeChanged.connect(self.update)
        plot.getViewBox().sigResized.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font(bold=True))
        widest = max(metrics.horizontalAdvance(attribute_name(each)) for each in ATTRIBUTES)
        return QSize(GRID + widest + GRID // 2, 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def places(self) -> dict[Attribute, tuple[float, float]]:
        """Where each name that there is room for stands, and where its curve ends: pixels from above."""
        plot = self._plot
        if not plot.shown:
            return {}
        line = QFontMetrics(self._font()).height()
        ends = [float(plot.pixel_of(QPointF(0, height)).y()) for height in plot.heights[:, -1]]
        strongest = np.argsort(-np.abs(plot.heights[:, -1]), kind="stable")
        rows = sorted(strongest[: max(1, self.height() // line)], key=lambda row: ends[row])
        middles = spread([ends[row] for row in rows], line, line / 2, self.height() - line / 2)
        return {ATTRIBUTES[row]: (middle, ends[row]) for row, middle in zip(rows, middles, strict=True)}

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for attribute, (middle, end) in self.places().items():
            color = QColor(self._plot.color_of(attribute))
            painter.setPen(color)
            painter.drawLine(QPointF(0, end), QPointF(GRID - 2, middle))
            front = color.name() != self._theme.colors.grid
            painter.setFont(self._font(bold=front))
            painter.setPen(color if front else QColor(self._theme.colors.muted))
            height = painter.fontMetrics().height()
            place = QRect(GRID, round(middle - height / 2), self.width() - GRID, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, attribute_name(attribute))
        painter.end()

    def _font(self, *, bold: bool = False) -> QFont:
        font = small_font(self.font())
        font.setBold(bold)
        return font

    def _on_pointed(self, _attribute: str, _at: int) -> None:
        self.update()


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Ascending places moved until they are `apart`, and between `low` and `high` if all fit there."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + apart if moved else low))
    top = high
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], top)
        top = moved[index] - apart
    return moved


class _Canvas(QWidget):
    """In the colour of the plots, so that what stands beside one belongs to it."""

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.colors.canvas))
        painter.end()


def with_names(plot: ResponsePlot, theme: ThemeSwitch) -> QWidget:
    """The plot with the names of its curves beside it, on one canvas."""
    both = _Canvas(theme)
    both.setToolTip(
        QCoreApplication.translate(
            "attributes",
            "The measured attributes, at the ends of their curves. α is how far one goes along the direction; the "
            "height is by how many standard deviations (σ) the attribute changes on the mean.",
        )
    )
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(plot, 1)
    layout.addWidget(CurveNames(plot, theme))
    return both
