"""The list of anchors alone on the screen, with a map beside it that shows the anchors."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.samples import first_digits, random_model
from tests.ui.driving import LEFT, click, pixel
from tests.ui.panels import shown
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.state.journey import Anchor, Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.interpolation.anchor_table import DetailRole
from vae_explorer.ui.interpolation.anchors import AnchorList
from vae_explorer.ui.interpolation.map_paths import MapPaths
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.jobs import Jobs


@dataclass
class AnchorDesk:
    """The list, the map and what they follow."""

    qtbot: QtBot
    session: Session
    selection: Selection
    looks: Looks
    stack: QUndoStack
    map: LatentMap
    panel: AnchorList
    paths: MapPaths
    said: list[str] = field(default_factory=list)

    def open(self, latent: int = 2, seed: int = 0) -> OpenModel:
        """Show a model with random weights, from −3 to 3 on the map, and the cursor at 0.25 in each dimension."""
        assert self.session.images is not None
        if len(self.selection.z) != latent:
            self.selection.move_to(np.full(latent, 0.25))
        snapshot = random_model(VAEConfig(hidden=(12,), latent=latent), seed)
        model = open_model(snapshot, self.session.images, f"m{latent}", "file")
        self.session.show(model)
        self.map.set_points(model.on_map, self.session.images.labels, model.projection.names)
        self.map.choose_view((-3.0, -3.0, 3.0, 3.0))
        return model

    @property
    def plan(self) -> Plan:
        return self.looks.journey.plan

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        return self.plan.anchors

    @property
    def names(self) -> list[str]:
        return [str(self.panel.table.index(row).data()) for row in range(self.panel.table.rowCount())]

    @property
    def details(self) -> list[str]:
        rows = range(self.panel.table.rowCount())
        return [str(self.panel.table.index(row).data(DetailRole)) for row in rows]

    def press(self, name: str) -> None:
        self.qtbot.mouseClick(self.panel.buttons[name], LEFT)

    def choose(self, *texts: str) -> None:
        """Choose an entry of the menu, by the beginnings of its text and of the menus that it is in."""
        menu: QMenu = self.panel.menu
        menu.aboutToShow.emit()
        for text in texts[:-1]:
            menu = next(a.menu() for a in menu.actions() if a.text().startswith(text))  # type: ignore[assignment]
        action = next(a for a in menu.actions() if a.text().startswith(texts[-1]))
        assert action.isEnabled()
        action.trigger()

    def select(self, row: int) -> None:
        """Click on a row."""
        index = self.panel.table.index(row)
        self.panel.view.scrollTo(index)
        place = self.panel.view.visualRect(index).center()
        self.qtbot.mouseClick(self.panel.view.viewport(), LEFT, pos=place)

    def pixel(self, x: float, y: float) -> QPointF:
        return pixel(self.map, x, y)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the map."""
        click(self.map.viewport(), self.pixel(x, y))

    def settle(self) -> None:
        """Wait until the list says all that it has to say."""
        self.qtbot.waitUntil(lambda: not self.panel.busy, timeout=SHORT)


@pytest.fixture(scope="session")
def some_digits() -> ImageSet:
    return first_digits(60)


@pytest.fixture
def anchor_desk(switch: ThemeSwitch, qtbot: QtBot, some_digits: ImageSet) -> Iterator[AnchorDesk]:
    session, selection, looks, stack, jobs = Session(), Selection(), Looks(), QUndoStack(), Jobs()
    session.set_images(some_digits)
    selection.move_to(np.array([0.25, 0.25]))
    map_ = LatentMap(switch)
    map_.resize(480, 360)
    encoding = DrawingEncoding(session, looks.drawing)
    list_ = AnchorList(session, selection, looks, encoding, stack, map_, switch, jobs)
    list_.resize(230, 240)
    paths = MapPaths(map_, session, looks.journey, stack, switch, map_)
    list_.current_changed.connect(paths.show_current)
    paths.anchor_pressed.connect(list_.select)
    desk = AnchorDesk(qtbot, session, selection, looks, stack, map_, list_, paths)
    list_.message.connect(desk.said.append)
    with shown(map_, qtbot), shown(list_, qtbot):
        yield desk
        list_.hide()
        jobs.stop()
    stack.deleteLater()
