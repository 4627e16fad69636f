"""The edit on the map: where the arrow begins and ends, and when there is none."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from tests.ui.attributes.conftest import Desk
from tests.waiting import SHORT
from vae_explorer.core.direction_sources import Axis, Component
from vae_explorer.ui.attributes.map_arrow import EditArrow, LineMark


def pixel(desk: Desk, z: np.ndarray) -> np.ndarray:
    """Where a latent point is on the map's widget."""
    xy = desk.model.projection.project(z)
    return np.array(desk.map.mapFromScene(desk.map.getViewBox().mapViewToScene(QPointF(*xy))).toTuple())


def ends(desk: Desk, line: LineMark) -> tuple[np.ndarray, np.ndarray]:
    """Where a line begins and ends on the map's widget."""
    start = np.array(desk.map.mapFromScene(desk.map.getViewBox().mapViewToScene(line.pos())).toTuple())
    return start, start + np.array(line.end.toTuple())


def arrow_of(desk: Desk) -> EditArrow:
    return desk.panel.arrow


@pytest.mark.parametrize("latent", [2, 5])
def test_it_leads_from_the_base_to_the_edited_point(desk: Desk, latent: int) -> None:
    if latent != 2:
        desk.open_random(latent)
    desk.selection.move_to(np.linspace(-0.5, 0.5, latent))
    direction = desk.add("pc", Component(0))
    desk.edits.set_alpha("pc", 1.5)
    z = desk.selection.z
    expected = [z, z + 1.5 * direction.sigma * direction.vector]
    for found, point in zip(ends(desk, arrow_of(desk).arrow), expected, strict=True):
        assert found == pytest.approx(pixel(desk, point), abs=2)
    assert desk.panel.editing.point is not None
    marked = arrow_of(desk).point.pos()
    assert marked.toTuple() == pytest.approx(desk.model.projection.project(desk.panel.editing.point))
    track = [z + alpha * direction.sigma * direction.vector for alpha in (-3, 3)]
    for found, point in zip(ends(desk, arrow_of(desk).track), track, strict=True):
        assert found == pytest.approx(pixel(desk, point), abs=2)


def test_it_is_there_only_for_who_has_moved_something(desk: Desk) -> None:
    arrow = arrow_of(desk)
    assert not any(item.isVisible() for item in (arrow.track, arrow.arrow, arrow.point))
    desk.add("one", Axis(0))
    assert arrow.track.isVisible()
    assert not arrow.arrow.isVisible()
    desk.edits.set_alpha("one", 1.0)
    assert arrow.arrow.isVisible()
    assert arrow.point.isVisible()
    desk.edits.set_alpha("one", 0.0)
    assert not arrow.arrow.isVisible()


def test_it_goes_with_the_dock_and_the_base(desk: Desk) -> None:
    arrow = arrow_of(desk)
    desk.add("one", Axis(0))
    desk.edits.set_alpha("one", 1.0)
    desk.panel.hide()
    assert not any(item.isVisible() for item in (arrow.track, arrow.arrow, arrow.point))
    desk.panel.show()
    assert arrow.arrow.isVisible()
    desk.edits.set_base("digit")
    assert not arrow.arrow.isVisible()
    desk.looks.picks.pick([4])
    assert arrow.arrow.isVisible()
    assert ends(desk, arrow.arrow)[0] == pytest.approx(
        pixel(desk, desk.model.posterior.mu[4].astype(np.float64)), abs=2
    )


def test_it_follows_zoom_and_size(desk: Desk) -> None:
    desk.add("one", Axis(1))
    desk.edits.set_alpha("one", 1.0)
    arrow = arrow_of(desk).arrow
    before = np.hypot(*arrow.end.toTuple())
    desk.map.zoom(2)
    assert np.hypot(*arrow.end.toTuple()) == pytest.approx(before * 1.25**2, rel=0.01)
    desk.map.resize(600, 500)
    desk.qtbot.waitUntil(
        lambda: (
            desk.panel.editing.point is not None
            and np.abs(ends(desk, arrow)[1] - pixel(desk, desk.panel.editing.point)).max() <= 2
        ),
        timeout=SHORT,
    )


def test_it_is_seen(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.selection.move_to(np.array([-6.0, 4.0]))  # no digits there
    desk.map.getViewBox().setRange(xRange=(-8, 2), yRange=(0, 6), padding=0)
    before = desk.map.grab().toImage()
    desk.edits.set_alpha("one", 2.0)
    after = desk.map.grab().toImage()
    assert desk.panel.editing.point is not None
    x, y = (pixel(desk, np.array([-6.0, 4.0])) + pixel(desk, desk.panel.editing.point)) // 2
    accent = QColor(desk.panel._theme.colors.accent)
    near = [after.pixelColor(int(x), int(y) + dy) for dy in (-1, 0, 1)]
    assert any(abs(color.blue() - accent.blue()) + abs(color.red() - accent.red()) < 60 for color in near)
    assert before.pixelColor(int(x), int(y)) != after.pixelColor(int(x), int(y))


def test_what_is_far_away_is_cut_off(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.map.getViewBox().setRange(xRange=(-1e-3, 1e-3), yRange=(-1e-3, 1e-3), padding=0)
    desk.edits.set_alpha("one", 20.0)
    assert np.hypot(*arrow_of(desk).arrow.end.toTuple()) <= 4001
