"""The journey on the map: handles dragged by real events, lines and the moving point looked at."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from tests.ui.driving import NONE, click, color_at, drag, hover, one_pixel, send_mouse
from tests.ui.interpolation.anchor_desk import AnchorDesk
from vae_explorer.core.decoder_space import DecoderSpace
from vae_explorer.core.path_kinds import PathKind
from vae_explorer.core.paths import Path, path
from vae_explorer.state.journey import Anchor, ClassAnchor, DigitAnchor, PlaceAnchor, anchor_places
from vae_explorer.ui.interpolation.styles import line_style
from vae_explorer.ui.theme import DARK, LIGHT, ThemeSwitch

CORNERS = (PlaceAnchor((-1.0, -0.5)), PlaceAnchor((1.0, -0.5)), PlaceAnchor((1.0, 0.75)))


def filled(desk: AnchorDesk, *anchors: Anchor) -> AnchorDesk:
    desk.open()
    # Nothing but what is tested is on the map.
    for digit in range(10):
        desk.map.set_class_shown(digit, False)
    desk.map.choose_view((-2.0, -2.0, 2.0, 2.0))
    desk.panel.edits.add(*(anchors or CORNERS))
    return desk


def found(desk: AnchorDesk, kind: PathKind) -> Path:
    model, images = desk.session.model, desk.session.images
    assert model is not None
    assert images is not None
    places = anchor_places(desk.anchors, model.posterior.mu, images.labels)
    space = DecoderSpace(model.snapshot, model.posterior)
    return path(kind, places, desk.plan.steps, space=space, loop=desk.plan.loop)


def handle(desk: AnchorDesk, row: int) -> tuple[float, float]:
    x, y = desk.paths.handles.marks[row].pos().toTuple()
    return x, y


def look_at(desk: AnchorDesk, row: int) -> QPointF:
    """Bring a handle into the middle of the map; where it is then."""
    x, y = handle(desk, row)
    desk.map.choose_view((x - 1, y - 1, x + 1, y + 1))
    return desk.pixel(x, y)


def accent_at(desk: AnchorDesk, x: float, y: float, color: str = LIGHT.accent) -> bool:
    """Whether a level line that is a few pixels thick is seen at a place."""
    QApplication.processEvents()
    spot = desk.pixel(x, y).toPoint()
    return any(color_at(desk.map, spot + QPoint(0, dy)) == color for dy in (-1, 0, 1))


# Handles


def test_handles_are_at_the_anchors_of_this_model(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk, DigitAnchor(7), ClassAnchor(1), CORNERS[0])
    for seed in (0, 3):
        model = desk.open(2, seed)
        np.testing.assert_allclose(handle(desk, 0), model.posterior.mu[7], atol=1e-6)
        assert handle(desk, 2) == (-1.0, -0.5)
    desk.stack.undo()
    assert desk.paths.handles.marks == {}


def test_a_drag_moves_the_anchor_and_is_one_step(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk, DigitAnchor(7), *CORNERS)
    count, before, seen = desk.stack.count(), desk.selection.z, []
    desk.looks.journey.changed.connect(lambda _before: seen.append(desk.anchors[0]))
    start = look_at(desk, 0)
    ways = [start + QPointF(0, -step * 12) for step in range(6)]
    drag(desk.map.viewport(), ways)
    assert len(seen) == 5
    anchor = desk.anchors[0]
    assert isinstance(anchor, PlaceAnchor)
    assert anchor.name == ""
    np.testing.assert_allclose(handle(desk, 0), desk.map.place_at(ways[-1]), atol=1.01 * one_pixel(desk.map))
    np.testing.assert_allclose(handle(desk, 0), anchor.z)
    assert desk.stack.count() == count + 1
    assert desk.stack.undoText() == "move of anchor 1"
    assert desk.selection.z is before
    desk.stack.undo()
    assert desk.anchors[0] == DigitAnchor(7)


def test_two_drags_are_two_steps(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    for _ in range(2):
        start = desk.pixel(*handle(desk, 1))
        drag(desk.map.viewport(), [start, start + QPointF(0, 30), start + QPointF(0, 31)])
    assert desk.stack.count() == 3
    desk.stack.setIndex(1)
    assert desk.anchors == CORNERS


def test_it_does_not_jump_when_it_is_taken_at_its_rim(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    start = desk.pixel(*handle(desk, 0)) + QPointF(6, 5)
    drag(desk.map.viewport(), [start, start + QPointF(40, 0)])
    x, y = handle(desk, 0)
    size = one_pixel(desk.map)
    np.testing.assert_allclose((x, y), (-1 + 40 * size, -0.5), atol=1e-6)


def test_a_click_leaves_it_and_tells_which(anchor_desk: AnchorDesk) -> None:
    desk, told = filled(anchor_desk, DigitAnchor(7), *CORNERS), []
    desk.paths.anchor_clicked.connect(told.append)
    count, start = desk.stack.count(), look_at(desk, 0)
    # A hand that trembles.
    drag(desk.map.viewport(), [start, start + QPointF(1, 1), start])
    assert told == [0]
    assert desk.anchors[0] == DigitAnchor(7)
    assert desk.stack.count() == count
    assert desk.panel.row == 0


def test_the_chosen_row_has_a_filled_handle_and_a_handle_chooses_its_row(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    desk.select(1)
    marks = desk.paths.handles.marks
    assert [marks[row].current for row in range(3)] == [False, True, False]
    click(desk.map.viewport(), desk.pixel(*handle(desk, 2)))
    assert desk.panel.row == 2
    assert [marks[row].current for row in range(3)] == [False, False, True]


def test_of_two_the_nearer_is_taken_and_of_the_same_place_the_upper(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    size = one_pixel(desk.map)
    desk.panel.edits.add(PlaceAnchor((1 + 10 * size, 0.75)), PlaceAnchor((-1.0, -0.5)))
    row_at = desk.paths.handles.row_at
    assert row_at(desk.pixel(1.0, 0.75) - QPointF(2, 0)) == 2
    assert row_at(desk.pixel(1.0, 0.75) + QPointF(7, 0)) == 3
    assert row_at(desk.pixel(-1.0, -0.5)) == 4
    assert row_at(desk.pixel(0.0, 0.0)) == -1


def test_in_more_dimensions_a_drag_keeps_what_the_map_does_not_show(anchor_desk: AnchorDesk) -> None:
    desk = anchor_desk
    model = desk.open(5)
    before = np.array([1.0, -2.0, 0.5, 3.0, 0.25])
    desk.panel.edits.add(PlaceAnchor(tuple(before.tolist())))
    start = look_at(desk, 0)
    drag(desk.map.viewport(), [start, start + QPointF(30, -20)])
    (anchor,) = desk.anchors
    assert isinstance(anchor, PlaceAnchor)
    step, axes = np.array(anchor.z) - before, model.projection.axes
    size = one_pixel(desk.map)
    np.testing.assert_allclose(axes @ step, (30 * size, 20 * size), rtol=1e-6)
    np.testing.assert_allclose(step, (axes @ step) @ axes, atol=1e-9)


def test_an_anchor_that_is_undone_while_it_is_held_does_no_harm(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    viewport, start = desk.map.viewport(), desk.pixel(*handle(desk, 2))
    send_mouse(viewport, QEvent.Type.MouseButtonPress, start)
    desk.stack.setIndex(0)
    send_mouse(viewport, QEvent.Type.MouseMove, start + QPointF(50, 50), NONE)
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, start + QPointF(50, 50), buttons=NONE)
    assert desk.anchors == ()


def test_the_pointer_shows_what_can_be_dragged(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    for place, shape in (((1.0, 0.75), Qt.CursorShape.OpenHandCursor), ((0, 0), Qt.CursorShape.ArrowCursor)):
        hover(desk.map.viewport(), desk.pixel(*place))
        assert desk.map.viewport().cursor().shape() == shape


def test_large_letters_have_large_handles(large_font: None, anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    mark = desk.paths.handles.marks[0]
    assert mark.radius > 9
    assert mark.boundingRect().width() >= 2 * mark.radius + 4


# Lines


def test_lines_are_those_of_the_shown_kinds_with_the_chosen_one_in_front(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    kinds: tuple[PathKind, ...] = ("linear", "spherical")
    for kind in kinds:
        desk.paths.show_path(kind, found(desk, kind))
    styles = [drawn.style for drawn in desk.paths.lines.paths]
    assert styles == [line_style("linear", LIGHT), line_style("spherical", LIGHT)]
    desk.looks.journey.set(replace(desk.plan, chosen="linear"))
    styles = [drawn.style for drawn in desk.paths.lines.paths]
    assert styles == [line_style("spherical", LIGHT), line_style("linear", LIGHT, chosen=True)]
    assert [drawn.with_frames for drawn in desk.paths.lines.paths] == [False, True]
    assert len(desk.paths.lines.paths[-1].line.dots) == desk.plan.steps
    desk.looks.journey.set(replace(desk.plan, kinds=("spherical",)))
    assert len(desk.paths.lines.paths) == 1
    desk.paths.show_path("spherical", None)
    assert desk.paths.lines.paths == ()
    assert not desk.paths.lines.isVisible()


def test_a_line_passes_the_anchors(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    desk.paths.show_path("linear", found(desk, "linear"))
    (drawn,) = desk.paths.lines.paths
    np.testing.assert_allclose(drawn.line.corners, [anchor.z for anchor in CORNERS])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_line_is_seen_on_the_map_and_gone_with_the_dock(
    anchor_desk: AnchorDesk, switch: ThemeSwitch, theme: str
) -> None:
    desk = filled(anchor_desk)
    desk.looks.journey.set(replace(desk.plan, chosen="linear", kinds=("linear",)))
    desk.paths.show_path("linear", found(desk, "linear"))
    switch.set_theme(theme)  # type: ignore[arg-type]
    colors = LIGHT if theme == "light" else DARK
    assert accent_at(desk, 0.07, -0.5, colors.accent)
    desk.paths.set_visible(False)
    assert not accent_at(desk, 0.07, -0.5, colors.accent)
    assert desk.paths.handles.marks == {}
    hover(desk.map.viewport(), desk.pixel(1.0, 0.75))
    assert desk.map.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
    desk.panel.edits.remove(2)
    assert desk.paths.handles.marks == {}
    desk.paths.set_visible(True)
    assert sorted(desk.paths.handles.marks) == [0, 1]
    assert accent_at(desk, 0.07, -0.5, colors.accent)


def test_the_line_comes_along_when_the_map_is_panned_and_zoomed(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    desk.looks.journey.set(replace(desk.plan, chosen="linear", kinds=("linear",)))
    desk.paths.show_path("linear", found(desk, "linear"))
    color_at(desk.map, QPoint(1, 1))  # painted once
    for view in ((-1.5, -1.0, 2.5, 3.0), (-0.5, -1.0, 0.5, 0.0)):
        desk.map.choose_view(view)
        assert accent_at(desk, 0.07, -0.5)
        assert not accent_at(desk, 0.07, -0.25)


def test_fewer_than_two_anchors_have_no_line(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    desk.paths.show_path("linear", found(desk, "linear"))
    desk.looks.journey.set(replace(desk.plan, anchors=CORNERS[:1]))
    assert desk.paths.lines.paths == ()


def test_lines_of_another_latent_space_are_not_drawn(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    desk.paths.show_path("linear", found(desk, "linear"))
    desk.paths.show_frame(np.array([0.5, 0.5]))
    desk.open(5)
    assert desk.paths.lines.paths == ()
    assert not desk.paths.point.isVisible()
    desk.open(2, 1)
    assert len(desk.paths.lines.paths) == 1
    assert desk.paths.point.isVisible()


# The moving point


def test_the_point_is_at_the_frame(anchor_desk: AnchorDesk) -> None:
    desk = filled(anchor_desk)
    assert not desk.paths.point.isVisible()
    desk.paths.show_frame(np.array([0.5, 1.25]))
    assert desk.paths.point.pos().toTuple() == (0.5, 1.25)
    QApplication.processEvents()
    assert color_at(desk.map, desk.pixel(0.5, 1.25).toPoint()) == LIGHT.accent
    desk.paths.set_visible(False)
    assert not desk.paths.point.isVisible()
    desk.paths.set_visible(True)
    desk.paths.show_frame(None)
    assert not desk.paths.point.isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("chosen", [False, True])
def test_the_point_never_hides_the_number_of_an_anchor(
    anchor_desk: AnchorDesk, switch: ThemeSwitch, theme: str, chosen: bool
) -> None:
    desk = filled(anchor_desk)
    switch.set_theme(theme)  # type: ignore[arg-type]
    desk.panel.select(1 if chosen else 0)
    mark = desk.paths.handles.marks[1]
    before = disc(desk, 1)
    assert any(color != before[0] for color in before), "there is a number"
    desk.paths.show_frame(np.array(CORNERS[1].z))
    assert disc(desk, 1) == before
    # The cursor goes along.
    desk.map.set_cursor(np.array(CORNERS[1].z))
    assert disc(desk, 1) == before
    colors = LIGHT if theme == "light" else DARK
    middle = desk.pixel(*handle(desk, 1))
    ring = (middle + QPointF(0, -mark.radius - 4)).toPoint()
    assert color_at(desk.map, ring) == colors.accent
    assert [each.reached for each in desk.paths.handles.marks.values()] == [False, True, False]
    desk.paths.show_frame(np.array([0.5, 1.25]))
    assert color_at(desk.map, ring) != colors.accent


def disc(desk: AnchorDesk, row: int) -> list[str]:
    """The colours of the pixels inside a handle."""
    QApplication.processEvents()
    middle = desk.pixel(*handle(desk, row)).toPoint()
    return [color_at(desk.map, middle + QPoint(dx, dy)) for dx in range(-5, 6, 2) for dy in range(-5, 6)]
