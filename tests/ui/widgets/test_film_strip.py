"""The row of pictures: what is painted where, and what mouse and keys choose."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, RIGHT
from tests.ui.panels import shown, switch
from vae_explorer.core.data import ByteArray
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.film_strip import FilmStrip

__all__ = ["switch"]


def shades(count: int) -> ByteArray:
    """Pictures of one gray each, lighter and lighter."""
    levels = np.linspace(40, 240, count).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None], (count, 28, 28)).copy()


@pytest.fixture
def strip(switch: ThemeSwitch, qtbot: QtBot) -> Iterator[FilmStrip]:
    strip = FilmStrip("Steps", switch)
    strip.resize(400, 60)
    strip.show_frames(shades(8))
    with shown(strip, qtbot):
        yield strip


@pytest.fixture
def said(strip: FilmStrip) -> list[object]:
    """What the strip says, in order."""
    said: list[object] = []
    strip.chosen.connect(said.append)
    strip.grabbed.connect(lambda: said.append("grabbed"))
    strip.released.connect(lambda: said.append("released"))
    return said


def looks(strip: FilmStrip) -> QImage:
    return strip.grab().toImage()


def middle(strip: FilmStrip, index: int) -> QPoint:
    return strip.rect_of(index).center()


def test_each_picture_is_where_it_should_be(strip: FilmStrip) -> None:
    image, frames = looks(strip), strip.frames
    grays = [image.pixelColor(middle(strip, index)).red() for index in range(8)]
    assert grays == pytest.approx(frames[:, 0, 0].tolist(), abs=1)


def test_pictures_fit_into_any_width(strip: FilmStrip) -> None:
    for width, height in ((400, 60), (150, 60), (400, 24), (2000, 300)):
        strip.resize(width, height)
        last = strip.rect_of(7)
        assert last.right() < width
        assert last.top() >= 0
        assert last.bottom() < height
        assert strip.side <= 96


def test_each_pixel_belongs_to_the_nearest_picture(strip: FilmStrip) -> None:
    for x in range(-20, 500, 3):
        centres = [strip.rect_of(index).center().x() for index in range(8)]
        nearest = min(abs(x - centre) for centre in centres)
        # Half a gap to either side is a tie.
        assert abs(x - centres[strip.index_at(QPointF(x, 0))]) <= nearest + 2


def test_the_current_one_is_framed(strip: FilmStrip, switch: ThemeSwitch) -> None:
    strip.clearFocus()
    before = looks(strip)
    strip.set_current(3)
    after = looks(strip)
    edge = strip.rect_of(3).topLeft() + QPoint(-1, 5)
    assert before.pixelColor(edge) != after.pixelColor(edge)
    assert after.pixelColor(edge).name() == switch.colors.accent
    assert strip.accessibleDescription() == "4 of 8"
    strip.set_current(-1)
    assert looks(strip) == before
    assert strip.accessibleDescription() == ""


def test_marks_stand_above_their_pictures(strip: FilmStrip) -> None:
    before = looks(strip)
    strip.set_marked((0, 5, 99))
    after = looks(strip)
    changed = [
        index
        for index in range(8)
        if any(
            before.pixel(strip.rect_of(index).center().x(), y)
            != after.pixel(strip.rect_of(index).center().x(), y)
            for y in range(strip.rect_of(index).top())
        )
    ]
    assert changed == [0, 5]


def test_captions_take_room_below(strip: FilmStrip) -> None:
    side, least = strip.side, strip.minimumSizeHint().height()
    strip.resize(400, 40)
    strip.set_captions(("a", "", "c"))
    assert strip.minimumSizeHint().height() > least
    assert strip.rect_of(0).bottom() < 40 - strip.fontMetrics().height() // 2
    assert strip.side < side
    strip.set_current(2)
    assert strip.accessibleDescription() == "c · 3 of 8"


def test_a_click_chooses(strip: FilmStrip, said: list[object], qtbot: QtBot) -> None:
    qtbot.mouseClick(strip, LEFT, pos=middle(strip, 5))
    assert said == ["grabbed", 5, "released"]
    said.clear()
    qtbot.mouseClick(strip, RIGHT, pos=middle(strip, 5))
    assert said == []


def test_a_drag_chooses_all_along(strip: FilmStrip, said: list[object], qtbot: QtBot) -> None:
    qtbot.mouseMove(strip, middle(strip, 4))
    assert said == []  # the button is up
    qtbot.mousePress(strip, LEFT, pos=middle(strip, 1))
    qtbot.mouseMove(strip, middle(strip, 2))
    qtbot.mouseMove(strip, QPoint(5000, 10))
    qtbot.mouseRelease(strip, LEFT, pos=QPoint(5000, 10))
    assert said == ["grabbed", 1, 2, 7, "released"]


def test_the_drag_ends_when_the_focus_goes(switch: ThemeSwitch, qtbot: QtBot) -> None:
    both = QWidget()
    strip, other = FilmStrip("Steps", switch), QLineEdit()
    layout = QVBoxLayout(both)
    layout.addWidget(strip)
    layout.addWidget(other)
    strip.show_frames(shades(4))
    said: list[str] = []
    strip.released.connect(lambda: said.append("released"))
    with shown(both, qtbot):
        strip.setFocus()
        qtbot.mousePress(strip, LEFT, pos=middle(strip, 1))
        other.setFocus()
        assert said == ["released"]
        qtbot.mouseRelease(strip, LEFT, pos=middle(strip, 1))
        assert said == ["released"]


def test_keys_step_from_the_current_one(strip: FilmStrip, said: list[object]) -> None:
    strip.chosen.connect(strip.set_current)
    strip.setFocus()
    strip.set_current(3)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Home):
        QTest.keyClick(strip, key)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert said == [2, 3, 7, 7, 0, 0]


def test_other_keys_are_left_to_others(strip: FilmStrip, said: list[object]) -> None:
    strip.setFocus()
    strip.set_current(3)
    QTest.keyClick(strip, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(strip, Qt.Key.Key_Up)
    assert said == []


def test_without_pictures_nothing_happens(strip: FilmStrip, said: list[object], qtbot: QtBot) -> None:
    strip.show_frames(np.zeros((0, 28, 28), np.uint8))
    assert strip.current == -1
    qtbot.mouseClick(strip, LEFT, pos=QPoint(20, 20))
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.index_at(QPointF(10, 10)) == -1
    assert said == []


def test_other_pictures_are_painted(strip: FilmStrip) -> None:
    before = looks(strip)
    strip.show_frames(strip.frames)
    assert looks(strip) == before
    strip.show_frames(255 - strip.frames)
    assert looks(strip) != before
    strip.set_current(7)
    strip.show_frames(shades(3))
    assert strip.current == 2


def test_it_follows_the_theme(strip: FilmStrip, switch: ThemeSwitch) -> None:
    strip.clearFocus()
    strip.set_current(0)
    edge = strip.rect_of(0).topLeft() + QPoint(-1, 5)
    for theme in ("dark", "light"):
        switch.set_theme(theme)  # type: ignore[arg-type]
        assert looks(strip).pixelColor(edge).name() == switch.colors.accent
