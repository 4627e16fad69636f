"""How the lines of the curves look: gray, accent and text colours for the main run, a palette for the others."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from vae_explorer.ui.curves.data import Kind
from vae_explorer.ui.theme import Colors

#: Colours of other runs: none of the ten classes, at least 3:1 on the canvas of their theme.
OVERLAYS_LIGHT = ("#00796b", "#c2185b", "#558b2f", "#8e24aa")
OVERLAYS_DARK = ("#4db6ac", "#f06292", "#aed581", "#ce93d8")
#: Dashes and gaps in widths of the line. With four colours, the same look comes again after twelve runs.
_DASHES = ((6.0, 3.0), (2.0, 2.0), (8.0, 3.0, 2.0, 3.0))
_SWATCH = QSize(22, 10)


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Look of a line.

    Attributes:
        color: ``#rrggbb``, opaque: translucent lines are several times slower.
        width: in pixels.
        dashes: dashes and gaps in widths of the line; none for a solid line.
    """

    color: str
    width: float = 1.0
    dashes: tuple[float, ...] = ()

    def plain(self) -> LineStyle:
        """The same colour, thin and solid."""
        return LineStyle(self.color)

    def pen(self) -> QPen:
        """For painting, with a width that does not follow the zoom."""
        pen: QPen = pg.mkPen(self.color, width=self.width)
        if self.dashes:
            pen.setDashPattern(list(self.dashes))
        return pen


def main_style(kind: Kind, colors: Colors) -> LineStyle:
    """Look of a line of the main run."""
    match kind:
        case "test":
            return LineStyle(colors.accent, 2)
        case "validation":
            return LineStyle(colors.text, 2, (3, 2))
        case "train":
            return LineStyle(colors.grid)
        case _:
            return LineStyle(colors.warning, 1, (2, 2))


def overlay_style(number: int, kind: Kind, colors: Colors, dark: bool) -> LineStyle:
    """Look of a line of the overlay with that number, counted from 0."""
    palette = OVERLAYS_DARK if dark else OVERLAYS_LIGHT
    color = palette[number % len(palette)]
    if kind == "train":
        return LineStyle(mix(color, colors.canvas, 0.45))
    return LineStyle(color, 1.5, _DASHES[number % len(_DASHES)])


def weight_style(colors: Colors) -> LineStyle:
    """Look of the weight of the KL term: the objective's colour, as it is what makes that differ from the ELBO."""
    return LineStyle(mix(colors.warning, colors.canvas, 0.75))


def faint(style: LineStyle, colors: Colors) -> LineStyle:
    """Look of the raw line behind a smoothed one."""
    return LineStyle(mix(style.color, colors.canvas, 0.3))


def mix(color: str, background: str, share: float) -> str:
    """An opaque colour that looks like `share` of `color` on `background`."""
    front, back = QColor(color), QColor(background)
    parts = [
        round(share * a + (1 - share) * b)
        for a, b in zip(front.getRgb()[:3], back.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*parts).name()


def swatch(style: LineStyle, ratio: float) -> QIcon:
    """A short piece of the line as an icon for a toggle; where the toggle is off, it is hardly there."""
    drawn = QIcon()
    for state, opacity in ((QIcon.State.On, 1.0), (QIcon.State.Off, 0.25)):
        pixmap = QPixmap(_SWATCH * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setOpacity(opacity)
        pen = style.pen()
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(0, _SWATCH.height() // 2, _SWATCH.width(), _SWATCH.height() // 2)
        painter.end()
        drawn.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return drawn


def swatch_size() -> QSize:
    """Size of a `swatch` in pixels of the screen."""
    return QSize(_SWATCH)
