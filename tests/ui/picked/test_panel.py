import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QUndoStack
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT, Answers, full_disk, press, send_mouse, type_path
from tests.ui.panels import shown
from vae_explorer.core.data import ImageSet
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.picked.panel import PickedPanel, mean_picture
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.workers.jobs import Jobs

DIGITS = [3, 14, 15, 92, 65, 35]


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def panel(
    session: Session,
    picks: Picks,
    selection: Selection,
    jobs: Jobs,
    switch: ThemeSwitch,
    stack: QUndoStack,
    qtbot: QtBot,
) -> Iterator[PickedPanel]:
    panel = PickedPanel(session, picks, selection, jobs, switch, stack)
    panel.resize(320, 520)
    with shown(panel, qtbot):
        yield panel
        jobs.stop()


def click(panel: PickedPanel, index: int, *, twice: bool = False) -> None:
    viewport = panel.thumbnails.viewport()
    place = QPointF(panel.thumbnails.place_of(index).center())
    kind = QEvent.Type.MouseButtonDblClick if twice else QEvent.Type.MouseButtonPress
    send_mouse(viewport, kind, place)


def test_nothing_picked_says_how_to_pick(panel: PickedPanel) -> None:
    assert panel._count.text() == "No digits picked"
    assert panel._pages.currentIndex() == 0
    assert not panel.none_button.isEnabled()
    assert not panel.export_button.isEnabled()


def test_it_counts_and_averages_what_is_picked(
    panel: PickedPanel, picks: Picks, few_digits: ImageSet, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.mean.painted, timeout=SHORT):
        picks.pick(DIGITS)
    assert panel._count.text() == "6 digits picked"
    expected = np.bincount(few_digits.labels[DIGITS], minlength=10)
    np.testing.assert_array_equal(panel.histogram.counts, expected)
    assert panel.mean.image is not None
    mean = few_digits.images[sorted(DIGITS)].mean(0).reshape(28, 28)
    np.testing.assert_allclose(mean_picture(few_digits, picks.indices), mean, atol=0.51)
    assert panel.mean.image.pixelColor(14, 14).red() == pytest.approx(mean[14, 14], abs=0.51)
    with qtbot.waitSignal(panel.mean.painted, timeout=SHORT):
        picks.pick([3])
    assert panel._count.text() == "1 digit picked"


def test_a_click_on_a_thumbnail_looks_at_it_closely(
    panel: PickedPanel, picks: Picks, stack: QUndoStack
) -> None:
    picks.pick(DIGITS)
    click(panel, 65)
    assert picks.focus == 65
    assert len(picks.indices) == len(DIGITS)
    click(panel, 65)
    assert stack.count() == 1
    stack.undo()
    assert picks.focus == min(DIGITS)


def test_a_double_click_asks_for_the_cursor(panel: PickedPanel, picks: Picks, qtbot: QtBot) -> None:
    picks.pick(DIGITS)
    with qtbot.waitSignal(panel.cursor_requested) as asked:
        click(panel, 35, twice=True)
    assert asked.args == [35]


def test_a_click_beside_them_does_nothing(panel: PickedPanel, picks: Picks, stack: QUndoStack) -> None:
    picks.pick(DIGITS)
    viewport = panel.thumbnails.viewport()
    for place in (QPointF(viewport.width() // 2, viewport.height() - 2), QPointF(10, viewport.height() - 2)):
        send_mouse(viewport, QEvent.Type.MouseButtonPress, place)
        send_mouse(viewport, QEvent.Type.MouseButtonDblClick, place)
    assert stack.count() == 0


def test_the_focus_is_seen_also_on_the_digit_that_is_looked_at(panel: PickedPanel, picks: Picks) -> None:
    picks.pick(np.array(DIGITS), DIGITS[0])
    grid = panel.thumbnails
    panel.labels.setFocus()
    before = grid.viewport().grab().toImage()
    grid.setFocus()
    assert grid.hasFocus()
    assert grid.viewport().grab(grid.place_of(DIGITS[0])).toImage() != before.copy(grid.place_of(DIGITS[0]))


def test_keys_walk_through_the_thumbnails(panel: PickedPanel, picks: Picks, qtbot: QtBot) -> None:
    picks.pick(range(200))
    grid = panel.thumbnails
    grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(grid, key)
    assert "#1" in grid.accessibleDescription()
    assert picks.focus == 0
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert picks.focus == 1
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.viewport().rect().contains(grid.place_of(199))
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert picks.focus == 199
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.viewport().rect().contains(grid.place_of(0))
    qtbot.keyClick(grid, Qt.Key.Key_PageDown)
    assert not grid.viewport().rect().contains(grid.place_of(0))


def test_the_digit_that_is_looked_at_comes_into_sight(panel: PickedPanel, picks: Picks) -> None:
    picks.pick(range(200), focus=150)
    assert panel.thumbnails.viewport().rect().contains(panel.thumbnails.place_of(150))


def test_each_thumbnail_is_the_digit(panel: PickedPanel, picks: Picks, few_digits: ImageSet) -> None:
    picks.pick(DIGITS, focus=3)
    place = panel.thumbnails.place_of(14)
    drawn = panel.thumbnails.viewport().grab(place).toImage().scaled(28, 28)
    seen = [[drawn.pixelColor(x, y).red() for x in range(28)] for y in range(28)]

    def likeness(digit: int) -> float:
        return float(np.corrcoef(np.ravel(seen), few_digits.images[digit])[0, 1])

    assert likeness(14) > 0.95
    assert max(likeness(digit) for digit in (3, 15, 92)) < 0.9


def test_labels_take_room_and_go_again(panel: PickedPanel, picks: Picks, qtbot: QtBot) -> None:
    picks.pick(range(60))
    without = panel.thumbnails.place_of(59)
    qtbot.mouseClick(panel.labels, LEFT, pos=QPoint(8, panel.labels.height() // 2))
    assert panel.thumbnails.place_of(59).top() > without.top()
    qtbot.mouseClick(panel.labels, LEFT, pos=QPoint(8, panel.labels.height() // 2))
    assert panel.thumbnails.place_of(59) == without


def test_a_tool_tip_names_the_digit(panel: PickedPanel, picks: Picks, few_digits: ImageSet) -> None:
    picks.pick(DIGITS)
    viewport = panel.thumbnails.viewport()
    place = panel.thumbnails.place_of(92).center()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place)))
    assert QToolTip.text() == f"Digit {few_digits.labels[92]}, #92"
    QToolTip.hideText()


def test_all_picks_what_is_shown_and_none_nothing(
    panel: PickedPanel, picks: Picks, selection: Selection, few_digits: ImageSet, qtbot: QtBot
) -> None:
    selection.show_class(4, False)
    qtbot.mouseClick(panel.all_button, LEFT)
    np.testing.assert_array_equal(picks.indices, np.flatnonzero(few_digits.labels != 4))
    qtbot.mouseClick(panel.none_button, LEFT)
    assert len(picks.indices) == 0


@pytest.mark.parametrize("count", [1, 352, 980, 1135, 70_000])
@pytest.mark.parametrize("width", [20, 30, 60])
def test_a_count_does_not_reach_into_the_next_one(panel: PickedPanel, count: int, width: int) -> None:
    panel.histogram.show_counts(np.full(10, count))
    texts, font = panel.histogram.written(width)
    widest = max(QFontMetricsF(font).horizontalAdvance(text) for text in texts)
    assert widest <= width + 2
    assert all(texts)
    assert width < 60 or texts[0] == f"{count:,}"


def test_no_digits_no_counts(panel: PickedPanel) -> None:
    panel.histogram.show_counts(np.array([0, 5, *[0] * 8]))
    assert panel.histogram.written(20)[0] == ["", "5", *[""] * 8]


def test_hidden_it_does_nothing_and_shown_it_catches_up(panel: PickedPanel, picks: Picks) -> None:
    panel.hide()
    picks.pick(DIGITS)
    assert not panel.histogram.counts.any()
    panel.show()
    assert panel.histogram.counts.sum() == len(DIGITS)


def test_it_saves_a_table(
    panel: PickedPanel, picks: Picks, session: Session, tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    picks.pick(DIGITS)
    path = tmp_path / "some.csv"
    answers.expect(type_path(path))
    with qtbot.waitSignal(panel.message, timeout=SHORT) as said:
        panel.export_button.menu().actions()[0].trigger()
    assert str(path) in said.args[0]
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [int(row["index"]) for row in rows] == sorted(DIGITS)
    assert session.model is not None
    assert np.float32(rows[0]["mu_1"]) == session.model.posterior.mu[3, 0]


def test_it_saves_arrays(
    panel: PickedPanel, picks: Picks, session: Session, tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    picks.pick(DIGITS)
    answers.expect(type_path(tmp_path / "some.npz"))
    with qtbot.waitSignal(panel.message, timeout=SHORT):
        panel.export_button.menu().actions()[1].trigger()
    assert session.model is not None
    with np.load(tmp_path / "some.npz") as arrays:
        np.testing.assert_array_equal(arrays["logvar"], session.model.posterior.logvar[sorted(DIGITS)])


def test_it_saves_a_sheet(
    panel: PickedPanel, picks: Picks, few_digits: ImageSet, tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    picks.pick(DIGITS)
    answers.expect(type_path(tmp_path / "some.png"))
    with qtbot.waitSignal(panel.message, timeout=SHORT):
        panel.export_button.menu().actions()[2].trigger()
    sheet = np.asarray(Image.open(tmp_path / "some.png"))
    np.testing.assert_array_equal(sheet[2:30, 2:30], few_digits.picture(3))


def test_it_says_why_it_cannot_save(
    panel: PickedPanel, picks: Picks, tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    picks.pick(DIGITS)
    answers.expect(type_path(full_disk(tmp_path / "x.csv")), press("Yes"))
    with qtbot.waitSignal(panel.message, timeout=SHORT) as said:
        panel.export_button.menu().actions()[0].trigger()
    assert "Saved" not in said.args[0]


def test_without_images_it_is_empty(
    picks: Picks, selection: Selection, jobs: Jobs, switch: ThemeSwitch, stack: QUndoStack, qtbot: QtBot
) -> None:
    picks.pick(DIGITS)
    panel = PickedPanel(Session(), picks, selection, jobs, switch, stack)
    with shown(panel, qtbot):
        assert panel._pages.currentIndex() == 0
        assert not panel.all_button.isEnabled()
        assert not panel.export_button.isEnabled()


def test_it_fits_with_a_large_font(
    large_font: None,
    session: Session,
    picks: Picks,
    selection: Selection,
    jobs: Jobs,
    switch: ThemeSwitch,
    stack: QUndoStack,
    qtbot: QtBot,
) -> None:
    panel = PickedPanel(session, picks, selection, jobs, switch, stack)
    picks.pick(DIGITS)
    with shown(panel, qtbot):
        assert panel.minimumSizeHint().width() <= 420
        jobs.stop()
