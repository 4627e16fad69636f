"""Choosing the plane of the map with the mouse and the keyboard, and what becomes of the choice."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.driving import LEFT, SHORT, retype
from tests.ui.planes.conftest import Desk
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.dimensions import dimensions_of
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane, Plane
from vae_explorer.state.session import OpenModel, open_model
from vae_explorer.ui.planes.chooser import PlaneChooser
from vae_explorer.ui.planes.texts import map_note


def model_of(desk: Desk) -> OpenModel:
    assert desk.session.model is not None
    return desk.session.model


def open_chooser(desk: Desk, qtbot: QtBot) -> PlaneChooser:
    """Click the button, and wait until the axes are in order."""
    qtbot.mouseClick(desk.button, LEFT)
    chooser = desk.button.chooser
    qtbot.waitUntil(lambda: "·" in chooser.axis_fields[0].itemText(0), timeout=SHORT)
    return chooser


def wait_for(desk: Desk, plane: Plane, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: model_of(desk).plane == plane, timeout=SHORT)


@pytest.mark.parametrize(("latent", "visible"), [(1, False), (2, False), (3, True), (20, True), (512, True)])
def test_there_is_a_choice_with_more_than_two_dimensions(desk: Desk, latent: int, visible: bool) -> None:
    assert not desk.button.isVisible()
    desk.open(latent)
    assert desk.button.isVisible() == visible


def test_the_button_says_which_plane_is_shown(desk: Desk, qtbot: QtBot) -> None:
    desk.open(5)
    assert desk.button.text() == f"PC 1, PC 2: {model_of(desk).projection.variance:.0%} of variance ▾"
    desk.control.choose(AxesPlane(4, 1))
    wait_for(desk, AxesPlane(4, 1), qtbot)
    assert desk.button.text().startswith("z5, z2: ")
    assert desk.button.accessibleName().startswith("Plane of the map: z5, z2, ")
    assert model_of(desk).projection.names == ("z5", "z2")
    assert f"{model_of(desk).projection.variance:.0%}" in desk.button.toolTip()


def test_two_axes_are_chosen_with_the_mouse_and_the_keyboard(desk: Desk, qtbot: QtBot) -> None:
    desk.open(6)
    chooser = open_chooser(desk, qtbot)
    order = dimensions_of(model_of(desk).posterior).order.tolist()
    assert [chooser.axis_fields[0].itemData(row) for row in range(6)] == order
    qtbot.mouseClick(chooser.axes, LEFT, pos=QPoint(8, chooser.axes.height() // 2))
    wait_for(desk, AxesPlane(order[0], order[1]), qtbot)
    qtbot.keyClick(chooser.axis_fields[1], Qt.Key.Key_Down)
    wait_for(desk, AxesPlane(order[0], order[2]), qtbot)
    assert chooser.share_text.startswith(f"The plane of z{order[0] + 1}, z{order[2] + 1} holds")
    assert f"{model_of(desk).projection.variance:.0%}" in chooser.share_text


def test_one_axis_twice_is_refused_in_words(desk: Desk, qtbot: QtBot) -> None:
    desk.open(4)
    chooser = open_chooser(desk, qtbot)
    qtbot.mouseClick(chooser.axes, LEFT, pos=QPoint(8, chooser.axes.height() // 2))
    qtbot.waitUntil(lambda: isinstance(model_of(desk).plane, AxesPlane), timeout=SHORT)
    shown = model_of(desk).plane
    qtbot.keyClick(chooser.axis_fields[1], Qt.Key.Key_Up)
    assert "two different axes" in chooser.problem
    assert desk.session.plane_choice.plane == shown
    assert desk.stack.count() == 1


def test_three_digits_are_typed(desk: Desk, qtbot: QtBot) -> None:
    desk.open(6)
    chooser = open_chooser(desk, qtbot)
    retype(chooser.digit_fields[0], "17")
    wait_for(desk, DigitsPlane(17, 1, 2), qtbot)
    assert chooser.digits.isChecked()
    retype(chooser.digit_fields[1], "17")
    assert chooser.problem == "The plane needs three different digits."
    retype(chooser.digit_fields[1], "999")
    assert chooser.problem == "There is no digit #999: they go from 0 to 199."
    retype(chooser.digit_fields[1], "x")
    assert "Type the number" in chooser.problem
    assert model_of(desk).plane == DigitsPlane(17, 1, 2)


def test_the_three_digits_lie_where_the_plane_says(desk: Desk, qtbot: QtBot) -> None:
    desk.open(6)
    for digit in (5, 60, 7):
        desk.picks.pick([digit])
    chooser = open_chooser(desk, qtbot)
    qtbot.mouseClick(chooser.use_picked, LEFT)
    wait_for(desk, DigitsPlane(5, 60, 7), qtbot)
    a, b, c = model_of(desk).on_map[[5, 60, 7]]
    np.testing.assert_allclose(a, 0, atol=1e-6)
    assert b[0] > 0
    np.testing.assert_allclose(b[1], 0, atol=1e-6)
    assert c[1] > 0
    plane = model_of(desk).projection
    z = model_of(desk).posterior.mu[[5, 60, 7]]
    np.testing.assert_allclose(plane.lift(plane.project(z), z[0]), z, atol=1e-5)


def test_without_three_picked_digits_there_are_none_to_use(desk: Desk, qtbot: QtBot) -> None:
    desk.open(6)
    desk.picks.pick([3, 4])
    chooser = open_chooser(desk, qtbot)
    assert not chooser.use_picked.isEnabled()
    desk.picks.pick([9])
    assert chooser.use_picked.isEnabled()


def test_each_choice_is_a_step_to_undo(desk: Desk, qtbot: QtBot) -> None:
    desk.open(5)
    for plane in (AxesPlane(0, 1), DigitsPlane(3, 2, 1), PRINCIPAL):
        desk.control.choose(plane)
        wait_for(desk, plane, qtbot)
    first = model_of(desk).projection.axes
    desk.stack.undo()
    wait_for(desk, DigitsPlane(3, 2, 1), qtbot)
    desk.stack.setIndex(0)
    wait_for(desk, PRINCIPAL, qtbot)
    np.testing.assert_allclose(model_of(desk).projection.axes, first)
    desk.stack.setIndex(3)
    assert desk.session.plane_choice.plane == PRINCIPAL
    assert desk.stack.undoText() == "plane of the map"


def test_another_model_without_that_plane_shows_the_principal_one_and_says_so(
    desk: Desk, qtbot: QtBot
) -> None:
    desk.open(9)
    desk.control.choose(AxesPlane(0, 8))
    wait_for(desk, AxesPlane(0, 8), qtbot)
    desk.open(5)
    assert model_of(desk).plane == PRINCIPAL
    assert desk.button.text() == f"PC 1, PC 2: {model_of(desk).projection.variance:.0%} of variance ▾"
    assert "“m5” does not have the plane" in desk.messages.text
    assert "from z1 to z5, not z1 and z9" in desk.messages.text
    desk.open(9)
    wait_for(desk, AxesPlane(0, 8), qtbot)


def test_two_dimensions_are_no_reason_to_say_anything(desk: Desk, qtbot: QtBot) -> None:
    desk.open(9)
    desk.control.choose(AxesPlane(0, 8))
    wait_for(desk, AxesPlane(0, 8), qtbot)
    desk.open(2)
    assert desk.messages.text == ""
    assert model_of(desk).projection.names == ("z1", "z2")


def test_a_run_is_told_once_what_it_does_not_have(desk: Desk, qtbot: QtBot) -> None:
    desk.open(4)
    desk.session.plane_choice.choose(DigitsPlane(5, 5, 1))
    assert desk.messages.text
    model = replace(model_of(desk), run="r")
    desk.session.show(model)
    desk.messages.inform("something else")
    for _ in range(3):
        desk.session.show(replace(model, epoch=2.0))
    assert desk.messages.text == "something else"


def test_what_was_found_for_an_older_model_is_not_shown(desk: Desk, qtbot: QtBot) -> None:
    desk.open(6)
    desk.control.choose(AxesPlane(1, 2))
    desk.open(6, seed=1)
    newer = model_of(desk).snapshot
    wait_for(desk, AxesPlane(1, 2), qtbot)
    assert model_of(desk).snapshot is newer
    expected = model_of(desk).posterior.mu[:, [1, 2]]
    np.testing.assert_allclose(model_of(desk).on_map, expected)


def test_escape_closes_the_choice(desk: Desk, qtbot: QtBot) -> None:
    desk.open(3)
    desk.button.setFocus()
    QTest.keyClick(desk.button, Qt.Key.Key_Space)
    chooser = desk.button.chooser
    assert chooser.isVisible()
    assert chooser.principal.hasFocus()
    QTest.keyClick(chooser.principal, Qt.Key.Key_Escape)
    assert not chooser.isVisible()
    assert desk.stack.count() == 0


def test_what_the_map_says_of_one_dimension(desk: Desk) -> None:
    images = desk.session.images
    assert images is not None
    notes = {}
    for latent in (1, 2, 3):
        model = open_model(random_model(VAEConfig(hidden=(4,), latent=latent)), images, "m", "file")
        notes[latent] = map_note(model)
    assert notes[1][0] == "z1 along x"
    assert notes[2] == ("", "")
    assert notes[3][0].endswith("% of variance")
    assert "does not decode that digit" in notes[3][1]
    assert "does not decode that digit" not in notes[1][1]
