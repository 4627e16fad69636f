"""The dock of the journey with a map above it, and neither the rest of the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.driving import LEFT, drag
from tests.ui.panels import shown
from tests.waiting import LONG
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.path_kinds import PathKind
from vae_explorer.state.journey import Anchor, DigitAnchor, Journey, Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.interpolation.panel import InterpolationPanel
from vae_explorer.ui.interpolation.rows import PathRow
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.jobs import Jobs

#: Two digits of different classes.
PAIR: tuple[Anchor, ...] = (DigitAnchor(7), DigitAnchor(2))


@dataclass
class Desk:
    session: Session
    selection: Selection
    looks: Looks
    stack: QUndoStack
    map: LatentMap
    panel: InterpolationPanel
    host: QWidget
    qtbot: QtBot
    said: list[str] = field(default_factory=list)

    @property
    def journey(self) -> Journey:
        return self.looks.journey

    @property
    def plan(self) -> Plan:
        return self.looks.journey.plan

    @property
    def anchors(self) -> list[Anchor]:
        return list(self.plan.anchors)

    def is_playing(self) -> bool:
        return self.panel.player.playing

    @property
    def model(self) -> OpenModel:
        assert self.session.model is not None
        return self.session.model

    def open(self, latent: int = 2, seed: int = 0) -> None:
        assert self.session.images is not None
        if len(self.selection.z) != latent:
            self.selection.move_to(np.zeros(latent))
        snapshot = random_model(VAEConfig(hidden=(12,), latent=latent), seed)
        self.session.show(open_model(snapshot, self.session.images, f"m{latent}", "file"))
        self.map.set_points(self.model.on_map, self.session.images.labels, ("z1", "z2"))

    def travel(self, *anchors: Anchor) -> None:
        """Have these anchors, without a step of the stack, and wait for all that belongs to them."""
        self.journey.add(*(anchors or PAIR))
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.panel.worker.busy, timeout=LONG)

    def row(self, kind: PathKind) -> PathRow:
        return self.panel.view.rows.rows[kind]

    def points(self, kind: PathKind | None = None) -> np.ndarray:
        found = self.panel.worker.found_of(kind or self.plan.chosen)
        assert found is not None
        return found.path.points

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, LEFT)

    def drag_over(self, kind: PathKind, frames: Sequence[int]) -> None:
        """Press on the first of these pictures, move over the others, and let go."""
        strip = self.row(kind).strip
        drag(strip, [QPointF(strip.rect_of(frame).center()) for frame in frames])


@pytest.fixture
def desk(few_digits: ImageSet, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Desk]:
    session, selection, jobs, stack, looks = Session(), Selection(), Jobs(), QUndoStack(), Looks()
    session.set_images(few_digits)
    moves, map_, host = CursorMoves(selection, stack), LatentMap(switch), QWidget()
    encoding = DrawingEncoding(session, looks.drawing, host)
    panel = InterpolationPanel(session, selection, looks, encoding, moves, stack, map_, switch, jobs)
    column = QVBoxLayout(host)
    column.addWidget(map_, 1)
    column.addWidget(panel)
    host.resize(1114, 620)
    desk = Desk(session, selection, looks, stack, map_, panel, host, qtbot)
    panel.message.connect(desk.said.append)
    with shown(host, qtbot):
        desk.open()
        QCoreApplication.processEvents()
        yield desk
        panel.player.stop()
        panel.worker.forget()
        jobs.stop()
    for widget in (panel, map_):
        widget.__dict__.clear()  # see tests/ui/conftest.py
    stack.deleteLater()
