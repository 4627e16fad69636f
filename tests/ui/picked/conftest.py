"""A map with real digits, its cursor and its picks, without the rest of the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QUndoStack
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, NONE
from tests.ui.panels import large_font, shown, switch
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session, open_model
from vae_explorer.ui.cursor import CursorControl
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.picked.control import PickControl
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.jobs import Jobs

__all__ = ["large_font", "switch"]

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def session(few_digits: ImageSet, tutorial_model: Path) -> Session:
    session = Session()
    session.set_images(few_digits)
    session.show(open_model(load_model(tutorial_model), few_digits, "tutorial", "file"))
    return session


@pytest.fixture
def picks() -> Picks:
    return Picks()


@pytest.fixture
def stack(qapp: object) -> QUndoStack:
    return QUndoStack()


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.stop()


@dataclass
class Bench:
    """What the tests of picking look at."""

    map: LatentMap
    session: Session
    picks: Picks
    selection: Selection
    stack: QUndoStack

    @property
    def mu(self) -> np.ndarray:
        assert self.session.model is not None
        return self.session.model.posterior.mu

    def pixel(self, index: int) -> QPointF:
        """The whole pixel at a digit."""
        return QPointF(self.map.pixel_at(self.mu[index].astype(float)).toPoint())

    def lonely(self, count: int = 1) -> list[int]:
        """Digits whose neighbours are far away, so that a click means them and no other; the loneliest first."""
        distances = np.linalg.norm(self.mu[:, None] - self.mu[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        return distances.min(1).argsort()[::-1][:count].tolist()


@pytest.fixture
def bench(
    session: Session, picks: Picks, stack: QUndoStack, switch: ThemeSwitch, qtbot: QtBot
) -> Iterator[Bench]:
    window, map_, selection = QWidget(), LatentMap(switch), Selection()
    window.resize(800, 600)
    QVBoxLayout(window).addWidget(map_)
    moves = CursorMoves(selection, stack)
    CursorControl(session, selection, moves, map_).connect_map(map_)
    PickControl(picks, stack, map_).connect_map(map_)
    with shown(window, qtbot):
        assert session.model is not None
        assert session.images is not None
        map_.set_points(session.model.on_map, session.images.labels, ("z1", "z2"))
        selection.z_changed.connect(lambda: map_.set_cursor(selection.z))
        QCoreApplication.processEvents()
        map_.setFocus()
        yield Bench(map_, session, picks, selection, stack)
    map_.__dict__.clear()  # see tests/ui/conftest.py


def drag_with(
    map_: LatentMap,
    places: Sequence[QPointF],
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press the left button at the first place with keys held, move through the others, let go at the last."""
    viewport = map_.viewport()

    def send(kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        where = QPointF(viewport.mapToGlobal(place.toPoint()))
        QCoreApplication.sendEvent(viewport, QMouseEvent(kind, place, where, button, buttons, modifiers))

    send(QEvent.Type.MouseButtonPress, places[0], LEFT, LEFT)
    for place in places[1:]:
        send(QEvent.Type.MouseMove, place, NONE, LEFT)
    send(QEvent.Type.MouseButtonRelease, places[-1], LEFT, NONE)


def around(middle: QPointF, reach: float) -> list[QPointF]:
    """A square line around a pixel."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return [middle + QPointF(x * reach, y * reach) for x, y in corners]
