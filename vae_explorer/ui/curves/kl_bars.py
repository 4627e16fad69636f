"""How much each latent dimension says: its KL as a bar, and which dimensions are active.

Few bars stay in their places while a model learns; many are in order of size, so that one sees how many count.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal

from vae_explorer.core.statistics import EpochStats
from vae_explorer.ui.curves.plot_base import BasePlot
from vae_explorer.ui.curves.style import mix
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.axes import DimensionAxis
from vae_explorer.ui.widgets.axis import Axis

#: More bars than this have no gaps and no outlines: those would be all that one sees.
_MANY = 100
#: More bars than this are in order of size.
_MOST_IN_PLACE = 16


class KlBars(BasePlot):
    """Bars of the test KL of each latent dimension, nats an image.

    Signals:
        described: what the bar under the pointer stands for; empty when it left.
    """

    described = Signal(str)

    def __init__(self, theme: ThemeSwitch) -> None:
        self._axis = DimensionAxis("bottom")
        super().__init__(theme, "", self._axis, Axis("left"))
        self.setAccessibleName(self.tr("KL of each latent dimension"))
        self.stats: EpochStats | None = None
        self.order: tuple[int, ...] = ()
        self._selected: int | None = None
        self._active, self._passive = (pg.BarGraphItem(x=[0], height=[0], width=1) for _ in range(2))
        for bars in (self._active, self._passive):
            self.addItem(bars, ignoreBounds=True)
        self.hovered.connect(self._on_hovered)
        self.stepped.connect(self._on_stepped)
        self.reset_asked.connect(self.fit)
        self.name_axes(self.tr("dimension"), self.tr("nats an image"))
        self.paint_theme()

    def show_epoch(self, stats: EpochStats | None) -> None:
        """Draw the dimensions of one epoch; nothing for None."""
        if stats is self.stats:
            return
        same_size = self._size(self.stats) == self._size(stats)
        self.stats = stats
        kl = np.array(stats.test.kl_per_dimension if stats else ())
        many = len(kl) > _MOST_IN_PLACE
        order = tuple(np.argsort(-kl, kind="stable").tolist()) if many else tuple(range(len(kl)))
        if order != self.order:
            self.order = order
            self._axis.set_names(tuple(str(index + 1) for index in order))
            self._grid.find_ticks()
        self._draw()
        if not same_size:
            self.fit()
        else:
            self._fit_heights()

    @property
    def summary(self) -> str:
        """How many dimensions are active; empty where that is not known."""
        if self.stats is None or not self.stats.mu_variance:
            return ""
        active = self.stats.active
        text: str = self.tr("{active} of {size} active")
        return text.format(active=sum(active), size=len(active))

    def fit(self) -> None:
        """Show all bars."""
        self.setXRange(-0.7, max(len(self.order), 1) - 0.3, padding=0)
        self._fit_heights()

    def paint_theme(self) -> None:
        super().paint_theme()
        self._draw()

    def describe(self, place: int) -> str:
        """What the bar at that place says."""
        if self.stats is None or not 0 <= place < len(self.order):
            return ""
        index = self.order[place]
        kl = signed(self.stats.test.kl_per_dimension[index], 3)
        text: str = self.tr("z{number}: {kl} nats").format(number=index + 1, kl=kl)
        if not self.stats.mu_variance:
            return text
        variance = self.stats.mu_variance[index]
        state = self.tr("active") if self.stats.active[index] else self.tr("not active")
        return f"{text} · Var μ {variance:.2g} · {state}"

    def _on_hovered(self, place: float | None) -> None:
        self._selected = None if place is None else round(place)
        self.described.emit("" if self._selected is None else self.describe(self._selected))

    def _on_stepped(self, by: int) -> None:
        if self.order:
            start = -1 if self._selected is None else self._selected
            self._selected = min(max(start + by, 0), len(self.order) - 1)
            self.described.emit(self.describe(self._selected))

    def _fit_heights(self) -> None:
        highest = max(self.stats.test.kl_per_dimension, default=0.0) if self.stats else 0.0
        self.setYRange(0, max(highest, 1e-3) * 1.05, padding=0)

    def _draw(self) -> None:
        if not hasattr(self, "_active"):  # while the base class is being made
            return
        stats, colors = self.stats, self._theme.colors
        kl = np.array(stats.test.kl_per_dimension if stats else ())[list(self.order)]
        known = bool(stats and stats.mu_variance)
        active = np.array(stats.active if stats and known else [False] * len(kl), bool)[list(self.order)]
        width = 0.8 if len(kl) <= _MANY else 1.0
        # Where it is not known which are active, none is marked as dead.
        filled = active if known else ~active
        color = colors.accent if known else colors.grid
        _set_bars(self._active, np.flatnonzero(filled), kl[filled], width, color, color)
        hollow = mix(colors.grid, colors.canvas, 0.25)
        outline = hollow if len(kl) > _MANY else colors.grid
        _set_bars(self._passive, np.flatnonzero(~filled), kl[~filled], width, hollow, outline)

    @staticmethod
    def _size(stats: EpochStats | None) -> int:
        return len(stats.test.kl_per_dimension) if stats else 0


def _set_bars(
    bars: pg.BarGraphItem, places: np.ndarray, heights: np.ndarray, width: float, fill: str, outline: str
) -> None:
    bars.setVisible(bool(len(places)))
    if len(places):
        bars.setOpts(x=places, height=heights, width=width, brush=pg.mkBrush(fill), pen=pg.mkPen(outline))
