"""The dock of runs: its buttons and its menu."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from tests.ui.runs.lists import click, enabled
from tests.ui.runs.samples import new_run
from vae_explorer.state.runs import Runs
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.theme import ThemeSwitch


def test_without_runs_it_says_what_to_do(switch: ThemeSwitch, qtbot: QtBot) -> None:
    runs = Runs()
    panel = RunsPanel(runs, switch)
    qtbot.addWidget(panel)
    panel.show()
    assert panel._empty.isVisible()
    assert enabled(panel) == {"open"}
    runs.add(new_run(1))
    assert panel.view.isVisible()
    runs.remove(next(iter(runs)))
    assert panel._empty.isVisible()


def test_the_buttons_follow_the_state_of_the_run(panel: RunsPanel, runs: Runs) -> None:
    first, second, _third = runs
    assert enabled(panel) == {"open"}
    click(panel, first)
    assert enabled(panel) == {"show", "resume", "settings", "rename", "delete", "folder", "open"}
    runs.set_info(first, first.info.with_status("stopped"))
    assert "resume" in enabled(panel)
    runs.set_writer(second, "here")  # one training at a time
    assert "resume" not in enabled(panel)
    runs.set_writer(second, "nobody")
    runs.set_writer(first, "elsewhere")
    assert enabled(panel) == {"show", "settings", "folder", "open"}
    runs.set_writer(first, "here")
    assert "delete" not in enabled(panel)
    runs.set_info(first, first.info.with_status("paused"))
    assert "resume" in enabled(panel)
    runs.set_writer(first, "nobody")
    click(panel, second, more=True)
    assert enabled(panel) == {"compare", "delete", "open"}
    first.folder = None
    click(panel, first)
    assert enabled(panel) == {"show", "settings", "rename", "delete", "open"}


def test_a_double_click_shows_a_run(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    run = next(iter(runs))
    with qtbot.waitSignal(panel.show_requested) as shown:
        click(panel, run, double=True)
    assert shown.args == [run]


def test_a_finished_run_is_trained_longer_rather_than_resumed(panel: RunsPanel, runs: Runs) -> None:
    run = next(iter(runs))
    click(panel, run)
    for status, text in (("finished", "Train longer"), ("stopped", "Resume")):
        runs.set_info(run, run.info.with_status(status))
        assert panel.buttons["resume"].text() == text


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("show", "show_requested"),
        ("resume", "resume_requested"),
        ("settings", "settings_requested"),
        ("folder", "folder_requested"),
    ],
)
def test_buttons_and_menu_ask_for_one_run(
    panel: RunsPanel, runs: Runs, qtbot: QtBot, name: str, signal: str
) -> None:
    run = next(iter(runs))
    runs.set_info(run, run.info.with_status("stopped"))
    click(panel, run)
    with qtbot.waitSignal(getattr(panel, signal)) as asked:
        qtbot.mouseClick(panel.buttons[name], LEFT)
    assert asked.args == [run]
    assert panel.actions_[name] in panel.view.actions()


def test_the_menu_opens_where_the_user_clicks(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    run = next(iter(runs))
    click(panel, run)
    place = panel.view.visualRect(panel.view.cell(run, "name")).center()
    viewport = panel.view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    assert panel.menu.isVisible()
    *deeds, _gap, sort = panel.menu.actions()
    assert deeds == list(panel.actions_.values())
    assert sort is panel.sort_menu.menuAction()
    panel.menu.close()


def test_the_menu_sorts_for_who_has_no_mouse(panel: RunsPanel, runs: Runs) -> None:
    names = [run.info.name for run in runs]

    def sort_by(title: str) -> list[str]:
        panel.sort_menu.aboutToShow.emit()
        action = next(action for action in panel.sort_menu.actions() if action.text() == title)
        action.trigger()
        panel.sort_menu.aboutToShow.emit()
        assert [action.text() for action in panel.sort_menu.actions() if action.isChecked()] == [title]
        panel.view.selectAll()
        return [run.info.name for run in panel.view.selected_runs()]

    assert sort_by("Name") == sorted(names)
    assert sort_by("Name") == sorted(names, reverse=True)
    assert sort_by("Created")[0] == names[0]


def test_a_folder_from_elsewhere_can_be_opened(panel: RunsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.open_folder_requested):
        qtbot.mouseClick(panel.buttons["open"], LEFT)


def test_buttons_show_words_only_where_all_of_them_fit(panel: RunsPanel) -> None:
    style = Qt.ToolButtonStyle
    assert panel.buttons["show"].toolButtonStyle() == style.ToolButtonTextBesideIcon
    panel.resize(500, 220)
    assert panel.buttons["show"].toolButtonStyle() == style.ToolButtonIconOnly
    last = panel.buttons["open"]
    assert panel.rect().contains(last.mapTo(panel, last.rect().bottomRight()))
    assert all(button.toolTip() for button in panel.buttons.values())


def test_keys_reach_the_buttons(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    click(panel, next(iter(runs)))
    seen = set()
    for _ in range(12):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    reachable = {panel.buttons[name] for name in enabled(panel)}
    assert reachable <= seen
