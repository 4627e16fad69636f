"""Playing a path: the cursor goes along, there and back, and all of it is one step to undo."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.driving import hold, slide
from tests.ui.interpolation.desk import Desk
from tests.waiting import SHORT
from vae_explorer.state.journey import DigitAnchor


def frames_seen(desk: Desk) -> list[int]:
    """The frames from now on, in order."""
    seen = [desk.journey.frame]
    desk.journey.frame_changed.connect(lambda: seen.append(desk.journey.frame))
    return seen


def quickly(desk: Desk) -> None:
    desk.panel.player.speed.setValue(50)


def test_a_whole_play_is_one_step_and_the_cursor_goes_along(desk: Desk) -> None:
    desk.travel()
    quickly(desk)
    before = desk.selection.z
    seen = frames_seen(desk)
    desk.click(desk.panel.player.play_button)
    assert desk.is_playing()
    desk.qtbot.waitUntil(lambda: len(seen) > 20, timeout=SHORT)
    desk.click(desk.panel.player.play_button)
    assert not desk.is_playing()
    assert seen[:18] == [*range(16), 0, 1]
    np.testing.assert_array_equal(desk.selection.z, desk.points()[desk.journey.frame])
    desk.stack.undo()
    np.testing.assert_array_equal(desk.selection.z, before)
    assert not desk.stack.canUndo()


def test_there_and_back(desk: Desk) -> None:
    desk.journey.set(desk.plan.__class__(steps=4))
    desk.travel()
    quickly(desk)
    seen = frames_seen(desk)
    desk.click(desk.panel.player.ping_pong)
    desk.click(desk.panel.player.play_button)
    desk.qtbot.waitUntil(lambda: len(seen) > 10, timeout=SHORT)
    desk.click(desk.panel.player.play_button)
    assert seen[:10] == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]


def test_the_space_key_plays_and_pauses(desk: Desk) -> None:
    desk.travel()
    strip = desk.row("geodesic").strip
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Space)
    assert desk.is_playing()
    QTest.keyClick(strip, Qt.Key.Key_Space)
    assert not desk.is_playing()


def test_the_slider_is_dragged_as_one_step(desk: Desk) -> None:
    desk.travel()
    before = desk.selection.z
    slide(desk.panel.player.slider, 0.5)
    assert 4 < desk.journey.frame < 12
    np.testing.assert_array_equal(desk.selection.z, desk.points()[desk.journey.frame])
    desk.stack.undo()
    np.testing.assert_array_equal(desk.selection.z, before)
    assert not desk.stack.canUndo()


def test_a_key_held_on_the_slider_is_one_step(desk: Desk) -> None:
    desk.travel()
    slider = desk.panel.player.slider
    slider.setFocus()
    hold(slider, Qt.Key.Key_Right, 4)
    assert desk.journey.frame == 5
    desk.stack.undo()
    assert not desk.stack.canUndo()


def test_who_moves_the_cursor_elsewhere_ends_the_play(desk: Desk) -> None:
    desk.travel()
    quickly(desk)
    seen = frames_seen(desk)
    desk.panel.player.toggle()
    desk.qtbot.waitUntil(lambda: len(seen) > 3, timeout=SHORT)
    desk.selection.move_to(np.array([3.0, 3.0]))
    desk.qtbot.waitUntil(lambda: not desk.is_playing(), timeout=SHORT)
    np.testing.assert_array_equal(desk.selection.z, [3.0, 3.0])


def test_undo_during_a_play_ends_it_and_breaks_nothing(desk: Desk) -> None:
    desk.travel()
    quickly(desk)
    desk.drag_over("geodesic", [3])
    seen = frames_seen(desk)
    desk.panel.player.toggle()
    desk.qtbot.waitUntil(lambda: len(seen) > 3, timeout=SHORT)
    desk.stack.undo()
    desk.qtbot.waitUntil(lambda: not desk.is_playing(), timeout=SHORT)
    np.testing.assert_array_equal(desk.selection.z, np.zeros(2))
    while desk.stack.canUndo():
        desk.stack.undo()
    assert desk.stack.canRedo()


def test_touching_the_strip_pauses(desk: Desk) -> None:
    desk.travel()
    desk.panel.player.toggle()
    desk.drag_over("geodesic", [7])
    assert not desk.is_playing()
    assert desk.journey.frame == 7


def test_the_play_goes_on_while_an_anchor_moves_and_ends_with_the_path(desk: Desk) -> None:
    desk.travel()
    desk.panel.player.toggle()
    desk.journey.replace_anchor(1, DigitAnchor(11))
    assert desk.is_playing()
    desk.wait()
    assert desk.is_playing()
    desk.journey.remove(1)
    assert not desk.is_playing()


def test_hidden_it_does_not_play(desk: Desk) -> None:
    desk.travel()
    desk.panel.player.toggle()
    desk.panel.hide()
    assert not desk.is_playing()
    desk.panel.show()


def test_the_moving_point_is_at_the_frame(desk: Desk) -> None:
    desk.travel()
    desk.drag_over("geodesic", [6])
    place = desk.panel.map_paths.point.pos()
    np.testing.assert_allclose((place.x(), place.y()), desk.points()[6], rtol=1e-6)
