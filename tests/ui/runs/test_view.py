"""The list of runs on the screen: order, selection, boxes, names, keys and room."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from tests.ui.runs.lists import click, column, names
from tests.ui.runs.samples import new_run
from vae_explorer.state.runs import Runs
from vae_explorer.ui.runs.panel import RunsPanel
from vae_explorer.ui.theme import ThemeSwitch


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


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_shows(panel: RunsPanel, runs: Runs, qtbot: QtBot, key: Qt.Key) -> None:
    run = next(iter(runs))
    click(panel, run)
    with qtbot.waitSignal(panel.show_requested) as shown:
        qtbot.keyClick(panel.view, key)
    assert shown.args == [run]


def test_del_deletes_all_that_are_selected(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, _second, third = runs
    click(panel, first)
    click(panel, third, more=True)
    with qtbot.waitSignal(panel.delete_requested) as deleted:
        qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert deleted.args == [[third, first]]
    assert len(runs) == 3
    runs.set_writer(first, "elsewhere")
    with qtbot.assertNotEmitted(panel.delete_requested):
        qtbot.keyClick(panel.view, Qt.Key.Key_Delete)


# Boxes


def test_the_boxes_overlay_curves(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    first, second, _third = runs
    click(panel, first, "overlaid")
    assert first.overlaid
    assert panel.view.cell(first, "overlaid").data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    click(panel, first, "overlaid")
    assert not first.overlaid
    click(panel, first)
    click(panel, second, more=True)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert [run.overlaid for run in runs] == [True, True, False]
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
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


# Names


@pytest.mark.parametrize("by", ["F2", "button"])
def test_a_name_is_edited_in_place(panel: RunsPanel, runs: Runs, qtbot: QtBot, by: str) -> None:
    run = next(iter(runs))
    click(panel, run, "epochs")
    if by == "F2":
        qtbot.keyClick(panel.view, Qt.Key.Key_F2)
    elif by == "button":
        qtbot.mouseClick(panel.buttons["rename"], LEFT)
    editor = panel.view.findChild(QLineEdit)
    assert editor.text() == "Run 1"
    editor.selectAll()
    with qtbot.assertNotEmitted(panel.delete_requested), qtbot.assertNotEmitted(panel.show_requested):
        qtbot.keyClick(editor, Qt.Key.Key_Delete)
        qtbot.keyClicks(editor, "  wide net ")
        with qtbot.waitSignal(panel.rename_requested) as renamed:
            qtbot.keyClick(editor, Qt.Key.Key_Return)
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
        qtbot.keyClick(editor, Qt.Key.Key_Backspace)
        qtbot.keyClicks(editor, typed)
        qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_a_run_that_trains_elsewhere_keeps_its_name(panel: RunsPanel, runs: Runs, qtbot: QtBot) -> None:
    run = new_run(9, "running", "elsewhere")
    runs.add(run)
    click(panel, run)
    qtbot.keyClick(panel.view, Qt.Key.Key_F2)
    assert panel.view.findChild(QLineEdit) is None


# Room


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


def test_it_fits_with_large_fonts(large_font: None, panel: RunsPanel) -> None:
    panel.resize(1100, 260)
    view = panel.view
    assert view.rowHeight(0) >= view.fontMetrics().height()
    for name in ("best", "epochs"):
        texts = column(panel, name)
        width = view.columnWidth(view.table.column(name))
        assert width > max(view.fontMetrics().horizontalAdvance(text) for text in texts)
