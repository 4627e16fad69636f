from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.digit.conftest import Dock
from tests.ui.driving import LEFT, SHORT, retype
from vae_explorer.core.image_terms import ImageExplanation, explain_image, image_terms
from vae_explorer.core.images import square
from vae_explorer.core.planes import AxesPlane, projection_on
from vae_explorer.core.snapshot import Posterior
from vae_explorer.ui.digit.explainer import draw_epsilon
from vae_explorer.ui.widgets.figure import number
from vae_explorer.ui.widgets.image_view import to_image


def expected(dock: Dock, draw: int = 0) -> ImageExplanation:
    model, images, index = dock.session.model, dock.session.images, dock.picks.focus
    assert model is not None
    assert images is not None
    assert index is not None
    mu, logvar = model.posterior.mu[index], model.posterior.logvar[index]
    return explain_image(model.snapshot, images.images[index], mu, logvar, draw_epsilon(index, draw, len(mu)))


def assert_shown(dock: Dock, draw: int = 0) -> None:
    panel, images, index, terms = dock.panel, dock.session.images, dock.picks.focus, expected(dock, draw)
    assert images is not None
    assert index is not None
    assert panel._title.text() == f"Label {images.labels[index]} · test digit #{index:,}"
    assert panel.input.image == to_image(square(images.images[index]))
    assert panel.from_mu.image == to_image(terms.from_mu)
    assert panel.from_sample.image == to_image(terms.from_sample)
    assert panel.terms.figures["elbo"].text == f"{number(terms.elbo, 2)} nats"
    assert panel.terms.figures["reconstruction"].text == f"{number(terms.reconstruction, 2)} nats"
    assert panel.terms.figures["kl"].text == f"{number(terms.kl, 2)} nats"


def test_without_a_model_it_says_so(empty_dock: Dock) -> None:
    assert empty_dock.panel._empty.isVisible()
    assert "Train a model or open one" in empty_dock.panel._empty.text()
    assert not empty_dock.panel.finder.isEnabled()


def test_without_a_digit_it_says_what_to_do(dock: Dock) -> None:
    assert dock.panel._empty.text() == "Click a digit on the map to look at its posterior."
    assert not dock.panel._body.isVisible()
    assert dock.panel.finder.field.text() == "–"


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
def test_pictures_and_figures_are_those_of_the_model(dock: Dock, latent: int) -> None:
    dock.show_model(latent)
    for index in (8, 0, 599):
        dock.picks.pick([index])
        assert_shown(dock)
        assert not dock.panel._empty.isVisible()


def test_above_two_dimensions_it_says_how_far_off_the_plane_the_digit_is(dock: Dock) -> None:
    dock.picks.pick([8])
    assert not dock.panel.off_plane.isVisible()
    dock.show_model(5)
    model = dock.session.model
    assert model is not None
    for plane in (model.plane, AxesPlane(3, 4)):
        mu = model.posterior.mu
        model = replace(model, plane=plane, projection=projection_on(plane, mu))
        dock.session.show(model)
        # On two axes it is what the other coordinates are from their mean; on the principal plane, what is left of it.
        offset = mu[8].astype(np.float64) - model.projection.origin
        within = model.projection.axes @ offset
        distance = np.sqrt(offset @ offset - within @ within)
        assert dock.panel.off_plane.isVisible()
        assert f" {number(float(distance), 3)} off" in dock.panel.off_plane.text()


def test_the_elbo_is_the_sum_of_its_parts_as_training_counts_them(dock: Dock) -> None:
    dock.picks.pick([3])
    model, images, terms = dock.session.model, dock.session.images, expected(dock)
    assert model is not None
    assert images is not None
    row = Posterior(model.posterior.mu[3:4], model.posterior.logvar[3:4])
    assert terms.kl == pytest.approx(image_terms(model.snapshot, images.images[3:4], row).kl[0])
    assert terms.elbo == pytest.approx(-(terms.reconstruction + terms.kl))
    parts = [float(part.split()[1].strip(",")) for part in _dimensions(dock)]
    np.testing.assert_allclose(parts, terms.kl_per_dimension, atol=0.006)


def _dimensions(dock: Dock) -> list[str]:
    text = dock.panel.terms.dimensions.text()
    return text.split(": ")[1].removesuffix(" nats").split(", ")


def test_of_many_dimensions_the_largest_are_named(dock: Dock) -> None:
    dock.show_model(20)
    dock.picks.pick([3])
    named = [int(part.split()[0][1:]) - 1 for part in _dimensions(dock)]
    assert named == np.argsort(-expected(dock).kl_per_dimension)[:5].tolist()


def test_resampling_changes_the_draw_only_and_is_the_same_sequence_each_time(dock: Dock) -> None:
    dock.picks.pick([8])
    panel = dock.panel
    from_mu, seen = panel.from_mu.image, [panel.from_sample.image]
    elbo, kl = panel.terms.figures["elbo"].text, panel.terms.figures["kl"].text
    for draw in (1, 2):
        panel.resample.setFocus()
        QTest.keyClick(panel.resample, Qt.Key.Key_Space)
        assert_shown(dock, draw)
        seen.append(panel.from_sample.image)
    assert seen[0] != seen[1] != seen[2]
    assert panel.from_mu.image == from_mu
    assert panel.terms.figures["kl"].text == kl
    assert panel.terms.figures["elbo"].text != elbo
    dock.picks.pick([9])
    dock.picks.pick([8])
    assert panel.from_sample.image == seen[0]


def test_a_number_picks_that_digit_and_undo_takes_it_back(dock: Dock) -> None:
    field = dock.panel.finder.field
    retype(field, "42")
    assert dock.picks.focus == 42
    assert_shown(dock)
    retype(field, "7")
    assert dock.picks.indices.tolist() == [7]
    dock.stack.undo()
    assert (dock.picks.focus, field.value()) == (42, 42)
    assert_shown(dock)
    dock.stack.undo()
    assert dock.picks.focus is None
    assert dock.panel._empty.isVisible()
    dock.stack.redo()
    assert dock.picks.focus == 42


def test_no_number_beyond_the_last_digit(dock: Dock) -> None:
    retype(dock.panel.finder.field, "100000")
    assert dock.picks.focus is None or dock.picks.focus < 600


def test_steps_go_round_the_picked_digits(dock: Dock, qtbot: QtBot) -> None:
    finder = dock.panel.finder
    dock.picks.pick([30, 5, 20], 20)
    assert finder._count.text() == "2 of 3 picked"
    seen = []
    for button in (finder.next, finder.next, finder.previous):
        qtbot.mouseClick(button, LEFT)
        seen.append(dock.picks.focus)
        assert dock.picks.indices.tolist() == [5, 20, 30]
    assert seen == [30, 5, 30]
    dock.stack.undo()
    assert dock.picks.focus == 5
    retype(finder.field, "20")  # one of the picked ones: these stay
    assert dock.picks.indices.tolist() == [5, 20, 30]
    dock.picks.pick([5])
    assert not finder.next.isEnabled()


def test_the_cursor_goes_to_its_mean(dock: Dock, qtbot: QtBot) -> None:
    dock.picks.pick([8])
    model = dock.session.model
    assert model is not None
    qtbot.mouseClick(dock.panel.go, LEFT)
    np.testing.assert_array_equal(dock.selection.z, model.posterior.mu[8])
    qtbot.mouseClick(dock.panel.go, LEFT)  # it is there already
    assert dock.stack.count() == 1
    dock.stack.undo()
    np.testing.assert_array_equal(dock.selection.z, [0, 0])


def test_newer_weights_are_awaited_until_the_posterior_is_newer_too(dock: Dock) -> None:
    dock.picks.pick([8])
    model, images = dock.session.model, dock.session.images
    assert model is not None
    assert images is not None
    before = dock.panel.from_mu.image
    newer = random_model(model.snapshot.config, seed=5)
    dock.session.show(replace(model, snapshot=newer))
    assert dock.panel.from_mu.image is before
    dock.session.show(replace(model, snapshot=newer, posterior=newer.encode(images.images)))
    assert_shown(dock)
    assert dock.panel.from_mu.image != before


def test_while_it_is_hidden_nothing_is_calculated(dock: Dock) -> None:
    answered: list[int] = []
    dock.panel._explainer.explained.connect(lambda question, _terms: answered.append(question.index))
    dock.panel.hide()
    dock.picks.pick([8])
    dock.picks.pick([9])
    assert not answered
    dock.panel.show()
    assert answered == [9]
    assert_shown(dock)


def test_a_large_model_answers_from_another_thread(dock: Dock, qtbot: QtBot) -> None:
    dock.show_model(hidden=(4096, 2048))
    asked: list[int] = []
    dock.panel._explainer.explained.connect(lambda question, _terms: asked.append(question.index))
    for index in (5, 6, 7, 8):
        dock.picks.pick([index])
    assert not asked
    qtbot.waitUntil(lambda: bool(asked), timeout=SHORT)
    assert asked == [8]
    assert dock.panel._title.text().endswith("#8")


def test_the_dock_is_narrow_enough(dock: Dock) -> None:
    dock.picks.pick([8])
    assert dock.panel.minimumSizeHint().width() <= 270
