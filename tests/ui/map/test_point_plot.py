from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.driving import (
    LEFT,
    NONE,
    RIGHT,
    SHORT,
    click,
    drag,
    hover,
    looks_as,
    middle,
    one_pixel,
    pixel,
    send_mouse,
)
from tests.ui.test_motion import STILL
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch

NAMES = ("z1", "z2")
LABELS = (np.arange(300) % 10).astype(np.uint8)
CLOUD = np.random.default_rng(0).normal(size=(300, 2)) + 6 * np.c_[np.cos(LABELS), np.sin(LABELS)]
#: Other places in the same region.
NEXT = CLOUD[::-1].copy()


theme = panels.switch


@pytest.fixture
def map_(theme: ThemeSwitch, qtbot: QtBot) -> Iterator[LatentMap]:
    window = QWidget()
    window.resize(700, 500)
    map_ = LatentMap(theme)
    QVBoxLayout(window).addWidget(map_)
    with qtbot.waitExposed(window):
        window.show()
    map_.set_points(CLOUD, LABELS, NAMES)
    map_.cursor_moved.connect(map_.set_cursor)
    yield map_
    window.close()
    window.deleteLater()
    map_.__dict__.clear()  # see tests/ui/conftest.py


def glide(map_: LatentMap, xy: np.ndarray) -> None:
    map_.set_points(xy, LABELS, NAMES, glide=True)


def frames(map_: LatentMap) -> list[np.ndarray]:
    """Where the points are drawn, frame by frame from now on."""
    seen: list[np.ndarray] = []
    map_._glide.moved.connect(lambda _share: seen.append(map_.places.copy()))
    return seen


def rest(map_: LatentMap, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not map_.gliding, timeout=SHORT)


def view_of(map_: LatentMap) -> list[list[float]]:
    return [list(ends) for ends in map_.getViewBox().viewRange()]


def all_seen(map_: LatentMap, xy: np.ndarray) -> bool:
    return all(map_.getViewBox().viewRect().contains(*place) for place in xy)


# Points


def test_points_glide_without_turning_back_and_end_where_they_belong(map_: LatentMap, qtbot: QtBot) -> None:
    seen = frames(map_)
    glide(map_, NEXT)
    np.testing.assert_array_equal(map_.places, CLOUD)
    rest(map_, qtbot)
    assert len(seen) >= 2
    left = [np.abs(NEXT - places) for places in (CLOUD, *seen)]
    for before, after in pairwise(left):
        assert (after <= before + 1e-12).all()
    assert 0 < left[1].max() < left[0].max()
    np.testing.assert_array_equal(map_.places, NEXT)


def test_newer_points_start_where_the_others_are_drawn(map_: LatentMap, qtbot: QtBot) -> None:
    seen = frames(map_)
    glide(map_, NEXT)
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    between = seen[-1]
    third = CLOUD * 0.9
    glide(map_, third)
    np.testing.assert_array_equal(map_.places, between)
    seen.clear()
    rest(map_, qtbot)
    way, first = np.abs(third - between), np.abs(third - seen[0])
    assert (first <= way + 1e-12).all()
    np.testing.assert_array_equal(map_.places, third)


def test_what_is_drawn_moves(map_: LatentMap, qtbot: QtBot) -> None:
    before = map_.grab().toImage()
    seen = frames(map_)
    glide(map_, NEXT)
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    between = map_.grab().toImage()
    rest(map_, qtbot)
    after = map_.grab().toImage()
    assert before != between
    assert between != after
    # At rest it looks as if the points had always been there.
    map_.set_points(NEXT, LABELS, NAMES)
    map_.getViewBox().setRange(xRange=(-9, 9), yRange=(-9, 9))
    there = map_.grab().toImage()
    map_.set_points(CLOUD, LABELS, NAMES)
    glide(map_, NEXT)
    rest(map_, qtbot)
    map_.getViewBox().setRange(xRange=(-9, 9), yRange=(-9, 9))
    assert map_.grab().toImage() == there


def test_rings_and_centres_go_with_their_points(map_: LatentMap, qtbot: QtBot) -> None:
    map_.set_nearest(17)
    ring, rings = map_._points.nearest_ring, list[tuple[float, float]]()
    seen = frames(map_)
    map_._glide.moved.connect(lambda _share: rings.append((ring.pos().x(), ring.pos().y())))
    before = centre_of_3(map_)
    glide(map_, CLOUD * (1, -1))
    rest(map_, qtbot)
    np.testing.assert_array_equal(rings, [places[17] for places in seen])
    median = np.median(CLOUD[LABELS == 3], axis=0)
    np.testing.assert_allclose(before, median, atol=30 * one_pixel(map_))
    np.testing.assert_allclose(centre_of_3(map_), median * (1, -1), atol=30 * one_pixel(map_))


def centre_of_3(map_: LatentMap) -> np.ndarray:
    """The place on the map where the digit 3 is drawn."""
    centres = map_._points.centres
    transform = centres.sceneTransform()
    x, y = centres.pixels(transform)[centres.digits.index(3)]
    place = transform.inverted()[0].map(QPointF(x, y))
    return np.array([place.x(), place.y()])


def test_the_cursor_stays(map_: LatentMap, qtbot: QtBot) -> None:
    click(map_.viewport(), pixel(map_, 1, 2))
    cursor = map_.cursor_xy
    glide(map_, NEXT)
    rest(map_, qtbot)
    np.testing.assert_array_equal(map_.cursor_xy, cursor)
    assert (map_._cursor.pos().x(), map_._cursor.pos().y()) == pytest.approx(tuple(cursor))


def test_the_digit_under_a_resting_pointer_is_found_again(map_: LatentMap, qtbot: QtBot) -> None:
    spot = pixel(map_, *NEXT[40])
    hover(map_.viewport(), spot)
    glide(map_, NEXT)
    assert not map_._points.hover_ring.isVisible()
    with qtbot.waitSignal(map_.digit_hovered, check_params_cb=lambda index, _pixel: index >= 0):
        pass
    distances = np.linalg.norm(NEXT - map_.place_at(spot), axis=1)
    index = map_._points._ringed[map_._points.hover_ring]
    assert distances[index] == distances.min()


@pytest.mark.parametrize("other", ["no glide", "other classes", "fewer points"])
def test_other_points_are_there_at_once(map_: LatentMap, other: str) -> None:
    xy, labels = {
        "no glide": (NEXT, LABELS),
        "other classes": (NEXT, LABELS[::-1].copy()),
        "fewer points": (NEXT[:100], LABELS[:100]),
    }[other]
    map_.set_points(xy, labels, NAMES, glide=other != "no glide")
    assert not map_.gliding
    np.testing.assert_array_equal(map_.places, xy)


def test_another_model_ends_a_glide(map_: LatentMap) -> None:
    glide(map_, NEXT)
    map_.set_points(CLOUD, LABELS, NAMES)
    assert not map_.gliding
    np.testing.assert_array_equal(map_.places, CLOUD)


# Where nothing may move


def test_without_motion_points_and_view_jump(map_: LatentMap) -> None:
    map_.setStyleSheet(STILL)
    seen = frames(map_)
    glide(map_, NEXT * 3)
    assert not map_.gliding
    np.testing.assert_array_equal(map_.places, NEXT * 3)
    assert len(seen) == 1
    assert all_seen(map_, NEXT * 3)


@pytest.mark.parametrize("how", ["hide", "showMinimized"])
def test_nothing_moves_while_the_map_is_not_seen(map_: LatentMap, how: str) -> None:
    getattr(map_.window(), how)()
    glide(map_, NEXT)
    assert not map_.gliding
    np.testing.assert_array_equal(map_.places, NEXT)


@pytest.mark.parametrize("how", ["hide", "showMinimized"])
def test_a_glide_ends_when_the_map_is_no_longer_seen(map_: LatentMap, how: str, qtbot: QtBot) -> None:
    seen = frames(map_)
    glide(map_, NEXT)
    getattr(map_.window(), how)()
    rest(map_, qtbot)
    assert len(seen) == 1
    np.testing.assert_array_equal(map_.places, NEXT)


# The view


def test_the_view_stays_for_points_that_barely_change(map_: LatentMap, qtbot: QtBot) -> None:
    view = view_of(map_)
    for factor in (1.02, 0.9, 0.7):
        glide(map_, CLOUD * factor)
        rest(map_, qtbot)
        assert view_of(map_) == view


@pytest.mark.parametrize("factor", [0.3, 4])
def test_the_view_follows_points_that_leave_it_or_shrink(
    map_: LatentMap, factor: float, qtbot: QtBot
) -> None:
    widths = [map_.getViewBox().viewRect().width()]
    map_._glide.moved.connect(lambda _share: widths.append(map_.getViewBox().viewRect().width()))
    glide(map_, CLOUD * factor)
    rest(map_, qtbot)
    assert all_seen(map_, CLOUD * factor)
    assert widths[-1] / widths[0] == pytest.approx(factor, rel=0.2)
    steps = np.diff(widths)
    assert (steps >= 0).all() if factor > 1 else (steps <= 0).all()
    assert abs(steps).max() < abs(widths[-1] - widths[0])
    width, height = map_.getViewBox().viewPixelSize()
    assert width == pytest.approx(height)


def test_the_view_stays_once_the_user_moved_it_until_it_is_fitted(map_: LatentMap, qtbot: QtBot) -> None:
    start = pixel(map_, 0, 0)
    drag(map_.viewport(), [start, start + start / 10], RIGHT)
    view = view_of(map_)
    glide(map_, CLOUD * 4)
    rest(map_, qtbot)
    assert view_of(map_) == view
    map_.fit()
    assert all_seen(map_, CLOUD * 4)


def test_panning_in_the_middle_of_a_glide_takes_the_view_over(map_: LatentMap, qtbot: QtBot) -> None:
    seen = frames(map_)
    glide(map_, CLOUD * 4)
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    map_.zoom(2)
    view = map_.getViewBox().viewRect()
    rest(map_, qtbot)
    assert looks_as(map_, view)
    np.testing.assert_array_equal(map_.places, CLOUD * 4)


def test_fitting_in_the_middle_of_a_glide_shows_where_the_points_will_be(
    map_: LatentMap, qtbot: QtBot
) -> None:
    glide(map_, CLOUD * 4)
    map_.fit()
    assert all_seen(map_, CLOUD * 4)
    view = map_.getViewBox().viewRect()
    rest(map_, qtbot)
    assert looks_as(map_, view)


# The mouse in between


def test_a_click_in_the_middle_of_a_glide_goes_where_it_was_clicked(map_: LatentMap, qtbot: QtBot) -> None:
    seen = frames(map_)
    glide(map_, CLOUD * 4)
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    spot = middle(map_)
    place = map_.place_at(spot)
    view = map_.getViewBox().viewRect()
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonPress, spot)
    np.testing.assert_array_equal(map_.cursor_xy, place)
    rest(map_, qtbot)
    # While the button is down, the view lies still; the points do not wait.
    assert looks_as(map_, view)
    assert not all_seen(map_, CLOUD * 4)
    np.testing.assert_array_equal(map_.places, CLOUD * 4)
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonRelease, spot, LEFT, NONE)
    rest(map_, qtbot)
    assert all_seen(map_, CLOUD * 4)
    np.testing.assert_array_equal(map_.cursor_xy, place)


def test_a_double_click_in_the_middle_of_a_glide_means_the_digit_that_is_drawn_there(
    map_: LatentMap, qtbot: QtBot
) -> None:
    seen = frames(map_)
    glide(map_, NEXT)
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    with qtbot.waitSignal(map_.digit_clicked) as clicked:
        send_mouse(map_.viewport(), QEvent.Type.MouseButtonDblClick, pixel(map_, *map_.places[50]))
    drawn = map_.places
    distances = np.linalg.norm(drawn - drawn[50], axis=1)
    assert distances[clicked.args[0]] <= 2 * one_pixel(map_)
    rest(map_, qtbot)
