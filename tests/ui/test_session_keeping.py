"""What is kept while one works, by real processes that are killed and by windows beside each other."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.processes import environment
from tests.ui.conftest import OpenWindow
from tests.ui.driving import fill_in, press_answer, raise_dock
from tests.ui.kept import GO_ON, discovered, kept_path, offered, started
from tests.waiting import SHORT
from vae_explorer.core.session_file import load_session
from vae_explorer.state.journey import DigitAnchor
from vae_explorer.ui.kept_session import kept_folder
from vae_explorer.ui.main_window import MainWindow

_WORK_AND_WAIT = """
import numpy as np
from vae_explorer.app import build_window, start_qt
from vae_explorer.core.direction_sources import ClassPair, Component
from vae_explorer.state.journey import DigitAnchor

application = start_qt()
window = build_window(application)

def work():
    looks = window.looks
    looks.drawing.set_pixels(np.full((28, 28), 200, np.uint8))
    looks.picks.pick(range(100), focus=7)
    looks.bookmarks.add("here", np.array([0.5, 0.25]))
    looks.edits.add("slant", Component(0))
    looks.edits.add("from 3 to 8", ClassPair(3, 8))
    looks.edits.set_alpha("slant", 1.5)
    looks.edits.choose("slant")
    looks.journey.add(DigitAnchor(7), DigitAnchor(42))
    window.session_keeping.kept.connect(lambda: print("kept", flush=True))

window.first_painted.connect(lambda: window.open_first(None))
window.ready.connect(work)
window.show()
application.exec()
"""


def wait_until_kept(window: MainWindow, qtbot: QtBot) -> None:
    """For the next time; soon, as nobody works in between."""
    with qtbot.waitSignal(window.session_keeping.kept, timeout=SHORT):
        pass


@pytest.fixture
def hasty(open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window that keeps each change at once."""
    window = started(open_window, qtbot)
    window.session_keeping.quiet_seconds = window.session_keeping.apart_seconds = 0.0
    return window


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
def test_what_was_open_in_a_process_that_was_killed_is_offered(open_window: OpenWindow, qtbot: QtBot) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WORK_AND_WAIT], stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        # Nobody offers what another window works at.
        beside = started(open_window, qtbot)
        assert offered(beside) == []
        beside.close()
        process.send_signal(signal.SIGKILL)
        process.wait()
    window = started(open_window, qtbot)
    assert offered(window) == [GO_ON]
    with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
        press_answer(window, GO_ON)
    looks = window.looks
    assert looks.drawing.pixels.min() == 200
    assert len(looks.picks.indices) == 100
    assert [bookmark.name for bookmark in looks.bookmarks] == ["here"]
    assert [(entry.name, entry.alpha) for entry in looks.edits] == [("slant", 1.5), ("from 3 to 8", 0)]
    assert looks.journey.plan.anchors == (DigitAnchor(7), DigitAnchor(42))
    raise_dock(window, "attributes")
    assert window.exploration.attributes.list.current == "slant"
    window.close()
    # It is opened by this one now; of the other nothing is left.
    assert [path.name for path in kept_folder().glob("open-*")] == []


def test_each_change_is_kept_and_what_is_undone_is_not(hasty: MainWindow, qtbot: QtBot) -> None:
    own = hasty.session_keeping.files.own
    assert not own.exists()
    hasty.looks.bookmarks.add("here", np.array([0.5, 0.25]))
    wait_until_kept(hasty, qtbot)
    assert load_session(own).values["bookmarks"][0]["name"] == "here"
    hasty.looks.bookmarks.restore(())
    wait_until_kept(hasty, qtbot)
    assert not own.parent.exists()
    hasty.close()
    assert not kept_path().exists()


def test_what_is_the_same_again_is_not_written_again(hasty: MainWindow, qtbot: QtBot) -> None:
    own = hasty.session_keeping.files.own
    hasty.looks.bookmarks.add("here", np.array([0.5, 0.25]))
    wait_until_kept(hasty, qtbot)
    before, look = own.stat(), hasty.looks.look
    opacity = look.layer_opacity
    look.set_layer_opacity(0.1)
    look.set_layer_opacity(opacity)
    qtbot.waitUntil(lambda: not hasty.session_keeping._timer.isActive(), timeout=SHORT)
    discovered(hasty, qtbot)
    assert own.stat() == before
    hasty.looks.bookmarks.add("there", np.array([1.0, 0.0]))
    wait_until_kept(hasty, qtbot)
    assert own.stat() != before


def test_a_form_that_was_filled_in_is_kept_until_the_window_closes(hasty: MainWindow, qtbot: QtBot) -> None:
    fill_in(hasty, epochs=77)
    hasty.training_panel.epochs.interpretText()
    wait_until_kept(hasty, qtbot)
    assert load_session(hasty.session_keeping.files.own).values["form"]["epochs"] == 77
    # Then the settings have it.
    hasty.close()
    assert not hasty.session_keeping.files.own.exists()
    assert not kept_path().exists()


def test_a_training_that_only_goes_on_is_nothing_to_keep(busy: MainWindow, qtbot: QtBot) -> None:
    kept = busy.session_keeping
    kept.quiet_seconds = kept.apart_seconds = 0.0
    qtbot.waitUntil(lambda: not kept._timer.isActive(), timeout=SHORT)
    with qtbot.waitSignals([busy.trainer.epoch_done] * 2, timeout=SHORT):
        pass
    assert not kept._timer.isActive()
    busy.looks.bookmarks.add("here", np.array([0.5, 0.25]))
    wait_until_kept(busy, qtbot)
    assert load_session(kept.files.own).values["model"]["run"]


def test_two_windows_do_not_destroy_what_the_other_keeps(open_window: OpenWindow, qtbot: QtBot) -> None:
    one, other = started(open_window, qtbot), started(open_window, qtbot)
    one.looks.bookmarks.add("one", np.array([0.5, 0.25]))
    other.looks.bookmarks.add("other", np.array([0.5, 0.25]))
    one.close()
    other.close()
    for name in ("other", "one"):
        window = started(open_window, qtbot)
        with qtbot.waitSignal(window.session_files.opened, timeout=SHORT):
            press_answer(window, GO_ON)
        assert [bookmark.name for bookmark in window.looks.bookmarks] == [name]
        window.looks.bookmarks.restore(())
        window.close()
    assert offered(started(open_window, qtbot)) == []


def test_a_disk_that_takes_nothing_is_said_once(hasty: MainWindow, qtbot: QtBot) -> None:
    messages = hasty.map_panel.messages
    kept_folder().mkdir(parents=True, exist_ok=True)
    own = hasty.session_keeping.files.own.parent
    own.write_text("a file in the way")
    hasty.looks.bookmarks.add("here", np.array([0.5, 0.25]))
    qtbot.waitUntil(lambda: "would be lost" in messages.text, timeout=SHORT)
    assert messages.property("notice") == "warning"
    messages.hide()
    hasty.looks.bookmarks.add("there", np.array([1.0, 0.0]))
    discovered(hasty, qtbot)
    qtbot.waitUntil(lambda: not hasty.session_keeping._timer.isActive(), timeout=SHORT)
    discovered(hasty, qtbot)
    assert messages.text == ""
    own.unlink()
    hasty.looks.bookmarks.add("and there", np.array([1.0, 0.0]))
    wait_until_kept(hasty, qtbot)
    assert len(load_session(hasty.session_keeping.files.own).values["bookmarks"]) == 3
