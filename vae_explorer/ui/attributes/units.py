"""What the measured attributes are called on the screen, and how their values are written."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.direction_sources import Around, Measured
from vae_explorer.core.morphometry import Attribute
from vae_explorer.state.edits import Entry
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.widgets.figure import NONE

#: Decimals of each value on the screen.
_DECIMALS: dict[Attribute, int] = {
    "thickness": 2,
    "slant": 1,
    "width": 1,
    "height": 1,
    "length": 1,
    "area": 0,
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("attributes", text)


def attribute_name(attribute: Attribute) -> str:
    """What it is called."""
    return {
        "thickness": _tr("thickness"),
        "slant": _tr("slant"),
        "width": _tr("width"),
        "height": _tr("height"),
        "length": _tr("length"),
        "area": _tr("area"),
    }[attribute]


def attribute_unit(attribute: Attribute) -> str:
    """Its unit: pixels of the image, degrees, or pixels²."""
    return {"slant": "°", "area": _tr("px²")}.get(attribute, _tr("px"))


def explanation() -> str:
    """What is measured, a line for each attribute."""
    return _tr(
        "Measured on the two pictures, in pixels of the image:\n"
        "thickness: how wide the strokes are\n"
        "slant: how far the digit leans to the right, in degrees\n"
        "width, height: of the box around the ink, which leans with the digit\n"
        "length: of all strokes together\n"
        "area: of the ink"
    )


def on_screen(attribute: Attribute, value: float) -> float:
    """A measure in the unit that is shown: slant is measured in radians."""
    return math.degrees(value) if attribute == "slant" else value


def value_text(attribute: Attribute, value: float) -> str:
    """A measure as it is written, without its unit; a dash where there is none."""
    shown = on_screen(attribute, value)
    return signed(shown, _DECIMALS[attribute]) if math.isfinite(shown) else NONE


def own_attribute(entry: Entry | None) -> Attribute | None:
    """The attribute that a direction was found for; None where it was found for something else."""
    source = None if entry is None else entry.source
    return source.attribute if isinstance(source, Measured | Around) else None
