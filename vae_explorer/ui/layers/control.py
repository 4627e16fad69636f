"""Keeps the picture behind the points right: for the layer that is chosen, the model, the cursor and the view."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QUndoStack

from vae_explorer.core.layers import LayerImage, fine_grid
from vae_explorer.core.map_plane import overlap
from vae_explorer.core.tiles import Rect
from vae_explorer.state.map_look import Layer, MapLook
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.layers.bar import LayerBar, layer_kind
from vae_explorer.ui.layers.commands import LayerEdits
from vae_explorer.ui.layers.soon import Soon
from vae_explorer.ui.layers.texts import layer_texts
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.motion import is_seen
from vae_explorer.ui.widgets.gestures import Gesture
from vae_explorer.workers.layer_stages import LayerRequest
from vae_explorer.workers.layers import Layers

#: A model in training is drawn anew after a second at the earliest, and so that this takes a fifth of the time at most.
_LIVE_MS = 1000
_LIVE_SHARE = 5
#: Where less than this of the view has a picture, a rough one is better than none.
_LEAST_COVER = 0.7
#: What is drawn within one or two milliseconds, the next frame waits so many seconds for, which is less than another
#: frame would take.
_WAIT = 0.004
#: So many tiles are.
_FEW_TILES = 200


class LayerControl(QObject):
    """Connects `MapLook`, `Session` and `Selection` to a map, its bar and the thread that draws.

    Args:
        session: the model.
        selection: the cursor; a layer agrees with it off the plane of the map.
        look: which layer, and its opacity.
        map_: where the layer lies.
        bar: where it is chosen.
        worker: draws.
        undo_stack: takes what the user sets.
        parent: owner.
    """

    def __init__(
        self,
        session: Session,
        selection: Selection,
        look: MapLook,
        map_: PointPlot,
        bar: LayerBar,
        worker: Layers,
        undo_stack: QUndoStack,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection, self._look = session, selection, look
        self._map, self._bar, self._worker = map_, bar, worker
        self._edits = LayerEdits(look, undo_stack)
        self._choosing, self._sliding = Gesture(bar.layers), Gesture(bar.opacity)
        self._layer: Layer = look.layer
        #: The model that is drawn; while it learns, newer ones have to wait for their turn.
        self._model: OpenModel | None = session.model
        self._asked: LayerRequest | None = None
        self._asked_at = 0.0
        self._took = 0.0
        #: The cursor moved off the plane while something was drawn.
        self._moved = False
        # One request for all that happens in one turn of the event loop.
        self._soon = Soon(self)
        self._soon.timeout.connect(self._ask)
        self._next_model = QTimer(self, singleShot=True)
        self._next_model.timeout.connect(self._take_model)
        self._connect()
        self._show_look()

    def choose(self, layer: Layer) -> None:
        """Put a layer behind the points; can be undone."""
        self._edits.set_layer(layer)

    def cycle(self) -> None:
        """Put the next layer of the list behind the points; none after the last."""
        layers = list(layer_texts())
        self.choose(layers[(layers.index(self._look.layer) + 1) % len(layers)])

    def stop(self) -> None:
        """Draw nothing any more."""
        self._soon.stop()
        self._next_model.stop()
        self._worker.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._take_model()
        elif event.type() == QEvent.Type.Hide:
            self._rest()
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        look, bar = self._look, self._bar
        look.layer_changed.connect(self._on_look_changed)
        bar.layer_chosen.connect(lambda layer: self._edits.set_layer(layer, self._choosing.number))
        bar.opacity_chosen.connect(lambda opacity: self._edits.set_opacity(opacity, self._sliding.number))
        self._session.model_changed.connect(self._on_model_changed)
        self._selection.z_changed.connect(self._on_z_changed)
        self._map.getViewBox().sigRangeChanged.connect(self._on_view_changed)
        self._map.getViewBox().sigResized.connect(self._on_view_changed)
        self._worker.drawn.connect(self._on_drawn)
        self._worker.idle.connect(self._on_idle)
        self._map.installEventFilter(self)

    # What happens

    def _on_look_changed(self) -> None:
        if self._look.layer != self._layer:
            self._layer = self._look.layer
            self._took = 0.0
            self._clear()
            self._take_model()
        self._show_look()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        if not _same_run(before, self._session.model) or self._model is None:
            self._clear()
            self._take_model()
        elif self._layer != "none" and not self._next_model.isActive():
            since = (time.monotonic() - self._asked_at) * 1000
            wait = max(_LIVE_MS, _LIVE_SHARE * self._took) - since
            self._next_model.start(max(0, round(wait)))

    def _on_z_changed(self) -> None:
        # On up to two dimensions every cursor lies on the plane of the map.
        if len(self._selection.z) > 2 and self._layer != "none":
            # A drag of a slider would break off each picture before it is there.
            self._moved = self._worker.busy
            if not self._moved:
                self._soon.start()

    def _on_view_changed(self) -> None:
        if self._layer != "none" and not self._soon.isActive():
            self._soon.start()

    def _on_drawn(self, image: LayerImage) -> None:
        if image.kind != self._layer:
            return
        before = self._map.layer.image
        self._map.layer.show_image(image)
        if before is None or before.span != image.span:
            self._bar.show_layer(self._layer, image.span)

    def _on_idle(self) -> None:
        if self._moved:
            self._moved = False
            self._soon.start()
        self._took = (time.monotonic() - self._asked_at) * 1000

    # Inside

    def _show_look(self) -> None:
        image = self._map.layer.image
        self._bar.show_layer(self._look.layer, None if image is None else image.span)
        self._bar.show_opacity(self._look.layer_opacity)
        self._map.layer.set_opacity(self._look.layer_opacity)

    def _clear(self) -> None:
        """What is shown is of something else."""
        self._map.layer.show_image(None)
        self._rest()

    def _rest(self) -> None:
        """Nobody sees it."""
        self._soon.stop()
        self._next_model.stop()
        self._worker.cancel()
        self._asked = None

    def _take_model(self) -> None:
        """Draw the newest model from now on; while the last one is being drawn, a little later."""
        if self._asked is not None and self._worker.busy and self._is_live():
            self._next_model.start(_LIVE_MS // 4)
            return
        self._model = self._session.model
        self._soon.start()

    def _is_live(self) -> bool:
        """Whether the newest model is the one that is drawn, a little later."""
        return _same_run(self._model, self._session.model)

    def _ask(self) -> None:
        request = self._request()
        if request is None or self._is_shown(request):
            return
        quick = self._is_quick(request)
        self._asked, self._asked_at = request, time.monotonic()
        self._worker.request(request)
        if quick:
            self._worker.wait_for_picture(_WAIT)

    def _request(self) -> LayerRequest | None:
        """What is to be drawn now; None for nothing."""
        model, images = self._model, self._session.images
        kind = layer_kind(self._layer)
        if kind is None or model is None or images is None or not is_seen(self._map):
            return None
        z0 = self._selection.z
        view = self._view()
        if len(z0) != model.snapshot.config.latent or view is None:
            return None
        shown = self._map.layer.image
        coarse_first = shown is None or overlap(shown.rect, view) < _LEAST_COVER
        return LayerRequest(
            kind, model.snapshot, model.posterior, images.labels, model.projection, z0, view, coarse_first
        )

    def _is_shown(self, request: LayerRequest) -> bool:
        """Whether the picture of the request is there already, or being drawn."""
        if self._asked is None or not request.same_subject(self._asked):
            return False
        wanted = fine_grid(request.kind, request.plane, request.view)
        if self._worker.busy:
            coming = fine_grid(request.kind, request.plane, self._asked.view)
            return coming.spacing == wanted.spacing and overlap(coming.rect, request.view) > 1 - 1e-9
        shown = self._map.layer.image
        return shown is not None and shown.serves(request.view, wanted)

    def _is_quick(self, request: LayerRequest) -> bool:
        """Whether its first picture is there before a frame without it would be painted."""
        if request.kind != "tiles":
            return request.kind == "prior"
        shown = self._map.layer.image
        if request.coarse_first or shown is None:
            return True
        if self._worker.busy or self._asked is None or not request.same_subject(self._asked):
            return False
        wanted = fine_grid("tiles", request.plane, request.view)
        lacking = (1 - overlap(shown.rect, request.view)) * wanted.rows * wanted.columns
        return shown.is_fine and shown.grid.spacing == wanted.spacing and lacking < _FEW_TILES

    def _view(self) -> Rect | None:
        (x0, x1), (y0, y1) = self._map.getViewBox().viewRange()
        finite = np.isfinite([x0, y0, x1, y1]).all() and x0 < x1 and y0 < y1
        return (float(x0), float(y0), float(x1), float(y1)) if finite else None


def _same_run(before: OpenModel | None, model: OpenModel | None) -> bool:
    """Whether a model is another moment of the run before, on the same plane."""
    if before is None or model is None:
        return False
    return model.shares_run(before) and before.plane == model.plane
