"""Where the docks lie: at the first start, at the next one, and after an update that has other docks."""

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT, SHORT, raise_dock
from vae_explorer.state.settings import load_settings, save_settings
from vae_explorer.ui.dock_sizes import SIDE_WIDTH
from vae_explorer.ui.docks import _encoded
from vae_explorer.ui.main_window import MainWindow

Area = Qt.DockWidgetArea
FIRST = {
    "training": Area.LeftDockWidgetArea,
    "decoder": Area.RightDockWidgetArea,
    "curves": Area.BottomDockWidgetArea,
    "runs": Area.BottomDockWidgetArea,
    "attributes": Area.BottomDockWidgetArea,
    "interpolation": Area.BottomDockWidgetArea,
    "digit": Area.RightDockWidgetArea,
    "drawing": Area.RightDockWidgetArea,
    "picked": Area.RightDockWidgetArea,
    "traversal": Area.BottomDockWidgetArea,
    "bookmarks": Area.BottomDockWidgetArea,
}
#: Docks in the order of their tabs; the first one is in front.
TABS = (
    ("curves", "runs", "traversal", "attributes", "interpolation", "bookmarks"),
    ("decoder", "digit", "drawing", "picked"),
)


def dock(window: MainWindow, name: str) -> QDockWidget:
    return window.findChild(QDockWidget, name)


def places(window: MainWindow) -> dict[str, Qt.DockWidgetArea]:
    return {each.objectName(): window.dockWidgetArea(each) for each in window.docks.all}


def in_front(window: MainWindow, name: str) -> bool:
    """Whether a dock is to be seen, and not behind another one's tab."""
    return not dock(window, name).visibleRegion().isEmpty()


def test_at_the_first_start_form_and_decoder_lie_beside_the_map_and_curves_below(window: MainWindow) -> None:
    assert places(window) == FIRST
    assert all(in_front(window, name) for name in ("training", "decoder", "curves"))
    for front, *behind in TABS:
        assert [each.objectName() for each in window.tabifiedDockWidgets(dock(window, front))] == behind
        assert not any(in_front(window, name) for name in behind)


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1440, 900)])
def test_the_map_keeps_most_of_the_room(window: MainWindow, size: QSize) -> None:
    window.resize(size)
    QApplication.processEvents()
    map_ = window.map_panel.map
    assert map_.width() > size.width() / 3
    assert map_.height() > size.height() / 3
    assert dock(window, "training").geometry().right() < map_.mapTo(window, QPoint()).x()
    assert dock(window, "decoder").geometry().left() > map_.mapTo(window, map_.rect().topRight()).x()
    assert dock(window, "curves").geometry().top() > map_.mapTo(window, map_.rect().bottomLeft()).y()


def test_a_click_on_its_tab_brings_the_list_of_runs(window: MainWindow, qtbot: QtBot) -> None:
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    titles = {bar: [bar.tabText(index) for index in range(bar.count())] for bar in bars if bar.isVisible()}
    [bar] = [bar for bar in titles if "Runs" in titles[bar]]
    assert sorted(titles.values()) == [
        ["Curves", "Runs", "Traversal", "Attributes", "Interpolation", "Bookmarks"],
        ["Decoder", "Digit", "Draw", "Selection"],
    ]
    qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(1).center())
    assert in_front(window, "runs")
    assert not in_front(window, "curves")


def test_the_tab_in_front_comes_back(open_window: OpenWindow) -> None:
    first = open_window()
    raise_dock(first, "runs")
    first.close()
    assert in_front(open_window(), "runs")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_buttons_of_a_dock_can_be_seen_in_both_themes(window: MainWindow, theme: str) -> None:
    window.set_theme("dark" if theme == "dark" else "light")
    QApplication.processEvents()
    for each in window.docks.all[:3]:
        for name in ("floatbutton", "closebutton"):
            button = each.findChild(QAbstractButton, f"qt_dockwidget_{name}")
            image = button.icon().pixmap(16, 16).toImage()
            drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
            darkest = min(color.lightness() for color in drawn if color.alpha() > 128)
            assert (darkest > 100) == (theme == "dark"), (each.objectName(), name)


def sizes(window: MainWindow) -> dict[str, tuple[int, int]]:
    shown = [each for each in window.docks.all if in_front(window, each.objectName())]
    return {each.objectName(): (each.width(), each.height()) for each in shown}


def enlarge(window: MainWindow, qtbot: QtBot) -> None:
    """Make the window so large that its docks have the sizes of a first start."""
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: dock(window, "training").width() == SIDE_WIDTH, timeout=SHORT)


def test_a_window_that_was_small_for_a_while_has_its_docks_as_before(
    window: MainWindow, qtbot: QtBot
) -> None:
    enlarge(window, qtbot)
    before = sizes(window)
    window.resize(window.minimumSizeHint())
    qtbot.waitUntil(lambda: sizes(window)["curves"][1] < before["curves"][1], timeout=SHORT)
    assert window.training_panel.train_button.visibleRegion().boundingRect().height() > 16
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: sizes(window) == before, timeout=SHORT)


def test_in_a_small_window_the_map_gets_some_of_the_room_beside_it(window: MainWindow, qtbot: QtBot) -> None:
    enlarge(window, qtbot)
    beside = [dock(window, name) for name in ("training", "decoder")]
    before = [each.width() for each in beside]
    window.resize(1024, 720)
    qtbot.waitUntil(
        lambda: all(each.width() < width for each, width in zip(beside, before, strict=True)), timeout=SHORT
    )
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: [each.width() for each in beside] == before, timeout=SHORT)


def test_what_the_user_made_wider_stays_so_in_a_small_window(window: MainWindow, qtbot: QtBot) -> None:
    enlarge(window, qtbot)
    form = dock(window, "training")
    width = form.width() + 60
    between = form.mapTo(window, QPoint(form.width() + 2, form.height() // 2))
    qtbot.mousePress(window, LEFT, pos=between)
    qtbot.mouseMove(window, between + QPoint(30, 0))
    qtbot.mouseMove(window, between + QPoint(60, 0))
    qtbot.waitUntil(lambda: form.width() == width, timeout=SHORT)
    qtbot.mouseRelease(window, LEFT, pos=between + QPoint(60, 0))
    window.resize(1100, 760)
    decoder = dock(window, "decoder")
    qtbot.waitUntil(lambda: decoder.width() < SIDE_WIDTH, timeout=SHORT)
    assert form.width() == width


def test_a_size_that_the_user_gave_a_dock_is_kept_too(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    QApplication.processEvents()
    curves = dock(window, "curves")
    height = curves.height()
    between = curves.mapTo(window, QPoint(curves.width() // 2, -2))
    qtbot.mousePress(window, LEFT, pos=between)
    qtbot.mouseMove(window, between - QPoint(0, 30))
    qtbot.mouseMove(window, between - QPoint(0, 60))
    qtbot.waitUntil(lambda: curves.height() == height + 60, timeout=SHORT)
    qtbot.mouseRelease(window, LEFT, pos=between - QPoint(0, 60))
    window.resize(1200, 700)
    QApplication.processEvents()
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: curves.height() == height + 60, timeout=SHORT)


@pytest.mark.parametrize("place", [8, 100, 200, -20, -1])
def test_a_damaged_layout_is_none(window: MainWindow, place: int) -> None:
    """Qt crashes on some that differ from its own by a bit."""
    docks = window.docks
    dock(window, "runs").hide()
    moved = list(docks.layout)
    docks.reset()
    assert dock(window, "runs").isVisible()
    moved[place] = "B" if moved[place] == "A" else "A"
    docks.restore_layout("".join(moved))
    assert dock(window, "runs").isVisible()


def test_the_layout_of_another_version_is_not_forced_on_this_one(open_window: OpenWindow) -> None:
    first = open_window()
    first.addDockWidget(Area.LeftDockWidgetArea, dock(first, "decoder"))
    first.close()
    settings, _problems = load_settings()
    layout = first.saveState(1)  # as an older version counted
    settings.window_layout = _encoded(layout)
    save_settings(settings)
    assert places(open_window()) == FIRST


def test_reset_puts_everything_back(window: MainWindow) -> None:
    window.addDockWidget(Area.TopDockWidgetArea, dock(window, "curves"))
    dock(window, "decoder").setFloating(True)
    dock(window, "runs").close()
    assert places(window) != FIRST
    window.actions_["reset_layout"].trigger()
    QApplication.processEvents()
    assert places(window) == FIRST
    assert not dock(window, "decoder").isFloating()
    assert in_front(window, "curves")
    assert dock(window, "runs").toggleViewAction().isChecked()


def test_after_a_reset_the_buttons_of_a_dock_are_still_ours(window: MainWindow) -> None:
    window.set_theme("dark")
    before = [button_image(each) for each in window.docks.all]
    window.actions_["reset_layout"].trigger()
    QApplication.processEvents()
    assert [button_image(each) for each in window.docks.all] == before


def button_image(each: QDockWidget) -> QImage:
    button = each.findChild(QAbstractButton, "qt_dockwidget_closebutton")
    return button.icon().pixmap(16, 16).toImage()


def test_the_keyboard_never_walks_where_nobody_sees_it(window: MainWindow, qtbot: QtBot) -> None:
    """Tab through the whole window: a dock behind another one comes to the front with the focus."""
    window.resize(1440, 900)
    # Some docks are made when they are first seen.
    for name in ("attributes", "interpolation", "curves"):
        raise_dock(window, name)
    window.map_panel.map.setFocus()
    visited: list[QWidget] = []
    while (now := QApplication.focusWidget()) not in visited:
        assert now is not None
        visited.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
        QApplication.processEvents()
        into = QApplication.focusWidget()
        behind = [
            each
            for each in window.docks.all
            if each.isAncestorOf(into) and not in_front(window, each.objectName())
        ]
        assert not behind
    names = {
        each.objectName() for each in window.docks.all for widget in visited if each.isAncestorOf(widget)
    }
    assert names == set(FIRST)
    for button in map(window.map_panel.legend.button, range(10)):
        assert button in visited


def test_a_key_detaches_the_dock_with_the_keyboard_and_puts_it_back(window: MainWindow, qtbot: QtBot) -> None:
    curves = dock(window, "curves")
    window.docks.toggle_floating()  # the map has the keyboard, and is no dock
    assert not any(each.isFloating() for each in window.docks.all)
    for floating in (True, False):
        window.curves.setFocus()
        window.curves.window().activateWindow()
        qtbot.waitUntil(window.curves.isActiveWindow, timeout=SHORT)
        qtbot.keyClick(
            window.curves,
            Qt.Key.Key_F,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        assert curves.isFloating() == floating
    assert places(window) == FIRST


def test_the_window_fits_a_small_screen(window: MainWindow) -> None:
    window.resize(1024, 700)
    QApplication.processEvents()
    assert window.width() <= 1024
    assert window.height() <= 700
    panel = window.map_panel
    for part in (panel.legend, panel.map, panel.background):
        assert part.isVisible()
        assert panel.rect().contains(part.geometry())
    for button in map(panel.legend.button, range(10)):
        assert panel.legend.rect().contains(button.geometry())
    assert panel.legend.rect().contains(panel.legend.caption.geometry())
    caption = panel.legend.caption
    assert caption.width() >= caption.fontMetrics().horizontalAdvance(caption.text())
