import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driving import (
    LEFT,
    NONE,
    RIGHT,
    click,
    color_at,
    drag,
    hold,
    hover,
    most_frequent_color,
    one_pixel,
    pixel,
    send_mouse,
)
from vae_explorer.core.data import ImageSet
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import LIGHT


def placed(map_: LatentMap, x: float, y: float) -> bool:
    """Whether the cursor is within a pixel of a place."""
    return bool(np.abs(map_.cursor_xy - (x, y)).max() <= 1.01 * one_pixel(map_))


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.5, -0.75), (-1.0, 2.0)])
def test_a_click_puts_the_cursor_where_it_was_clicked(window: MainWindow, x: float, y: float) -> None:
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, x, y))
    assert placed(map_, x, y)
    np.testing.assert_allclose(window.selection.z, map_.cursor_xy)


def test_clicks_of_the_test_library_arrive_too(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    qtbot.mouseClick(map_.viewport(), LEFT, pos=pixel(map_, 0.5, 0.5).toPoint())
    assert placed(map_, 0.5, 0.5)
    assert map_.hasFocus()


def test_places_and_pixels_agree(window: MainWindow) -> None:
    map_ = window.map_panel.map
    for x, y in ((0.0, 0.0), (2.0, 1.0), (-1.5, -2.0)):
        place = map_.place_at(map_.pixel_at(np.array([x, y])))
        np.testing.assert_allclose(place, (x, y), atol=1.01 * one_pixel(map_))


def test_the_cursor_is_drawn_where_it_is(window: MainWindow) -> None:
    map_ = window.map_panel.map
    for digit in range(10):  # only the cursor is left
        map_.set_class_shown(digit, False)
    map_.set_nearest(-1)
    spot = pixel(map_, 1.0, 1.0)
    ring = spot.toPoint() + QPoint(9, 0)  # a little right of the middle is the circle's line
    before = color_at(map_, ring)
    click(map_.viewport(), spot)
    map_.set_nearest(-1)
    assert color_at(map_, ring) != before
    click(map_.viewport(), pixel(map_, -1.0, -1.0))
    map_.set_nearest(-1)
    assert color_at(map_, ring) == before


def test_a_drag_moves_the_cursor_continuously(window: MainWindow) -> None:
    map_ = window.map_panel.map
    seen = []
    window.selection.z_changed.connect(lambda: seen.append(map_.cursor_xy))
    places = [(-1.0, -1.0), (-0.5, 0.0), (0.0, 0.5), (1.0, 1.0)]
    drag(map_.viewport(), [pixel(map_, x, y) for x, y in places])
    assert len(seen) == len(places)
    np.testing.assert_allclose(seen, places, atol=1.01 * one_pixel(map_))


def test_a_drag_may_leave_the_map(window: MainWindow) -> None:
    map_ = window.map_panel.map
    drag(map_.viewport(), [pixel(map_, 0, 0), QPointF(-200, -200)])
    assert np.isfinite(window.selection.z).all()
    assert not map_.is_in_view(map_.cursor_xy)


def test_a_click_on_an_axis_does_nothing(window: MainWindow) -> None:
    map_ = window.map_panel.map
    before = window.selection.z
    click(map_.viewport(), QPointF(3, 3))
    click(map_.viewport(), QPointF(map_.viewport().width() / 2, map_.viewport().height() - 3))
    assert window.selection.z is before


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        (Qt.Key.Key_Left, (-1, 0)),
        (Qt.Key.Key_Right, (1, 0)),
        (Qt.Key.Key_Up, (0, 1)),
        (Qt.Key.Key_Down, (0, -1)),
    ],
)
def test_arrow_keys_step_the_cursor(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, direction: tuple[int, int]
) -> None:
    map_ = window.map_panel.map
    map_.setFocus()
    step = map_.getViewBox().viewRect().width() * 0.01
    qtbot.keyClick(map_, key)
    np.testing.assert_allclose(window.selection.z, np.array(direction) * step)
    qtbot.keyClick(map_, key, Qt.KeyboardModifier.ShiftModifier)
    np.testing.assert_allclose(window.selection.z, np.array(direction) * step * 11)


def test_a_held_arrow_key_is_one_step_to_undo(window: MainWindow) -> None:
    map_ = window.map_panel.map
    map_.setFocus()
    hold(map_, Qt.Key.Key_Right, repeats=20)
    step = map_.getViewBox().viewRect().width() * 0.01
    np.testing.assert_allclose(window.selection.z, (21 * step, 0))
    assert window.undo_stack.count() == 1


def test_a_held_key_ends_with_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    map_.setFocus()
    qtbot.keyPress(map_, Qt.Key.Key_Up)
    window.training_panel.hidden.setFocus()
    assert window.undo_stack.count() == 1


def test_letters_of_any_script_are_left_alone(window: MainWindow) -> None:
    before = window.selection.z
    for letter in "xяé字":
        press, release = QEvent.Type.KeyPress, QEvent.Type.KeyRelease
        for kind in (press, release):
            event = QKeyEvent(kind, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(window.map_panel.map, event)
    assert window.selection.z is before


def test_hovering_rings_the_nearest_digit(window: MainWindow, qtbot: QtBot) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    spot = pixel(map_, *model.posterior.mu[17])
    with qtbot.waitSignal(map_.digit_hovered) as hovered:
        hover(map_.viewport(), spot)
    index = hovered.args[0]
    place = map_.place_at(spot)
    distances = np.linalg.norm(model.posterior.mu - place, axis=1)
    assert distances[index] == pytest.approx(distances.min())
    assert map_._points.hover_ring.isVisible()
    assert (map_._points.hover_ring.pos().x(), map_._points.hover_ring.pos().y()) == pytest.approx(
        tuple(map(float, model.posterior.mu[index]))
    )


def test_nothing_is_hovered_far_from_the_digits(window: MainWindow, qtbot: QtBot) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    hover(map_.viewport(), pixel(map_, *model.posterior.mu[3]))
    assert map_._points.hover_ring.isVisible()
    map_.zoom(-12)
    far = map_.getViewBox().viewRect().topLeft()
    with qtbot.waitSignal(map_.digit_hovered) as hovered:
        hover(map_.viewport(), pixel(map_, far.x() * 0.9, far.y() * 0.9))
    assert hovered.args[0] == -1
    assert not map_._points.hover_ring.isVisible()


def test_a_double_click_puts_the_cursor_on_the_digit(window: MainWindow) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    spot = pixel(map_, *model.posterior.mu[99])
    click(map_.viewport(), spot)
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonDblClick, spot)
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonRelease, spot, LEFT, NONE)
    assert (model.posterior.mu == window.selection.z.astype(np.float32)).all(axis=1).any()


def test_the_right_button_pans(window: MainWindow) -> None:
    map_ = window.map_panel.map
    before, cursor = map_.getViewBox().viewRect(), window.selection.z
    start = pixel(map_, 0, 0)
    drag(map_.viewport(), [start, start + QPointF(30, 0), start + QPointF(80, 40)], RIGHT)
    after = map_.getViewBox().viewRect()
    assert after.width() == pytest.approx(before.width())
    # What was grabbed stays under the pointer.
    np.testing.assert_allclose((pixel(map_, 0, 0) - start).toTuple(), (80, 40), atol=2)
    assert window.selection.z is cursor


def test_the_wheel_zooms_around_the_pointer(window: MainWindow) -> None:
    map_ = window.map_panel.map
    before = map_.getViewBox().viewRect().width()
    spot = pixel(map_, 1, 1)
    QApplication.sendEvent(
        map_.viewport(),
        QWheelEvent(
            spot,
            QPointF(map_.viewport().mapToGlobal(spot.toPoint())),
            QPoint(),
            QPoint(0, 120),
            NONE,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )
    assert map_.getViewBox().viewRect().width() < before
    np.testing.assert_allclose(pixel(map_, 1, 1).toTuple(), spot.toTuple(), atol=2)


def test_keys_and_actions_zoom_around_the_cursor(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    click(map_.viewport(), pixel(map_, 1, -1))
    spot = map_.pixel_at(map_.cursor_xy)
    width = map_.getViewBox().viewRect().width()
    qtbot.keyClick(map_, Qt.Key.Key_Plus)
    window.actions_["zoom_in"].trigger()
    assert map_.getViewBox().viewRect().width() == pytest.approx(width / 1.25**2)
    np.testing.assert_allclose(map_.pixel_at(map_.cursor_xy).toTuple(), spot.toTuple(), atol=2)
    qtbot.keyClick(map_, Qt.Key.Key_Minus)
    window.actions_["zoom_out"].trigger()
    assert map_.getViewBox().viewRect().width() == pytest.approx(width)


def test_fit_shows_every_digit_again(window: MainWindow) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    map_.zoom(10)
    assert not all(map_.is_in_view(place) for place in model.posterior.mu)
    window.actions_["fit"].trigger()
    assert all(map_.is_in_view(place) for place in model.posterior.mu)


def test_the_map_keeps_its_aspect(window: MainWindow) -> None:
    map_ = window.map_panel.map
    width, height = map_.getViewBox().viewPixelSize()
    assert width == pytest.approx(height)


def test_every_class_is_drawn_in_its_colour(window: MainWindow, few_digits: ImageSet) -> None:
    map_ = window.map_panel.map
    empty = map_.grab().toImage()
    for digit in range(10):
        for other in range(10):
            map_.set_class_shown(other, other == digit)
        only = map_.grab().toImage()
        assert only != empty
        assert map_.shown_points.sum() == (few_digits.labels == digit).sum()


def test_the_background_is_that_of_the_theme(window: MainWindow) -> None:
    map_ = window.map_panel.map
    for digit in range(10):
        map_.set_class_shown(digit, False)
    assert most_frequent_color(map_) == LIGHT.canvas


def test_it_speaks_to_screen_readers(window: MainWindow) -> None:
    assert window.map_panel.map.accessibleName() == "Latent map"
    assert "arrow keys" in window.map_panel.map.accessibleDescription()
