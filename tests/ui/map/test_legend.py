import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, hover, pixel
from vae_explorer.core.data import ImageSet
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.theme import CLASS_COLORS


def all_button(window: MainWindow) -> QToolButton:
    return window.map_panel.legend._all


def test_a_toggle_hides_its_digits_and_only_those(
    window: MainWindow, few_digits: ImageSet, qtbot: QtBot
) -> None:
    map_, legend = window.map_panel.map, window.map_panel.legend
    window.map_panel.hints.hide()  # in a small window they lie on most of the map
    before = map_.grab().toImage()
    qtbot.mouseClick(legend.button(3), LEFT)
    np.testing.assert_array_equal(map_.shown_points, few_digits.labels != 3)
    assert map_.grab().toImage() != before
    assert map_._points.centres.digits == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    qtbot.mouseClick(legend.button(3), LEFT)
    assert map_.shown_points.all()
    assert map_.grab().toImage() == before


def test_hidden_digits_cannot_be_hovered(window: MainWindow, few_digits: ImageSet, qtbot: QtBot) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    index = int(np.flatnonzero(few_digits.labels == 1)[0])
    spot = pixel(map_, *model.posterior.mu[index])
    with qtbot.waitSignal(map_.digit_hovered) as hovered:
        hover(map_.viewport(), spot)
    assert few_digits.labels[hovered.args[0]] == 1
    qtbot.mouseClick(window.map_panel.legend.button(1), LEFT)
    with qtbot.waitSignal(map_.digit_hovered) as hovered:
        hover(map_.viewport(), spot)
    assert hovered.args[0] == -1 or few_digits.labels[hovered.args[0]] != 1


def test_hidden_digits_are_not_ringed(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    assert map_._points.nearest_ring.isVisible()
    qtbot.mouseClick(all_button(window), LEFT)
    assert not map_._points.nearest_ring.isVisible()


def test_one_button_hides_and_shows_all(window: MainWindow, qtbot: QtBot) -> None:
    map_, button = window.map_panel.map, all_button(window)
    assert button.text() == "Hide all"
    qtbot.mouseClick(button, LEFT)
    assert not map_.shown_points.any()
    assert button.text() == "Show all"
    qtbot.mouseClick(window.map_panel.legend.button(0), LEFT)
    assert button.text() == "Show all"
    qtbot.mouseClick(button, LEFT)
    assert map_.shown_points.all()


def test_hidden_digits_stay_hidden_when_another_model_opens(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.map_panel.legend.button(7), LEFT)
    with qtbot.waitSignal(window.files.idle):
        window.files.open_bundled(next(m for m in _bundled() if m.name == "mnist-deep-2d"))
    assert window.map_panel.map._points.centres.digits == [0, 1, 2, 3, 4, 5, 6, 8, 9]


def _bundled() -> tuple:
    from vae_explorer.core.bundled import bundled_models

    return bundled_models()


def test_each_toggle_has_its_colour_and_a_name(window: MainWindow) -> None:
    for digit, color in enumerate(CLASS_COLORS):
        button = window.map_panel.legend.button(digit)
        assert button.text() == str(digit)
        assert button.accessibleName() == f"Digit {digit}"
        swatch = button.icon().pixmap(20, 20, state=button.icon().State.On).toImage()
        assert swatch.pixelColor(10, 10).name() == color


# Undo


def test_a_toggle_and_the_button_for_all_are_one_step_each(window: MainWindow, qtbot: QtBot) -> None:
    legend, stack, selection = window.map_panel.legend, window.undo_stack, window.selection
    everything, without = frozenset(range(10)), frozenset(range(10)) - {3}
    states = [everything]
    for button in (legend.button(3), all_button(window), all_button(window), legend.button(5)):
        qtbot.mouseClick(button, LEFT)
        states.append(selection.classes)
    assert states == [everything, without, everything, frozenset(), frozenset({5})]
    texts = ["digit 3 hidden", "digit 3 shown", "all digits hidden", "digit 5 shown"]
    assert [stack.text(index) for index in range(stack.count())] == texts
    for state in reversed(states[:-1]):
        window.actions_["undo"].trigger()
        assert selection.classes == state
        assert {digit for digit in range(10) if legend.button(digit).isChecked()} == state
    for state in states[1:]:
        window.actions_["redo"].trigger()
        assert selection.classes == state
    assert all_button(window).text() == "Show all"


def test_keys_toggle_too(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.map_panel.legend.button(0), Qt.Key.Key_Space)
    assert 0 not in window.selection.classes
    assert window.undo_stack.count() == 1


def test_classes_that_are_set_elsewhere_are_no_step(window: MainWindow) -> None:
    window.selection.show_class(4, False)
    assert not window.map_panel.legend.button(4).isChecked()
    assert not window.undo_stack.count()
