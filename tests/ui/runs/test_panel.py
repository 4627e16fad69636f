from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT
from tests.ui.runs.samples import epoch_stats, new_run
from vae_explorer.core.statistics import Change, StepStats
from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.theme import ThemeSwitch

Key = Qt.Key


@pytest.fixture
def runs() -> Runs:
    runs = Runs()
    for number in (1, 2, 3):
        runs.add(new_run(number))
    return runs


@pytest.fixture
def switch(qapp: QApplication) -> Iterator[ThemeSwitch]:
    switch = ThemeSwitch(qapp, "light")
    yield switch
    switch.deleteLater()


@pytest.fixture
def panel(runs: Runs, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[RunsPanel]:
    panel = RunsPanel(runs, switch)
    panel.resize(1100, 220)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=SHORT)
    panel.view.setFocus()
    yield panel
    panel.close()
    panel.deleteLater()
    panel.__dict__.clear()  # see tests/ui/conftest.py


def names(panel: RunsPanel) -> list[str]:
    """What stands in the column of names, from top to bottom."""
    return column(panel, "name")


def column(panel: RunsPanel, name: str) -> list[str]:
    model, number = panel.view.model(), panel.view.table.column(name)
    return [model.index(row, number).data() for row in range(model.rowCount())]


def click(
    panel: RunsPanel, run: Run, name: str = "name", *, more: bool = False, double: bool = False
) -> None:
    place = panel.view.visualRect(panel.view.cell(run, name)).center()
    modifier = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    QtBot.mouseClick(panel.view.viewport(), LEFT, modifier, place)
    if double:
        QtBot.mouseDClick(panel.view.viewport(), LEFT, modifier, place)


def enabled(panel: RunsPanel) -> set[str]:
    return {name for name, action in panel.actions_.items() if action.isEnabled()}


# What is shown


def test_the_newest_run_is_on_top_and_the_header_sorts(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    assert names(panel) == ["Run 3", "Run 2", "Run 1"]
    runs.add(new_run(4, epochs=0, status="running", writer="here"))
    assert names(panel) == ["Run 4", "Run 3", "Run 2", "Run 1"]
    header = panel.view.horizontalHeader()
    best = panel.view.table.column("best")
    place = QPoint(header.sectionViewportPosition(best) + 9, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)
    ascending = names(panel)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)
    assert {tuple(ascending), tuple(names(panel))} == {
        ("Run 4", "Run 1", "Run 2", "Run 3"),
        ("Run 3", "Run 2", "Run 1", "Run 4"),
    }


def test_a_row_says_it_all(panel: RunsPanel, runs: Runs) -> None:
    run = new_run(9, "stopped", hidden=(512, 256), epochs=4, beta=4, annealing="linear", learning_rate=3e-4)
    runs.add(run)
    texts = {
        name: column(panel, name)[0] for name in ("model", "settings", "best", "epochs", "time", "status")
    }
    assert texts == {
        "model": "784-512-256-2",
        "settings": "β 4, linear 5, lr 3e-4",
        "best": "−148.50 nats",
        "epochs": "4 / 10",
        "time": "8 s",
        "status": "stopped",
    }
    tip = panel.view.cell(run, "best").data(Qt.ItemDataRole.ToolTipRole)
    assert tip == ("Epoch 4 of 4: test ELBO −148.50 = −(reconstruction 143.50 + KL 5.00) nats an image")


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (new_run(1, "running", "here"), "training here"),
        (new_run(1, "running", "elsewhere"), "training elsewhere"),
        (new_run(1, "running"), "interrupted"),
        (new_run(1, "paused", "here"), "paused"),
        (new_run(1, "paused", "elsewhere"), "paused elsewhere"),
        (new_run(1, "failed", problem="No space left."), "failed: No space left."),
        (new_run(1, "finished", problems=("half a line",)), "finished, damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_status_is_said_in_words(switch: ThemeSwitch, qtbot: QtBot, run: Run, text: str) -> None:
    runs = Runs()
    runs.add(run)
    panel = RunsPanel(runs, switch)
    qtbot.addWidget(panel)
    assert column(panel, "status") == [text]
    tip = panel.view.cell(run, "status").data(Qt.ItemDataRole.ToolTipRole)
    assert all(problem in tip for problem in run.problems)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "defaults"),
        ({"epochs": 99, "device": "cpu"}, "defaults"),
        ({"annealing": "cyclical", "annealing_cycles": 2, "free_bits": 0.25}, "cyclical 2, free bits 0.25"),
        ({"schedule": "cosine", "batch_size": 64, "max_norm": 5.0}, "cosine, batch 64, clip 5"),
        ({"patience": 5, "validation": 0.1, "seed": 7}, "patience 5, validation 10 %, seed 7"),
    ],
)
def test_settings_are_said_where_they_differ(
    panel: RunsPanel, runs: Runs, settings: dict[str, Any], text: str
) -> None:
    runs.add(new_run(9, **settings))
    assert column(panel, "settings")[0] == text


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


# What changes while one looks


def test_growing_updates_only_the_cells_concerned(panel: RunsPanel, runs: Runs) -> None:
    run = new_run(8, "running", "here", epochs=1)
    runs.add(run)
    panel.view.select(run)
    changed: list[str] = []
    columns = panel.view.table.columns
    panel.view.table.dataChanged.connect(
        lambda first, last, _roles: changed.extend(
            columns[k].name for k in range(first.column(), last.column() + 1)
        )
    )
    run.metrics.add_steps([StepStats(1, 0.1, 200, 195, 5, 1, 1e-3)])
    runs.grown.emit(run)
    assert changed == []
    run.metrics.epochs.append(epoch_stats(2, 140.0))
    runs.grown.emit(run)
    assert changed == ["best", "epochs", "time"]
    assert column(panel, "best")[0] == "−145.00 nats"
    run.metrics.changes.append(Change(10, 1.5, "beta", 1.0, 4.0))
    runs.grown.emit(run)
    assert changed[3:] == ["settings"]
    assert column(panel, "settings")[0] == "β 1 → 4"
    assert panel.view.selected_runs() == [run]


def test_the_selection_outlives_what_happens_to_others(panel: RunsPanel, runs: Runs) -> None:
    first, second, third = runs
    click(panel, first)
    click(panel, third, more=True)
    assert panel.view.selected_runs() == [third, first]
    runs.set_info(first, replace(first.info, name="A new name"))
    runs.add(new_run(7))
    runs.remove(second)
    assert panel.view.selected_runs() == [third, first]
    assert names(panel) == ["Run 7", "Run 3", "A new name"]


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


# What the user does


def test_the_boxes_overlay_curves(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, second, _third = runs
    click(panel, first, "overlaid")
    assert first.overlaid
    assert panel.view.cell(first, "overlaid").data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    click(panel, first, "overlaid")
    assert not first.overlaid
    click(panel, first)
    click(panel, second, more=True)
    qtbot.keyClick(panel.view, Key.Key_Space)
    assert [run.overlaid for run in runs] == [True, True, False]
    qtbot.keyClick(panel.view, Key.Key_Space)
    assert [run.overlaid for run in runs] == [False, False, False]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_box_can_be_seen_in_both_themes(
    panel: RunsPanel, runs: Runs, switch: ThemeSwitch, theme: str
) -> None:
    switch.set_theme("dark" if theme == "dark" else "light")
    run = next(iter(runs))

    def colors_of_box() -> set[str]:
        rect = panel.view.visualRect(panel.view.cell(run, "overlaid"))
        image = panel.view.viewport().grab(rect).toImage()
        return {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}

    assert len(colors_of_box()) > 1
    runs.set_overlaid(run, True)
    assert switch.colors.accent in colors_of_box()


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_enter_shows(panel: RunsPanel, runs: Runs, qtbot: QtBot, key: Qt.Key) -> None:
    run = next(iter(runs))
    click(panel, run)
    with qtbot.waitSignal(panel.show_requested) as shown:
        qtbot.keyClick(panel.view, key)
    assert shown.args == [run]


@pytest.mark.parametrize("by", ["F2", "double click", "button"])
def test_a_name_is_edited_in_place(panel: RunsPanel, runs: Runs, qtbot: QtBot, by: str) -> None:
    run = next(iter(runs))
    click(panel, run, "name" if by == "double click" else "epochs", double=by == "double click")
    if by == "F2":
        qtbot.keyClick(panel.view, Key.Key_F2)
    elif by == "button":
        qtbot.mouseClick(panel.buttons["rename"], LEFT)
    editor = panel.view.findChild(QLineEdit)
    assert editor.text() == "Run 1"
    editor.selectAll()
    with qtbot.assertNotEmitted(panel.delete_requested), qtbot.assertNotEmitted(panel.show_requested):
        qtbot.keyClick(editor, Key.Key_Delete)
        qtbot.keyClicks(editor, "  wide net ")
        with qtbot.waitSignal(panel.rename_requested) as renamed:
            qtbot.keyClick(editor, Key.Key_Return)
    assert renamed.args == [run, "wide net"]
    assert names(panel)[-1] == "Run 1"  # whoever receives the wish renames it


@pytest.mark.parametrize("typed", ["", "   ", "Run 1"])
def test_a_name_that_is_none_or_the_same_asks_for_nothing(
    panel: RunsPanel, runs: Runs, qtbot: QtBot, typed: str
) -> None:
    run = next(iter(runs))
    panel.view.edit_name(run)
    editor = panel.view.findChild(QLineEdit)
    editor.selectAll()
    with qtbot.assertNotEmitted(panel.rename_requested):
        qtbot.keyClick(editor, Key.Key_Backspace)
        qtbot.keyClicks(editor, typed)
        qtbot.keyClick(editor, Key.Key_Return)


def test_a_run_that_trains_elsewhere_keeps_its_name(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    run = new_run(9, "running", "elsewhere")
    runs.add(run)
    click(panel, run, double=True)
    assert panel.view.findChild(QLineEdit) is None


def test_del_deletes_all_that_are_selected(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, _second, third = runs
    click(panel, first)
    click(panel, third, more=True)
    with qtbot.waitSignal(panel.delete_requested) as deleted:
        qtbot.keyClick(panel.view, Key.Key_Delete)
    assert deleted.args == [[third, first]]
    assert len(runs) == 3
    runs.set_writer(first, "elsewhere")
    with qtbot.assertNotEmitted(panel.delete_requested):
        qtbot.keyClick(panel.view, Key.Key_Delete)


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
    assert panel.menu.actions() == list(panel.actions_.values())
    panel.menu.close()


def test_a_folder_from_elsewhere_can_be_opened(panel: RunsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.open_folder_requested):
        qtbot.mouseClick(panel.buttons["open"], LEFT)


# How it fits


@pytest.mark.parametrize(("width", "gone"), [(1100, set()), (500, {"created", "time"}), (330, None)])
def test_columns_make_way_where_there_is_no_room(panel: RunsPanel, width: int, gone: set[str] | None) -> None:
    panel.resize(width, 220)
    view = panel.view
    hidden = {c.name for k, c in enumerate(view.table.columns) if view.isColumnHidden(k)}
    assert not {"name", "best", "status", "overlaid"} & hidden
    if gone is not None:
        assert hidden <= {"created", "time", "model", "settings", "epochs"}
        assert gone <= hidden
    if width >= 500:
        assert view.horizontalHeader().length() <= view.viewport().width()
    assert panel.width() == width


def test_buttons_show_words_only_where_all_of_them_fit(panel: RunsPanel) -> None:
    style = Qt.ToolButtonStyle
    assert panel.buttons["show"].toolButtonStyle() == style.ToolButtonTextBesideIcon
    panel.resize(500, 220)
    assert panel.buttons["show"].toolButtonStyle() == style.ToolButtonIconOnly
    last = panel.buttons["open"]
    assert panel.rect().contains(last.mapTo(panel, last.rect().bottomRight()))
    assert all(button.toolTip() for button in panel.buttons.values())


def test_it_fits_with_large_fonts(qapp: QApplication, runs: Runs, switch: ThemeSwitch, qtbot: QtBot) -> None:
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(1.5 * usual.pointSizeF())
    qapp.setFont(large)
    try:
        panel = RunsPanel(runs, switch)
        qtbot.addWidget(panel)
        panel.resize(1100, 260)
        panel.show()
        view = panel.view
        assert view.rowHeight(0) >= view.fontMetrics().height()
        for name in ("best", "epochs"):
            texts = column(panel, name)
            width = view.columnWidth(view.table.column(name))
            assert width > max(view.fontMetrics().horizontalAdvance(text) for text in texts)
    finally:
        qapp.setFont(usual)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def test_keys_reach_the_buttons(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    click(panel, next(iter(runs)))
    seen = set()
    for _ in range(12):
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    reachable = {panel.buttons[name] for name in enabled(panel)}
    assert reachable <= seen
