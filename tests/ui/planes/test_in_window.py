"""The plane of the map in the whole window: clicks on it, and snapshots of a run."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import SHORT, click, drag, fill_in, pixel, train
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane, Plane
from vae_explorer.state.session import OpenModel
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def ten(open_window: OpenWindow, tmp_path: Path) -> MainWindow:
    """A window with a model of ten latent dimensions."""
    return open_window(save_random_model(tmp_path / "ten.safetensors", VAEConfig(hidden=(24,), latent=10)))


def model_of(window: MainWindow) -> OpenModel:
    assert window.session.model is not None
    return window.session.model


def show_on_plane(window: MainWindow, plane: Plane, qtbot: QtBot) -> None:
    from vae_explorer.ui.planes.control import PlaneControl

    control = getattr(window, "plane_control", None) or PlaneControl(
        window.session, window._workers.jobs, window.undo_stack, window.map_panel.messages, window
    )
    control.choose(plane)
    qtbot.waitUntil(lambda: model_of(window).plane == plane, timeout=SHORT)
    # The digits are elsewhere now.
    window.actions_["fit"].trigger()


@pytest.mark.parametrize("plane", [AxesPlane(3, 7), DigitsPlane(1, 20, 300), PRINCIPAL])
def test_a_click_keeps_the_coordinates_off_the_plane(ten: MainWindow, plane: Plane, qtbot: QtBot) -> None:
    if plane != PRINCIPAL:
        show_on_plane(ten, plane, qtbot)
    start = np.linspace(-2, 2, 10)
    ten.selection.move_to(start)
    map_ = ten.map_panel.map
    center = map_.getViewBox().viewRect().center()
    place = pixel(map_, center.x(), center.y())
    click(map_.viewport(), place)
    moved = ten.selection.z - start
    assert np.abs(moved).max() > 0.01
    axes = model_of(ten).projection.axes
    # All of the move lies in the plane.
    np.testing.assert_allclose(moved - (moved @ axes.T) @ axes, 0, atol=1e-9)
    np.testing.assert_allclose(map_.cursor_xy, map_.place_at(place), atol=1e-9)
    if isinstance(plane, AxesPlane):
        np.testing.assert_array_equal(np.flatnonzero(moved), [plane.i, plane.j])
        np.testing.assert_allclose(ten.selection.z[[plane.i, plane.j]], map_.place_at(place), atol=1e-9)


def test_drags_and_arrow_keys_keep_them_too(ten: MainWindow, qtbot: QtBot) -> None:
    show_on_plane(ten, AxesPlane(0, 9), qtbot)
    start = np.linspace(-2, 2, 10)
    ten.selection.move_to(start)
    map_ = ten.map_panel.map
    drag(map_.viewport(), [pixel(map_, x, 0.2) for x in (0.0, 0.3, 0.6)])
    QTest.keyClick(map_, Qt.Key.Key_Up)
    np.testing.assert_array_equal(ten.selection.z[1:9], start[1:9])
    assert (ten.selection.z[[0, 9]] != start[[0, 9]]).all()


def test_the_picture_is_of_the_whole_point(ten: MainWindow, qtbot: QtBot) -> None:
    show_on_plane(ten, AxesPlane(0, 1), qtbot)
    map_ = ten.map_panel.map
    pictures = []
    for level in (-2.0, 2.0):
        ten.selection.move_to(np.full(10, level))
        click(map_.viewport(), pixel(map_, 0, 0))
        pictures.append(ten.decoder_panel.picture)
    assert (pictures[0] != pictures[1]).any()


def test_snapshots_of_a_run_come_on_the_chosen_plane(window: MainWindow, qtbot: QtBot) -> None:
    fill_in(window, latent=4, epochs=3)
    run = train(window, qtbot)
    for plane in (AxesPlane(3, 1), DigitsPlane(10, 20, 30)):
        show_on_plane(window, plane, qtbot)
        for epoch in (1, 3, 2):
            window.run_control.show_epoch(run, epoch)
            qtbot.waitUntil(lambda epoch=epoch: model_of(window).epoch == epoch, timeout=SHORT)  # type: ignore[misc]
            assert model_of(window).plane == plane
    three = model_of(window).on_map[[10, 20, 30]]
    np.testing.assert_allclose([three[0, 0], three[0, 1], three[1, 1]], 0, atol=1e-5)
    mu = model_of(window).posterior.mu
    np.testing.assert_allclose(three[1, 0], np.linalg.norm(mu[20] - mu[10]), rtol=1e-4)


def test_one_latent_dimension_lies_along_x(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(save_random_model(tmp_path / "one.safetensors", VAEConfig(hidden=(8,), latent=1)))
    map_ = window.map_panel.map
    np.testing.assert_array_equal(model_of(window).on_map[:, 1], 0)
    center = map_.getViewBox().viewRect().center()
    place = pixel(map_, center.x() + 0.1, center.y())
    click(map_.viewport(), place)
    np.testing.assert_allclose(window.selection.z, map_.place_at(place)[:1])
    assert map_.cursor_xy[1] == 0
