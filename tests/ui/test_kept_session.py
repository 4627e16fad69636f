import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from tests.core.runs import made_up_run
from tests.permissions import without_root_rights
from tests.ui.conftest import OpenWindow
from tests.ui.driving import press_answer
from tests.ui.kept import GO_ON, discovered, kept_path, offered, put_aside_path, started
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.run_folder import runs_folder
from vae_explorer.ui.main_window import MainWindow


def work(window: MainWindow) -> None:
    """What is worth keeping."""
    window.looks.drawing.set_pixels(np.full((28, 28), 200, np.uint8))
    window.looks.picks.pick(range(100), focus=7)
    window.looks.bookmarks.add("here", np.array([0.5, 0.25]))
    window.selection.move_to(np.array([0.5, -1.0]))


@pytest.fixture
def kept(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Somebody closed the window without saving anything."""
    window = started(open_window, qtbot)
    work(window)
    window.close()


def test_what_was_open_is_offered_and_comes_back(kept: None, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = started(open_window, qtbot)
    assert offered(window) == [GO_ON]
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        press_answer(window, GO_ON)
    assert window.looks.drawing.pixels.min() == 200
    assert len(window.looks.picks.indices) == 100
    assert [bookmark.name for bookmark in window.looks.bookmarks] == ["here"]
    np.testing.assert_array_equal(window.selection.z, [0.5, -1.0])
    # It is no file of the user's.
    assert window.session_files._path is None
    assert not any("last" in name for name in window.settings.recent_files)


@pytest.fixture
def british() -> Iterator[None]:
    """Days and hours are written as in Britain."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("days", "when"),
    [(0, "today at 08:12"), (1, "yesterday at 08:12"), (400, "on {day:%d/%m/%Y} at 08:12")],
)
def test_the_offer_says_when_it_was(
    kept: None, british: None, open_window: OpenWindow, qtbot: QtBot, days: int, when: str
) -> None:
    day = datetime.now().astimezone().replace(hour=8, minute=12) - timedelta(days)
    # Where summer time began or ended in between, the hour by the clock is what counts.
    time = day.replace(tzinfo=None).timestamp()
    os.utime(kept_path(), (time, time))
    window = started(open_window, qtbot)
    expected = f"What you had open {when.format(day=day)} was kept."
    assert window.map_panel.messages.text == expected


def test_what_was_opened_is_not_offered_again(kept: None, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = started(open_window, qtbot)
    press_answer(window, GO_ON)
    assert not kept_path().exists()
    assert put_aside_path().exists()
    assert offered(started(open_window, qtbot)) == []


def test_what_was_dismissed_is_not_offered_again(kept: None, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = started(open_window, qtbot)
    window.map_panel.messages._close.click()
    window.close()
    assert offered(started(open_window, qtbot)) == []


def test_who_dismisses_another_message_dismisses_no_session(
    kept: None, open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = started(open_window, qtbot)
    window.map_panel.messages.warn("Something else.")
    window.map_panel.messages._close.click()
    window.close()
    assert offered(started(open_window, qtbot)) == [GO_ON]


def test_a_window_that_was_only_looked_at_keeps_nothing(open_window: OpenWindow, qtbot: QtBot) -> None:
    started(open_window, qtbot).close()
    assert not kept_path().exists()


def test_a_start_with_a_file_offers_nothing(kept: None, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    discovered(window, qtbot)
    assert offered(window) == []
    assert kept_path().exists()


def test_an_interrupted_run_is_offered_beside_it(kept: None, open_window: OpenWindow, qtbot: QtBot) -> None:
    made_up_run(runs_folder() / "run", config=VAEConfig(784, (8,), 2))
    window = started(open_window, qtbot)
    assert offered(window) == ["Resume", GO_ON]
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        press_answer(window, GO_ON)
    assert window.looks.drawing.pixels.min() == 200


def test_a_damaged_one_is_said_and_offered_only_once(
    kept: None, open_window: OpenWindow, qtbot: QtBot
) -> None:
    kept_path().write_bytes(b"garbage")
    window = started(open_window, qtbot)
    press_answer(window, GO_ON)
    qtbot.waitUntil(lambda: "Cannot open" in window.map_panel.messages.text, timeout=SHORT)
    assert offered(started(open_window, qtbot)) == []


def test_a_folder_that_takes_nothing_does_not_keep_the_window_open(
    open_window: OpenWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    window = started(open_window, qtbot)
    work(window)
    kept_path().parent.parent.mkdir(parents=True, exist_ok=True)
    kept_path().parent.write_text("a file in the way")
    assert window.close()
    assert "not kept" in caplog.text


def test_what_cannot_be_put_aside_is_opened_where_it_is(
    kept: None, open_window: OpenWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    put_aside_path().mkdir()
    window = started(open_window, qtbot)
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        press_answer(window, GO_ON)
    assert window.looks.drawing.pixels.min() == 200
    assert kept_path().is_file()
    assert "could not be put aside" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows have no such rights")
def test_an_older_one_stays_whole_where_a_newer_cannot_be_written(
    kept: None, open_window: OpenWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    before = kept_path().read_bytes()
    window = started(open_window, qtbot)
    work(window)
    kept_path().parent.chmod(0o500)
    try:
        with without_root_rights():
            assert window.close()
    finally:
        kept_path().parent.chmod(0o700)
    assert kept_path().read_bytes() == before
    assert "not kept" in caplog.text


def test_a_picture_neither_offers_nor_keeps(kept: None, tmp_path: Path) -> None:
    from tests.test_app import start

    before = kept_path().read_bytes()
    plain, shown = tmp_path / "plain.png", tmp_path / "shown.png"
    assert start("--screenshot", shown).returncode == 0
    assert kept_path().read_bytes() == before
    kept_path().unlink()
    assert start("--screenshot", plain).returncode == 0
    assert plain.read_bytes() == shown.read_bytes()
    assert not kept_path().exists()


def test_what_another_window_has_opened_meanwhile_is_said(
    kept: None, open_window: OpenWindow, qtbot: QtBot
) -> None:
    one, other = started(open_window, qtbot), started(open_window, qtbot)
    with qtbot.waitSignal(one.session_files.opened, timeout=SHORT):
        press_answer(one, GO_ON)
    press_answer(other, GO_ON)
    assert "another window" in other.map_panel.messages.text
