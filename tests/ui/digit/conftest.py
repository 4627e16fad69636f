"""The digit dock alone on the screen, with real digits and a model."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui import panels
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session, open_model
from vae_explorer.ui.digit.panel import DigitPanel
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.jobs import Jobs

switch = panels.switch


@dataclass
class Dock:
    """The panel and what it follows."""

    panel: DigitPanel
    session: Session
    selection: Selection
    picks: Picks
    stack: QUndoStack

    def show_model(self, latent: int = 2, seed: int = 0, hidden: tuple[int, ...] = (24,)) -> None:
        images = self.session.images
        assert images is not None
        snapshot = random_model(VAEConfig(hidden=hidden, latent=latent), seed)
        self.session.show(open_model(snapshot, images, "random", "file"))


@pytest.fixture
def empty_dock(switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Dock]:
    session, selection, picks, stack, jobs = Session(), Selection(), Picks(), QUndoStack(), Jobs()
    panel = DigitPanel(session, selection, picks, stack, switch, jobs)
    with panels.shown(panel, qtbot):
        yield Dock(panel, session, selection, picks, stack)
    jobs.stop()


@pytest.fixture
def dock(empty_dock: Dock, few_digits: ImageSet) -> Dock:
    empty_dock.session.set_images(few_digits)
    empty_dock.show_model()
    return empty_dock
