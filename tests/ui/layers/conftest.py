"""A map with its background bar, alone on the screen, and what is needed to fill it."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.driving import SHORT
from tests.ui.panels import shown, switch  # noqa: F401 - a fixture
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.layers import LayerImage
from vae_explorer.state.map_look import Layer, MapLook
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.layers.control import LayerControl
from vae_explorer.ui.map.panel import MapPanel
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.layers import Layers


@dataclass
class Desk:
    """A map panel with a layer control."""

    session: Session
    selection: Selection
    look: MapLook
    panel: MapPanel
    worker: Layers
    control: LayerControl
    stack: QUndoStack
    qtbot: QtBot

    def open(self, latent: int = 2, seed: int = 0) -> OpenModel:
        """Show a model with random weights."""
        assert self.session.images is not None
        model = open_model(
            random_model(VAEConfig(hidden=(24,), latent=latent), seed), self.session.images, "model", "file"
        )
        self.selection.move_to(model.posterior.mu[3])
        self.panel.map.fit_next()
        self.session.show(model)
        return model

    def settled(self) -> LayerImage:
        """What is shown when all is drawn."""
        layer = self.panel.map.layer

        def done() -> bool:
            return layer.image is not None and layer.image.is_fine and self.quiet()

        self.qtbot.waitUntil(done, timeout=SHORT)
        assert layer.image is not None
        return layer.image

    def quiet(self) -> bool:
        """Whether nothing is drawn or about to be."""
        control = self.control
        return not (self.worker.busy or control._soon.isActive() or control._next_model.isActive())

    def choose(self, layer: Layer) -> LayerImage:
        """Put a layer behind the points, and wait for it."""
        self.look.set_layer(layer)
        return self.settled()


@pytest.fixture
def desk(qtbot: QtBot, switch: ThemeSwitch, few_digits: ImageSet) -> Iterator[Desk]:  # noqa: F811
    session, selection, look = Session(), Selection(), MapLook()
    session.set_images(few_digits)
    panel, worker = MapPanel(session, selection, switch), Layers()
    undo_stack = QUndoStack(panel)
    control = LayerControl(session, selection, look, panel.map, panel.background, worker, undo_stack, panel)
    panel.resize(700, 500)
    desk = Desk(session, selection, look, panel, worker, control, undo_stack, qtbot)
    with shown(panel, qtbot):
        yield desk
        control.stop()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # See tests/ui/conftest.py.
    for holder in (control, desk):
        holder.__dict__.clear()
    gc.collect()
