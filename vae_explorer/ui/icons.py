"""One icon set throughout: Phosphor, through qtawesome."""

from __future__ import annotations

import qtawesome
from PySide6.QtGui import QIcon

from vae_explorer.ui.theme import Colors


def icon(name: str, colors: Colors) -> QIcon:
    """The icon called `name` (Phosphor's own name) in the theme's text colour."""
    drawn: QIcon = qtawesome.icon(f"ph.{name}", color=colors.text, color_disabled=colors.border)
    return drawn
