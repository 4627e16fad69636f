"""Things on the map that take the mouse before the cursor does, by real events on a map."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from tests.ui.driving import NONE, RIGHT, click, drag, hover, one_pixel, pixel, send_mouse
from tests.ui.panels import shown, switch  # noqa: F401 - a fixture
from vae_explorer.ui.map.grabbing import Grabbing
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.point_plot import Plane
from vae_explorer.ui.theme import ThemeSwitch


@dataclass
class Square:
    """Takes the mouse within ten pixels of a place."""

    map: LatentMap
    place: tuple[float, float]
    told: list[tuple[str, float, float]] = field(default_factory=list)

    shape = Qt.CursorShape.OpenHandCursor

    def would_grab(self, at: QPointF) -> bool:
        center = self.map.pixel_at(np.array(self.place))
        return QRectF(center.x() - 10, center.y() - 10, 20, 20).contains(at)

    def grab(self, xy: Plane) -> None:
        self.told.append(("grab", *xy.tolist()))

    def drag(self, xy: Plane) -> None:
        self.told.append(("drag", *xy.tolist()))

    def drop(self, xy: Plane) -> None:
        self.told.append(("drop", *xy.tolist()))

    @property
    def deeds(self) -> list[str]:
        return [deed for deed, _, _ in self.told]


@pytest.fixture
def map_(switch: ThemeSwitch, qtbot: QtBot) -> Iterator[LatentMap]:  # noqa: F811
    map_ = LatentMap(switch)
    map_.resize(420, 320)
    places = np.random.default_rng(0).normal(size=(50, 2))
    map_.set_points(places, np.zeros(50, np.uint8), ("z1", "z2"))
    map_.set_cursor(np.zeros(2))
    with shown(map_, qtbot):
        yield map_
        # A plot of pyqtgraph that is closed no longer knows its parts, and would be told that the focus leaves it.
        map_.clearFocus()


@dataclass
class Heard:
    """What the map says of the cursor and of picked digits."""

    map: LatentMap
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("cursor_grabbed", "cursor_moved", "cursor_released", "digits_picked"):
            getattr(self.map, name).connect(lambda *_values, name=name: self.told.append(name))


@pytest.fixture
def square(map_: LatentMap) -> Square:
    square = Square(map_, (1.0, 0.5))
    map_.grabbing.add(square)
    return square


def test_a_press_on_it_is_its_own_and_the_cursor_stays(map_: LatentMap, square: Square) -> None:
    heard = Heard(map_)
    ways = [(1.0, 0.5), (0.5, 0.5), (-1.0, -1.0)]
    drag(map_.viewport(), [pixel(map_, x, y) for x, y in ways])
    assert square.deeds == ["grab", "drag", "drag", "drop"]
    told = np.array([xy for _, *xy in square.told])
    np.testing.assert_allclose(told, [*ways, ways[-1]], atol=1.01 * one_pixel(map_))
    assert heard.told == []
    assert not map_.cursor_xy.any()


def test_elsewhere_the_cursor_moves_as_ever(map_: LatentMap, square: Square) -> None:
    heard = Heard(map_)
    # Over it on the way: who was not taken hold of is not dragged.
    drag(map_.viewport(), [pixel(map_, -1, 0), pixel(map_, 1, 0.5), pixel(map_, 1.0, 1.5)])
    assert heard.told[:4] == ["cursor_grabbed", "cursor_moved", "cursor_moved", "cursor_moved"]
    assert "cursor_released" in heard.told
    assert square.told == []


def test_a_lasso_is_drawn_with_shift_elsewhere_and_may_cross_it(
    map_: LatentMap, square: Square, qtbot: QtBot
) -> None:
    heard, picked = Heard(map_), []
    map_.digits_picked.connect(lambda indices, _mode: picked.append(len(indices)))
    corners = [pixel(map_, *xy) for xy in ((-1.5, -1.5), (1.0, 0.5), (1.5, 1.5), (-1.5, 1.5))]
    viewport = map_.viewport()
    qtbot.mousePress(
        viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, corners[0].toPoint()
    )
    for corner in corners[1:]:
        send_mouse(viewport, QEvent.Type.MouseMove, corner, NONE, Qt.MouseButton.LeftButton)
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, corners[-1], buttons=NONE)
    assert heard.told == ["digits_picked"]
    assert picked[0] > 5
    assert square.told == []


def test_the_pointer_says_that_it_can_be_taken_hold_of(map_: LatentMap, square: Square) -> None:
    shape = map_.viewport().cursor
    hover(map_.viewport(), pixel(map_, *square.place))
    assert shape().shape() == Qt.CursorShape.OpenHandCursor
    hover(map_.viewport(), pixel(map_, -1, -1))
    assert shape().shape() == Qt.CursorShape.ArrowCursor
    map_.set_lasso_mode(True)
    hover(map_.viewport(), pixel(map_, *square.place))
    assert shape().shape() == Qt.CursorShape.OpenHandCursor
    hover(map_.viewport(), pixel(map_, -1, -1))
    assert shape().shape() == Qt.CursorShape.CrossCursor


def test_two_quick_presses_on_it_are_two_presses_and_no_double_click_of_a_digit(
    map_: LatentMap, square: Square, qtbot: QtBot
) -> None:
    clicked: list[int] = []
    map_.digit_clicked.connect(clicked.append)
    square.place = tuple(map_.places[7].tolist())
    qtbot.mouseDClick(map_.viewport(), Qt.MouseButton.LeftButton, pos=pixel(map_, *square.place).toPoint())
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonRelease, pixel(map_, *square.place), buttons=NONE)
    assert square.deeds.count("grab") == square.deeds.count("drop") > 0
    assert clicked == []
    square.place = (100.0, 100.0)
    qtbot.mouseDClick(map_.viewport(), Qt.MouseButton.LeftButton, pos=pixel(map_, *map_.places[7]).toPoint())
    assert clicked == [7]


def test_it_comes_before_the_lasso_tool(map_: LatentMap, square: Square) -> None:
    heard = Heard(map_)
    map_.set_lasso_mode(True)
    drag(map_.viewport(), [pixel(map_, 1, 0.5), pixel(map_, 0, 0)])
    assert square.deeds == ["grab", "drag", "drop"]
    assert heard.told == []


def test_another_button_pans(map_: LatentMap, square: Square) -> None:
    drag(map_.viewport(), [pixel(map_, 1, 0.5), pixel(map_, 0, 0)], RIGHT)
    assert square.told == []


def test_the_newest_is_asked_first_and_has_the_mouse_alone(map_: LatentMap, square: Square) -> None:
    newer = Square(map_, (1.0, 0.5))
    map_.grabbing.add(newer)
    click(map_.viewport(), pixel(map_, 1, 0.5))
    assert (newer.deeds, square.deeds) == (["grab", "drop"], [])
    map_.grabbing.remove(newer)
    click(map_.viewport(), pixel(map_, 1, 0.5))
    assert (newer.deeds, square.deeds) == (["grab", "drop"], ["grab", "drop"])


def test_one_that_goes_while_it_is_held_leaves_the_mouse_to_nobody(map_: LatentMap, square: Square) -> None:
    heard = Heard(map_)
    viewport = map_.viewport()
    send_mouse(viewport, QEvent.Type.MouseButtonPress, pixel(map_, 1, 0.5))
    map_.grabbing.remove(square)
    send_mouse(viewport, QEvent.Type.MouseMove, pixel(map_, 0.5, 0.5), NONE)
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, pixel(map_, 0.5, 0.5), buttons=NONE)
    assert square.deeds == ["grab"]
    assert heard.told == []
    click(viewport, pixel(map_, -1, -1))
    assert heard.told[:2] == ["cursor_grabbed", "cursor_moved"]


def test_the_view_holds_while_it_is_dragged(map_: LatentMap, square: Square) -> None:
    viewport, view = map_.viewport(), map_.getViewBox().viewRect()
    send_mouse(viewport, QEvent.Type.MouseButtonPress, pixel(map_, *square.place))
    far = 100 * np.random.default_rng(1).normal(size=(50, 2))
    map_.set_points(far, np.zeros(50, np.uint8), ("z1", "z2"), glide=True)
    assert map_.getViewBox().viewRect() == view
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, pixel(map_, *square.place), buttons=NONE)
    map_.hide()  # points arrive at once where nobody looks
    assert map_.getViewBox().viewRect().width() > 10 * view.width()


def test_nobody_there() -> None:
    grabbing, xy = Grabbing(), np.zeros(2)
    assert grabbing.at(QPointF()) is None
    assert not grabbing.press(QPointF(), xy)
    assert not grabbing.move(xy)
    assert not grabbing.release(xy)
