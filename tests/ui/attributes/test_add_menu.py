"""Adding directions from each source, and what is said where one cannot be."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QMenu, QWidget

from tests.ui.attributes.conftest import Desk
from tests.ui.clipping import cut_off
from tests.ui.driving import LEFT, drag, send_mouse
from tests.waiting import SHORT
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_sources import (
    Around,
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Groups,
    Measured,
)
from vae_explorer.ui.attributes.add_menu import AddMenu
from vae_explorer.ui.attributes.bars import Bar
from vae_explorer.ui.widgets.elided_label import ElidedLabel

Key = Qt.Key


def menu(desk: Desk) -> AddMenu:
    desk.panel.add_menu.refresh()
    return desk.panel.add_menu


def sources(desk: Desk) -> list[object]:
    return [entry.source for entry in desk.edits]


def trigger(desk: Desk, text: str) -> None:
    """Choose the entry of the menu that begins so."""
    chosen = [action for action in menu(desk).actions() if action.text().startswith(text)]
    assert len(chosen) == 1
    chosen[0].trigger()


def test_what_needs_no_question_is_added_at_once(desk: Desk) -> None:
    for source in (Measured("thickness"), Component(1), Axis(0)):
        menu(desk).sources[source].trigger()
    assert sources(desk) == [Measured("thickness"), Component(1), Axis(0)]
    assert [entry.name for entry in desk.edits] == ["Thickness", "PC 2", "z1"]
    assert desk.panel.list.current == "z1"
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert desk.stack.undoText() == "add direction “z1”"
    for _ in range(3):
        desk.stack.undo()
    assert sources(desk) == []
    desk.stack.redo()
    assert sources(desk) == [Measured("thickness")]


def test_the_menu_follows_the_model(desk: Desk) -> None:
    assert Axis(1) in menu(desk).sources
    assert Axis(2) not in menu(desk).sources
    desk.open_random(20)
    found = menu(desk).sources
    assert Axis(9) in found
    assert Axis(10) not in found
    desk.open_random(1)
    assert Component(0) in menu(desk).sources
    assert Component(1) not in menu(desk).sources


def test_of_many_axes_any_can_be_asked_for(desk: Desk) -> None:
    desk.open_random(20)
    found = menu(desk)
    found.others[Axis].trigger()
    bar = found.number
    assert bar.isVisible()
    assert bar.field.hasFocus()
    for typed in ("0", "21", "x"):
        bar.field.lineEdit().setText(typed)
        QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said == ["Type a number from 1 to 20."] * 3
    bar.field.setValue(20)
    QTest.mouseClick(bar.add_button, LEFT)
    found.others[Component].trigger()
    bar.field.setValue(13)
    QTest.mouseClick(bar.add_button, LEFT)
    assert sources(desk) == [Axis(19), Component(12)]


# Classes


def test_two_classes_are_asked_for_in_place(desk: Desk) -> None:
    trigger(desk, "From one class")
    bar = menu(desk).classes
    assert bar.first.hasFocus()
    bar.first.choose("4")
    bar.second.choose("9")
    QTest.mouseClick(bar.add_button, LEFT)
    bar.method.choose("lda")
    QTest.mouseClick(bar.add_button, LEFT)
    assert sources(desk) == [ClassPair(4, 9), ClassPair(4, 9, "lda")]
    assert [entry.name for entry in desk.edits] == ["4 → 9", "4 → 9 (LDA)"]


def test_a_class_to_itself_or_without_members_is_refused_in_words(desk: Desk, sixty: ImageSet) -> None:
    trigger(desk, "From one class")
    bar = menu(desk).classes
    bar.second.choose("3")
    QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said == ["Choose two different classes: a direction leads from one to another."]
    few = sixty.labels != 8
    desk.session.set_images(ImageSet("no eights", sixty.images[few], sixty.labels[few]))
    bar.second.choose("8")
    QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said[-1].startswith("None of the digits is a 8")
    assert sources(desk) == []


# Groups


def test_two_groups_are_made_of_what_is_selected(desk: Desk, sixty: ImageSet) -> None:
    trigger(desk, "Between two groups")
    bar = menu(desk).groups
    assert bar.take[0].hasFocus()
    assert (bar.says(0), bar.says(1)) == ("no digits yet", "no digits yet")
    fours = np.flatnonzero(sixty.labels == 4)
    others = np.flatnonzero(sixty.labels >= 5)
    desk.looks.picks.pick(fours)
    QTest.mouseClick(bar.take[0], LEFT)
    desk.looks.picks.pick(others)
    QTest.mouseClick(bar.take[1], LEFT)
    assert bar.says(0) == f"{len(fours)} digits: {len(fours)} × 4"
    assert bar.says(1).startswith(f"{len(others)} digits: ")
    assert bar.says(1).count("×") == 3
    assert bar.says(1).endswith("…")
    QTest.mouseClick(bar.add_button, LEFT)
    assert sources(desk) == [Groups(tuple(fours.tolist()), tuple(others.tolist()))]
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert desk.panel.list.row("A → B").quality.startswith("AUC ")


def test_empty_and_equal_groups_are_refused_in_words(desk: Desk) -> None:
    trigger(desk, "Between two groups")
    bar = menu(desk).groups
    QTest.mouseClick(bar.take[0], LEFT)
    assert desk.said[-1].startswith("No digits are selected.")
    QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said[-1].startswith("Group A is empty.")
    desk.looks.picks.pick([1, 2])
    QTest.mouseClick(bar.take[0], LEFT)
    QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said[-1].startswith("Group B is empty.")
    QTest.mouseClick(bar.take[1], LEFT)
    QTest.mouseClick(bar.add_button, LEFT)
    assert desk.said[-1].startswith("A and B are the same digits")
    assert sources(desk) == []


# Two digits, and around the base


def test_the_difference_of_two_digits_goes_from_the_first_to_the_second(desk: Desk) -> None:
    desk.looks.picks.pick([42])
    desk.looks.picks.pick([7, 42], 7)
    assert menu(desk).pair.text() == "Difference of two selected digits: #42 → #7"
    menu(desk).pair.trigger()
    assert sources(desk) == [DigitPair(42, 7)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_takes_exactly_two_digits(desk: Desk, count: int) -> None:
    desk.looks.picks.pick(range(count))
    menu(desk).pair.trigger()
    assert f"exactly two selected digits, and {count} are" in desk.said[-1]
    assert sources(desk) == []


def test_a_local_direction_is_around_the_base(desk: Desk) -> None:
    desk.selection.move_to(np.array([0.5, -1.0]))
    menu(desk).base_point = lambda: desk.panel.editing.base
    added = menu(desk).around["slant"]
    assert added.text() == "Slant here"
    added.trigger()
    assert sources(desk) == [Around("slant", (0.5, -1.0))]
    menu(desk).base_point = lambda: None
    added.trigger()
    assert desk.said[-1].startswith("There is nothing to edit yet")
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert desk.panel.list.row("Slant here").quality == "local"


# Bars


def bars(desk: Desk) -> list[Bar]:
    found = menu(desk)
    return [bar for bar in (found.classes, found.groups, found.number, found.arrow) if bar.isVisible()]


@pytest.mark.parametrize("text", ["From one class", "Between two groups", "Draw an arrow"])
@pytest.mark.parametrize("height", [260, 200])
def test_a_bar_opens_at_its_beginning(desk: Desk, text: str, height: int) -> None:
    desk.panel.resize(1110, height)
    for _ in range(12):
        desk.edits.add("more", Axis(1))
    QApplication.processEvents()
    trigger(desk, text)
    QApplication.processEvents()
    (bar,) = bars(desk)
    seen = bar.visibleRegion().boundingRect()
    assert seen.top() == 0
    assert seen.height() >= min(bar.height(), 60)


def test_everything_is_explained(desk: Desk) -> None:
    desk.open_random(20)
    found = menu(desk)

    def without(entries: QMenu) -> list[str]:
        texts = []
        for action in entries.actions():
            if action.text() and action.toolTip().rstrip("…") == action.text().rstrip("…"):
                texts.append(action.text())
            inner = action.menu()
            if isinstance(inner, QMenu):
                assert inner.toolTipsVisible()
                texts += without(inner)
        return texts

    assert without(found) == []
    for bar in (found.classes, found.groups):
        for part in bar.findChildren(QWidget):
            if isinstance(part, QComboBox | QAbstractButton | ElidedLabel):
                assert part.toolTip(), part
    found.others[Component].trigger()
    assert "20" in found.number.field.toolTip()


def test_one_bar_is_open_at_a_time_and_escape_closes_it(desk: Desk) -> None:
    trigger(desk, "From one class")
    trigger(desk, "Between two groups")
    assert bars(desk) == [menu(desk).groups]
    QTest.keyClick(menu(desk).groups.take[0], Key.Key_Escape)
    assert bars(desk) == []
    trigger(desk, "From one class")
    QTest.mouseClick(menu(desk).classes.close_button, LEFT)
    assert bars(desk) == []


@pytest.mark.parametrize("text", ["From one class", "Between two groups", "Draw an arrow"])
def test_nothing_of_a_bar_is_cut_off(desk: Desk, text: str) -> None:
    desk.panel.list.setFixedWidth(240)
    trigger(desk, text)
    QApplication.processEvents()
    assert cut_off(bars(desk)[0]) == []


# The arrow


def test_an_arrow_drawn_on_the_map_is_a_direction(desk: Desk) -> None:
    trigger(desk, "Draw an arrow")
    assert bars(desk) == [menu(desk).arrow]
    z = desk.selection.z
    places = [QPointF(150, 150), QPointF(180, 150), QPointF(210, 110)]
    expected = desk.map.place_at(places[-1]) - desk.map.place_at(places[0])
    drag(desk.map.viewport(), places)
    (source,) = sources(desk)
    assert isinstance(source, Arrow)
    np.testing.assert_allclose(source.vector, expected, rtol=1e-6)
    assert desk.selection.z is z
    assert not desk.panel.arrow_tool.active
    assert bars(desk) == []
    # The next drag is the cursor's again.
    moved: list[object] = []
    desk.map.cursor_moved.connect(moved.append)
    drag(desk.map.viewport(), places)
    assert moved


def test_above_two_dimensions_the_arrow_lies_in_the_plane_of_the_map(desk: Desk) -> None:
    desk.open_random(5)
    trigger(desk, "Draw an arrow")
    drag(desk.map.viewport(), [QPointF(150, 150), QPointF(210, 110)])
    (source,) = sources(desk)
    assert isinstance(source, Arrow)
    assert len(source.vector) == 5
    axes = desk.model.projection.axes
    np.testing.assert_allclose(np.array(source.vector) @ axes.T @ axes, source.vector)


def test_a_short_arrow_says_so_and_can_be_drawn_again(desk: Desk) -> None:
    trigger(desk, "Draw an arrow")
    drag(desk.map.viewport(), [QPointF(150, 150), QPointF(155, 150)])
    assert desk.said == ["That arrow was too short. Press where it begins, and let go where it points to."]
    assert desk.panel.arrow_tool.active
    drag(desk.map.viewport(), [QPointF(150, 150), QPointF(210, 150)])
    assert len(sources(desk)) == 1


def test_with_one_dimension_an_arrow_upwards_is_refused(desk: Desk) -> None:
    desk.open_random(1)
    trigger(desk, "Draw an arrow")
    drag(desk.map.viewport(), [QPointF(150, 150), QPointF(150, 90)])
    assert "one latent dimension" in desk.said[-1]
    assert sources(desk) == []


def test_while_an_arrow_is_drawn_one_sees_that(desk: Desk) -> None:
    tool, viewport, cross = desk.panel.arrow_tool, desk.map.viewport(), Qt.CursorShape.CrossCursor
    usual, action = viewport.cursor().shape(), menu(desk).draw
    assert usual != cross
    assert not tool.hint.isVisible()
    for _ in range(12):
        desk.edits.add("more", Axis(1))
    QApplication.processEvents()
    action.trigger()
    QApplication.processEvents()
    assert viewport.cursor().shape() == cross
    assert action.isChecked()
    assert tool.hint.isVisible()
    assert tool.hint.text.text() == "Drag on the map to draw the direction. Esc cancels."
    assert cut_off(tool.hint) == []
    assert viewport.rect().contains(tool.hint.geometry())
    # The bar is the first thing of the list, which was scrolled to its end.
    assert menu(desk).arrow.visibleRegion().contains(QPoint(4, 4))
    # The hint is in nobody's way.
    middle = QPointF(tool.hint.geometry().center())
    drag(viewport, [middle, middle + QPointF(60, 40)])
    assert isinstance(sources(desk)[-1], Arrow)
    assert viewport.cursor().shape() != cross
    assert not action.isChecked()
    assert not tool.hint.isVisible()
    action.trigger()
    action.trigger()
    assert not tool.active
    assert not tool.hint.isVisible()


@pytest.mark.parametrize("width", [420, 200])
def test_the_hint_of_the_arrow_fits(desk: Desk, large_font: None, width: int) -> None:
    desk.map.resize(width, 320)
    trigger(desk, "Draw an arrow")
    QApplication.processEvents()
    hint = desk.panel.arrow_tool.hint
    assert cut_off(hint) == []
    assert desk.map.rect().contains(hint.geometry())


def test_escape_ends_the_arrow_even_with_the_button_down(desk: Desk) -> None:
    tool, viewport = desk.panel.arrow_tool, desk.map.viewport()
    desk.map.activateWindow()
    desk.qtbot.waitUntil(desk.map.isActiveWindow, timeout=SHORT)
    trigger(desk, "Draw an arrow")
    QTest.keyClick(desk.map, Key.Key_Escape)
    assert not tool.active
    assert bars(desk) == []
    trigger(desk, "Draw an arrow")
    send_mouse(viewport, QEvent.Type.MouseButtonPress, QPointF(150, 150))
    QTest.keyClick(desk.map, Key.Key_Escape)
    send_mouse(viewport, QEvent.Type.MouseMove, QPointF(200, 150), Qt.MouseButton.NoButton)
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, QPointF(200, 150), LEFT, Qt.MouseButton.NoButton)
    assert sources(desk) == []
    assert desk.map.grabbing.at(QPointF(150, 150)) is None
    # Nothing of it is left: it can be drawn anew.
    trigger(desk, "Draw an arrow")
    drag(viewport, [QPointF(150, 150), QPointF(210, 150)])
    assert len(sources(desk)) == 1
    # A plot that has the keyboard cannot be deleted alone.
    desk.map.clearFocus()


def test_another_model_ends_the_arrow(desk: Desk) -> None:
    trigger(desk, "Draw an arrow")
    desk.open_random(3)
    assert not desk.panel.arrow_tool.active
    assert bars(desk) == []


def test_closing_the_hint_ends_the_arrow(desk: Desk) -> None:
    trigger(desk, "Draw an arrow")
    QTest.mouseClick(menu(desk).arrow.close_button, LEFT)
    assert not desk.panel.arrow_tool.active
