import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLibraryInfo, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QTabBar,
    QToolBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT
from vae_explorer.core.data import DATA_VARIABLE, ImageSet
from vae_explorer.state.settings import load_settings, settings_path
from vae_explorer.ui.main_window import MainWindow


def write_settings(content: object) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(json.dumps(content), encoding="utf-8")


def test_everything_is_there_after_the_start(window: MainWindow, few_digits: ImageSet) -> None:
    assert window.isVisible()
    assert window.height() <= window.screen().availableSize().height()
    assert window.docks.named("training").isVisible()
    assert window.docks.named("decoder").isVisible()
    assert window.findChild(QToolBar).isVisible()
    assert window.decoder_panel.picture is not None
    assert window.selection.z.tolist() == [0, 0]
    assert len(window.map_panel.map.shown_points) == len(few_digits)
    status = [label.text() for label in window.statusBar().findChildren(QLabel)]
    assert status[:2] == ["few-digits, 600 test images", "mnist-mlp-2d (784-400-2)"]
    assert status[2].startswith("test ELBO −1")


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1440, 900), QSize(1920, 1080)])
def test_it_can_be_used_at_usual_sizes(window: MainWindow, size: QSize) -> None:
    window.resize(size)
    QApplication.processEvents()
    assert window.size() == size
    inside = window.rect()
    for widget in (window.map_panel.map, window.decoder_panel.image, window.training_panel.train_button):
        corner = widget.mapTo(window, widget.rect().bottomRight())
        assert inside.contains(corner), widget
    assert window.map_panel.map.width() > size.width() / 3
    for panel in (window.training_panel, window.decoder_panel):
        assert panel.width() <= panel.parentWidget().width()


def test_before_anything_is_loaded_nothing_can_be_saved_or_trained(qapp: QApplication) -> None:
    from vae_explorer.app import build_window

    window = build_window(qapp, "light", remember=False)
    try:
        assert not window.actions_["save"].isEnabled()
        assert not window.actions_["train"].isEnabled()
        window.resize(800, 600)
        assert not window.grab().toImage().isNull()
        assert window.session.model is None
    finally:
        window.close()
        window._theme.deleteLater()
        window.deleteLater()
        window.__dict__.clear()


def test_layout_and_size_come_back(open_window: OpenWindow) -> None:
    first = open_window()
    first.resize(1300, 700)
    first.docks.named("training").close()
    first.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first.docks.named("decoder"))
    QApplication.processEvents()
    first.close()
    second = open_window()
    assert second.height() == 700  # Qt fits the width to the screen, and the one of the tests is narrow
    assert not second.docks.named("training").isVisible()
    assert second.dockWidgetArea(second.docks.named("decoder")) == Qt.DockWidgetArea.LeftDockWidgetArea
    second.actions_["reset_layout"].trigger()
    QApplication.processEvents()
    assert second.docks.named("training").isVisible()
    assert second.dockWidgetArea(second.docks.named("decoder")) == Qt.DockWidgetArea.RightDockWidgetArea


def test_closed_docks_come_back_through_the_menu(window: MainWindow) -> None:
    training = window.docks.named("training")
    training.close()
    assert not training.isVisible()
    training.toggleViewAction().trigger()
    assert training.isVisible()


def test_a_floating_dock_is_a_window_of_its_own_and_comes_back_floating(open_window: OpenWindow) -> None:
    first = open_window()
    first.docks.named("decoder").setFloating(True)
    QApplication.processEvents()
    first.close()
    assert open_window().docks.named("decoder").isFloating()


def test_a_garbage_settings_file_opens_a_window_with_a_message(open_window: OpenWindow) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_bytes(b"\x00\xffgarbage")
    window = open_window()
    assert "settings.json" in window.map_panel.messages.text
    assert window.session.model is not None
    window.close()
    assert load_settings()[1] == []


def test_garbage_in_single_settings_costs_only_those(open_window: OpenWindow) -> None:
    write_settings(
        {
            "theme": "mauve",
            "window_geometry": "not base64 é",
            "window_layout": "AAAA",
            "recent_files": ["\ud800.safetensors", "/nowhere/x\x00.safetensors", ""],
            "last_folder": "/nowhere/at/all",
            "hints_seen": True,
            "training": {"hidden": "64", "latent": -1, "seed": 2**60, "learning_rate": 1e-12},
        }
    )
    window = open_window(theme=None)
    message = window.map_panel.messages.text
    assert "theme" in message
    assert "latent" in message
    assert not window.map_panel.hints.isVisible()
    form = window.training_panel.form()
    assert form.hidden == "64"
    assert form.latent == 2
    assert window.docks.named("training").isVisible()


def test_damaged_data_are_said_and_nothing_is_open(
    open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    window = open_window(None)
    assert "t10k-images-idx3-ubyte(.gz) is not in" in window.map_panel.messages.text
    assert window.session.model is None
    assert not window.actions_["train"].isEnabled()


def test_two_windows_do_not_disturb_each_other(open_window: OpenWindow) -> None:
    one, other = open_window(), open_window()
    one.moves.move(np.array([1.0, 1.0]))
    assert other.selection.z.tolist() == [0, 0]
    one.close()
    other.moves.move(np.array([-1.0, 1.0]))
    assert other.selection.z.tolist() == [-1, 1]


def test_the_keyboard_reaches_everything(window: MainWindow, qtbot: QtBot) -> None:
    """Tab goes round: from the map through both docks and back."""
    window.activateWindow()
    window.map_panel.map.setFocus()
    seen: list[QWidget] = []
    for _ in range(80):
        seen.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is window.map_panel.map:
            break
    assert QApplication.focusWidget() is window.map_panel.map
    panel = window.training_panel
    for widget in (
        *(panel.hidden, panel.latent, panel.epochs, panel.batch_size, panel.learning_rate, panel.seed),
        *(panel.device, panel.train_button),
        window.decoder_panel.coordinates.field(0),
        window.decoder_panel.coordinates.field(1),
    ):
        assert widget in seen, widget


def test_what_can_be_focused_has_a_name(window: MainWindow) -> None:
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        if isinstance(widget.parentWidget(), QAbstractScrollArea):  # what it shows stands for it
            continue
        if isinstance(widget, QLineEdit) and widget.objectName() == "qt_spinbox_lineedit":
            continue
        named = widget.accessibleName() or getattr(widget, "text", str)() or widget.toolTip()
        buddy = [label for label in window.findChildren(QLabel) if label.buddy() is widget]
        assert named or buddy, widget


def test_bars_of_tabs_have_names_also_when_the_docks_lie_elsewhere(window: MainWindow, qtbot: QtBot) -> None:
    def names() -> list[str]:
        bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [bar.accessibleName() for bar in bars if bar.isVisible()]

    window.tabifyDockWidget(window.docks.named("training"), window.docks.named("runs"))
    qtbot.waitUntil(lambda: len(names()) == 3)
    assert all(names())
    window.docks.reset()
    qtbot.waitUntil(lambda: len(names()) == 2)
    assert all(names())


def test_ctrl_q_closes(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()
    assert settings_path().is_file()


@pytest.mark.parametrize(
    ("key", "more"),
    [(Qt.Key.Key_Y, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)],
)
def test_both_usual_keys_redo(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, more: Qt.KeyboardModifier
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    begin = window.selection.z.copy()
    qtbot.keyClick(window.map_panel.map, Qt.Key.Key_Right)
    there = window.selection.z.copy()
    qtbot.keyClick(window, Qt.Key.Key_Z, control)
    np.testing.assert_array_equal(window.selection.z, begin)
    qtbot.keyClick(window, key, control | more)
    np.testing.assert_array_equal(window.selection.z, there)
    assert not np.array_equal(begin, there)


def test_clicks_on_the_toolbar_work(window: MainWindow, qtbot: QtBot) -> None:
    window.map_panel.map.zoom(5)
    narrow = window.map_panel.map.getViewBox().viewRect().width()
    button = window.findChild(QToolBar).widgetForAction(window.actions_["fit"])
    qtbot.mouseClick(button, LEFT)
    assert window.map_panel.map.getViewBox().viewRect().width() > narrow


def test_qt_is_a_version_that_works() -> None:
    version = QLibraryInfo.version()
    assert (version.majorVersion(), version.minorVersion()) < (6, 11)
