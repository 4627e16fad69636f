"""Which digit a drawing looks like, said while one draws."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.clipping import cut_off
from tests.ui.drawing.conftest import Dock
from tests.ui.drawing.test_panel import DOWN, draw_a_one
from tests.ui.driving import LEFT, NONE, send_mouse
from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.neighbours import ClassVotes, Neighbours
from vae_explorer.state.session import open_model
from vae_explorer.ui.drawing.looks_like import LooksLike

large_font = panels.large_font


@pytest.fixture
def trained(dock: Dock) -> Dock:
    """The dock with a model that learnt digits."""
    assert dock.session.images is not None
    dock.session.show(open_model(load_model(model_path(DEFAULT_MODEL)), dock.session.images, "m", "file"))
    return dock


def expected(dock: Dock) -> tuple[int, int]:
    """The class with the most votes where the drawing lies, and how many of 15."""
    model, images, found = dock.session.model, dock.session.images, dock.encoding.result
    assert model is not None
    assert images is not None
    assert found is not None
    neighbours = Neighbours(model.posterior.mu, images.labels)
    first = int(neighbours.predicted(found.mu[None])[0])
    return first, round(15 * float(neighbours.class_probabilities(found.mu[None])[0, first]))


def assert_says_what_the_neighbours_vote(dock: Dock) -> None:
    said, (first, votes) = dock.panel.looks_like, expected(dock)
    assert said.verdict.text().startswith(f"Looks like {first}")
    assert said.votes.text().startswith(f"{votes} ")
    assert said.votes.text().endswith(" of 15 nearest digits")


def test_a_one_looks_like_a_one_as_soon_as_it_is_drawn(trained: Dock) -> None:
    said, pad = trained.panel.looks_like, trained.panel.pad
    assert not said.verdict.text()
    paper = pad.mapTo(trained.panel, pad.picture_rect().topLeft()), pad.picture_rect().size()
    send_mouse(pad, QEvent.Type.MouseButtonPress, trained.at(*DOWN[0]))
    heard = []
    for place in DOWN[1:]:
        send_mouse(pad, QEvent.Type.MouseMove, trained.at(*place), NONE)
        # The button is still down.
        assert_says_what_the_neighbours_vote(trained)
        heard.append(said.verdict.text())
    send_mouse(pad, QEvent.Type.MouseButtonRelease, trained.at(*DOWN[-1]), buttons=NONE)
    assert heard[-1] == "Looks like 1"
    # Nothing moves under the hand.
    QApplication.processEvents()
    assert paper == (pad.mapTo(trained.panel, pad.picture_rect().topLeft()), pad.picture_rect().size())
    assert 0 < said.y() - pad.geometry().bottom() < 20


@pytest.mark.parametrize("index", [0, 1, 2, 3, 10])
def test_a_test_digit_looks_like_what_lies_around_it(trained: Dock, index: int) -> None:
    assert trained.session.images is not None
    trained.drawing.set_pixels(trained.session.images.picture(index))
    assert_says_what_the_neighbours_vote(trained)
    assert f"Looks like {trained.session.images.labels[index]}" in trained.panel.looks_like.verdict.text()


def test_an_empty_pad_looks_like_nothing(trained: Dock, qtbot: QtBot) -> None:
    draw_a_one(trained)
    qtbot.mouseClick(trained.panel.clear, LEFT)
    assert trained.panel.looks_like.verdict.text() == trained.panel.looks_like.votes.text() == ""
    trained.stack.undo()
    assert trained.panel.looks_like.verdict.text() == "Looks like 1"


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
def test_any_latent_size_votes(dock: Dock, latent: int) -> None:
    draw_a_one(dock)
    dock.show_model(latent)
    assert_says_what_the_neighbours_vote(dock)


def test_another_model_votes_anew(trained: Dock) -> None:
    draw_a_one(trained)
    before = trained.panel.looks_like.votes.text()
    model = trained.session.model
    assert model is not None
    # All digits lie elsewhere, each on the place of another one.
    moved = replace(model.posterior, mu=np.roll(model.posterior.mu, 7, 0))
    trained.session.show(replace(model, posterior=moved))
    assert_says_what_the_neighbours_vote(trained)
    assert trained.panel.looks_like.votes.text() != before


def test_digits_without_labels_do_not_vote(trained: Dock) -> None:
    images = trained.session.images
    assert images is not None
    trained.session.images = ImageSet("unlabelled", images.images, images.labels[:0])
    draw_a_one(trained)
    assert trained.encoding.result is not None
    assert not trained.panel.looks_like.verdict.text()


def test_it_says_that_it_is_no_classifier(trained: Dock) -> None:
    assert "not a classifier" in trained.panel.looks_like.toolTip()


def test_a_close_second_is_named_with_its_votes(large_font: None, qtbot: QtBot) -> None:
    said = LooksLike()
    said.resize(220, 80)
    with panels.shown(said, qtbot):
        said.show_votes(ClassVotes(4, 8, 9, 7, 15))
        assert said.verdict.text() == "Looks like 4 or 9"
        assert said.votes.text() == "8 and 7 of 15 nearest digits"
        qtbot.waitUntil(lambda: not cut_off(said))
        said.show_votes(ClassVotes(4, 14, None, 0, 15))
        assert (said.verdict.text(), said.votes.text()) == ("Looks like 4", "14 of 15 nearest digits")
