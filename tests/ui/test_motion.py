import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.ui.motion import may_move

STILL = "* { widget-animation-duration: 0; }"


@pytest.fixture
def widget(qapp: QApplication, qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def test_what_is_seen_may_move(widget: QWidget) -> None:
    assert may_move(widget)


def test_nothing_moves_where_it_is_not_wanted(widget: QWidget) -> None:
    widget.setStyleSheet(STILL)
    assert not may_move(widget)


def test_nothing_moves_where_it_cannot_be_seen(widget: QWidget) -> None:
    inner = QWidget(widget)
    inner.show()
    assert may_move(inner)
    widget.showMinimized()
    assert not may_move(inner)
    widget.showNormal()
    widget.hide()
    assert not may_move(inner)
