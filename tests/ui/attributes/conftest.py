"""The attributes dock alone on the screen, with the bundled deep model, some digits, and a map beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.samples import first_digits, random_model
from tests.ui import panels
from tests.waiting import SHORT
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_sources import Source
from vae_explorer.core.directions import Direction
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.resources import resource_path
from vae_explorer.state.edits import Edits
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.attributes.panel import AttributesPanel
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.jobs import Jobs

switch = panels.switch
large_font = panels.large_font


@dataclass
class Desk:
    """The panel and what it follows."""

    qtbot: QtBot
    panel: AttributesPanel
    map: LatentMap
    session: Session
    selection: Selection
    looks: Looks
    stack: QUndoStack
    said: list[str] = field(default_factory=list)

    @property
    def edits(self) -> Edits:
        return self.looks.edits

    @property
    def model(self) -> OpenModel:
        assert self.session.model is not None
        return self.session.model

    def open(self, snapshot: ModelSnapshot, run: str | None = None) -> None:
        """Show a model, with the cursor where it may be."""
        assert self.session.images is not None
        model = open_model(snapshot, self.session.images, "model", "file")
        if len(self.selection.z) != snapshot.config.latent:
            self.selection.move_to(np.full(snapshot.config.latent, 0.25))
        self.session.show(model)
        self.map.set_points(model.on_map, self.session.images.labels, model.projection.names)

    def open_random(self, latent: int, seed: int = 0) -> None:
        self.open(random_model(VAEConfig(hidden=(16,), latent=latent), seed))

    def add(self, name: str, source: Source) -> Direction:
        """Add a direction, wait for it, and make it the current one."""
        self.edits.add(name, source)
        self.qtbot.waitUntil(lambda: self.panel.finder.up_to_date, timeout=SHORT)
        self.panel.list.set_current(name)
        return self.direction(name)

    def direction(self, name: str) -> Direction:
        entry = self.edits.find(name)
        assert entry is not None
        assert entry.used is not None
        return entry.used


@pytest.fixture(scope="session")
def deep_model() -> ModelSnapshot:
    return load_model(resource_path("models", "mnist-deep-2d.safetensors"))


@pytest.fixture(scope="session")
def sixty() -> ImageSet:
    """Few enough to be measured in a blink; twelve of them are held out."""
    return first_digits(60)


@pytest.fixture
def desk(switch: ThemeSwitch, qtbot: QtBot, sixty: ImageSet, deep_model: ModelSnapshot) -> Iterator[Desk]:
    session, selection, looks, stack, jobs = Session(), Selection(), Looks(), QUndoStack(), Jobs()
    session.set_images(sixty)
    map_ = LatentMap(switch)
    map_.resize(420, 320)
    panel = AttributesPanel(
        session,
        selection,
        looks,
        DrawingEncoding(session, looks.drawing),
        CursorMoves(selection, stack),
        stack,
        map_,
        switch,
        jobs,
    )
    panel.resize(1110, 200)
    desk = Desk(qtbot, panel, map_, session, selection, looks, stack)
    panel.message.connect(desk.said.append)
    desk.open(deep_model)
    with panels.shown(map_, qtbot), panels.shown(panel, qtbot):
        yield desk
        panel.hide()
        panel.stop()
        jobs.stop()
