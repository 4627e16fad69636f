from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QRectF, QTimer
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene, QGraphicsView
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT
from vae_explorer.ui.layers.soon import Soon


@pytest.fixture
def parent(qapp: QObject) -> Iterator[QObject]:
    parent = QObject()
    yield parent
    parent.deleteLater()


def test_it_is_said_once_and_before_what_timers_do(parent: QObject, qtbot: QtBot) -> None:
    soon, said = Soon(parent), []
    soon.timeout.connect(lambda: said.append("soon"))
    timer = QTimer(parent, singleShot=True, interval=0)
    timer.timeout.connect(lambda: said.append("timer"))
    timer.start()
    soon.start()
    soon.start()
    assert soon.isActive()
    assert not said
    qtbot.waitUntil(lambda: len(said) == 2, timeout=SHORT)
    assert said == ["soon", "timer"]
    assert not soon.isActive()


def test_it_can_be_called_off_and_asked_for_again(parent: QObject, qtbot: QtBot) -> None:
    soon, said = Soon(parent), []
    soon.timeout.connect(lambda: said.append("soon"))
    soon.start()
    soon.stop()
    assert not soon.isActive()
    timer = QTimer(parent, singleShot=True, interval=0)
    timer.timeout.connect(lambda: said.append("timer"))
    timer.start()
    qtbot.waitUntil(lambda: said == ["timer"], timeout=SHORT)
    soon.start()
    soon.stop()
    soon.start()
    timer.start()
    qtbot.waitUntil(lambda: len(said) == 3, timeout=SHORT)
    assert said == ["timer", "soon", "timer"]


def test_it_comes_before_a_scene_paints_what_changed_earlier(parent: QObject, qtbot: QtBot) -> None:
    said: list[str] = []

    class Item(QGraphicsRectItem):
        def paint(self, *_args: object) -> None:
            said.append("painted")

    scene = QGraphicsScene(QRectF(0, 0, 50, 50), parent)
    item = Item(QRectF(0, 0, 10, 10))
    scene.addItem(item)
    view = QGraphicsView(scene)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    qtbot.waitUntil(lambda: "painted" in said, timeout=SHORT)
    soon = Soon(parent)
    soon.timeout.connect(lambda: said.append("soon"))
    said.clear()
    item.setRect(QRectF(5, 5, 20, 20))
    soon.start()
    qtbot.waitUntil(lambda: "painted" in said and "soon" in said, timeout=SHORT)
    assert said[0] == "soon"
