"""The thin bar at the map: what lies behind the points, how strongly, and what its colours mean."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QWidget

from vae_explorer.core.layers import LayerKind, Span
from vae_explorer.state.map_look import DEFAULT_LAYER_OPACITY, Layer
from vae_explorer.ui.layers.scale import LayerScale
from vae_explorer.ui.layers.texts import layer_texts
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.flow_layout import FlowLayout

_SLIDER_WIDTH = 9 * GRID
_LEAST_LIST = 12 * GRID


class LayerBar(QWidget):
    """List of the layers, opacity, legend and a sentence; in a second line what has no room in the first.

    Signals:
        layer_chosen: one of `Layer`, by the user.
        opacity_chosen: 0 to 1, by the user.
    """

    layer_chosen = Signal(str)
    opacity_chosen = Signal(float)

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = layer_texts()
        self.layer: Layer = "none"
        self._title = QLabel(self.tr("Background:"))
        self.layers = QComboBox()
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.scale = LayerScale(theme)
        self.sentence = _Sentence()
        self._parts: list[QWidget] = [self._title, self.layers, self.opacity, self.scale]
        self._flow = FlowLayout(self, spacing=GRID)
        self._set_up()
        self._lay_out()
        self.show_layer("none")
        self.show_opacity(DEFAULT_LAYER_OPACITY)
        self.layers.currentIndexChanged.connect(
            lambda _index: self.layer_chosen.emit(self.layers.currentData())
        )
        self.opacity.valueChanged.connect(lambda percent: self.opacity_chosen.emit(percent / 100))

    def add(self, widget: QWidget) -> None:
        """Put another control before the list."""
        self._flow.add_first(widget)
        self._parts.append(widget)

    def show_layer(self, layer: Layer, span: Span | None = None) -> None:
        """Say which layer is shown, and with which span of values once that is known."""
        self.layer = layer
        text = self._texts[layer]
        with QSignalBlocker(self.layers):
            self.layers.setCurrentIndex(self.layers.findData(layer))
        if (kind := layer_kind(layer)) is not None:
            self.scale.show_scale(kind, span, text.unit)
            self.scale.setToolTip(text.sentence)
        self.sentence.say(text.sentence)
        self._make_room()
        self.updateGeometry()

    def show_opacity(self, opacity: float) -> None:
        """Put the slider at an opacity, 0 to 1."""
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(round(100 * opacity))
        self.opacity.setToolTip(
            self.tr("Opacity of the background: {percent} %").format(percent=round(100 * opacity))
        )
        self.scale.set_opacity(opacity)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def event(self, event: QEvent) -> bool:
        # Some part has another size, or is shown or hidden.
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._make_room()
        return super().event(event)

    def _set_up(self) -> None:
        for layer, text in self._texts.items():
            self.layers.addItem(text.name, layer)
            self.layers.setItemData(self.layers.count() - 1, text.sentence, Qt.ItemDataRole.ToolTipRole)
        self._title.setBuddy(self.layers)
        self._title.setProperty("muted", True)
        self.layers.setAccessibleName(self.tr("Background of the map"))
        self.layers.setToolTip(self.tr("What lies behind the points of the map"))
        self.layers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.layers.setMinimumWidth(_LEAST_LIST)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setFixedWidth(_SLIDER_WIDTH)
        self.opacity.setAccessibleName(self.tr("Opacity of the background"))
        self.sentence.setProperty("muted", True)
        # Not fixed: Qt would hold it at the height of one line.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def _lay_out(self) -> None:
        self._flow.setContentsMargins(GRID, 0, GRID, 0)
        for part in self._parts:
            self._flow.addWidget(part)
        self._flow.add_filler(self.sentence)

    def _make_room(self) -> None:
        """Show the title where it takes no line more, and the rest of what there is to say of the layer."""
        on = self.layer != "none"
        self.opacity.setVisible(on)
        self.scale.setVisible(on)
        parts = [part for part in self._parts if not part.isHidden() and part is not self._title]
        wanted = sum(part.sizeHint().width() + GRID for part in (*parts, self._title))
        self._title.setVisible(wanted <= self.width() - GRID)


class _Sentence(ElidedLabel):
    """Takes what the others leave, and says nothing where that is no room for a few words."""

    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    fewest_letters = 16

    def say(self, text: str) -> None:
        self.setText(text)
        self.update()


def layer_kind(layer: Layer) -> LayerKind | None:
    """What is drawn for `layer`; None for nothing."""
    kinds: tuple[LayerKind, ...] = get_args(LayerKind)
    return next((kind for kind in kinds if kind == layer), None)
