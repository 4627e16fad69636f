"""The list of directions under mouse and keys, and what can be undone of it."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from tests.ui.attributes.conftest import Desk
from tests.ui.clipping import cut_off
from tests.ui.driving import LEFT, color_at, hold, slide
from tests.ui.panels import shown
from tests.waiting import SHORT
from vae_explorer.core.direction_sources import Axis, ClassPair, Component, DigitPair, Given, Measured, Source
from vae_explorer.core.directions import Cost, Direction, Quality
from vae_explorer.ui.attributes.list import DirectionList
from vae_explorer.ui.attributes.row import DirectionRow
from vae_explorer.ui.attributes.row_filling import fill
from vae_explorer.ui.attributes.texts import (
    cost_text,
    direction_tip,
    explained,
    first_name,
    is_far,
    judgement,
    quality_text,
    quality_tip,
)
from vae_explorer.ui.theme import ThemeSwitch

Key = Qt.Key


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A desk with two directions; the second one is the current one."""
    desk.add("pair", ClassPair(1, 7))
    desk.add("axis", Axis(0))
    return desk


def names(desk: Desk) -> list[str]:
    return [row.name for row in desk.panel.list.rows]


def row(desk: Desk, name: str) -> DirectionRow:
    return desk.panel.list.row(name)


def alpha(desk: Desk, name: str) -> float:
    return desk.edits.alphas[name]


def label_of(one: DirectionRow) -> QLabel:
    """Its name, which one clicks."""
    return next(label for label in one.findChildren(QLabel) if label.text() == one.name)


def refuse(desk: Desk, one: DirectionRow) -> None:
    """Type what is no α, and see that it is refused."""
    one.field.setFocus()
    one.field.selectAll()
    QTest.keyClicks(one.field, "abc")
    QTest.keyClick(one.field, Key.Key_Return)
    assert one.note
    assert one.field.hasFocus()


def press(key: Qt.Key) -> None:
    """Press it where the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)


def wheel(widget: QWidget, notches: int) -> None:
    place = QPointF(widget.rect().center())
    QCoreApplication.sendEvent(
        widget,
        QWheelEvent(
            place,
            QPointF(widget.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_an_empty_list_says_what_to_do_first(desk: Desk) -> None:
    list_ = desk.panel.list
    texts = [label.text() for label in list_.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("No directions yet.") for text in texts)
    assert list_.current == ""
    assert not any(action.isEnabled() for action in list_.actions_.values())
    desk.add("axis", Axis(0))
    texts = [label.text() for label in list_.findChildren(QLabel) if label.isVisible()]
    assert not any(text.startswith("No directions yet.") for text in texts)


def test_a_row_says_how_good_the_direction_is(desk: Desk) -> None:
    for name, source in (("thick", Measured("thickness")), ("pair", ClassPair(1, 7)), ("pc", Component(0))):
        quality = desk.add(name, source).quality
        assert quality is not None
        assert row(desk, name).quality == judgement(quality)
    assert "R² " in row(desk, "thick").quality
    assert "AUC " in row(desk, "pair").quality
    assert row(desk, "pc").quality.endswith(" % of variance")


def test_while_digits_are_measured_the_row_says_how_far_that_is(desk: Desk) -> None:
    said: list[str] = []
    desk.panel.finder.progress.connect(lambda: said.append(desk.panel.list.measuring.text.text()))
    desk.edits.add("thick", Measured("thickness"))
    assert row(desk, "thick").quality == "measuring… 0 %"
    assert not row(desk, "thick").slider.isEnabled()
    assert desk.panel.list.measuring.isVisible()
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert said[0] == "Measuring digits… 0\u00a0%"
    assert said[-1] == "Measuring digits… 100\u00a0%"
    assert not desk.panel.list.measuring.isVisible()
    assert row(desk, "thick").slider.isEnabled()


def test_the_line_of_measuring_moves_nothing(two: Desk, large_font: None) -> None:
    line, top = two.panel.list.measuring, two.panel.list.rows[0].mapTo(two.panel, QPoint())
    sizes, tops = set(), set()

    def look() -> None:
        QApplication.processEvents()
        if line.isVisible():
            sizes.add((line.text.size().toTuple(), line.height()))
            tops.add(two.panel.list.rows[0].mapTo(two.panel, QPoint()).toTuple())
            assert cut_off(line) == []

    two.panel.finder.progress.connect(lambda _share: look())
    two.panel.list.show_top()
    two.edits.add("thick", Measured("thickness"))
    two.panel.list.show_top()
    two.qtbot.waitUntil(lambda: two.panel.finder.up_to_date, timeout=SHORT)
    assert len(sizes) == 1
    assert tops == {top.toTuple()}


def test_a_direction_that_is_hardly_of_use_looks_so(desk: Desk, switch: ThemeSwitch) -> None:
    for value in (0.05, 0.5):
        desk.edits.add(f"{value}", Given("d"))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    for value in (0.05, 0.5):
        direction = Direction("d", Axis(0), np.array([1.0, 0.0]), 1.0, Quality("r2", value, True))
        entry = desk.edits.find(f"{value}")
        assert entry is not None
        fill(row(desk, f"{value}"), replace(entry, used=direction, problem=None), desk.panel.finder)
    weak, good = desk.panel.list.rows
    assert (weak.quality, good.quality) == ("weak: R² 0.05", "R² 0.50")
    QApplication.processEvents()
    labels = [next(each for each in one.findChildren(QLabel) if "R²" in each.text()) for one in (weak, good)]
    colors = [label.palette().windowText().color().name() for label in labels]
    assert colors == [switch.colors.warning, switch.colors.muted]
    assert labels[0].toolTip().startswith("Weak. Where a digit lies along this direction explains 5 %")


def test_a_problem_is_said_in_words_and_the_slider_rests(desk: Desk) -> None:
    desk.edits.add("nowhere", DigitPair(7, 7))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    one = row(desk, "nowhere")
    assert "has no length" in one.note
    assert one.quality == ""
    assert not one.slider.isEnabled()
    assert not one.field.isEnabled()
    # It can still be deleted.
    one.more.setFocus()
    QTest.keyClick(one.more, Key.Key_Delete)
    assert names(desk) == []


# How far


def test_a_drag_of_the_slider_is_one_step(two: Desk) -> None:
    heard: list[float] = []
    two.edits.alphas_changed.connect(lambda: heard.append(alpha(two, "pair")))
    count = two.stack.count()
    slide(row(two, "pair").slider, 0.3)
    assert len(heard) > 1
    assert heard[-1] == alpha(two, "pair") == row(two, "pair").alpha > 0.5
    assert two.stack.count() == count + 1
    two.stack.undo()
    assert alpha(two, "pair") == 0 == row(two, "pair").slider.value()
    two.stack.redo()
    assert alpha(two, "pair") == heard[-1]


def test_keys_and_wheel_change_alpha_where_the_user_is(two: Desk) -> None:
    slider = row(two, "pair").slider
    wheel(slider, 1)
    assert alpha(two, "pair") == 0
    slider.setFocus()
    hold(slider, Key.Key_Right, 4)
    assert alpha(two, "pair") == pytest.approx(0.5)
    QTest.keyClick(slider, Key.Key_Left)
    assert alpha(two, "pair") == pytest.approx(0.4)
    assert two.stack.undoText() == "α of “pair”"
    two.stack.undo()
    assert alpha(two, "pair") == 0
    wheel(slider, 1)
    assert alpha(two, "pair") > 0
    QTest.keyClick(slider, Key.Key_Home)
    assert alpha(two, "pair") == -3
    QTest.keyClick(slider, Key.Key_End)
    assert alpha(two, "pair") == 3


def test_up_and_down_lead_to_the_next_row(two: Desk) -> None:
    first, second = (row(two, name).slider for name in ("pair", "axis"))
    first.setFocus()
    assert two.panel.list.current == "pair"
    QTest.keyClick(first, Key.Key_Down)
    assert second.hasFocus()
    assert two.panel.list.current == "axis"
    QTest.keyClick(second, Key.Key_Down)
    assert second.hasFocus()
    QTest.keyClick(second, Key.Key_Up)
    assert first.hasFocus()
    assert two.edits.alphas == {"pair": 0, "axis": 0}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2.5", 2.5), ("-7", -7), ("−0,25", -0.25), ("1 σ", 1), ("20", 20), ("-20", -20), ("", 0)],
)
def test_alpha_can_be_typed_as_far_as_twenty(two: Desk, typed: str, expected: float) -> None:
    field = row(two, "pair").field
    field.setFocus()
    field.selectAll()
    # As from the clipboard: not every sign here has a key of its own.
    field.lineEdit().insert(typed)
    QTest.keyClick(field, Key.Key_Return)
    assert alpha(two, "pair") == expected
    assert field.value() == expected
    assert row(two, "pair").slider.value() == max(-300, min(300, round(100 * expected)))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("500", "α goes from −20 to 20 σ."),
        ("-1e9", "α goes from −20 to 20 σ."),
        ("1e999", "α goes from −20 to 20 σ."),
        ("much", "α is a number from −20 to 20 σ."),
    ],
)
def test_what_is_no_alpha_is_refused_in_the_row_and_changes_nothing(two: Desk, typed: str, said: str) -> None:
    two.edits.set_alpha("axis", 1.5)
    one, count = row(two, "axis"), two.stack.count()
    one.field.setFocus()
    one.field.selectAll()
    QTest.keyClicks(one.field, typed)
    QTest.keyClick(one.field, Key.Key_Return)
    assert one.note == said
    assert alpha(two, "axis") == 1.5 == one.slider.value() / 100
    assert two.stack.count() == count
    assert said in one.field.toolTip()
    assert said == one.field.accessibleDescription()
    # All of it is to be seen, and stays when something else is known or done.
    two.qtbot.waitUntil(lambda: one.visibleRegion().boundingRect().height() == one.height(), timeout=SHORT)
    QTest.mouseClick(label_of(row(two, "pair")), LEFT)
    two.panel.finder.found.emit()
    assert one.note == said
    # What is not α does not stay in its field when nobody is there to mend it.
    assert one.field.text() == "1.5 σ"
    QTest.mouseClick(one.reset, LEFT)
    assert one.note == ""
    assert alpha(two, "axis") == 0
    assert one.field.value() == 0


def test_a_refused_alpha_can_be_mended(two: Desk) -> None:
    one = row(two, "pair")
    one.field.setFocus()
    one.field.selectAll()
    QTest.keyClicks(one.field, "205")
    QTest.keyClick(one.field, Key.Key_Return)
    assert one.note
    QTest.keyClick(one.field, Key.Key_End)
    one.field.lineEdit().setCursorPosition(3)
    QTest.keyClick(one.field, Key.Key_Backspace)
    assert one.note == ""
    QTest.keyClick(one.field, Key.Key_Return)
    assert alpha(two, "pair") == 20
    # The slider says what it is, whatever was typed.
    one.field.selectAll()
    QTest.keyClicks(one.field, "99")
    QTest.keyClick(one.field, Key.Key_Return)
    assert one.note
    two.edits.set_alpha("pair", 1.0)
    assert one.note == ""
    assert one.field.value() == 1


def test_the_reason_of_a_refusal_goes_after_a_while(two: Desk) -> None:
    one = row(two, "pair")
    refuse(two, one)
    assert not one._forgetting.isActive(), "it is being read"
    one._forgetting.setInterval(1)
    row(two, "axis").slider.setFocus()
    assert one.note
    two.qtbot.waitUntil(lambda: one.note == "", timeout=SHORT)
    assert one.field.accessibleDescription() == ""
    assert one.field.text() == "0 σ"


def test_reset_all_is_about_what_is_typed_too(two: Desk) -> None:
    two.edits.set_alpha("axis", 2.0)
    one = row(two, "pair")
    refuse(two, one)
    assert one.field.text() == "abc"
    QTest.mouseClick(two.panel.button("reset"), LEFT)
    assert two.edits.alphas == {"pair": 0, "axis": 0}
    assert (one.field.text(), one.note) == ("0 σ", "")
    # Nor does undo bring it back.
    two.stack.undo()
    assert (one.field.text(), one.note) == ("0 σ", "")


def test_arrow_steps_of_the_field_count_at_once_and_are_one_step(two: Desk) -> None:
    field, count = row(two, "pair").field, two.stack.count()
    field.setFocus()
    hold(field, Key.Key_Up, 2)
    assert alpha(two, "pair") == field.value() >= 0.3
    assert two.stack.count() == count + 1


def test_one_direction_is_reset_by_its_button(two: Desk) -> None:
    two.edits.set_alphas({"pair": 2, "axis": 1})
    one = row(two, "pair")
    assert one.reset.isEnabled()
    QTest.mouseClick(one.reset, LEFT)
    assert two.edits.alphas == {"pair": 0, "axis": 1}
    assert not one.reset.isEnabled()
    two.stack.undo()
    assert two.edits.alphas == {"pair": 2, "axis": 1}
    assert one.reset.isEnabled()


def test_a_far_alpha_is_not_drawn_back_by_the_slider(two: Desk) -> None:
    two.edits.set_alpha("pair", 12.345)
    assert row(two, "pair").alpha == alpha(two, "pair") == 12.345
    assert row(two, "pair").slider.value() == 300
    assert row(two, "pair").field.value() == pytest.approx(12.345)


# Which one


def test_the_newest_is_current_and_a_click_chooses_another(two: Desk) -> None:
    list_, heard = two.panel.list, list[str]()
    list_.current_changed.connect(heard.append)
    assert list_.current == "axis"
    QTest.mouseClick(row(two, "pair"), LEFT, pos=QPoint(2, 2))
    assert list_.current == "pair"
    list_.set_current("gone")
    assert list_.current == "pair"
    two.edits.add("third", Axis(1))
    assert heard == ["pair", "third"]


def test_a_click_on_a_name_gives_its_row_the_keyboard(two: Desk) -> None:
    two.panel.button("add").setFocus()
    QTest.mouseClick(label_of(row(two, "pair")), LEFT)
    press(Key.Key_F2)
    assert row(two, "pair").name_field.hasFocus()
    press(Key.Key_Escape)
    two.panel.button("add").setFocus()
    # Beside the name, too.
    QTest.mouseClick(row(two, "axis"), LEFT, pos=QPoint(2, 2))
    press(Key.Key_Delete)
    assert names(two) == ["pair"]
    two.panel.button("add").setFocus()
    QTest.mouseClick(label_of(row(two, "pair")), LEFT)
    press(Key.Key_Delete)
    assert names(two) == []


def test_a_click_on_a_row_that_rests_gives_it_the_keyboard_too(desk: Desk) -> None:
    desk.add("axis", Axis(0))
    desk.edits.add("nowhere", DigitPair(7, 7))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    desk.panel.list.set_current("axis")
    QTest.mouseClick(label_of(row(desk, "nowhere")), LEFT)
    press(Key.Key_Delete)
    assert names(desk) == ["axis"]


def test_opening_a_bar_leaves_the_current_direction(two: Desk) -> None:
    """The keyboard is in another row than the one that a menu has just added."""
    list_, menu = two.panel.list, two.panel.add_menu
    row(two, "pair").slider.setFocus()
    two.add("third", Axis(1))
    assert row(two, "pair").slider.hasFocus()
    heard: list[str] = []
    list_.current_changed.connect(heard.append)
    menu.popup(two.panel.mapToGlobal(QPoint(0, 0)))
    two.qtbot.waitUntil(menu.isVisible, timeout=SHORT)
    classes = next(action for action in menu.actions() if action.text() == "From one class to another…")
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(classes).center())
    two.qtbot.waitUntil(menu.classes.first.hasFocus, timeout=SHORT)
    # Another one takes its place, and goes: Qt would have the keyboard in the first row.
    groups = next(action for action in menu.actions() if action.text() == "Between two groups of digits…")
    groups.trigger()
    assert menu.classes.isHidden()
    menu.groups.close_bar()
    assert row(two, "third").slider.hasFocus()
    assert heard == []
    assert list_.current == "third"


def test_the_current_direction_is_that_of_the_session(two: Desk) -> None:
    list_, edits = two.panel.list, two.edits
    assert edits.current == "axis"
    QTest.mouseClick(row(two, "pair"), LEFT, pos=QPoint(2, 2))
    assert edits.current == "pair"
    edits.choose("axis")
    assert list_.current == "axis"
    edits.choose("gone")
    assert list_.current == "axis"
    # A list that is made later begins there, not with the newest.
    edits.choose("pair")
    later = DirectionList(edits, two.panel.finder, two.stack, list_.theme)
    assert later.current == "pair"
    assert list_.current == edits.current == "pair"
    later.deleteLater()


def test_what_is_added_at_the_end_is_scrolled_to(two: Desk) -> None:
    for _ in range(12):
        two.edits.add("more", Axis(1))
    last = two.panel.list.rows[-1]
    two.qtbot.waitUntil(lambda: last.visibleRegion().boundingRect().height() == last.height(), timeout=SHORT)
    assert two.panel.list.rows[0].visibleRegion().isEmpty()


def test_delete_chooses_the_one_that_takes_its_place(two: Desk) -> None:
    two.add("third", Axis(1))
    two.panel.list.set_current("axis")
    slider = row(two, "axis").slider
    slider.setFocus()
    QTest.keyClick(slider, Key.Key_Delete)
    assert names(two) == ["pair", "third"]
    assert two.panel.list.current == "third"
    assert row(two, "third").slider.hasFocus()
    two.stack.undo()
    assert names(two) == ["pair", "axis", "third"]
    assert two.panel.list.current == "axis"
    two.qtbot.waitUntil(lambda: two.panel.finder.up_to_date, timeout=SHORT)
    assert row(two, "axis").slider.isEnabled()


def test_delete_in_a_field_belongs_to_the_text(two: Desk) -> None:
    field = row(two, "pair").field
    field.setFocus()
    QTest.keyClick(field, Key.Key_Home)
    QTest.keyClick(field, Key.Key_Delete)
    assert names(two) == ["pair", "axis"]


# Names


def test_a_name_is_edited_in_place(two: Desk) -> None:
    one = row(two, "pair")
    one.slider.setFocus()
    QTest.keyClick(one.slider, Key.Key_F2)
    assert one.name_field.hasFocus()
    QTest.keyClicks(one.name_field, "one to seven")
    QTest.keyClick(one.name_field, Key.Key_Return)
    assert names(two) == ["one to seven", "axis"]
    assert row(two, "one to seven") is one
    assert two.panel.list.current == "one to seven"
    assert one.slider.hasFocus()
    two.stack.undo()
    assert names(two) == ["pair", "axis"]
    assert two.panel.list.current == "pair"


def test_escape_and_an_empty_name_leave_it_as_it_was(two: Desk) -> None:
    one, count = row(two, "pair"), two.stack.count()
    for keys, end in (("else", Key.Key_Escape), (" ", Key.Key_Return)):
        one.slider.setFocus()
        QTest.keyClick(one.slider, Key.Key_F2)
        QTest.keyClicks(one.name_field, keys)
        QTest.keyClick(one.name_field, end)
        assert not one.name_field.isVisible()
    assert names(two) == ["pair", "axis"]
    assert two.stack.count() == count


def test_a_double_click_on_the_name_edits_it(two: Desk) -> None:
    one = row(two, "axis")
    label = one.findChildren(QLabel)[0]
    assert label.text() == "axis"
    QTest.mouseDClick(label, LEFT)
    assert one.name_field.isVisible()
    QTest.keyClicks(one.name_field, "pair")
    row(two, "pair").slider.setFocus()
    assert names(two) == ["pair", "pair 2"]


# Keep still


def test_keeping_another_still_says_what_it_costs(desk: Desk) -> None:
    desk.open_random(3)
    desk.add("axis", Axis(0))
    desk.add("pair", ClassPair(1, 7))
    list_ = desk.panel.list
    menu = list_.menu_of("pair")
    assert list(menu.still) == ["axis"]
    assert menu.still["axis"].text().endswith("° apart)")
    assert "At 90° they are independent" in menu.still["axis"].toolTip()
    assert "{" not in menu.still["axis"].toolTip()
    menu.still["axis"].trigger()
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    cost = desk.panel.finder.cost("pair")
    assert cost is not None
    assert row(desk, "pair").note == cost_text(cost, ["axis"])
    assert list_.menu_of("pair").still["axis"].isChecked()
    list_.menu_of("pair").still["axis"].trigger()
    assert row(desk, "pair").note == ""
    desk.stack.undo()
    desk.stack.undo()
    assert desk.edits.find("pair") is not None
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    assert row(desk, "pair").note == ""


@pytest.mark.parametrize(("turned", "far"), [(44.0, False), (46.0, True)])
def test_what_costs_much_is_in_the_colour_of_warnings(
    two: Desk, switch: ThemeSwitch, turned: float, far: bool
) -> None:
    quality = Quality("auc", 0.9, True)
    expensive = Cost(quality, replace(quality, value=0.6), turned)
    text = cost_text(expensive, ["axis"])
    assert text.startswith("Without changing axis: AUC 0.90 → 0.60, turned ")
    assert ("far" in text) == far == is_far(expensive)
    one = row(two, "pair")
    one.show_note(text, warns=is_far(expensive))
    QApplication.processEvents()
    note = next(label for label in one.findChildren(QLabel) if label.text() == text)
    color = note.palette().windowText().color().name()
    assert color == (switch.colors.warning if far else switch.colors.muted)


def test_the_row_warns_where_little_of_the_direction_is_left(desk: Desk, switch: ThemeSwitch) -> None:
    """Two classes of few digits, and of two axes the one that they differ along most is kept still."""
    desk.open_random(2)
    pair = desk.add("pair", ClassPair(1, 7)).vector
    axis = int(abs(pair).argmax())
    desk.add("axis", Axis(axis))
    desk.edits.update("pair", still=("axis",))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    cost = desk.panel.finder.cost("pair")
    assert cost is not None
    assert cost.turned > 45
    QApplication.processEvents()
    one = row(desk, "pair")
    note = next(label for label in one.findChildren(QLabel) if label.text() == one.note)
    assert note.palette().windowText().color().name() == switch.colors.warning


def test_the_menu_opens_at_the_button_and_with_the_right_one(two: Desk) -> None:
    one = row(two, "pair")
    QTest.mouseClick(one.more, LEFT)
    menu = two.panel.list._menu
    assert menu is not None
    two.qtbot.waitUntil(menu.isVisible, timeout=SHORT)
    assert two.panel.list.current == "pair"
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Move without changing", "Rename", "Delete"]
    QTest.keyClick(menu, Key.Key_Escape)


# Looks


@pytest.mark.parametrize("more", [0, 200, 400])
def test_nothing_is_cut_off(two: Desk, large_font: None, switch: ThemeSwitch, more: int) -> None:
    two.edits.add("a name that is really much too long for any list", DigitPair(7, 7))
    two.edits.update("pair", still=("axis",))
    two.qtbot.waitUntil(lambda: two.panel.finder.up_to_date, timeout=SHORT)
    list_ = DirectionList(two.edits, two.panel.finder, two.stack, switch)
    least = list_.minimumSizeHint().width()
    assert least <= 340
    list_.resize(least + more, 160)
    with shown(list_, two.qtbot):
        QApplication.processEvents()
        # Of the long name, the tool tip has all.
        assert [line for line in cut_off(list_) if "too long" not in line] == []


def test_a_narrow_list_has_two_lines_a_direction(two: Desk) -> None:
    list_, one = two.panel.list, row(two, "pair")
    list_.setFixedWidth(one.wide_width + 60)
    two.qtbot.waitUntil(lambda: list_.width() == one.wide_width + 60, timeout=SHORT)
    wide = one.sizeHint().height()
    list_.setFixedWidth(one.wide_width - 60)
    two.qtbot.waitUntil(lambda: list_.width() == one.wide_width - 60, timeout=SHORT)
    assert one.sizeHint().height() > 1.5 * wide


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_current_row_has_a_bar_in_the_accent_colour(two: Desk, switch: ThemeSwitch, theme: str) -> None:
    switch.set_theme("dark" if theme == "dark" else "light")
    assert color_at(row(two, "axis"), QPoint(1, 8)) == switch.colors.accent
    assert color_at(row(two, "pair"), QPoint(1, 8)) != switch.colors.accent


def test_everything_has_a_name_for_screen_readers(two: Desk) -> None:
    one = row(two, "pair")
    for part in (one.slider, one.field, one.reset, one.more, one.name_field):
        assert part.accessibleName()
        assert part.toolTip() or part is one.name_field
    assert "pair" in one.slider.accessibleName()


# Texts

SOURCES: list[tuple[Source, str]] = [
    (Measured("thickness"), "Thickness"),
    (ClassPair(3, 8), "3 → 8"),
    (ClassPair(3, 8, "lda"), "3 → 8 (LDA)"),
    (Component(0), "PC 1"),
    (Axis(1), "z2"),
    (DigitPair(7, 42), "#7 → #42"),
    (Given("thickness"), "thickness"),
]


@pytest.mark.parametrize(("source", "name"), SOURCES)
def test_a_direction_has_a_name_and_an_explanation(source: Source, name: str) -> None:
    assert first_name(source) == name
    assert len(explained(source)) > len(name)
    tip = direction_tip(source, Direction("it", source, np.array([1.0, 0.0]), 0.523), {"other": 84.2})
    assert explained(source) in tip
    assert "0.523" in tip
    assert "other 84°" in tip


def test_a_quality_says_on_which_digits_it_was_measured() -> None:
    held = Quality("r2", -0.126, True)
    assert quality_text(held) == "R² −0.13"
    assert "not fitted to" in quality_tip(held, Measured("slant"))
    assert "slant" in quality_tip(held, Measured("slant"))
    assert "around the base" in quality_tip(held, Measured("slant"))
    assert "around the base" not in quality_tip(Quality("r2", 0.35, True), Measured("slant"))
    assert quality_tip(held, Measured("slant")).startswith("Weak. ")
    assert "explains 0 % of how digits differ in slant" in quality_tip(held, Measured("slant"))
    assert judgement(held) == "weak: R² −0.13"
    assert judgement(Quality("auc", 0.55, True)) == "weak: AUC 0.55"
    assert judgement(Quality("auc", 0.98, True)) == "AUC 0.98"
    assert judgement(Quality("variance", 0.01, False)) == "1 % of variance"
    assert "Of each 100 pairs, 55 times" in quality_tip(Quality("auc", 0.55, True), ClassPair(3, 8))
    assert "for want of others" in quality_tip(replace(held, held_out=False), Measured("slant"))
    assert "class 8" in quality_tip(Quality("auc", 0.98, True), ClassPair(3, 8))
    assert quality_text(Quality("variance", 0.123, False)) == "12 % of variance"
