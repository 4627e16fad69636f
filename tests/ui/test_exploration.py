"""What one looks into the latent space with, connected in the window."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT, click, drag, pixel, raise_dock
from vae_explorer.state.drawing import SIDE
from vae_explorer.ui.layers.texts import layer_texts
from vae_explorer.ui.main_window import MainWindow

Control = Qt.KeyboardModifier.ControlModifier
Shift = Qt.KeyboardModifier.ShiftModifier


def on_digit(window: MainWindow, index: int) -> QPointF:
    """The pixel of the map where a digit is."""
    map_ = window.map_panel.map
    return pixel(map_, *map_.places[index])


def test_each_background_is_chosen_by_its_action_and_drawn(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    view = map_.getViewBox().viewRect().center()

    def drawn() -> str | None:
        return None if map_.layer.image is None else map_.layer.image.kind

    for name in layer_texts():
        window.actions_[f"layer_{name}"].trigger()
        assert window.looks.look.layer == name
        qtbot.waitUntil(lambda: not window._workers.layers.busy, timeout=SHORT)
        if name != "none":
            qtbot.waitUntil(lambda name=name: drawn() == name, timeout=SHORT)
            assert map_.layer.color_at(view.x(), view.y()).alpha() > 0


def test_b_goes_through_the_backgrounds(window: MainWindow, qtbot: QtBot) -> None:
    seen = []
    for _ in layer_texts():
        qtbot.keyClick(window.map_panel.map, Qt.Key.Key_B)
        seen.append(window.looks.look.layer)
    assert sorted(seen) == sorted(layer_texts())


def test_a_click_on_a_digit_picks_it_and_one_undo_takes_all_back(window: MainWindow) -> None:
    before = window.selection.z
    click(window.map_panel.map.viewport(), on_digit(window, 17))
    assert window.looks.picks.focus is not None
    distances = np.linalg.norm(window.map_panel.map.places - window.selection.z, axis=1)
    assert window.looks.picks.focus == int(distances.argmin())
    assert window.exploration.ellipses.item.isVisible()
    window.undo_stack.undo()
    assert window.looks.picks.focus is None
    np.testing.assert_array_equal(window.selection.z, before)
    assert not window.exploration.ellipses.item.isVisible()


def test_the_lasso_mode_is_switched_by_its_key_and_picks_many(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    qtbot.keyClick(map_, Qt.Key.Key_L)
    assert window.actions_["lasso"].isChecked()
    rect = map_.getViewBox().viewRect()
    corners = [rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft()]
    inside = [point + (rect.center() - point) * 0.05 for point in corners]
    drag(map_.viewport(), [pixel(map_, point.x(), point.y()) for point in inside])
    assert len(window.looks.picks.indices) > 500
    raise_dock(window, "picked")
    assert f"{len(window.looks.picks.indices)} digits picked" in window.exploration.picked._count.text()
    qtbot.keyClick(map_, Qt.Key.Key_Escape)
    assert len(window.looks.picks.indices) == 0


def selection_tab(window: MainWindow) -> str:
    """What stands on the tab of the Selection dock."""
    QApplication.processEvents()
    texts = [bar.tabText(tab) for bar in window.findChildren(QTabBar) for tab in range(bar.count())]
    (text,) = (text for text in texts if text.startswith("Selection"))
    assert window.docks.named("picked").windowTitle() == text
    return text


def test_the_tab_of_the_selection_counts_what_is_picked(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    map_ = window.map_panel.map
    assert selection_tab(window) == "Selection"
    click(map_.viewport(), on_digit(window, 17))
    assert len(window.looks.picks.indices) == 1
    assert selection_tab(window) == "Selection", "a single digit has its own dock"
    qtbot.keyClick(map_, Qt.Key.Key_A, Control)
    assert selection_tab(window) == "Selection (600)"
    window.undo_stack.undo()
    assert selection_tab(window) == "Selection"
    window.undo_stack.redo()
    raise_dock(window, "picked")
    qtbot.mouseClick(window.exploration.picked.thumbnails.viewport(), LEFT)
    assert selection_tab(window) == "Selection (600)"
    window.map_panel.legend.button(1).click()
    qtbot.mouseClick(window.exploration.picked.all_button, LEFT)
    assert window.session.images is not None
    others = int((window.session.images.labels != 1).sum())
    assert selection_tab(window) == f"Selection ({others})"
    qtbot.keyClick(map_, Qt.Key.Key_Escape)
    assert selection_tab(window) == "Selection"


def test_the_count_is_left_out_where_the_tabs_have_no_room_for_it(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    dock = window.docks.named("picked")
    for name in ("digit", "drawing"):
        window.docks.named(name).setWindowTitle("Something very long indeed")
    qtbot.keyClick(window.map_panel.map, Qt.Key.Key_A, Control)
    assert len(window.looks.picks.indices) == 600
    assert dock.windowTitle() == selection_tab(window) == "Selection"


def test_a_drawing_appears_on_the_map_and_the_cursor_can_go_there(window: MainWindow) -> None:
    raise_dock(window, "drawing")
    exploration, pad = window.exploration, window.exploration.drawing.pad
    assert not exploration.drawing_mark.mark.isVisible()
    rect = pad.picture_rect()
    places = [QPointF(rect.topLeft()) + QPointF(14, y) * rect.width() / SIDE for y in (5, 14, 23)]
    drag(pad, places)
    found, model = exploration.encoding.result, window.session.model
    assert found is not None
    assert model is not None
    mark = exploration.drawing_mark.mark
    assert mark.isVisible()
    np.testing.assert_allclose((mark.x(), mark.y()), model.projection.project(found.mu))
    exploration.drawing.go.click()
    np.testing.assert_allclose(window.selection.z, found.mu)
    window.undo_stack.undo()
    window.undo_stack.undo()
    assert not mark.isVisible()


def test_bookmarks_and_the_way_back(window: MainWindow, qtbot: QtBot) -> None:
    map_, actions = window.map_panel.map, window.actions_
    assert not actions["back"].isEnabled()
    click(map_.viewport(), pixel(map_, 0.5, 0.5))
    first = window.selection.z
    qtbot.keyClick(window, Qt.Key.Key_B, Control)
    click(map_.viewport(), pixel(map_, -0.5, 0.2))
    second = window.selection.z
    actions["back"].trigger()
    np.testing.assert_array_equal(window.selection.z, first)
    actions["forward"].trigger()
    np.testing.assert_array_equal(window.selection.z, second)
    (entry,) = window.looks.bookmarks
    np.testing.assert_array_equal(entry.point, first)


def test_a_cell_of_the_traversal_puts_the_cursor_there(window: MainWindow, qtbot: QtBot) -> None:
    raise_dock(window, "traversal")
    # Behind another tab it has found out nothing of the model.
    qtbot.waitUntil(lambda: len(window.exploration.traversal.grid.order) == 2, timeout=SHORT)
    with qtbot.waitSignal(window.exploration.traversal.point_chosen):
        window.exploration.traversal.grid.setFocus()
        qtbot.keyClick(window.exploration.traversal.grid, Qt.Key.Key_Right)
        qtbot.keyClick(window.exploration.traversal.grid, Qt.Key.Key_Return)
    assert window.undo_stack.canUndo()
