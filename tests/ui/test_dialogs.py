from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QMessageBox, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, Answers, press
from vae_explorer import __version__
from vae_explorer.ui.dialogs import ask_before_closing, first_steps
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def large_font(qapp: QApplication) -> Iterator[None]:
    """150 %."""
    before, large = qapp.font(), qapp.font()
    large.setPointSizeF(before.pointSizeF() * 1.5)
    qapp.setFont(large)
    yield
    qapp.setFont(before)


def test_help_opens_beside_the_work(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    steps = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
    assert not steps.isModal()
    text = steps.findChild(QTextBrowser).toPlainText()
    for word in ("Click", "Drag", "Train", "ELBO", "nats", "Help → Words"):
        assert word in text
    assert "reconstruction is summed over the pixels, the KL over the latent dimensions" in text
    qtbot.mouseClick(steps.findChild(QDialogButtonBox).buttons()[0], LEFT)
    assert not window.findChildren(QDialog) or not steps.isVisible()


def test_with_large_fonts_on_a_small_screen_the_first_steps_scroll(
    qapp: QApplication, qtbot: QtBot, large_font: None
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    steps = first_steps(parent)
    steps.show()
    assert steps.height() < qapp.primaryScreen().availableGeometry().height()
    text = steps.findChild(QTextBrowser)
    hidden = text.document().size().height() - text.viewport().height()
    assert text.verticalScrollBar().maximum() >= hidden > 0
    steps.close()


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
