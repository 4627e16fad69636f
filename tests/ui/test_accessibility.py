"""The whole window without a mouse: where the Tab key goes, what shows that, and what a screen reader says."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAction, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDockWidget,
    QMenu,
    QScrollArea,
    QTabBar,
    QToolBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT, fill_every_panel, raise_dock
from tests.ui.opening import fill_docks_made_on_sight
from vae_explorer.state.settings import Theme
from vae_explorer.ui.main_window import MainWindow

TAB, BACK = Qt.Key.Key_Tab, Qt.Key.Key_Backtab
#: Where the Tab key goes, beginning at the map.
GROUPS = [
    *("map", "decoder", "digit", "drawing", "picked", "tabs"),
    *("curves", "runs", "traversal", "attributes", "interpolation", "bookmarks", "tabs", "training"),
]
#: So many pixels must look clearly different where the keyboard is.
MARK, CLEARLY = 40, 60


@pytest.fixture
def full(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window in which every panel has something to do."""
    fill_every_panel(window, qtbot)
    fill_docks_made_on_sight(window, qtbot)
    QApplication.processEvents()
    window.activateWindow()
    window.map_panel.map.setFocus()
    return window


def walk(window: MainWindow, key: Qt.Key = TAB) -> list[QWidget]:
    """Everything where the Tab key stops, until it is back."""
    stops: list[QWidget] = []
    while (now := QApplication.focusWidget()) not in stops:
        assert now is not None
        stops.append(now)
        QTest.keyClick(now, key, Qt.KeyboardModifier.ShiftModifier if key == BACK else Qt.KeyboardModifier(0))
        QApplication.processEvents()
    assert now is stops[0]
    return stops


def group(window: MainWindow, widget: QWidget) -> str:
    """The dock in which a widget is, or else the part of the window."""
    if isinstance(widget, QTabBar):
        return "tabs"
    docks = [dock.objectName() for dock in window.docks.all if dock.isAncestorOf(widget)]
    return docks[0] if docks else "map"


def groups(window: MainWindow, stops: list[QWidget]) -> list[str]:
    return [name for name, _ in groupby(stops, lambda stop: group(window, stop))]


def focusable(window: MainWindow) -> list[QWidget]:
    """What the Tab key should not pass."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.window() is window
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.objectName() != "qt_spinbox_lineedit"
        and not is_viewport(widget)
    ]


def is_viewport(widget: QWidget) -> bool:
    """Whether it only shows what has the focus."""
    view = widget.parentWidget()
    return isinstance(view, QAbstractScrollArea) and view.viewport() is widget


def is_one_of_several(widget: QWidget) -> bool:
    """Whether the arrow keys go to it from the button of its group that is on."""
    together = isinstance(widget, QAbstractButton) and widget.group() is not None
    return together and widget.group().exclusive() and not widget.isChecked()  # type: ignore[attr-defined]


# The Tab key


def test_the_tab_key_goes_as_one_reads_and_passes_nothing(full: MainWindow) -> None:
    stops = walk(full)
    assert groups(full, stops) == GROUPS
    passed = [each for each in focusable(full) if each not in stops and not is_one_of_several(each)]
    assert not passed
    legend = full.map_panel.legend
    assert stops[1:11] == [legend.button(digit) for digit in range(10)]


def test_the_keyboard_begins_at_the_map(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(window.isActiveWindow, timeout=SHORT)
    assert QApplication.focusWidget() is window.map_panel.map


def test_it_goes_back_the_same_way(full: MainWindow) -> None:
    forth = walk(full)
    back = walk(full, BACK)
    assert back[1:] == forth[:0:-1]


def test_it_goes_where_the_docks_are(full: MainWindow) -> None:
    full.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, full.docks.named("bookmarks"))
    full.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, full.docks.named("training"))
    QApplication.processEvents()
    names = groups(full, walk(full))
    assert names[-1] == "bookmarks"
    assert names.index("map") < names.index("training") < names.index("curves")


def test_a_closed_or_floating_dock_is_no_hindrance(full: MainWindow, qtbot: QtBot) -> None:
    full.docks.named("digit").close()
    full.docks.named("runs").setFloating(True)
    full.activateWindow()
    qtbot.waitUntil(full.isActiveWindow, timeout=SHORT)
    QApplication.processEvents()
    full.map_panel.map.setFocus()
    names = groups(full, walk(full))
    assert names == [name for name in GROUPS if name not in ("digit", "runs")]
    full.docks.reset()


# What shows where the keyboard is


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_sees_where_the_keyboard_is(full: MainWindow, theme: Theme) -> None:
    full.set_theme(theme)
    QApplication.processEvents()
    unseen = []
    for stop in walk(full):
        # The walk raised other docks meanwhile.
        raise_dock_of(full, stop)
        scroll_to(stop)
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        marked = picture(full, stop)
        stop.clearFocus()
        differing = np.abs(marked - picture(full, stop)).max(-1) > CLEARLY
        if differing.sum() < MARK:
            unseen.append((stop, stop.accessibleName(), int(differing.sum())))
    assert not unseen


def raise_dock_of(window: MainWindow, widget: QWidget) -> None:
    for dock in window.docks.all:
        if dock.isAncestorOf(widget):
            raise_dock(window, dock.objectName())


def scroll_to(widget: QWidget) -> None:
    """As the Tab key does."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def picture(window: MainWindow, widget: QWidget) -> NDArray[np.int16]:
    """What is seen of a widget and right around it, shape (height, width, 4)."""
    QApplication.processEvents()
    place = widget.rect().translated(widget.mapTo(window, QPoint())).adjusted(-4, -4, 4, 4)
    image = window.grab(place).toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.width(), 4).astype(np.int16)


def test_a_list_has_a_row_for_who_comes_with_the_keyboard(full: MainWindow, qtbot: QtBot) -> None:
    raise_dock(full, "bookmarks")
    view = full.exploration.bookmarks.view
    view.clearSelection()
    view.setCurrentIndex(view.model().index(-1, 0))
    assert full.exploration.bookmarks.row == -1
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert full.exploration.bookmarks.row == 0


# What a screen reader says


def test_all_that_can_be_focused_has_a_name(full: MainWindow) -> None:
    nameless = []
    for widget in focusable(full):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name)
        if isinstance(widget, QComboBox):
            # On Linux, Qt says the chosen entry here.
            name = widget.accessibleName()
        if not name.strip():
            nameless.append(widget)
    assert not nameless


def test_canvases_say_what_their_keys_do(full: MainWindow) -> None:
    canvases = [
        full.map_panel.map,
        *full.curves.plots.values(),
        full.curves.bars,
        full.exploration.traversal.grid,
        full.exploration.picked.thumbnails,
        full.exploration.drawing.pad,
        full.exploration.bookmarks.view,
        full.exploration.attributes.view.strip,
        full.exploration.attributes.response.plot,
        full.runs_panel.view,
    ]
    for canvas in canvases:
        raise_dock_of(full, canvas)
        # Some say what is where the keys have come to.
        canvas.setFocus(Qt.FocusReason.TabFocusReason)
        assert canvas.accessibleName(), canvas
        assert canvas.accessibleDescription(), canvas


# Keys and menus


def test_no_two_keys_do_different_things_at_one_place(window: MainWindow) -> None:
    """Keys of a widget are also not those of the window: there, Qt would do neither."""
    keys: Counter[tuple[object, str]] = Counter()
    widget_keys, window_keys = set(), set()
    found = [(each, [each.key()]) for each in window.findChildren(QShortcut)]
    found += [(each, each.shortcuts()) for each in window.findChildren(QAction)]
    for owner, sequences in found:
        own = isinstance(owner, QAction)
        context = owner.shortcutContext() if own else owner.context()
        places = owner.associatedObjects() if own else [owner.parent()]
        widgets = [place for place in places if isinstance(place, QWidget) and not isinstance(place, QMenu)]
        for sequence in {sequence.toString() for sequence in sequences} - {""}:
            if context == Qt.ShortcutContext.WindowShortcut:
                tops = {widget.window() for widget in widgets if not isinstance(widget, QToolButton)}
                keys.update((top, sequence) for top in tops)
                window_keys.update(sequence for top in tops if top is window)
            else:
                views = {widget for widget in widgets if not isinstance(widget, QToolButton)}
                keys.update((view, sequence) for view in views)
                widget_keys.add(sequence)
    assert "Ctrl+O" in window_keys
    assert "F2" in widget_keys
    assert [key for key, count in keys.items() if count > 1] == []
    assert not widget_keys & window_keys


def test_what_the_tab_key_does_not_reach_is_in_a_menu(full: MainWindow) -> None:
    in_menus = {action for menu in full.findChildren(QMenu) for action in menu.actions()}
    for bar in full.findChildren(QToolBar):
        for button in bar.findChildren(QToolButton):
            action = button.defaultAction()
            assert action is None or action in in_menus or action.shortcuts(), button.text()
    # A dock can be closed and brought back there, too.
    for dock in full.findChildren(QDockWidget):
        assert dock.toggleViewAction() in in_menus
