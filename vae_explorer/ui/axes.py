"""Axes of all plots: true minus signs, and whole epochs."""

from __future__ import annotations

import pyqtgraph as pg

from vae_explorer.ui.numbers import MINUS


class Axis(pg.AxisItem):  # type: ignore[misc]
    """Writes negative numbers as the rest of the screen does."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]


class EpochAxis(Axis):
    """Marks whole epochs only."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        return [level for level in levels if level[0] >= 1] or [(1, 0)]
