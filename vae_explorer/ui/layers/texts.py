"""What the layers are called, what they show, and in which unit."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.layers import NEIGHBOURS
from vae_explorer.state.map_look import Layer


@dataclass(frozen=True, slots=True)
class LayerText:
    """The words of one layer.

    Attributes:
        name: in the list and the menu.
        sentence: what it shows.
        unit: of the numbers of its legend, and that they are logarithms: the sentence may have no room; empty for
            none.
    """

    name: str
    sentence: str
    unit: str = ""


def layer_texts() -> dict[Layer, LayerText]:
    """The words of each layer, in the order of the list."""
    return {
        "none": LayerText(_tr("None"), _tr("Choose what lies behind the points.")),
        "tiles": LayerText(
            _tr("Decoded images"),
            _tr("Each tile is what the decoder draws at the tile's middle."),
            _tr("gray"),
        ),
        "density": LayerText(
            _tr("Data density q(z)"),
            _tr(
                "Where the encoder puts images: log density; 90% of them lie where it is above that on line 90%."
            ),
            _tr("nats (log)"),
        ),
        "prior": LayerText(
            _tr("Prior density p(z)"),
            _tr(
                "Where N(0, I) puts images: log density; 90% of its draws lie where it is above that on line 90%."
            ),
            _tr("nats (log)"),
        ),
        "sensitivity": LayerText(
            _tr("Decoder sensitivity"),
            _tr(
                "How much a small step changes the image: log of how strongly the decoder magnifies the map."
            ),
            _tr("nats (log)"),
        ),
        "classes": LayerText(
            _tr("Digit classes"),
            _tr("The commonest digit of the {count} nearest test images; paler where they disagree.").format(
                count=NEIGHBOURS
            ),
        ),
        "entropy": LayerText(
            _tr("Pixel entropy"),
            _tr(
                "How unsure the pixels are: 0 bits is surely black or white, 1 bit a coin toss (mean of all)."
            ),
            _tr("bits"),
        ),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Layers", text)
