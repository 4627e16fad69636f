"""How the kinds of paths are called and drawn: the same on the map, beside the film strips and in the plot."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.path_kinds import PathKind
from vae_explorer.ui.curves.style import LineStyle
from vae_explorer.ui.theme import Colors

_WIDTH, _CHOSEN_WIDTH = 1.5, 2.5
#: Dashes and gaps in widths of the line. Nobody has to tell two kinds apart by their colour alone.
_DASHES: dict[PathKind, tuple[float, ...]] = {
    "linear": (9.0, 3.0),
    "spherical": (2.0, 2.0),
    "geodesic": (9.0, 3.0, 2.0, 3.0),
    "neighbours": (4.0, 2.5),
}


def line_style(kind: PathKind, colors: Colors, *, chosen: bool = False) -> LineStyle:
    """Look of the line of a kind of paths.

    Args:
        kind: which; each has dashes of its own.
        colors: of the theme.
        chosen: whether it is the one that is played: that one is solid, thick and in the accent colour.
    """
    if chosen:
        return LineStyle(colors.accent, _CHOSEN_WIDTH)
    return LineStyle(colors.muted, _WIDTH, _DASHES[kind])


def kind_name(kind: PathKind) -> str:
    """What a kind of paths is called on the screen; a word or two."""
    match kind:
        case "linear":
            return _tr("Straight line")
        case "spherical":
            return _tr("Great circle")
        case "geodesic":
            return _tr("Geodesic")
        case "neighbours":
            return _tr("Through digits")


def kind_tip(kind: PathKind) -> str:
    """What a kind of paths does, for a tool tip; a sentence or two."""
    match kind:
        case "linear":
            return _tr("Linear interpolation: straight from place to place, at an even pace on the map.")
        case "spherical":
            return _tr(
                "Spherical interpolation (slerp): the direction from the origin turns evenly, and the distance from "
                "it changes evenly. It keeps away from the origin, where a straight line may cut through."
            )
        case "geodesic":
            return _tr(
                "The way on which the decoded image changes least in all (the shortest in decoder space, by the "
                "Fisher–Rao metric), kept near the digits as strongly as you set."
            )
        case "neighbours":
            return _tr(
                "From digit to similar digit: through the means of real test digits, each near the one before."
            )


def _tr(text: str) -> str:
    return QCoreApplication.translate("kinds of paths", text)
