"""How the user gets at what is not in sight: docks behind a tab, entries of menus, and steps to undo."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import raise_dock
from tests.waiting import LONG, SHORT
from vae_explorer.core.direction_sources import ClassPair, Component
from vae_explorer.state.journey import ClassAnchor, DigitAnchor
from vae_explorer.ui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def click_tab(window: MainWindow, title: str) -> None:
    """Bring the dock of this title to the front, as the user would."""
    QCoreApplication.processEvents()
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    places = [
        (bar, tab)
        for bar in window.findChildren(QTabBar, options=direct)
        for tab in range(bar.count())
        if bar.isVisible() and bar.tabText(tab) == title
    ]
    ((bar, tab),) = places
    place = bar.tabRect(tab).center()
    assert bar.rect().contains(place), "the tab would have to be scrolled to"
    QTest.mouseClick(bar, LEFT, pos=place)
    QCoreApplication.processEvents()


def choose_from_menu(opener: QWidget, *texts: str) -> None:
    """Click what opens a menu, and then choose the entries with these texts, one in the menu of the other."""
    from_menu(lambda: QTest.mouseClick(opener, LEFT), *texts)


def from_menu(opening: Callable[[], object], *texts: str) -> None:
    """Open a menu, which may not return before that is closed, and choose the entries with these texts.

    An entry may say more than its text, if no other begins like it.
    """
    left, problems = list(texts), list[Exception]()
    timer = QTimer()
    timer.setInterval(10)

    def look() -> None:
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return
        try:
            _click_entry(menu, left)
        except Exception as problem:  # noqa: BLE001 - left open, the menu would block the test for ever
            problems.append(problem)
            left.clear()
            _close_menus()
        if not left:
            timer.stop()

    timer.timeout.connect(look)
    timer.start()
    opening()
    # A menu that does not block is driven from here.
    while timer.isActive() and isinstance(QApplication.activePopupWidget(), QMenu):
        QCoreApplication.processEvents()
    timer.stop()
    if problems:
        raise problems[0]
    assert not left, f"never came to {left}"


def fill_docks_made_on_sight(window: MainWindow, qtbot: QtBot) -> None:
    """See the docks that are made on sight, with two directions and a path; the curves come to the front."""
    raise_dock(window, "attributes")
    window.looks.edits.add("Slant", Component(0))
    window.looks.edits.add("Thickness", ClassPair(3, 8))
    window.looks.edits.set_alpha("Slant", 1.5)
    window.looks.edits.update("Thickness", still=("Slant",))
    qtbot.waitUntil(lambda: window.exploration.attributes.finder.up_to_date, timeout=SHORT)
    raise_dock(window, "interpolation")
    window.looks.journey.add(DigitAnchor(7), ClassAnchor(3))
    qtbot.waitUntil(lambda: not window.exploration.interpolation.worker.busy, timeout=LONG)
    # What can be done with an anchor can be done with the first.
    window.exploration.interpolation.anchors.select(0)
    raise_dock(window, "curves")


def undo(window: MainWindow, qtbot: QtBot) -> None:
    """Take a step back with the key, wherever the keyboard is."""
    _press(window, QKeySequence.StandardKey.Undo, qtbot)


def redo(window: MainWindow, qtbot: QtBot) -> None:
    """Do the step again, likewise."""
    _press(window, QKeySequence.StandardKey.Redo, qtbot)


def _press(window: MainWindow, key: QKeySequence.StandardKey, qtbot: QtBot) -> None:
    # A menu that was closed may have taken that from it.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=SHORT)
    before = window.undo_stack.index()
    QTest.keySequence(QApplication.focusWidget() or window, QKeySequence(key))
    assert window.undo_stack.index() != before


def _click_entry(menu: QMenu, left: list[str]) -> None:
    texts = {each.text().replace("&&", "&"): each for each in menu.actions() if not each.isSeparator()}
    begun = [text for text in texts if text.startswith(left[0])]
    assert left[0] in texts or len(begun) == 1, (left[0], [*texts])
    action = texts.get(left[0]) or texts[begun[0]]
    assert action.isEnabled(), left[0]
    del left[0]
    # With the keyboard: how Qt takes a click in a menu that has just opened depends on when it comes.
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)


def _close_menus() -> None:
    while isinstance(menu := QApplication.activePopupWidget(), QMenu):
        menu.close()
        QCoreApplication.processEvents()
