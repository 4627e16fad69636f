"""What is drawn in the plots of the curves, and where."""

import numpy as np
from PySide6.QtCore import QPointF

from vae_explorer.ui.curves.data import Figure
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.curves.plot import CurvePlot


def line(panel: CurvesPanel, figure: Figure, kind: str, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What is drawn as a kind of line."""
    x, y = panel.plots[figure].lines[(number, kind)].getOriginalDataset()
    assert x is not None
    assert y is not None
    return x, y


def drawn(panel: CurvesPanel, figure: Figure) -> set[str]:
    """Kinds of lines of the main run in a plot."""
    return {key[1] for key in panel.plots[figure].lines if key[0] == 0 and len(key) == 2}


def spot(plot: CurvePlot, x: float) -> QPointF:
    """The pixel at a place of the horizontal axis, half way up."""
    low, high = plot.getViewBox().viewRange()[1]
    return QPointF(plot.pixel_of(QPointF(x, (low + high) / 2)))


def ranges(panel: CurvesPanel) -> list[tuple[float, ...]]:
    return [tuple(plot.getViewBox().viewRange()[0]) for plot in panel.plots.values()]
