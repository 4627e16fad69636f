"""Paths that a user types, letter by letter, into the dialogs that ask for a file."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT, Answer, Answers, dismiss
from vae_explorer.ui.file_dialogs import ask_for_file, ask_for_folder, ask_where_to_save

KINDS = "Models (*.safetensors)"


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    return parent


@pytest.fixture(params=["above", "beside"])
def folders(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A folder that is listed, with a file, and another one: that above it, or one with folders within folders."""
    listed, other = tmp_path / "listed", tmp_path if request.param == "above" else tmp_path / "one" / "two"
    for folder in (listed, other):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(b"anything")
    return listed, other


def opened(dialog: QDialog, qtbot: QtBot) -> QTreeView:
    """The list of a dialog, once it has the files."""
    view = dialog.findChild(QTreeView, "treeView")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=SHORT)
    qtbot.waitUntil(lambda: view.model().rowCount(view.rootIndex()) > 0, timeout=SHORT)
    return view


def type_letters(dialog: QDialog, path: Path, qtbot: QtBot) -> None:
    for letter in str(path):
        qtbot.keyClicks(dialog.focusWidget(), letter)
    assert dialog.findChild(QLineEdit, "fileNameEdit").text() == str(path)
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)


def type_in_the_list(path: Path, qtbot: QtBot) -> Answer:
    """Click a file of the list, type the path of another one wherever the keyboard is now, and press Enter."""

    def answer(dialog: QDialog) -> None:
        view = opened(dialog, qtbot)
        row = view.model().index(0, 0, view.rootIndex())
        qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(row).center())
        assert view.hasFocus()
        assert view.selectionModel().isSelected(row)
        type_letters(dialog, path, qtbot)

    return answer


def type_in_the_field(path: Path, qtbot: QtBot) -> Answer:
    """Type a path into the field for the name, while each folder of it is selected as if it were in the list."""

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        view = opened(dialog, qtbot)
        dialog.findChild(QLineEdit, "fileNameEdit").setFocus()
        qtbot.waitUntil(dialog.findChild(QLineEdit, "fileNameEdit").hasFocus, timeout=SHORT)
        view.selectionModel().select(
            view.model().index(0, 0, view.rootIndex()), view.selectionModel().SelectionFlag.Select
        )
        type_letters(dialog, path, qtbot)

    return answer


def test_a_path_can_be_typed_while_a_file_of_the_list_is_selected(
    parent: QWidget, answers: Answers, folders: tuple[Path, Path], qtbot: QtBot
) -> None:
    listed, other = folders
    answers.expect(type_in_the_list(other / "model.safetensors", qtbot))
    assert ask_for_file(parent, "Open", listed, KINDS) == other / "model.safetensors"


def test_what_is_typed_counts_for_more_than_what_is_selected(
    parent: QWidget, answers: Answers, folders: tuple[Path, Path], qtbot: QtBot
) -> None:
    listed, other = folders
    answers.expect(type_in_the_field(other / "model.safetensors", qtbot))
    assert ask_for_file(parent, "Open", listed, KINDS) == other / "model.safetensors"


def test_a_name_gets_the_suffix_of_the_one_that_is_proposed(
    parent: QWidget, answers: Answers, folders: tuple[Path, Path], qtbot: QtBot
) -> None:
    listed, other = folders
    answers.expect(type_in_the_field(other / "mine", qtbot))
    assert ask_where_to_save(parent, "Save", listed / "m.safetensors", KINDS) == other / "mine.safetensors"


@pytest.mark.parametrize("place", ["/proc", "missing", "plain", "."])
def test_it_opens_at_home_where_the_last_folder_takes_no_files(
    place: str, parent: QWidget, answers: Answers, tmp_path: Path
) -> None:
    (tmp_path / "plain").write_bytes(b"")
    opened_in = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        opened_in.append(Path(dialog.directory().absolutePath()))
        assert dialog.findChild(QLineEdit, "fileNameEdit").text() == "m.safetensors"
        dismiss(dialog)

    answers.expect(look)
    assert ask_where_to_save(parent, "Save", tmp_path / place / "m.safetensors", KINDS) is None
    assert opened_in == [tmp_path if place == "." else Path.home()]


def test_nothing_is_an_answer_too(parent: QWidget, answers: Answers, folders: tuple[Path, Path]) -> None:
    answers.expect(dismiss, dismiss)
    assert ask_for_file(parent, "Open", folders[0], KINDS) is None
    assert ask_for_folder(parent, "Folder", folders[0]) is None
