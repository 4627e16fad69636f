"""How the user wants the map to look: what lies behind the points, and how these are drawn."""

from __future__ import annotations

from typing import Literal

from psygnal import Signal

#: What can lie behind the points; one at a time.
Layer = Literal["none", "tiles", "density", "prior", "sensitivity", "classes", "entropy"]
#: What the colour of a point can stand for.
ColorBy = Literal["label", "predicted", "elbo", "reconstruction", "kl"]

DEFAULT_LAYER_OPACITY = 0.8
#: Diameter of a point in pixels.
DEFAULT_POINT_SIZE = 5.0
SMALLEST_POINT, LARGEST_POINT = 2.0, 7.0
DEFAULT_POINT_OPACITY = 0.65


class MapLook:
    """What is set. Only the window's thread may change it.

    Signals:
        layer_changed: another layer, or another opacity of it.
        points_changed: points look another way.
    """

    layer_changed = Signal()
    points_changed = Signal()

    def __init__(self) -> None:
        self.layer: Layer = "none"
        self.layer_opacity = DEFAULT_LAYER_OPACITY
        self.color_by: ColorBy = "label"
        self.point_size = DEFAULT_POINT_SIZE
        self.point_opacity = DEFAULT_POINT_OPACITY

    def set_layer(self, layer: Layer) -> None:
        """Put another layer behind the points."""
        if layer != self.layer:
            self.layer = layer
            self.layer_changed.emit()

    def set_layer_opacity(self, opacity: float) -> None:
        """How much the layer covers the background, 0 to 1."""
        if opacity != self.layer_opacity:
            self.layer_opacity = opacity
            self.layer_changed.emit()

    def set_color_by(self, color_by: ColorBy) -> None:
        """Let the colours stand for something else."""
        if color_by != self.color_by:
            self.color_by = color_by
            self.points_changed.emit()

    def set_points(self, size: float, opacity: float) -> None:
        """Diameter in pixels, `SMALLEST_POINT` to `LARGEST_POINT`, and opacity, 0 to 1."""
        if (size, opacity) != (self.point_size, self.point_opacity):
            self.point_size, self.point_opacity = size, opacity
            self.points_changed.emit()
