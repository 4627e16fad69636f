"""The drawing dock alone on the screen, with a model, and a map beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui import panels
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.state.drawing import SIDE, Drawing
from vae_explorer.state.session import Session, open_model
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.drawing.panel import DrawingPanel
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.jobs import Jobs

switch = panels.switch


@dataclass
class Dock:
    """The panel and what it follows."""

    panel: DrawingPanel
    session: Session
    drawing: Drawing
    encoding: DrawingEncoding
    stack: QUndoStack
    said: list[str] = field(default_factory=list)

    def show_model(self, latent: int = 2, pixels: int = 784) -> None:
        images = self.session.images
        assert images is not None
        if pixels != images.pixels:
            images = ImageSet("small", images.images[:, :pixels], images.labels)
        snapshot = random_model(VAEConfig(pixels, (24,), latent))
        self.session.show(open_model(snapshot, images, "random", "file"))

    def at(self, x: float, y: float) -> QPointF:
        """The pixel of the pad at a place of the drawing."""
        rect = self.panel.pad.picture_rect()
        return QPointF(rect.topLeft()) + QPointF(x, y) * rect.width() / SIDE


@pytest.fixture
def empty_dock(switch: ThemeSwitch, qtbot: QtBot, few_digits: ImageSet) -> Iterator[Dock]:
    session, drawing, stack, jobs = Session(), Drawing(), QUndoStack(), Jobs()
    encoding = DrawingEncoding(session, drawing)
    panel = DrawingPanel(drawing, encoding, stack, switch, jobs)
    session.set_images(few_digits)
    dock = Dock(panel, session, drawing, encoding, stack)
    panel.message.connect(dock.said.append)
    panel.resize(320, 620)
    with panels.shown(panel, qtbot):
        yield dock
    jobs.stop()


@pytest.fixture
def dock(empty_dock: Dock) -> Dock:
    empty_dock.show_model()
    return empty_dock
