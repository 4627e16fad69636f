"""The user's hands: mouse, keyboard and the answers to modal dialogs, as events of Qt."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QDeadlineTimer,
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QRectF,
    Qt,
    QTimer,
    QUrl,
)
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.waiting import LONG, SHORT
from vae_explorer.state.runs import Run
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.map.latent_map import LatentMap

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton

Answer = Callable[[QDialog], None]


class Answers:
    """Looks out for modal dialogs and gives each the next answer."""

    def __init__(self) -> None:
        self._open: list[Answer] = []
        self._problems: list[Exception] = []
        self._answering: QDialog | None = None
        self._timer = QTimer()
        self._timer.setInterval(10)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def expect(self, *answers: Answer) -> None:
        """Give the coming dialogs these answers."""
        self._open.extend(answers)
        self._timer.start()

    def check(self) -> None:
        """Fails where a dialog was expected and none came, or where an answer could not be given."""
        self._timer.stop()
        if self._problems:
            raise self._problems[0]
        assert not self._open, f"{len(self._open)} dialogs never came"

    def _look(self) -> None:
        # Started anew, and not left running: an answer may open the next dialog before it returns.
        self._timer.start()
        dialog = QApplication.activeModalWidget()
        # An answer may wait for something, and the same dialog is seen again meanwhile.
        if not isinstance(dialog, QDialog) or dialog is self._answering:
            return
        before, self._answering = self._answering, dialog
        answer = self._open.pop(0) if self._open else _unexpected
        try:
            answer(dialog)
        except Exception as problem:  # noqa: BLE001 - left open, the dialog would block the test for ever
            self._problems.append(problem)
            dialog.reject()
        finally:
            self._answering = before


def _unexpected(dialog: QDialog) -> None:
    text = dialog.text() if isinstance(dialog, QMessageBox) else ""
    raise AssertionError(f"unexpected dialog {dialog.windowTitle()} {text}")


def press(text: str) -> Answer:
    """Press the button of a message box whose name begins so."""

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        named = [button for button in dialog.buttons() if button.text().replace("&", "").startswith(text)]
        QTest.mouseClick(named[0], LEFT)

    return answer


def discard(dialog: QDialog) -> None:
    """Give up what is unsaved."""
    assert isinstance(dialog, QMessageBox)
    button = next(
        b for b in dialog.buttons() if dialog.buttonRole(b) == QMessageBox.ButtonRole.DestructiveRole
    )
    QTest.mouseClick(button, LEFT)


def type_path(path: Path | str) -> Answer:
    """Type a file name into a file dialog, and accept it."""

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        # Without the focus, what is selected in the list would count, and not what is typed.
        dialog.activateWindow()
        edit.setFocus()
        _wait_for(edit.hasFocus)
        edit.selectAll()
        edit.insert(str(path))
        saving = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        standard = QDialogButtonBox.StandardButton
        button = dialog.findChild(QDialogButtonBox).button(standard.Save if saving else standard.Open)
        _wait_for(button.isEnabled)
        QTest.mouseClick(button, LEFT)

    return answer


def _wait_for(happened: Callable[[], bool]) -> None:
    patience = QDeadlineTimer(SHORT)
    while not happened():
        assert not patience.hasExpired()
        QCoreApplication.processEvents()


def dismiss(dialog: QDialog) -> None:
    """Press Escape."""
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


# The mouse


def send_mouse(
    widget: QWidget,
    kind: QEvent.Type,
    place: QPointF,
    button: Qt.MouseButton = LEFT,
    buttons: Qt.MouseButton = LEFT,
) -> None:
    """One mouse event, with the button that the system would report as held."""
    # The system sends it to the viewport; sent to the area around it, it would do nothing, and the test prove nothing.
    assert not isinstance(widget, QAbstractScrollArea), widget
    QCoreApplication.sendEvent(
        widget,
        QMouseEvent(
            kind,
            place,
            QPointF(widget.mapToGlobal(place.toPoint())),
            button,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        ),
    )


def drag(widget: QWidget, places: Sequence[QPointF], button: Qt.MouseButton = LEFT) -> None:
    """Press at the first place, move through the others, and let go at the last."""
    send_mouse(widget, QEvent.Type.MouseButtonPress, places[0], button, button)
    for place in places[1:]:
        send_mouse(widget, QEvent.Type.MouseMove, place, NONE, button)
    send_mouse(widget, QEvent.Type.MouseButtonRelease, places[-1], button, NONE)


def click(widget: QWidget, place: QPointF) -> None:
    drag(widget, [place])


def hover(widget: QWidget, place: QPointF) -> None:
    send_mouse(widget, QEvent.Type.MouseMove, place, NONE, NONE)


def pixel(map_: LatentMap, x: float, y: float) -> QPointF:
    """The whole pixel of the map at a place."""
    return QPointF(map_.pixel_at(np.array([x, y])).toPoint())


def middle(map_: LatentMap) -> QPointF:
    """The whole pixel in the middle of what the map shows."""
    center = map_.getViewBox().viewRect().center()
    return pixel(map_, center.x(), center.y())


def looks_as(map_: LatentMap, view: QRectF) -> bool:
    """Whether the map shows what it showed; a message above it may have taken a few of its pixels."""
    now = map_.getViewBox().viewRect()
    shift = now.center() - view.center()
    return abs(now.width() / view.width() - 1) < 0.1 and max(map(abs, shift.toTuple())) < 0.1 * view.width()


def one_pixel(map_: LatentMap) -> float:
    """What one pixel of the map is worth."""
    return float(map_.getViewBox().viewPixelSize()[0])


def slide(slider: QSlider, share: float) -> None:
    """Drag the handle of a horizontal slider by a share of its width, in several moves."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    start = QPointF(slider.style().subControlRect(control, option, part, slider).center())
    way = QPointF(share * slider.width(), 0)
    drag(slider, [start + way * step / 5 for step in range(6)])


def choose(box: QComboBox, row: int, qtbot: QtBot) -> None:
    """Open a list with the mouse, and choose a row of it."""
    click(box, QPointF(box.rect().center()))
    view = box.view()
    qtbot.waitUntil(view.isVisible, timeout=SHORT)
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _ in range(row):
        QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view.isVisible(), timeout=SHORT)


# The keyboard


def hold(widget: QWidget, key: Qt.Key, repeats: int) -> None:
    """Hold a key down for so many automatic repeats."""
    modifiers = Qt.KeyboardModifier.KeypadModifier

    def send(kind: QEvent.Type, repeated: bool) -> None:
        QCoreApplication.sendEvent(widget, QKeyEvent(kind, key, modifiers, "", repeated))

    send(QEvent.Type.KeyPress, False)
    for _ in range(repeats):
        send(QEvent.Type.KeyRelease, True)
        send(QEvent.Type.KeyPress, True)
    send(QEvent.Type.KeyRelease, False)


def retype(field: QWidget, text: str) -> None:
    """Replace what stands in a field, and press Enter."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


# Docks and files


def raise_dock(window: MainWindow, name: str) -> None:
    """Bring a dock to the front of its tabs."""
    window.findChild(QDockWidget, name).raise_()
    QCoreApplication.processEvents()


def drop(widget: QWidget, *paths: Path) -> None:
    """Drag files over `widget` and let them go there."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    middle = widget.rect().center()
    rest = Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    QCoreApplication.sendEvent(widget, QDragEnterEvent(middle, *rest))
    QCoreApplication.sendEvent(widget, QDragMoveEvent(middle, *rest))
    QCoreApplication.sendEvent(widget, QDropEvent(QPointF(middle), *rest))


def full_disk(path: Path) -> Path:
    """A file for which there is no room, ever."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has a file that is always full")
    path.symlink_to(full)
    return path


# Pictures


def color_at(widget: QWidget, place: QPoint) -> str:
    """The colour on the screen at a pixel of `widget`, as ``#rrggbb``."""
    return QColor(widget.grab().toImage().pixelColor(place)).name()


def most_frequent_color(widget: QWidget) -> str:
    """What most of a widget is painted in: its background."""
    image = widget.grab().toImage()
    counts = Counter(
        image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)
    )
    return QColor(counts.most_common(1)[0][0]).name()


@contextlib.contextmanager
def model_unchanged(window: MainWindow) -> Iterator[None]:
    """What is open before is open after, and drawn as before."""
    model, z, picture = window.session.model, window.selection.z, window.decoder_panel.picture
    yield
    assert window.session.model is model
    assert window.selection.z is z
    assert window.decoder_panel.picture is picture


# Training


def fill_in(
    window: MainWindow,
    *,
    hidden: str = "16",
    latent: int = 2,
    epochs: int = 3,
    batch_size: int = 128,
    device: str = "cpu",
) -> None:
    """Ask for a small training; fields that are not named stay as they are."""
    panel = window.training_panel
    values: dict[str, Any] = {
        "hidden": hidden,
        "latent": latent,
        "epochs": epochs,
        "batch_size": batch_size,
        "device": device,
    }
    panel.show_form(replace(panel.form(), **values))


def train(window: MainWindow, qtbot: QtBot) -> Run:
    """A whole training, started with the button."""
    with qtbot.waitSignal(window.trainer.ended, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    return run_of(window)


def start_training(window: MainWindow, qtbot: QtBot) -> Run:
    """Press Train, and wait for the first epoch."""
    with qtbot.waitSignal(window.trainer.epoch_done, timeout=LONG):
        qtbot.mouseClick(window.training_panel.train_button, LEFT)
    return run_of(window)


def stop_training(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.trainer.ended, timeout=SHORT):
        qtbot.mouseClick(window.training_panel.stop_button, LEFT)


def next_epoch(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.trainer.epoch_done, timeout=SHORT):
        pass


def run_of(window: MainWindow) -> Run:
    """The run that is trained, or was trained last."""
    assert window.training.run is not None
    return window.training.run


def press_answer(window: MainWindow, text: str) -> None:
    """Press the button of the message on the map that says `text`."""

    def there() -> list[QPushButton]:
        buttons = window.map_panel.messages.findChildren(QPushButton)
        return [button for button in buttons if button.isVisible() and button.text() == text]

    # A new button gets its place in the next round of events.
    _wait_for(lambda: len(there()) == 1)
    QTest.mouseClick(there()[0], LEFT)


def fill_every_panel(window: MainWindow, qtbot: QtBot) -> None:
    """Train a model of five dimensions, pick, draw and bookmark: every panel has something to show and to do."""
    window.resize(1440, 900)
    window.map_panel.hints.hide()
    fill_in(window, latent=5, epochs=2)
    run = train(window, qtbot)
    window.runs_panel.view.select(run)
    window.actions_["layer_density"].trigger()
    window.exploration.bookmarks.add()
    window.looks.picks.pick(range(100), focus=7)
    window.looks.drawing.set_pixels(np.eye(28, dtype=np.uint8) * 255)
