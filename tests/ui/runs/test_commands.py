"""Renaming and deleting runs, on disk and in the list, and taking it back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT, press_answer, run_of
from tests.ui.runs.folders import named, select
from tests.ui.runs.lists import names
from vae_explorer.core.run_folder import is_run_folder, read_run, runs_folder
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.ui.main_window import MainWindow

# Renaming


def test_a_name_is_changed_in_the_list_on_disk_and_back(found: MainWindow, qtbot: QtBot) -> None:
    one = named(found, "one")
    select(found, one)
    qtbot.keyClick(found.runs_panel.view, Qt.Key.Key_F2)
    editor = found.runs_panel.view.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, " wide  net ")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sorted(names(found.runs_panel)) == ["A run", "wide net"], timeout=SHORT)
    assert read_run(runs_folder() / "one").info.name == "wide net"
    found.undo_stack.undo()
    assert sorted(names(found.runs_panel)) == ["A run", "A run"]
    assert read_run(runs_folder() / "one").info.name == "A run"
    found.undo_stack.redo()
    assert read_run(runs_folder() / "one").info.name == "wide net"


def test_a_name_that_cannot_be_written_is_not_shown(found: MainWindow) -> None:
    one = named(found, "one")
    assert one.folder is not None
    with RunRecorder.reopen(one.folder):
        found.run_control.rename(one, "other")
    assert sorted(names(found.runs_panel)) == ["A run", "A run"]
    assert "is in use" in found.map_panel.messages.text
    assert not found.undo_stack.count()


# Deleting


@pytest.mark.parametrize("how", ["button", "key"])
def test_a_deleted_run_comes_back(found: MainWindow, qtbot: QtBot, how: str) -> None:
    one, folder = named(found, "one"), runs_folder() / "one"
    select(found, one)
    qtbot.keyClick(found.runs_panel.view, Qt.Key.Key_Delete)
    assert list(found.runs) == [named(found, "two")]
    assert not folder.exists()
    assert found.map_panel.messages.text == "Deleted “A run”."
    if how == "button":
        press_answer(found, "Undo")
    else:
        qtbot.keyClick(found, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert named(found, "one") is one
    # What offered to undo it is gone, too.
    assert not found.map_panel.messages.isVisible()
    if how == "key":
        assert found.status.currentMessage() == "Undone: delete “A run”"
    assert read_run(folder).problems == ()
    with qtbot.waitSignal(found.run_control.idle, timeout=SHORT):
        found.run_control.show(one)
    assert found.session.model is not None
    assert found.session.model.run == "one"


def test_what_cannot_be_deleted_stays(found: MainWindow) -> None:
    one, two = named(found, "one"), named(found, "two")
    assert one.folder is not None
    with RunRecorder.reopen(one.folder):
        found.run_control.delete([one])
        assert "is in use" in found.map_panel.messages.text
        assert not found.undo_stack.count()
        found.run_control.delete([one, two])
    text = "Deleted “A run”. The rest could not be deleted; it may be in use."
    assert found.map_panel.messages.text == text
    assert list(found.runs) == [one]
    found.undo_stack.undo()
    assert list(found.runs) == [one, two]
    found.undo_stack.redo()
    assert not len(found.runs)  # now that nobody writes it, the wish is fulfilled


def test_several_runs_are_deleted_and_come_back_after_other_things(found: MainWindow, qtbot: QtBot) -> None:
    select(found, *found.runs)
    qtbot.keyClick(found.runs_panel.view, Qt.Key.Key_Delete)
    assert not len(found.runs)
    assert found.map_panel.messages.text == "Deleted 2 runs."
    found.moves.move(found.selection.z + 1)
    press_answer(found, "Undo")
    assert len(found.runs) == 2
    assert is_run_folder(runs_folder() / "two")
    assert found.selection.z.tolist() == [1, 1]  # what was done since stays


def test_the_end_of_the_application_deletes_for_good(found: MainWindow, qtbot: QtBot) -> None:
    select(found, named(found, "one"))
    qtbot.keyClick(found.runs_panel.view, Qt.Key.Key_Delete)
    assert [path.parent.name for path in runs_folder().rglob("run.json")] != ["two"]
    found.close()
    assert [path.parent.name for path in runs_folder().rglob("run.json")] == ["two"]


def test_a_run_in_training_is_not_deleted(busy: MainWindow, qtbot: QtBot) -> None:
    run = run_of(busy)
    select(busy, run)
    qtbot.keyClick(busy.runs_panel.view, Qt.Key.Key_Delete)
    busy.run_control.delete([run])
    assert list(busy.runs) == [run]
    assert run.folder is not None
    assert is_run_folder(run.folder)
