from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.driving import hover, pixel
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch

theme = panels.switch

LABELS = np.array([1, 1, 1, 4, 4, 4], np.uint8)
APART = np.array([[0.0, 0], [0, 1], [0, 5], [9, 0], [9, 1], [9, 5]])


@pytest.fixture
def map_(theme: ThemeSwitch, qtbot: QtBot) -> Iterator[LatentMap]:
    window = QWidget()
    window.resize(500, 400)
    map_ = LatentMap(theme)
    QVBoxLayout(window).addWidget(map_)
    map_.set_points(APART, LABELS, ("z1", "z2"))
    with qtbot.waitExposed(window):
        window.show()
    yield map_
    window.close()
    window.deleteLater()
    map_.__dict__.clear()  # see tests/ui/conftest.py


def places(map_: LatentMap) -> np.ndarray:
    map_.grab()  # which brings the transform up to date
    centres = map_._points.centres
    return centres.pixels(centres.sceneTransform())


def test_digits_are_written_where_their_classes_have_their_median(map_: LatentMap) -> None:
    assert map_._points.centres.digits == [1, 4]
    for place, median in zip(places(map_), ((0, 1), (9, 1)), strict=True):
        pixel = map_.pixel_at(np.array(median))
        np.testing.assert_allclose(place, (pixel.x(), pixel.y()), atol=1)
    # In a box of the class's colour.
    picture = map_.grab().toImage()
    box = QFontMetricsF(map_._points.centres._font).height() / 2 + 4
    x, y = places(map_)[1]
    line = [picture.pixelColor(round(x), round(y - box) + step) for step in (-1, 0, 1)]
    assert any(_distance(color, QColor(CLASS_COLORS[4])) < 60 for color in line)


def _distance(one: QColor, other: QColor) -> int:
    return max(abs(one.red() - other.red()), abs(one.green() - other.green()), abs(one.blue() - other.blue()))


def test_digits_at_one_place_stand_side_by_side_however_one_pans(map_: LatentMap) -> None:
    map_.set_points(np.tile(APART[:3], (2, 1)), LABELS, ("z1", "z2"))
    one, other = before = places(map_)
    assert np.hypot(*(one - other)) >= QFontMetricsF(map_._points.centres._font).height()
    map_.getViewBox().translateBy(x=0.7, y=0.2)
    np.testing.assert_allclose(np.diff(places(map_), axis=0), np.diff(before, axis=0), atol=1e-6)
    map_.zoom(3)
    assert np.hypot(*np.diff(places(map_), axis=0)[0]) >= QFontMetricsF(map_._points.centres._font).height()


def test_digits_are_drawn_in_the_theme(map_: LatentMap, theme: ThemeSwitch) -> None:
    pixels = []
    for choice in ("light", "dark"):
        theme.set_theme(choice)
        x, y = places(map_)[0]
        box = QFontMetricsF(map_._points.centres._font).height() / 2 + 1
        pixels.append(map_.grab().toImage().pixelColor(round(x), round(y - box)).lightness())
    assert pixels[0] > 200
    assert pixels[1] < 60


def boldness(map_: LatentMap, digit: int) -> int:
    """How far the line of a digit's box is from the colour of the map, 0 to 255."""
    x, y = places(map_)[map_._points.centres.digits.index(digit)]
    box = QFontMetricsF(map_._points.centres._font).height() / 2 + 4
    picture, canvas = map_.grab().toImage(), QColor(map_._theme.colors.canvas)
    line = [picture.pixelColor(round(x), round(y - box) + step) for step in (-1, 0, 1)]
    return max(_distance(color, canvas) for color in line)


def test_a_digit_under_a_ring_fades_and_comes_back(map_: LatentMap) -> None:
    bold = {digit: boldness(map_, digit) for digit in (1, 4)}
    hover(map_.viewport(), pixel(map_, 0, 1))
    assert map_._points.hover_ring.isVisible()
    assert boldness(map_, 1) < 0.5 * bold[1]
    assert boldness(map_, 4) == bold[4]
    hover(map_.viewport(), pixel(map_, 9, 1))
    assert boldness(map_, 1) == bold[1]
    assert boldness(map_, 4) < 0.5 * bold[4]
    # On a digit of the class that is not where its name is written.
    hover(map_.viewport(), pixel(map_, 9, 5))
    assert {digit: boldness(map_, digit) for digit in (1, 4)} == bold
    hover(map_.viewport(), pixel(map_, 9, 1))
    assert boldness(map_, 4) < bold[4]
    QApplication.sendEvent(map_, QEvent(QEvent.Type.Leave))
    assert boldness(map_, 4) == bold[4]


def test_a_ring_goes_with_the_class_that_it_is_in(map_: LatentMap) -> None:
    hover(map_.viewport(), pixel(map_, 0, 1))
    assert map_._points.hover_ring.isVisible()
    map_.set_class_shown(1, shown=False)
    assert not map_._points.hover_ring.isVisible()


def test_a_digit_that_was_moved_aside_fades_where_it_is_drawn(map_: LatentMap) -> None:
    map_.set_points(np.tile(APART[:3], (2, 1)), LABELS, ("z1", "z2"))
    bold = {digit: boldness(map_, digit) for digit in (1, 4)}
    hover(map_.viewport(), pixel(map_, 0, 1))
    # Both stand beside the place where the median of both is, and the ring is between them.
    assert all(boldness(map_, digit) < 0.5 * bold[digit] for digit in (1, 4))


def test_clicks_go_through_to_the_map(map_: LatentMap) -> None:
    assert map_._points.centres.acceptedMouseButtons() == Qt.MouseButton.NoButton
