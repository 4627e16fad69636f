"""Widgets that paint in turns."""

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.turns import PaintingInTurns


class Painted(QWidget):
    def __init__(self, log: list["Painted"]) -> None:
        super().__init__()
        self._log = log
        self.setFixedSize(20, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._log.append(self)


def test_they_paint_one_after_the_other(qtbot: QtBot) -> None:
    log: list[Painted] = []
    window, widgets = QWidget(), [Painted(log) for _ in range(3)]
    layout = QVBoxLayout(window)
    for widget in widgets:
        layout.addWidget(widget)
    turns = PaintingInTurns(widgets, window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: {*widgets} == {*log})
    log.clear()
    turns.hold()
    for widget in reversed(widgets):
        widget.update()
    enabled = [widget.updatesEnabled() for widget in widgets]
    assert enabled == [False, False, False]
    qtbot.waitUntil(lambda: len(log) == 3)
    assert log == widgets
    turns.hold()
    turns.release()
    assert all(widget.updatesEnabled() for widget in widgets)
    qtbot.waitUntil(lambda: len(log) == 6)
