"""Bookmarks with mouse and keyboard, and what can be undone of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.samples import first_digits, random_model
from tests.ui.driving import LEFT, SHORT
from tests.ui.panels import shown
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.state.bookmarks import Bookmarks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session, open_model
from vae_explorer.ui.bookmarks.panel import BookmarksPanel
from vae_explorer.ui.bookmarks.table import DetailRole, FitsRole
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.undo import CursorMoves
from vae_explorer.workers.decoding import decode_picture
from vae_explorer.workers.jobs import Jobs


@dataclass
class Desk:
    session: Session
    selection: Selection
    bookmarks: Bookmarks
    stack: QUndoStack
    panel: BookmarksPanel
    qtbot: QtBot

    def open(self, latent: int, seed: int = 0) -> None:
        assert self.session.images is not None
        if len(self.selection.z) != latent:
            self.selection.move_to(np.zeros(latent))
        snapshot = random_model(VAEConfig(hidden=(12,), latent=latent), seed)
        self.session.show(open_model(snapshot, self.session.images, f"m{latent}", "file"))

    def press(self, name: str) -> None:
        self.qtbot.mouseClick(self.panel.buttons[name], LEFT)

    def select(self, row: int) -> None:
        place = self.panel.view.visualRect(self.panel.table.index(row)).center()
        self.qtbot.mouseClick(self.panel.view.viewport(), LEFT, pos=place)

    @property
    def names(self) -> list[str]:
        return [str(self.panel.table.index(row).data()) for row in range(self.panel.table.rowCount())]


@pytest.fixture(scope="module")
def few() -> ImageSet:
    return first_digits(50)


@pytest.fixture
def desk(few: ImageSet, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Desk]:
    session, selection, jobs, stack, bookmarks = Session(), Selection(), Jobs(), QUndoStack(), Bookmarks()
    session.set_images(few)
    moves = CursorMoves(selection, stack)
    panel = BookmarksPanel(session, selection, bookmarks, moves, stack, switch, jobs)
    panel.resize(360, 320)
    with shown(panel, qtbot):
        yield Desk(session, selection, bookmarks, stack, panel, qtbot)
        jobs.stop()
    stack.deleteLater()


def picture(desk: Desk, row: int) -> QImage:
    def there() -> bool:
        return isinstance(desk.panel.table.index(row).data(Qt.ItemDataRole.DecorationRole), QImage)

    desk.qtbot.waitUntil(there, timeout=SHORT)
    found = desk.panel.table.index(row).data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(found, QImage)
    return found


def test_without_a_model_nothing_can_be_done(desk: Desk) -> None:
    assert not any(action.isEnabled() for action in desk.panel.actions_.values())
    assert not desk.panel.view.isVisible()
    desk.panel.add()
    assert not len(desk.bookmarks)


def test_the_place_of_the_cursor_is_added_and_gone_back_to(desk: Desk) -> None:
    desk.open(3)
    desk.selection.move_to(np.array([1.0, -2.0, 0.5]))
    desk.press("add")
    assert desk.names == ["Point 1"]
    assert desk.panel.table.index(0).data(DetailRole) == "z = (1.00, −2.00, 0.50)"
    desk.selection.move_to(np.zeros(3))
    desk.press("go")
    np.testing.assert_array_equal(desk.selection.z, (1, -2, 0.5))
    desk.stack.undo()
    assert not desk.selection.z.any()
    desk.stack.undo()
    assert desk.names == []
    desk.stack.redo()
    assert desk.names == ["Point 1"]


def test_the_thumbnail_is_what_the_decoder_draws_there(desk: Desk) -> None:
    desk.open(2)
    for place in ((0.0, 0.0), (2.0, -1.0)):
        desk.selection.move_to(np.array(place))
        desk.press("add")
    for seed in (0, 1):
        desk.open(2, seed)
        assert desk.session.model is not None
        snapshot = desk.session.model.snapshot
        desk.qtbot.waitUntil(lambda: not desk.panel._decoding.busy, timeout=SHORT)
        for row, entry in enumerate(desk.bookmarks):
            image = picture(desk, row)
            got = np.frombuffer(image.constBits(), np.uint8).reshape(28, 28)
            assert np.abs(got.astype(int) - decode_picture(snapshot, entry.point)).max() <= 1


def test_one_of_another_latent_size_says_so_and_cannot_be_gone_to(desk: Desk) -> None:
    desk.open(2)
    desk.press("add")
    desk.open(5)
    index = desk.panel.table.index(0)
    assert index.data(DetailRole) == "has 2 latent dimensions, the open model 5"
    assert not index.data(FitsRole)
    desk.select(0)
    assert not desk.panel.actions_["go"].isEnabled()
    desk.qtbot.keyClick(desk.panel.view, Qt.Key.Key_Return)
    assert len(desk.selection.z) == 5
    assert desk.panel.actions_["delete"].isEnabled()
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    desk.open(2)
    assert index.data(FitsRole)
    assert desk.panel.actions_["go"].isEnabled()


def test_a_double_click_or_enter_goes_there(desk: Desk) -> None:
    desk.open(2)
    desk.bookmarks.add("a", np.array([1.0, 1.0]))
    desk.bookmarks.add("b", np.array([2.0, 2.0]))
    view = desk.panel.view
    place = view.visualRect(desk.panel.table.index(1)).center()
    desk.select(1)
    desk.qtbot.mouseDClick(view.viewport(), LEFT, pos=place)
    np.testing.assert_array_equal(desk.selection.z, (2, 2))
    desk.qtbot.keyClick(view, Qt.Key.Key_Up)
    desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    np.testing.assert_array_equal(desk.selection.z, (1, 1))


def test_a_name_is_typed_in_place(desk: Desk) -> None:
    desk.open(2)
    desk.press("add")
    desk.panel.view.setFocus()
    desk.qtbot.keyClick(desk.panel.view, Qt.Key.Key_F2)
    field = desk.panel.view.findChild(QLineEdit)
    assert field is not None
    assert field.text() == "Point 1"
    field.selectAll()
    QTest.keyClicks(field, "between 4 and 9")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: desk.names == ["between 4 and 9"], timeout=SHORT)
    assert desk.stack.undoText() == "rename bookmark “Point 1”"
    assert desk.panel.row == 0
    desk.stack.undo()
    assert desk.names == ["Point 1"]


def test_an_empty_name_or_escape_changes_nothing(desk: Desk) -> None:
    desk.open(2)
    desk.press("add")
    for text, key in (("  ", Qt.Key.Key_Return), ("other", Qt.Key.Key_Escape)):
        desk.press("rename")
        field = desk.panel.view.findChild(QLineEdit)
        assert field is not None
        field.setText(text)
        QTest.keyClick(field, key)
        desk.qtbot.waitUntil(lambda: desk.panel.view.findChild(QLineEdit) is None, timeout=SHORT)
    assert desk.names == ["Point 1"]
    assert desk.stack.count() == 1


def test_deleting_and_moving_with_the_keyboard(desk: Desk) -> None:
    desk.open(2)
    for _ in range(3):
        desk.press("add")
    view = desk.panel.view
    desk.select(2)
    view.setFocus()
    desk.qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert desk.names == ["Point 1", "Point 3", "Point 2"]
    assert desk.panel.row == 1
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert desk.names == ["Point 1", "Point 2"]
    assert desk.panel.row == 1
    desk.press("add")
    assert desk.names == ["Point 1", "Point 2", "Point 3"]
    desk.select(0)
    desk.qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert desk.names == ["Point 2", "Point 1", "Point 3"]
    desk.stack.setIndex(3)
    assert desk.names == ["Point 1", "Point 2", "Point 3"]
    desk.stack.setIndex(0)
    assert desk.names == []
    assert not desk.panel.actions_["delete"].isEnabled()


def test_while_hidden_nothing_is_decoded_and_adding_is_told(desk: Desk) -> None:
    desk.open(2)
    desk.panel.hide()
    with desk.qtbot.waitSignal(desk.panel.message) as said:
        desk.panel.add()
    assert said.args == ["“Point 1” is in the list of bookmarks."]
    assert not desk.panel._decoding.busy
    desk.panel.show()
    picture(desk, 0)


def test_newer_weights_with_the_same_places_draw_nothing(desk: Desk) -> None:
    desk.open(2)
    desk.press("add")
    before = picture(desk, 0)
    assert desk.session.model is not None
    newer = random_model(desk.session.model.snapshot.config, 7)
    desk.session.show(replace(desk.session.model, snapshot=newer))
    assert not desk.panel._decoding.busy
    assert picture(desk, 0) == before


def test_many_coordinates_are_cut(desk: Desk) -> None:
    desk.open(512)
    desk.press("add")
    detail = desk.panel.table.index(0).data(DetailRole)
    assert str(detail).endswith("0.00, …)")
    assert len(str(detail)) < 80


def test_each_bookmark_is_painted(desk: Desk, switch: ThemeSwitch) -> None:
    desk.open(2)
    desk.press("add")
    picture(desk, 0)
    view = desk.panel.view
    place = view.visualRect(desk.panel.table.index(0))
    for theme in ("light", "dark"):
        switch.set_theme(theme)  # type: ignore[arg-type]
        image = view.viewport().grab(place).toImage()
        corner = QPoint(4, place.height() // 2)
        colors = {image.pixelColor(corner + QPoint(x, y)).name() for x in range(0, 40, 3) for y in (-9, 0, 9)}
        assert len(colors) > 5
