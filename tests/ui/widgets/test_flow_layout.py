import gc

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.processes import run_code
from vae_explorer.ui.widgets.flow_layout import FlowLayout

#: A dock with a flow layout in it is deleted by Python when the program ends; Qt then asks for its size once more.
CLOSED_AT_THE_END = """
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QScrollArea, QToolButton, QVBoxLayout, QWidget
from PySide6.QtCore import Qt
from vae_explorer.ui.widgets.flow_layout import FlowLayout

application = QApplication(["test"])
application.setStyleSheet("QWidget { color: gray }")
window, dock, area, panel = QMainWindow(), QDockWidget(), QScrollArea(), QWidget()
row, layout = FlowLayout(), QVBoxLayout(panel)
row.addWidget(QToolButton())
layout.addLayout(row)
area.setWidgetResizable(True)
area.setWidget(panel)
dock.setWidget(area)
window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
window.show()
application.processEvents()
window.close()
print("closed")
"""


@pytest.fixture
def room(qtbot: QtBot) -> QWidget:
    """Two lines of two buttons are as much as it holds; each is 100 pixels wide."""
    room = QWidget()
    qtbot.addWidget(room)
    row = FlowLayout(room, spacing=10)
    for name in "abcd":
        button = QPushButton(name)
        button.setFixedSize(100, 20)
        row.addWidget(button)
    room.resize(250, 100)
    room.show()
    return room


def row_of(room: QWidget) -> FlowLayout:
    layout = room.layout()
    assert isinstance(layout, FlowLayout)
    return layout


def places(room: QWidget) -> list[tuple[int, int]]:
    return [(button.x(), button.y()) for button in room.findChildren(QPushButton)]


def test_a_new_line_begins_where_the_width_is_used_up(room: QWidget) -> None:
    assert places(room) == [(0, 0), (110, 0), (0, 30), (110, 30)]
    assert row_of(room).heightForWidth(250) == 50
    assert row_of(room).heightForWidth(430) == 20
    assert row_of(room).heightForWidth(10) == 110
    room.resize(320, 100)
    QCoreApplication.processEvents()
    assert places(room) == [(0, 0), (110, 0), (220, 0), (0, 30)]


def test_it_asks_for_one_line_and_is_content_with_its_widest_widget(room: QWidget) -> None:
    assert (row_of(room).sizeHint().width(), row_of(room).sizeHint().height()) == (430, 20)
    assert row_of(room).minimumSize().width() == 100


def test_a_widget_may_come_first(room: QWidget) -> None:
    button = QPushButton("first")
    button.setFixedSize(50, 20)
    row_of(room).add_first(button)
    QCoreApplication.processEvents()
    assert (button.x(), button.y()) == (0, 0)
    assert places(room)[:3] == [(60, 0), (0, 30), (110, 30)]


def test_a_filler_stays_last_and_takes_what_is_left_of_its_line(room: QWidget) -> None:
    filler, late = QPushButton(), QPushButton()
    for button in (filler, late):
        button.setMinimumSize(10, 20)
        button.setMaximumHeight(20)
    row_of(room).add_filler(filler)
    late.setFixedSize(100, 20)
    row_of(room).addWidget(late)
    QCoreApplication.processEvents()
    assert (late.x(), late.y()) == (0, 60)
    assert (filler.x(), filler.y(), filler.width()) == (110, 60, 140)


def test_what_is_hidden_takes_no_room(room: QWidget) -> None:
    room.findChildren(QPushButton)[0].hide()
    QCoreApplication.processEvents()
    assert places(room)[1:] == [(0, 0), (110, 0), (0, 30)]


def test_a_deleted_widget_leaves_no_gap(room: QWidget) -> None:
    room.findChildren(QPushButton)[1].deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    assert row_of(room).count() == 3
    assert places(room) == [(0, 0), (110, 0), (0, 30)]


def test_the_widget_of_the_layout_keeps_what_is_put_into_it(qtbot: QtBot) -> None:
    row, room = FlowLayout(), QWidget()
    qtbot.addWidget(room)
    row.addWidget(QPushButton("kept"))
    room.setLayout(row)
    gc.collect()
    assert [button.text() for button in room.findChildren(QPushButton)] == ["kept"]


def test_a_program_ends_well_whatever_qt_still_asks_of_it() -> None:
    assert run_code(CLOSED_AT_THE_END) == "closed"
