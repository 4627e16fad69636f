"""The attributes dock as a whole: base, reset, the cursor, undo, pages, sizes."""

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.attributes.conftest import Desk
from tests.ui.clipping import cut_off
from tests.ui.driving import LEFT
from tests.waiting import LONG, SHORT
from vae_explorer.core.direction_sources import Axis, ClassPair, Measured
from vae_explorer.state.edits import Base
from vae_explorer.ui.theme import ThemeSwitch


def choose_base(desk: Desk, base: Base) -> None:
    """With the keys, as one who has no mouse."""
    box = desk.panel.base_box
    box.setFocus()
    rows = box.findData(base) - box.currentIndex()
    for _ in range(abs(rows)):
        QTest.keyClick(box, Qt.Key.Key_Down if rows > 0 else Qt.Key.Key_Up)


def test_the_base_is_chosen_and_undone(desk: Desk) -> None:
    choose_base(desk, "drawing")
    assert desk.edits.base == "drawing"
    while desk.stack.canUndo():
        desk.stack.undo()
    assert desk.edits.base == "cursor"
    assert desk.panel.base_box.currentData() == "cursor"
    desk.edits.set_base("digit")
    assert desk.panel.base_box.currentText() == "Picked digit"


def test_reset_all_is_one_step(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.add("other", Axis(1))
    reset = desk.panel.button("reset")
    assert not reset.isEnabled()
    desk.edits.set_alphas({"one": 1.0, "other": -2.0})
    desk.qtbot.mouseClick(reset, LEFT)
    assert desk.edits.alphas == {"one": 0.0, "other": 0.0}
    assert not reset.isEnabled()
    desk.stack.undo()
    assert desk.edits.alphas == {"one": 1.0, "other": -2.0}


def test_the_cursor_goes_there_and_the_edit_is_done(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.edits.set_alpha("one", 1.0)
    start, goal = desk.selection.z, desk.panel.editing.point
    pictures = desk.panel.editing.pictures
    assert pictures is not None
    desk.qtbot.mouseClick(desk.panel.view.go_button, LEFT)
    np.testing.assert_allclose(desk.selection.z, goal)
    assert desk.edits.alphas == {"one": 0.0}
    # What was the edited picture is the base now.
    assert desk.panel.editing.pictures is not None
    assert np.abs(desk.panel.editing.pictures.base.astype(int) - pictures.edited).max() <= 1
    desk.stack.undo()
    np.testing.assert_array_equal(desk.selection.z, start)
    assert desk.edits.alphas == {"one": 1.0}
    desk.stack.redo()
    np.testing.assert_allclose(desk.selection.z, goal)
    assert desk.edits.alphas == {"one": 0.0}


def test_from_a_digit_the_edit_stays(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.looks.picks.pick([9])
    desk.edits.set_base("digit")
    desk.edits.set_alpha("one", -1.5)
    goal = desk.panel.editing.point
    desk.panel.put_cursor_there()
    np.testing.assert_allclose(desk.selection.z, goal)
    assert desk.edits.alphas == {"one": -1.5}
    np.testing.assert_array_equal(desk.panel.editing.point, goal)


def test_with_nothing_moved_the_cursor_stays(desk: Desk) -> None:
    desk.panel.put_cursor_there()
    assert desk.stack.count() == 0


def test_the_list_leads_picture_and_effect(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.add("other", Axis(1))
    for name in ("one", "other"):
        desk.panel.list.set_current(name)
        current = desk.panel.editing.current
        assert current is not None
        assert current.name == name
        desk.qtbot.waitUntil(lambda: desk.panel.response.effects.found is not None, timeout=LONG)
        assert desk.panel.response.effects.found is not None
        assert desk.panel.response.effects.found.question.direction is desk.direction(name)


def test_buttons_wait_for_a_direction(desk: Desk) -> None:
    names = ("save", "apply")
    assert not any(desk.panel.button(name).isEnabled() for name in names)
    desk.add("one", Axis(0))
    assert all(desk.panel.button(name).isEnabled() for name in names)


def test_hidden_it_computes_nothing(desk: Desk) -> None:
    desk.panel.hide()
    desk.edits.add("one", Axis(0))
    before = desk.panel.editing.pictures
    desk.selection.move_to(np.array([1.0, 1.0]))
    entry = desk.edits.find("one")
    assert entry is not None
    assert entry.used is None
    assert desk.panel.editing.pictures is before
    desk.panel.show()
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert desk.direction("one") is not None
    assert desk.panel.editing.pictures is not before


def test_where_there_is_room_for_one_page_the_user_chooses(desk: Desk) -> None:
    panel = desk.panel
    assert panel.view.isVisible()
    assert panel.response.isVisible()
    assert not panel.button("effect").isVisible()
    panel.resize(600, 180)
    assert panel.view.isVisible()
    assert not panel.response.isVisible()
    desk.qtbot.mouseClick(panel.button("effect"), LEFT)
    assert panel.response.isVisible()
    assert not panel.view.isVisible()
    desk.qtbot.mouseClick(panel.button("picture"), LEFT)
    assert panel.view.isVisible()
    panel.resize(360, 700)
    assert panel.view.isVisible()
    assert panel.response.isVisible()
    assert (
        panel.list.mapTo(panel, panel.list.rect().bottomLeft()).y()
        <= panel.view.mapTo(panel, panel.view.rect().topLeft()).y()
    )


def test_it_fits_into_the_bottom_of_a_small_window(desk: Desk) -> None:
    least = desk.panel.minimumSizeHint()
    assert least.width() <= 560
    assert least.height() <= 170


@pytest.mark.parametrize("size", [(1110, 200), (700, 170), (560, 170), (360, 760)])
@pytest.mark.parametrize("large", [False, True])
def test_no_text_is_cut_off(
    desk: Desk, size: tuple[int, int], large: bool, request: pytest.FixtureRequest
) -> None:
    if large:
        usual, font = QApplication.font(), QApplication.font()
        font.setPointSizeF(1.5 * usual.pointSizeF())
        QApplication.setFont(font)
        request.addfinalizer(lambda: QApplication.setFont(usual))
    desk.add("Thickness", Measured("thickness"))
    desk.add("0 → 1", ClassPair(0, 1))
    desk.edits.set_alpha("0 → 1", -1.25)
    # With large letters, a dock cannot be made narrower than this either.
    desk.panel.resize(QSize(*size).expandedTo(desk.panel.minimumSizeHint()))
    desk.qtbot.waitUntil(
        lambda: desk.panel.response.effects.found is not None or size[0] < 1000, timeout=LONG
    )
    for page in ("picture", "effect"):
        desk.panel.show_page(page)  # type: ignore[arg-type]
        QApplication.processEvents()
        assert cut_off(desk.panel) == []


def test_it_follows_the_theme(desk: Desk, switch: ThemeSwitch) -> None:
    desk.add("one", Axis(0))
    light = desk.panel.grab().toImage()
    switch.set_theme("dark")
    dark = desk.panel.grab().toImage()
    assert light.pixelColor(2, 190).lightness() > 200
    assert dark.pixelColor(2, 190).lightness() < 80
    switch.set_theme("light")
