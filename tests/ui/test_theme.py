import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import most_frequent_color
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.theme import CLASS_COLORS, DARK, LIGHT, Colors


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2."""
    channels = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(colors: Colors) -> None:
    for background in (colors.window, colors.panel, colors.canvas):
        assert contrast(colors.text, background) >= 7
        assert contrast(colors.muted, background) >= 4.5
        assert contrast(colors.warning, background) >= 4.5
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    assert contrast(colors.text, colors.warning_panel) >= 4.5
    assert contrast(colors.text, colors.info_panel) >= 4.5


def test_the_ten_colours_are_ten() -> None:
    assert len(set(CLASS_COLORS)) == 10


def test_switching_the_theme_repaints_everything(window: MainWindow, qapp: QApplication) -> None:
    assert most_frequent_color(window.map_panel.map) == LIGHT.canvas
    window.actions_["theme"].trigger()
    assert window._theme.dark
    assert most_frequent_color(window.map_panel.map) == DARK.canvas
    assert most_frequent_color(window.curves.plots["elbo"]) == DARK.canvas
    assert most_frequent_color(window.statusBar()) == DARK.window
    assert qapp.palette().window().color().name() == DARK.window
    window.actions_["theme"].trigger()
    assert most_frequent_color(window.map_panel.map) == LIGHT.canvas


def test_icons_are_drawn_in_the_colours_of_the_theme(window: MainWindow) -> None:
    action = window.actions_["open"]
    light = action.icon().pixmap(20, 20).toImage()
    window.actions_["theme"].trigger()
    assert action.icon().pixmap(20, 20).toImage() != light


def test_the_menu_shows_and_sets_the_theme(window: MainWindow) -> None:
    light, dark = window.menus._themes.actions()[1:]
    assert light.isChecked()
    dark.trigger()
    assert window._theme.dark
    assert dark.isChecked()
    assert not light.isChecked()
    window.actions_["theme"].trigger()
    assert light.isChecked()


def test_the_theme_is_remembered(open_window: OpenWindow, qtbot: QtBot) -> None:
    first = open_window(theme=None)
    first.menus._themes.actions()[2].trigger()
    first.close()
    assert open_window(theme=None)._theme.dark
