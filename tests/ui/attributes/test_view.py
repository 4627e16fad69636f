"""The picture before and after: the strip sets α by mouse and keys, and the measures follow."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from tests.ui.attributes.conftest import Desk
from tests.ui.driving import LEFT
from tests.waiting import LONG, SHORT
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_sources import Axis, DigitPair, Measured
from vae_explorer.core.morphometry import ATTRIBUTES, measure
from vae_explorer.ui.attributes.measures import MeasuresTable
from vae_explorer.ui.attributes.units import own_attribute, value_text
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.image_view import to_image


def alpha(desk: Desk, name: str) -> float:
    entry = desk.edits.find(name)
    assert entry is not None
    return entry.alpha


def middle(desk: Desk, frame: int) -> QPoint:
    return desk.panel.view.strip.rect_of(frame).center()


def test_a_click_on_the_strip_sets_alpha(desk: Desk) -> None:
    desk.add("one", Axis(0))
    view = desk.panel.view
    assert view.strip.current == 6
    desk.qtbot.mouseClick(view.strip, LEFT, pos=middle(desk, 9))
    assert alpha(desk, "one") == 1.5
    assert view.strip.current == 9
    pictures = desk.panel.editing.pictures
    assert pictures is not None
    assert view.edited.image == to_image(pictures.edited)
    assert view.base.image == to_image(pictures.base)
    assert view.edited.image != view.base.image
    desk.stack.undo()
    assert alpha(desk, "one") == 0
    assert view.strip.current == 6
    assert view.edited.image == view.base.image


def test_a_drag_is_one_step_to_undo(desk: Desk) -> None:
    desk.add("one", Axis(0))
    strip = desk.panel.view.strip
    before = desk.stack.count()
    desk.qtbot.mousePress(strip, LEFT, pos=middle(desk, 7))
    for frame in (8, 10, 12, 2):
        desk.qtbot.mouseMove(strip, middle(desk, frame))
    desk.qtbot.mouseRelease(strip, LEFT, pos=middle(desk, 2))
    assert alpha(desk, "one") == -2
    assert desk.stack.count() == before + 1
    desk.stack.undo()
    assert alpha(desk, "one") == 0


def test_keys_on_the_strip(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.panel.view.strip.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(desk.panel.view.strip, key)
    assert alpha(desk, "one") == 0.5
    QTest.keyClick(desk.panel.view.strip, Qt.Key.Key_End)
    assert alpha(desk, "one") == 3


def test_beyond_its_ends_no_picture_is_framed(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.edits.set_alpha("one", 9.0)
    assert desk.panel.view.strip.current == -1
    assert desk.panel.editing.moved


def test_the_measures_follow(desk: Desk) -> None:
    desk.add("slant", Measured("slant"))
    desk.edits.set_alpha("slant", 2.0)
    view = desk.panel.view
    desk.qtbot.waitUntil(lambda: not view.measuring.busy, timeout=SHORT)
    pictures = desk.panel.editing.pictures
    assert pictures is not None
    expected = measure(np.stack((pictures.base, pictures.edited)))
    row = ATTRIBUTES.index("slant")
    before, after = (value_text("slant", float(value)) for value in expected[:, row])
    sign = "▲" if expected[1, row] > expected[0, row] else "▼"
    assert view.measures.lines[row] == f"slant {before} → {after} ° {sign}"
    assert view.measures.lines[row] in view.measures.accessibleDescription()


def test_without_a_direction_it_says_what_to_do(desk: Desk) -> None:
    view = desk.panel.view
    texts = {label.text() for label in view.findChildren(type(view._no_strip)) if label.isVisible()}
    assert "Add a direction to see where it leads." in texts
    assert view.hint == ""
    desk.edits.set_base("digit")
    assert view.hint == "Click a digit on the map: it is edited then."
    assert view.base.image is None
    desk.looks.picks.pick([5])
    assert view.hint == ""


def strip_text(desk: Desk) -> str:
    """What stands in the strip's place; empty where it is there."""
    label = desk.panel.view._no_strip
    return label.text() if label.isVisible() else ""


def test_in_place_of_the_strip_it_says_what_it_waits_for(desk: Desk) -> None:
    desk.edits.add("slant", Measured("slant"))
    assert desk.panel.list.current == "slant"
    assert strip_text(desk) == "Finding the direction…"
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    desk.qtbot.waitUntil(desk.panel.view.strip.isVisible, timeout=SHORT)
    desk.edits.add("nowhere", DigitPair(7, 7))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert "has no length" in strip_text(desk)


def test_the_button_is_there_for_who_has_moved(desk: Desk) -> None:
    desk.add("one", Axis(0))
    button: QToolButton = desk.panel.view.go_button
    assert not button.isEnabled()
    desk.edits.set_alpha("one", 1.0)
    assert button.isEnabled()
    with desk.qtbot.waitSignal(desk.panel.view.go_asked):
        desk.qtbot.mouseClick(button, LEFT)


def test_the_table_says_what_rose_and_fell(switch: ThemeSwitch, sixty: ImageSet) -> None:
    table = MeasuresTable(switch)
    assert table.lines[0] == "thickness – → – px"
    before = np.array([3.0, 0.0, 16.0, 20.0, 40.0, 100.0])
    after = np.array([3.5, -0.1, 16.001, 20.0, np.nan, 99.0])
    table.show_values(np.stack((before, after)))
    assert table.lines == [
        "thickness 3.00 → 3.50 px ▲",
        "slant 0.0 → −5.7 ° ▼",
        "width 16.0 → 16.0 px",
        "height 20.0 → 20.0 px",
        "length 40.0 → – px",
        "area 100 → 99 px² ▼",
    ]
    table.show_values(None)
    assert table.lines[5] == "area – → – px²"
    table.deleteLater()


def test_the_own_attribute_stands_out(switch: ThemeSwitch) -> None:
    table = MeasuresTable(switch)
    table.resize(table.sizeHint())
    table.show_values(np.ones((2, 6)))
    before = table.grab().toImage()
    table.mark("slant")
    assert table.grab().toImage() != before
    table.mark(None)
    assert table.grab().toImage() == before
    table.deleteLater()


def test_in_a_narrow_place_the_values_after_stay(switch: ThemeSwitch) -> None:
    table = MeasuresTable(switch)
    least, wanted = table.minimumSizeHint(), table.sizeHint()
    assert least.width() < wanted.width()
    table.resize(least)
    table.show_values(np.stack((np.full(6, 1.0), np.full(6, 2.0))))
    first = table.grab().toImage()
    table.show_values(np.stack((np.full(6, 1.2), np.full(6, 2.0))))
    assert table.grab().toImage() == first
    table.show_values(np.stack((np.full(6, 1.0), np.full(6, 3.0))))
    assert table.grab().toImage() != first
    table.deleteLater()


@pytest.mark.parametrize(("height", "side"), [(170, 56), (205, 84), (480, 140)])
def test_pictures_and_strip_share_the_height(desk: Desk, height: int, side: int) -> None:
    desk.add("one", Axis(0))
    view = desk.panel.view
    desk.panel.resize(1500, height)
    desk.qtbot.waitUntil(lambda: view.edited.picture_rect().height() >= side, timeout=SHORT)
    assert view.strip.side >= 18
    assert view.strip.rect_of(12).right() < view.strip.width()
    assert not view.edited.geometry().intersects(view.strip.parentWidget().geometry())


def test_own_attributes(desk: Desk) -> None:
    desk.add("slant", Measured("slant"))
    desk.add("one", Axis(0))
    assert own_attribute(desk.edits.find("slant")) == "slant"
    assert own_attribute(desk.edits.find("one")) is None
    assert own_attribute(None) is None


def test_an_edit_that_leaves_the_data_says_so(desk: Desk) -> None:
    desk.add("one", Axis(0))
    view, verdict = desk.panel.view, desk.panel.verdict
    desk.qtbot.waitUntil(lambda: view.light.verdict is not None, timeout=LONG)
    assert view.light.text != "Off the data"
    desk.edits.set_alpha("one", 20.0)
    desk.qtbot.waitUntil(lambda: view.light.text == "Off the data", timeout=SHORT)
    assert "Off the data" in view.edited.accessibleDescription()
    assert not view.light.geometry().intersects(view.measures.geometry())
    desk.edits.set_alpha("one", 0.0)
    desk.qtbot.waitUntil(lambda: view.light.text != "Off the data", timeout=SHORT)
    # It is the verdict on the edited point, as the decoder dock would have it with its cursor there.
    assert verdict.meter.gauge is not None
    assert desk.panel.editing.point is not None
    assert view.light.verdict == verdict.meter.gauge.read(desk.panel.editing.point).verdict


def test_another_model_has_no_verdict_until_it_is_measured(desk: Desk) -> None:
    view = desk.panel.view
    desk.qtbot.waitUntil(lambda: view.light.verdict is not None, timeout=LONG)
    desk.open_random(3)
    desk.qtbot.waitUntil(lambda: view.light.verdict is None, timeout=SHORT)
    desk.qtbot.waitUntil(lambda: view.light.verdict is not None, timeout=LONG)


def test_hidden_nothing_is_judged(desk: Desk) -> None:
    view, verdict = desk.panel.view, desk.panel.verdict
    desk.qtbot.waitUntil(lambda: view.light.verdict is not None, timeout=LONG)
    desk.add("one", Axis(0))
    desk.panel.hide()
    # What was begun before ends, and is not shown.
    desk.qtbot.waitUntil(lambda: not verdict.busy, timeout=SHORT)
    before = view.light.verdict
    desk.edits.set_alpha("one", 20.0)
    assert not verdict.busy
    assert view.light.verdict == before
    desk.panel.show()
    desk.qtbot.waitUntil(lambda: view.light.text == "Off the data", timeout=SHORT)


def test_where_there_is_height_the_figures_stand_below_larger_pictures(desk: Desk) -> None:
    desk.add("one", Axis(0))
    view = desk.panel.view
    desk.panel.resize(1300, 700)
    desk.qtbot.waitUntil(lambda: view.measures.mapTo(view, QPoint()).x() < view.width() // 2, timeout=SHORT)
    desk.qtbot.waitUntil(lambda: view.edited.picture_rect().height() >= 196, timeout=SHORT)
    assert view.edited.picture_rect().height() % 28 == 0
    corners = [
        part.mapTo(view, QPoint()).y() for part in (view.edited, view.light, view.measures, view.strip)
    ]
    assert corners == sorted(corners)
    # And back, when the window becomes low.
    desk.panel.resize(1110, 200)
    desk.qtbot.waitUntil(
        lambda: view.edited.mapTo(view, QPoint()).x() < view.light.mapTo(view, QPoint()).x() - 50
    )
    desk.qtbot.waitUntil(lambda: view.height() <= 170, timeout=SHORT)


def test_pictures_and_figures_say_what_they_are(desk: Desk) -> None:
    view = desk.panel.view
    desk.qtbot.waitUntil(lambda: view.light.verdict is not None and not view.measuring.busy, timeout=LONG)
    for part in (view.base, view.edited, view.measures):
        assert part.accessibleName()
        assert part.accessibleDescription()
    assert view.base.accessibleDescription() == "What the decoder draws at the cursor"
    desk.looks.picks.pick([5])
    desk.edits.set_base("digit")
    assert "picked digit" in view.base.accessibleDescription()
    desk.qtbot.waitUntil(lambda: not view.measuring.busy, timeout=SHORT)
    assert "thickness" in view.measures.accessibleDescription()
