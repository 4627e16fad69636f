"""What is said of each path in figures: why a straight line is not always the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from vae_explorer.core.path_report import PathReport
from vae_explorer.ui.widgets.figure import number


@dataclass(frozen=True, slots=True)
class PathFigure:
    """One figure of a path.

    Attributes:
        key: names it.
        title: stands above the figures of all paths.
        widest: the widest text.
        meaning: what it is, for the tool tip.
        text: the figure of a path.
        detail: where on the path it is met, for the tool tip; empty where that says nothing.
    """

    key: str
    title: str
    widest: str
    meaning: str
    text: Callable[[PathReport], str]
    detail: Callable[[PathReport], str] = lambda _report: ""


def path_figures() -> tuple[PathFigure, ...]:
    """All of them, from left to right, in the user's language."""
    return (
        PathFigure(
            "latent_length",
            _tr("Length"),
            "88.88",
            _tr("How long the path is on the map, in latent units."),
            lambda report: _short(report.latent_length, 2),
        ),
        PathFigure(
            "decoder_length",
            _tr("Change"),
            _tr("{value} rad").format(value="888.8"),
            _tr(
                "How much the picture changes on the whole way: the length in decoder space, in radians over all "
                "pixels. A pixel that goes from white to black counts π."
            ),
            lambda report: _tr("{value} rad").format(value=_short(report.decoder_length, 1)),
        ),
        PathFigure(
            "jump",
            _tr("Jump"),
            "× 88.8",
            _tr(
                "How much more the picture changes in its largest step than in a usual one: × 1 is an even change, "
                "× 5 is a jump."
            ),
            lambda report: f"× {_short(report.unevenness, 1)}",
            lambda report: _tr("The largest step begins at frame {frame}: {change} rad.").format(
                frame=report.jump + 1, change=_short(float(report.changes.max()), 2)
            ),
        ),
        PathFigure(
            "density",
            _tr("Least data"),
            "88.8 %",
            _tr(
                "The emptiest place on the way: so many of the test digits lie where data are sparser still. Under "
                "3 % the path leaves the data."
            ),
            lambda report: f"{report.percentile:.1f} %",
            lambda report: _tr("Emptiest at frame {frame}: log q(z) = {value} nats.").format(
                frame=report.loneliest + 1, value=_short(report.lowest_density, 1)
            ),
        ),
        PathFigure(
            "shortfall",
            _tr("Mismatch"),
            _tr("{value} nats").format(value="888.8"),
            _tr(
                "What the model fails to recognise of its own picture when it looks at it again, where that is most, "
                "in nats. 0 is perfect; on the digits some 10 are usual, and tens mean a picture that is no digit. It "
                "is what the ELBO lacks for other reasons than gray pixels."
            ),
            lambda report: _tr("{value} nats").format(value=_short(float(report.shortfall.max()), 1)),
            lambda report: _tr(
                "Most at frame {frame}. The lowest ELBO is {elbo} nats, at frame {lowest}: pictures with much gray "
                "have a low one wherever they are."
            ).format(
                frame=_place(report.shortfall),
                elbo=_short(float(report.elbo.min()), 0),
                lowest=_place(-report.elbo),
            ),
        ),
    )


def in_words(report: PathReport) -> str:
    """All figures of a path on one line, each after its title."""
    return " · ".join(f"{each.title} {each.text(report)}" for each in path_figures())


def _place(values: NDArray[np.float64]) -> int:
    """The frame of the highest of these values, from 1."""
    return int(values.argmax()) + 1


def _short(value: float, decimals: int) -> str:
    """A number that keeps its room: large ones have fewer decimals."""
    return number(value, 0 if abs(value) >= 1000 else min(decimals, 1) if abs(value) >= 100 else decimals)


def _tr(text: str) -> str:
    return QCoreApplication.translate("figures of paths", text)
