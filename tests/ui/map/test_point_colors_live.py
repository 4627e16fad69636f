"""The colours of the points in a window in which a model really learns."""

import numpy as np
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT, fill_in, next_epoch, run_of, start_training, stop_training
from vae_explorer.core.image_terms import image_terms, own_posterior
from vae_explorer.state.session import OpenModel
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.map.point_scale import scale_of


def colored(window: MainWindow) -> OpenModel:
    """The model whose terms the colours are; that they are is made sure."""
    model, images = window.exploration.point_colors._colored, window.session.images
    assert model is not None
    assert images is not None
    assert own_posterior(model.snapshot, images.images, model.posterior) is model.posterior
    terms = image_terms(model.snapshot, images.images, model.posterior)
    assert terms is not None
    drawn = window.map_panel.map._points.cloud._colors
    np.testing.assert_array_equal(drawn, scale_of(terms.elbo).steps)
    return model


def is_current(window: MainWindow) -> bool:
    """Whether the colours are those of the places on the map, and the legend has nothing to say."""
    model, colors = window.session.model, window.exploration.point_colors
    same = colors._colored is not None and model is not None and colors._colored.posterior is model.posterior
    return same and not window.map_panel.legend.age.text()


def test_colours_lag_while_a_model_learns_and_are_current_when_it_pauses(
    busy: MainWindow, qtbot: QtBot
) -> None:
    age, later = busy.map_panel.legend.age, busy.exploration.point_colors._later
    busy.looks.look.set_color_by("elbo")
    qtbot.waitUntil(later.isActive, timeout=SHORT)
    next_epoch(busy, qtbot)
    assert age.text().startswith("ELBO of ")
    behind = colored(busy)
    with qtbot.waitSignal(busy.trainer.paused, timeout=SHORT):
        busy.training.pause()
    assert not later.isActive()
    qtbot.waitUntil(lambda: is_current(busy), timeout=SHORT)
    assert colored(busy).epoch > behind.epoch
    stop_training(busy, qtbot)


def test_colours_are_current_when_a_training_is_stopped(busy: MainWindow, qtbot: QtBot) -> None:
    busy.looks.look.set_color_by("elbo")
    qtbot.waitUntil(busy.exploration.point_colors._later.isActive, timeout=SHORT)
    stop_training(busy, qtbot)
    assert not busy.exploration.point_colors._later.isActive()
    qtbot.waitUntil(lambda: is_current(busy), timeout=SHORT)
    assert colored(busy).epoch == run_of(busy).epochs[-1]


def test_colours_are_current_when_a_training_is_finished(window: MainWindow, qtbot: QtBot) -> None:
    window.looks.look.set_color_by("elbo")
    fill_in(window, epochs=4)
    start_training(window, qtbot)
    qtbot.waitUntil(lambda: not window.training.running, timeout=SHORT)
    assert not window.exploration.point_colors._later.isActive()
    qtbot.waitUntil(lambda: is_current(window), timeout=SHORT)
    assert colored(window).epoch == 4


def test_who_scrubs_during_a_training_does_not_wait(busy: MainWindow, qtbot: QtBot) -> None:
    busy.looks.look.set_color_by("elbo")
    qtbot.waitUntil(busy.exploration.point_colors._later.isActive, timeout=SHORT)
    busy.timeline.go_to(1)
    assert not busy.exploration.point_colors._later.isActive()
    qtbot.waitUntil(lambda: is_current(busy), timeout=SHORT)
    assert colored(busy).epoch == 1
    stop_training(busy, qtbot)
