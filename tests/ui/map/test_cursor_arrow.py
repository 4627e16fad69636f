"""The arrow that points to the cursor where panning or zooming has left it outside of what the map shows."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.driving import LEFT, click, color_at, pixel
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.map.latent_map import LatentMap


def leave_cursor(window: MainWindow, dx: float, dy: float) -> LatentMap:
    """Pan by so many widths and heights of the view, with the cursor in the middle before."""
    map_ = window.map_panel.map
    map_.show_cursor()
    view = map_.getViewBox().viewRect()
    left, right = view.left() + dx * view.width(), view.right() + dx * view.width()
    low, high = view.top() + dy * view.height(), view.bottom() + dy * view.height()
    map_.choose_view((left, low, right, high))
    QApplication.processEvents()
    return map_


def visible(map_: LatentMap) -> QRectF:
    return QRectF(map_.mapFromScene(map_.getViewBox().sceneBoundingRect()).boundingRect())


def test_there_is_none_while_the_cursor_is_in_view(window: MainWindow) -> None:
    map_ = window.map_panel.map
    assert map_.cursor_arrow.isHidden()
    assert leave_cursor(window, 1, 0).cursor_arrow.isVisible()
    click(map_.viewport(), pixel(map_, *map_.getViewBox().viewRect().center().toTuple()))
    assert map_.cursor_arrow.isHidden()


@pytest.mark.parametrize(
    ("pan", "degrees"),
    [((1, 0), 180), ((-1, 0), 0), ((0, 1), -90), ((0, -1), 90), ((3, 0), 180)],
)
def test_it_stands_at_the_edge_on_the_cursors_side(
    window: MainWindow, pan: tuple[float, float], degrees: float
) -> None:
    map_ = leave_cursor(window, *pan)
    arrow, room = map_.cursor_arrow, visible(map_)
    assert abs(arrow.degrees) == pytest.approx(abs(degrees), abs=5)
    assert room.contains(QRectF(arrow.geometry()))
    to_the_cursor = np.array(map_.pixel_at(map_.cursor_xy).toTuple()) - room.center().toTuple()
    to_the_arrow = np.array(QRectF(arrow.geometry()).center().toTuple()) - room.center().toTuple()
    cosine = to_the_cursor @ to_the_arrow / np.linalg.norm(to_the_cursor) / np.linalg.norm(to_the_arrow)
    assert cosine > 0.99
    edge = min(
        arrow.x() - room.left(),
        arrow.y() - room.top(),
        room.right() - arrow.geometry().right(),
        room.bottom() - arrow.geometry().bottom(),
    )
    assert edge <= 8


def test_a_click_on_it_brings_the_cursor_to_the_middle_at_the_same_zoom(window: MainWindow) -> None:
    map_ = leave_cursor(window, 2, -0.9)
    before, z = map_.getViewBox().viewRect(), window.selection.z.copy()
    QTest.mouseClick(map_.cursor_arrow, LEFT)
    after = map_.getViewBox().viewRect()
    np.testing.assert_allclose(after.center().toTuple(), map_.cursor_xy, atol=1e-9)
    assert after.width() == pytest.approx(before.width())
    assert map_.cursor_arrow.isHidden()
    # It was no click on the map.
    np.testing.assert_array_equal(window.selection.z, z)


def test_keys_do_the_same(window: MainWindow) -> None:
    map_ = leave_cursor(window, 2, 0)
    QTest.keyClick(window, Qt.Key.Key_C)
    assert map_.cursor_arrow.isHidden()
    leave_cursor(window, 2, 0)
    map_.setFocus()
    QTest.keyClick(map_, Qt.Key.Key_Home)
    assert map_.cursor_arrow.isHidden()
    np.testing.assert_allclose(map_.getViewBox().viewRect().center().toTuple(), map_.cursor_xy, atol=1e-9)


def test_it_turns_up_when_the_cursor_leaves_a_view_that_stays(window: MainWindow) -> None:
    map_ = window.map_panel.map
    map_.zoom(6)
    assert map_.cursor_arrow.isHidden()
    view = map_.getViewBox().viewRect()
    window.moves.move(window.selection.z + np.array([0, 2 * view.height()]))
    assert map_.cursor_arrow.isVisible()
    assert map_.cursor_arrow.degrees == pytest.approx(90, abs=5)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_the_colour_of_the_cursor(window: MainWindow, theme: str) -> None:
    window.set_theme("dark" if theme == "dark" else "light")
    arrow = leave_cursor(window, 1, 0).cursor_arrow
    assert color_at(arrow, arrow.rect().center()) == window._theme.colors.accent
    assert "cursor" in arrow.toolTip()
