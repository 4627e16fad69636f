"""Puts the figures of the runs into the plots: which line where, in which look, and what of it the plots show."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from vae_explorer.ui.curves.data import KINDS, Count, Figure, Kind, RunData, Values
from vae_explorer.ui.curves.legend import Entry
from vae_explorer.ui.curves.plot import CurvePlot
from vae_explorer.ui.curves.style import LineStyle, faint, main_style, overlay_style, weight_style
from vae_explorer.ui.theme import ThemeSwitch

translate = QCoreApplication.translate

#: Key of the toggle of the KL weight.
WEIGHT = "weight"
#: What of another run is drawn: enough to compare, few enough to see.
_OVERLAID: tuple[Kind, ...] = ("train", "test")
#: The first steps of a training are far worse than the rest, and would press the rest into a flat line.
_FIRST_STEPS = 5
#: Room beside the lines, as a share of their extent.
_SPARE = 0.02


@dataclass(frozen=True, slots=True)
class View:
    """How the user wants to see the curves.

    Attributes:
        count: what the horizontal axis counts.
        log: whether heights are logarithmic.
        smoothing: weight of the moving average, from 0 to 0.99.
        hidden: keys of the legend that are switched off.
    """

    count: Count = "epoch"
    log: bool = False
    smoothing: float = 0.0
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """A visible kind of line of a run.

    Attributes:
        run: whose it is.
        number: 0 for the main run, from 1 for the others.
        kind: what it shows.
        style: how it looks.
    """

    run: RunData
    number: int
    kind: Kind
    style: LineStyle


class Drawing:
    """Draws a main run and others over it.

    Args:
        theme: colours.
        plots: the plot of each figure.
    """

    def __init__(self, theme: ThemeSwitch, plots: dict[Figure, CurvePlot]) -> None:
        self._theme = theme
        self._plots = plots

    def draw(self, main: RunData | None, overlays: Sequence[RunData], view: View) -> list[Shown]:
        """Draw everything that is not hidden; returns what is shown, the main run first."""
        shown = self._shown(main, overlays, view)
        for figure, plot in self._plots.items():
            plot.set_logarithmic(view.log)
            keys: set[Hashable] = set()
            for line in shown:
                keys |= self._draw_line(plot, figure, line, view)
            plot.keep_lines(keys)
            plot.set_marks(_change_places(main, view.count))
        self._draw_weight(main, view)
        return shown

    def fit(self, shown: Sequence[Shown], count: Count, *, growing: bool = False) -> None:
        """Show all lines from their beginning to their end.

        Args:
            shown: what `draw` returned.
            count: what the horizontal axis counts.
            growing: give lines that grow some room, and leave the horizontal axis as it is until that is used up:
                another one makes all lines be thinned anew.
        """
        low, high = _extent(shown, count)
        spare = _SPARE * (high - low)
        for plot in self._plots.values():
            begin, end = plot.getViewBox().viewRange()[0]
            if not (growing and abs(begin + spare - low) <= spare and high <= end <= high + 2 * spare):
                plot.show_places(low - spare, high + (2 if growing else 1) * spare)
            plot.fit_heights()
            plot.settle()

    def entries(self, main: RunData | None, overlays: Sequence[RunData]) -> list[Entry]:
        """What the legend offers."""
        colors, dark = self._theme.colors, self._theme.dark
        names = kind_names()
        runs = [run for run in (main, *overlays) if run is not None]
        entries = [
            Entry(kind, names[kind][0], main_style(kind, colors), names[kind][1])
            for kind in reversed(KINDS)
            if any(run.has(kind) for run in (runs if kind in _OVERLAID else runs[:1]))
        ]
        if main is not None and len(_weights(main)):
            text = (
                translate("curves", "KL weight β"),
                translate("curves", "weight of the KL term with annealing, on the right axis"),
            )
            entries.append(Entry(WEIGHT, text[0], weight_style(colors), text[1]))
        hint = translate("curves", "another run, its train line paler")
        return entries + [
            Entry(overlay_key(run), run.name, overlay_style(number, "test", colors, dark), hint)
            for number, run in enumerate(overlays)
        ]

    def _shown(self, main: RunData | None, overlays: Sequence[RunData], view: View) -> list[Shown]:
        colors, dark = self._theme.colors, self._theme.dark
        shown = [] if main is None else [Shown(main, 0, kind, main_style(kind, colors)) for kind in KINDS]
        for number, run in enumerate(overlays):
            if overlay_key(run) not in view.hidden:
                shown += [
                    Shown(run, number + 1, kind, overlay_style(number, kind, colors, dark))
                    for kind in _OVERLAID
                ]
        return [
            line
            for line in shown
            if line.kind not in view.hidden and len(line.run.places(line.kind, view.count))
        ]

    def _draw_line(self, plot: CurvePlot, figure: Figure, line: Shown, view: View) -> set[Hashable]:
        run, kind = line.run, line.kind
        if not len(run.values(kind, figure)):
            return set()
        x = run.places(kind, view.count)
        z = KINDS.index(kind) + (0 if line.number else 10)
        key = (line.number, kind)
        dots = not run.by_steps(kind)
        drawn: set[Hashable] = {key}
        plot.set_line(
            key,
            x,
            run.heights(kind, figure, view.smoothing, view.log),
            line.style,
            z=z,
            outliers=_outliers(figure, view.log) if run.by_steps(kind) else (0, 100),
            dots=dots and not view.smoothing,
        )
        # Raw lines of other runs would be too much of a tangle.
        if view.smoothing and not line.number:
            behind = faint(line.style, self._theme.colors)
            heights = run.heights(kind, figure, 0, view.log)
            plot.set_line((*key, "raw"), x, heights, behind, z=z - 20, outliers=(50, 50))
            drawn.add((*key, "raw"))
        return drawn

    def _draw_weight(self, main: RunData | None, view: View) -> None:
        empty = np.empty(0)
        weights = empty if main is None or WEIGHT in view.hidden else _weights(main)
        places = main.places("train", view.count) if main is not None and len(weights) else empty
        self._plots["kl"].set_weight(places, weights, translate("curves", "KL weight β"))


def kind_names() -> dict[Kind, tuple[str, str]]:
    """Name and explanation of each kind of line."""
    return {
        "test": (translate("curves", "Test"), translate("curves", "test images after each epoch")),
        "validation": (
            translate("curves", "Validation"),
            translate("curves", "training images that are held out, after each epoch"),
        ),
        "train": (
            translate("curves", "Train"),
            translate("curves", "means over a few training steps each, while the weights were moving"),
        ),
        "objective": (
            translate("curves", "Optimised objective"),
            translate(
                "curves", "−loss, with β and free bits; with β = 1 and no free bits it is the train ELBO"
            ),
        ),
    }


def overlay_key(run: RunData) -> str:
    """Key of the toggle of a run that is laid over the main one."""
    return f"run:{run.name}"


def _weights(run: RunData) -> Values:
    """The weight of the KL term at each entry of the table of steps; empty where it is always 1."""
    weights = run.column("beta")
    return weights if (weights != 1).any() else np.empty(0)


def _change_places(run: RunData | None, count: Count) -> Values:
    changes = [] if run is None else run.metrics.changes
    return np.array([float(getattr(change, count)) for change in changes])


def _outliers(figure: Figure, log: bool) -> tuple[float, float]:
    """Percentiles of a line of steps that decide what is shown: the bad end is cut, the good one never."""
    if figure == "kl":
        return 0, 100
    return (_FIRST_STEPS, 100) if figure == "elbo" and not log else (0, 100 - _FIRST_STEPS)


def _extent(shown: Sequence[Shown], count: Count) -> tuple[float, float]:
    places = [line.run.places(line.kind, count) for line in shown]
    if not places:
        return 0.0, 1.0
    # Steps lead from the beginning of the training to their entry.
    from_start = any(line.run.by_steps(line.kind) for line in shown)
    low = 0.0 if from_start else min(float(place[0]) for place in places)
    high = max(float(place[-1]) for place in places)
    return (low, high) if high > low else (low - 0.5, low + 0.5)
