from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.samples import bundled_folder, random_model
from tests.ui.panels import shown, switch
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.state.picks import Picks
from vae_explorer.state.session import Session, open_model
from vae_explorer.ui.planes.button import PlaneButton
from vae_explorer.ui.planes.control import PlaneControl
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.message_bar import MessageBar
from vae_explorer.workers.jobs import Jobs

__all__ = ["switch"]


@dataclass
class Desk:
    """The button for the plane with everything that it needs, in a window of its own."""

    session: Session
    picks: Picks
    stack: QUndoStack
    messages: MessageBar
    control: PlaneControl
    button: PlaneButton
    room: QWidget

    def open(self, latent: int, seed: int = 0) -> None:
        """Show a model of random weights, as a file with it would be opened."""
        images = self.session.images
        assert images is not None
        snapshot = random_model(VAEConfig(hidden=(12,), latent=latent), seed)
        self.session.show(open_model(snapshot, images, f"m{latent}", "file"))


@pytest.fixture(scope="session")
def few() -> ImageSet:
    digits = load_images("test", bundled_folder())
    return ImageSet("few", digits.images[:200], digits.labels[:200])


@pytest.fixture
def desk(few: ImageSet, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Desk]:
    session, picks, jobs = Session(), Picks(), Jobs()
    session.set_images(few)
    room = QWidget()
    stack = QUndoStack(room)
    messages = MessageBar(switch, room)
    control = PlaneControl(session, jobs, stack, messages, room)
    button = PlaneButton(session, picks, control, jobs)
    layout = QVBoxLayout(room)
    layout.addWidget(button)
    layout.addStretch()
    room.resize(500, 400)
    with shown(room, qtbot):
        yield Desk(session, picks, stack, messages, control, button, room)
        jobs.stop()
