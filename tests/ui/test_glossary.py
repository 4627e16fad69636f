from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from vae_explorer.ui import glossary


def test_the_words_build_up() -> None:
    words = [word for word, _ in glossary.entries()]
    assert len(words) == len(set(words))
    order = (
        "Encoder",
        "Latent space",
        "Prior",
        "Posterior q",
        "μ and σ",
        "Nat",
        "KL",
        "ELBO",
        "β",
        "Active",
        "PC",
    )
    places = [next(i for i, word in enumerate(words) if word.startswith(start)) for start in order]
    assert places == sorted(places)


def test_each_entry_is_one_or_two_plain_sentences() -> None:
    for word, text in glossary.entries():
        sentences = [part for part in text.replace("1.44", "").replace("0.01", "").split(". ") if part]
        assert len(sentences) <= 2, word
        assert text.endswith("."), word
        assert "{" not in text, word


def test_it_stays_open_beside_the_work_and_escape_closes_it(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    dialog = glossary.show(parent)
    assert not dialog.isModal()
    assert dialog.isVisible()
    assert glossary.show(parent) is dialog
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog.findChild(QTextBrowser), Qt.Key.Key_Escape)
    again = glossary.show(parent)
    with qtbot.waitSignal(again.destroyed):
        qtbot.mouseClick(again.findChild(QDialogButtonBox).buttons()[0], LEFT)


def test_the_text_scrolls_and_can_be_copied(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = glossary.show(parent)
    text = dialog.findChild(QTextBrowser)
    assert "Var μ ≥ 0.01" in text.toPlainText().replace("\u00a0", " ")
    text.moveCursor(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    assert "Decoder" in text.textCursor().selectedText()
    assert text.isReadOnly()
    text.verticalScrollBar().setValue(0)
    qtbot.keyClick(text, Qt.Key.Key_PageDown)
    assert text.verticalScrollBar().value() > 0
    dialog.close()


def test_large_fonts_make_it_wider_and_no_line_is_cut_off(qtbot: QtBot, qapp: QApplication) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    before, large = qapp.font(), qapp.font()
    first = glossary.show(parent)
    usual = first.findChild(QTextBrowser).sizeHint().width()
    with qtbot.waitSignal(first.destroyed):
        first.close()
    large.setPointSizeF(before.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        dialog = glossary.show(parent)
        text = dialog.findChild(QTextBrowser)
        assert text.sizeHint().width() > 1.3 * usual
        assert text.document().idealWidth() <= text.viewport().width()
        dialog.close()
    finally:
        qapp.setFont(before)
