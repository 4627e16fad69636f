from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, Answers, press
from vae_explorer import __version__
from vae_explorer.ui.dialogs import ask_before_closing
from vae_explorer.ui.main_window import MainWindow


def test_help_opens_beside_the_work(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    steps = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
    assert not steps.isModal()
    text = " ".join(label.text() for label in steps.findChildren(QLabel))
    for word in ("Click", "Drag", "Train", "ELBO", "nats"):
        assert word in text
    qtbot.mouseClick(steps.findChild(QDialogButtonBox).buttons()[0], LEFT)
    assert not window.findChildren(QDialog) or not steps.isVisible()


def test_about_names_version_and_whose_digits_these_are(window: MainWindow, answers: Answers) -> None:
    seen: list[str] = []

    def read(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        seen.append(dialog.text())
        dialog.accept()

    answers.expect(read)
    window.actions_["about"].trigger()
    assert __version__ in seen[0]
    assert "LeCun" in seen[0]
    assert "CC BY-SA" in seen[0]


def test_the_question_before_closing_names_what_would_be_lost(window: MainWindow, answers: Answers) -> None:
    seen: list[str] = []

    def note(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        seen.append(dialog.text())
        seen.append(" ".join(button.text() for button in dialog.buttons()))
        dialog.reject()

    answers.expect(note, note)
    assert ask_before_closing(window, training=True, unsaved=(), to_save=None) == "cancel"
    assert ask_before_closing(window, training=False, unsaved=("one", "two"), to_save="two") == "cancel"
    assert "training is under way" in seen[0]
    assert "Save" not in seen[1]
    assert "not saved:\n• one\n• two" in seen[2]
    assert "Save “two”…" in seen[3]


def test_each_answer_to_the_question(window: MainWindow, answers: Answers) -> None:
    answers.expect(
        press("Save"), press("Close without saving"), press("Cancel"), press("Stop training and close")
    )
    given = [ask_before_closing(window, training=False, unsaved=("one",), to_save="one") for _ in range(3)]
    given.append(ask_before_closing(window, training=True, unsaved=(), to_save=None))
    assert given == ["save", "discard", "cancel", "discard"]
    QApplication.processEvents()
