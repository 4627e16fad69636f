from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QToolBar
from pytestqt.qtbot import QtBot

from vae_explorer.ui.main_window import MainWindow


def menus(window: MainWindow) -> list[QMenu]:
    return [menu for menu in window.menuBar().findChildren(QMenu) if menu.menuAction().text()]


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    keys = Counter(keys for _, keys in window.actions_.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_menu_entry_says_what_it_does_and_has_a_letter(window: MainWindow) -> None:
    letters = Counter(action.text().partition("&")[2][:1].lower() for action in window.menuBar().actions())
    assert max(letters.values()) == 1
    for menu in menus(window):
        assert menu.actions() or not menu.isEnabled()
        assert all(texts(menu))


def test_every_action_is_in_a_menu_or_the_toolbar(window: MainWindow) -> None:
    reachable = set()
    for menu in menus(window):
        reachable.update(menu.actions())
    for child in window.findChildren(QMenu):
        reachable.update(child.actions())
    for bar in window.findChildren(QToolBar):
        reachable.update(bar.actions())
    missing = [name for name, action in window.actions_._actions.items() if action not in reachable]
    assert not missing


def test_tool_tips_name_the_key(window: MainWindow) -> None:
    keys = window.actions_["open"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    assert keys
    assert window.actions_["open"].toolTip() == f"Open a model or a session ({keys})"


def test_the_sheet_of_shortcuts_lists_every_key(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    sheet = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
    assert sheet.windowTitle() == "Keyboard shortcuts"
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for text, keys in window.actions_.shortcuts():
        assert text in shown
        assert keys in shown
    sheet.close()


def test_what_makes_no_sense_is_disabled(window: MainWindow) -> None:
    assert not window.actions_["stop"].isEnabled()
    assert not window.actions_["undo"].isEnabled()
    assert not window.actions_["redo"].isEnabled()
    for name in ("save", "save_as", "train", "export_image", "copy_image", "fit"):
        assert window.actions_[name].isEnabled()


def test_the_menu_ticks_the_background_that_is_on(window: MainWindow, qtbot: QtBot) -> None:
    def ticked() -> list[str]:
        names = [name for name in window.actions_._actions if name.startswith("layer_")]
        return [name for name in names if window.actions_[name].isChecked()]

    assert ticked() == ["layer_none"]
    window.actions_["layer_density"].trigger()
    assert window.looks.look.layer == "density"
    assert ticked() == ["layer_density"]
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert ticked() == [f"layer_{window.looks.look.layer}"] != ["layer_density"]
    # The one that is on stays on.
    window.actions_[ticked()[0]].trigger()
    assert ticked() == [f"layer_{window.looks.look.layer}"]
