"""Anchors with mouse and keyboard, and what can be undone of it."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel

from tests.ui.clipping import cut_off
from tests.ui.driving import NONE, click, drag, one_pixel, send_mouse
from tests.ui.interpolation.anchor_desk import AnchorDesk
from tests.waiting import SHORT
from vae_explorer.state.journey import MOST_ANCHORS, ClassAnchor, DigitAnchor, PlaceAnchor
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.decoding import decode_picture

THREE = (DigitAnchor(7), ClassAnchor(3), PlaceAnchor((0.5, -1.25)))


def filled(desk: AnchorDesk) -> AnchorDesk:
    desk.open()
    desk.panel.edits.add(*THREE)
    return desk


def label(desk: AnchorDesk, index: int) -> int:
    assert desk.session.images is not None
    return int(desk.session.images.labels[index])


def pixels(image: object) -> np.ndarray:
    assert isinstance(image, QImage)
    return np.frombuffer(image.constBits(), np.uint8).reshape(28, 28)


# Adding


def test_without_a_model_nothing_can_be_added(anchor_desk: AnchorDesk) -> None:
    assert not anchor_desk.panel.add_button.isEnabled()
    assert not any(button.isEnabled() for button in anchor_desk.panel.buttons.values())
    texts = [label.text() for label in anchor_desk.panel.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("Add two places") for text in texts)


def test_the_place_of_the_cursor(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.selection.move_to(np.array([0.52, -1.2]))
    desk.choose("Cursor (0.52, −1.20)")
    assert desk.anchors == (PlaceAnchor((0.52, -1.2)),)
    assert desk.names == ["(0.52, −1.20)"]
    desk.panel.view.setFocus()
    desk.qtbot.keyClick(desk.panel.view, Qt.Key.Key_Insert)
    assert len(desk.anchors) == 2
    desk.stack.setIndex(0)
    assert desk.anchors == ()
    desk.stack.setIndex(2)
    assert len(desk.anchors) == 2


def test_picked_digits_the_one_looked_at_first(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.looks.picks.pick([3])
    desk.choose(f"Selection: Digit #3 ({label(desk, 3)})")
    desk.looks.picks.pick([5, 9, 2], focus=9)
    desk.choose("3 selected digits")
    assert desk.anchors == tuple(DigitAnchor(index) for index in (3, 9, 2, 5))
    assert desk.names[1] == f"Digit #9 ({label(desk, 9)})"
    assert desk.stack.undoText() == "3 more anchors"
    desk.stack.undo()
    assert desk.anchors == (DigitAnchor(3),)


def test_the_drawing_stays_where_it_was(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.looks.drawing.set_pixels(np.eye(28, dtype=np.uint8) * 255)
    desk.choose("Drawing")
    (anchor,) = desk.anchors
    assert isinstance(anchor, PlaceAnchor)
    assert desk.names == ["Drawing"]
    assert desk.details[0].startswith("(")
    desk.looks.drawing.set_pixels(np.zeros((28, 28), np.uint8))
    assert desk.anchors == (anchor,)


def test_a_bookmark_of_this_latent_space(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.looks.bookmarks.add("elsewhere", np.zeros(5))
    desk.looks.bookmarks.add("this & that", np.array([1.0, 2.0]))
    desk.choose("Bookmark", "this && that")
    assert desk.anchors == (PlaceAnchor((1, 2), "this & that"),)
    (entry,) = desk.panel.menu._bookmarks.actions()
    assert entry.text() == "this && that"


def test_the_mean_of_a_class(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    model = desk.open()
    desk.choose("Mean of a class", "Mean of 3s")
    assert desk.names == ["Mean of 3s"]
    assert desk.session.images is not None
    mean = model.posterior.mu[desk.session.images.labels == 3].mean(0, dtype=np.float64)
    np.testing.assert_allclose(desk.paths.handles.marks[0].pos().toTuple(), mean, atol=1e-6)


def test_what_is_not_there_cannot_be_chosen_and_says_how_to_get_it(anchor_desk: AnchorDesk) -> None:
    anchor_desk.open()
    menu = anchor_desk.panel.menu
    menu.aboutToShow.emit()
    off = {action.text(): action.toolTip() for action in menu.actions() if not action.isEnabled()}
    assert set(off) - {""} == {"Selected digits", "Drawing", "Bookmark"}
    assert all(tip.endswith(".") for text, tip in off.items() if text)


def test_more_than_there_is_room_for(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.looks.picks.pick(range(60))
    desk.choose("60 selected digits")
    desk.choose("60 selected digits")
    assert len(desk.anchors) == MOST_ANCHORS
    assert desk.said == [f"A path passes at most {MOST_ANCHORS} anchors. Not added: 56."]
    desk.press("clicks")
    desk.click(2.9, -2.9)
    assert len(desk.anchors) == MOST_ANCHORS
    assert desk.said[1].endswith("Not added: 1.")
    assert not desk.panel.clicks.on
    assert desk.stack.count() == 2


# Clicks on the map


def test_clicks_on_the_map_add_places_until_escape(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    before = desk.selection.z
    desk.press("clicks")
    assert desk.panel.buttons["clicks"].isChecked()
    for place in ((0.5, 0.5), (-1.0, 0.25)):
        desk.click(*place)
    places = [anchor.z for anchor in desk.anchors if isinstance(anchor, PlaceAnchor)]
    np.testing.assert_allclose(places, [(0.5, 0.5), (-1.0, 0.25)], atol=1.01 * one_pixel(desk.map))
    assert desk.selection.z is before
    assert desk.stack.count() == 2
    assert desk.panel.row == 1
    desk.looks.picks.pick([1])
    desk.qtbot.keyClick(desk.map, Qt.Key.Key_Escape)
    assert not desk.panel.buttons["clicks"].isChecked()
    assert desk.looks.picks.focus == 1
    desk.click(0.75, 0.75)
    assert len(desk.anchors) == 2


def test_escape_in_the_list_ends_it_too(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.press("clicks")
    desk.panel.activateWindow()
    desk.panel.view.setFocus()
    desk.qtbot.waitUntil(desk.panel.view.hasFocus, timeout=SHORT)
    desk.qtbot.keyClick(desk.panel.view, Qt.Key.Key_Escape)
    assert not desk.panel.clicks.on


def test_a_place_can_be_dragged_before_it_is_let_go(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.press("clicks")
    drag(desk.map.viewport(), [desk.pixel(x, 0.5) for x in (-0.5, 0.0, 0.75)])
    (anchor,) = desk.anchors
    assert isinstance(anchor, PlaceAnchor)
    np.testing.assert_allclose(anchor.z, (0.75, 0.5), atol=1.01 * one_pixel(desk.map))
    assert desk.stack.count() == 1
    desk.stack.undo()
    assert desk.anchors == ()


def test_in_more_dimensions_a_click_is_above_the_cursor(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    model = desk.open(5)
    desk.press("clicks")
    desk.click(0.0, 0.0)
    (anchor,) = desk.anchors
    assert isinstance(anchor, PlaceAnchor)
    z, plane = np.array(anchor.z), model.projection
    np.testing.assert_allclose(plane.project(z), (0, 0), atol=1.01 * one_pixel(desk.map))
    off_plane = z - desk.selection.z
    np.testing.assert_allclose(off_plane, (plane.axes @ off_plane) @ plane.axes, atol=1e-9)


def test_a_click_on_a_handle_takes_hold_of_that(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.press("clicks")
    desk.click(0.5, -1.25)
    assert desk.anchors == THREE
    assert desk.panel.row == 2


def test_the_mode_ends_when_the_list_is_hidden(anchor_desk: AnchorDesk) -> None:
    anchor_desk.open()
    anchor_desk.press("clicks")
    anchor_desk.panel.hide()
    assert not anchor_desk.panel.clicks.on


# Order


def test_moving_removing_and_reversing_with_the_keyboard(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    a, b, c = THREE
    view, alt = desk.panel.view, Qt.KeyboardModifier.AltModifier
    desk.select(2)
    view.setFocus()
    desk.qtbot.keyClick(view, Qt.Key.Key_Up, alt)
    assert desk.anchors == (a, c, b)
    assert desk.panel.row == 1
    desk.qtbot.keyClick(view, Qt.Key.Key_R)
    assert desk.anchors == (b, c, a)
    desk.qtbot.keyClick(view, Qt.Key.Key_Down, alt)
    assert desk.anchors == (b, a, c)
    assert not desk.panel.actions_["down"].isEnabled()
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert desk.anchors == (b, a)
    assert desk.panel.row == 1
    texts = [desk.stack.text(index) for index in range(1, 5)]
    assert texts == [
        "move of anchor 3 in the list",
        "anchors the other way round",
        "move of anchor 2 in the list",
        "removal of anchor 3",
    ]
    for expected in ((b, a, c), (b, c, a), (a, c, b), THREE, ()):
        desk.stack.undo()
        assert desk.anchors == expected


def test_the_loop_is_one_step_each_way(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.press("loop")
    assert desk.plan.loop
    desk.stack.undo()
    assert not desk.plan.loop
    assert not desk.panel.buttons["loop"].isChecked()
    desk.panel.view.setFocus()
    desk.qtbot.keyClick(desk.panel.view, Qt.Key.Key_L)
    assert desk.panel.buttons["loop"].isChecked()


def test_buttons_remove_and_reverse(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.select(0)
    desk.press("reverse")
    assert desk.panel.row == 2
    desk.press("remove")
    assert desk.anchors == (THREE[2], THREE[1])


def drop_row(desk: AnchorDesk, row: int, place: QPoint) -> None:
    """Let a row go at a place of the list, with the data that a drag of it has."""
    data: QMimeData = desk.panel.table.mimeData([desk.panel.table.index(row)])
    viewport, move = desk.panel.view.viewport(), Qt.DropAction.MoveAction
    rest = move, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, *rest)
    for event in (enter, QDragMoveEvent(place, *rest), QDropEvent(QPointF(place), *rest)):
        QApplication.sendEvent(viewport, event)
    assert enter.isAccepted()


@pytest.mark.parametrize(
    ("row", "gap", "order"),
    [(0, 2, (1, 0, 2)), (0, 3, (1, 2, 0)), (2, 0, (2, 0, 1)), (1, 1, (0, 1, 2)), (1, 2, (0, 1, 2))],
)
def test_a_row_is_dragged_to_another_place(
    anchor_desk: AnchorDesk, row: int, gap: int, order: tuple[int, ...]
) -> None:
    desk = anchor_desk
    filled(desk)
    count = desk.stack.count()
    if gap < 3:
        place = desk.panel.view.visualRect(desk.panel.table.index(gap)).topLeft() + QPoint(40, 1)
    else:
        place = desk.panel.view.visualRect(desk.panel.table.index(2)).bottomLeft() + QPoint(40, 0)
    drop_row(desk, row, place)
    assert desk.anchors == tuple(THREE[index] for index in order)
    assert desk.stack.count() == count + (order != (0, 1, 2))


def test_what_else_is_dragged_over_the_list_is_left_alone(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    data = QMimeData()
    data.setText("7")
    rest = Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 10), *rest)
    QApplication.sendEvent(desk.panel.view.viewport(), enter)
    assert not enter.isAccepted()
    assert not desk.panel.table.dropMimeData(data, rest[0], 0, 0, desk.panel.view.rootIndex())


# What the list says


def test_thumbnails_are_the_digit_or_what_the_decoder_draws(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    for seed in (0, 1):
        model = desk.open(2, seed)
        desk.settle()
        rows = desk.panel.table.rows
        assert desk.session.images is not None
        np.testing.assert_array_equal(pixels(rows[0].image), desk.session.images.images[7].reshape(28, 28))
        for row in (1, 2):
            place = desk.panel._rows.place(row)
            assert place is not None
            expected = decode_picture(model.snapshot, place)
            assert np.abs(pixels(rows[row].image).astype(int) - expected).max() <= 1


def test_a_double_click_or_enter_asks_for_the_cursor_there(anchor_desk: AnchorDesk) -> None:
    desk, asked = anchor_desk, []
    filled(desk)
    desk.panel.point_chosen.connect(lambda z: asked.append(z.tolist()))
    view = desk.panel.view
    desk.select(2)
    place = view.visualRect(desk.panel.table.index(2)).center()
    desk.qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked == [[0.5, -1.25]] * 2


def test_neighbours_at_the_same_place_are_marked(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.panel.edits.add(THREE[2])
    assert desk.details[3] == "same as anchor 3"
    assert desk.panel.row == 3
    note = desk.panel._note
    assert note.isVisible()
    assert note.text() == "Anchors 3 and 4 are at the same place and count as one."
    assert cut_off(note) == []
    assert note.text() in str(desk.panel.table.index(3).data(Qt.ItemDataRole.ToolTipRole))
    desk.press("remove")
    assert not note.isVisible()
    # In a loop the first is next to the last.
    desk.panel.edits.add(THREE[0])
    assert not desk.details[0].startswith("same as")
    desk.press("loop")
    assert desk.details[0] == "same as anchor 4"
    desk.select(0)
    assert note.text().startswith("Anchors 1 and 4")


def test_that_all_are_at_one_place_is_left_to_be_said_in_place_of_the_paths(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.panel.edits.add(THREE[2], THREE[2])
    assert desk.details[1] == "same as anchor 1"
    assert desk.panel.row == 1
    assert not desk.panel._note.isVisible()


def test_an_anchor_off_the_data_is_marked(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    model = desk.open()
    middle = tuple(model.posterior.mu.mean(0, dtype=np.float64).tolist())
    desk.panel.edits.add(PlaceAnchor(middle), PlaceAnchor((300.0, 300.0)))
    desk.settle()
    assert desk.details[1] == "far off the data"
    assert desk.panel._note.text().startswith("Anchor 2 is far off the data")
    assert desk.details[0] == ""


def test_places_of_another_latent_space_say_so(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.open(5)
    assert desk.details[2] == "not in this model"
    tip = str(desk.panel.table.index(2).data(Qt.ItemDataRole.ToolTipRole))
    assert "5 latent dimension(s), but an anchor has 2" in tip
    assert sorted(desk.paths.handles.marks) == [0, 1]
    desk.select(2)
    assert not desk.panel.actions_["go"].isEnabled()
    assert desk.panel.actions_["remove"].isEnabled()
    desk.settle()
    desk.open(2)
    assert desk.details[2] == ""
    assert sorted(desk.paths.handles.marks) == [0, 1, 2]


def test_newer_weights_with_the_same_places_decode_nothing(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    desk.settle()
    assert desk.session.model is not None
    desk.session.show(replace(desk.session.model))
    assert not desk.panel.busy


def test_while_hidden_nothing_is_computed(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.panel.hide()
    filled(desk)
    desk.open(2, 1)
    assert not desk.panel.busy
    desk.panel.show()
    desk.settle()
    assert all(row.image is not None for row in desk.panel.table.rows)


def test_the_chosen_row_survives_undo_and_is_told(anchor_desk: AnchorDesk) -> None:
    desk, told = anchor_desk, []
    filled(desk)
    desk.panel.current_changed.connect(told.append)
    desk.select(1)
    desk.panel.edits.add(DigitAnchor(1))
    desk.stack.undo()
    assert desk.panel.row == 2
    desk.stack.undo()
    assert desk.panel.row == -1
    assert told == [1, 3, 2, -1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_are_painted_in_both_themes(anchor_desk: AnchorDesk, switch: ThemeSwitch, theme: str) -> None:
    desk = anchor_desk
    filled(desk)
    desk.panel.edits.add(THREE[2])
    desk.settle()
    switch.set_theme(theme)  # type: ignore[arg-type]
    view = desk.panel.view
    desk.select(0)
    view.scrollTo(desk.panel.table.index(3))
    place = view.visualRect(desk.panel.table.index(3))
    image = view.viewport().grab(place).toImage()
    names = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    warning = np.array(QColor(switch.colors.warning).getRgb()[:3])
    others = np.array([QColor(name).getRgb()[:3] for name in names])
    assert np.abs(others - warning).max(1).min() < 40
    assert len(names) > 20


def test_it_is_narrow_and_low_with_large_letters(large_font: None, anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    filled(desk)
    assert desk.panel.minimumSizeHint().width() <= 200
    desk.panel.resize(200, 150)
    QApplication.processEvents()
    for name in ("clicks", "reverse", "loop", "remove"):
        button = desk.panel.buttons[name]
        assert desk.panel.rect().contains(button.mapTo(desk.panel, button.rect().bottomRight()))
    assert desk.panel.view.height() > 30


def test_the_mouse_that_only_passes_adds_nothing(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    desk.open()
    desk.press("clicks")
    send_mouse(desk.map.viewport(), QEvent.Type.MouseMove, desk.pixel(0, 0), NONE, NONE)
    click(desk.map.viewport(), QPointF(3, 3))  # on an axis
    assert desk.anchors == ()
