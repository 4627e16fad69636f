from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, most_frequent_color
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.ui.theme import LIGHT, ThemeSwitch
from vae_explorer.ui.widgets.message_bar import MessageBar, translated


@pytest.fixture
def bar(qapp: QApplication, qtbot: QtBot) -> Iterator[MessageBar]:
    switch = ThemeSwitch(qapp, "light")
    room = QWidget()
    room.resize(700, 300)
    qtbot.addWidget(room)
    yield MessageBar(switch, room)
    switch.deleteLater()


def buttons(bar: MessageBar) -> dict[str, QPushButton]:
    """What can be answered to the message on the screen, by what the button says."""
    return {button.text(): button for button in bar.findChildren(QPushButton) if button.isVisibleTo(bar)}


def test_there_is_no_message_at_first(bar: MessageBar) -> None:
    assert bar.text == ""
    assert bar.isHidden()


def test_a_newer_message_takes_the_place_of_an_older_one(bar: MessageBar) -> None:
    bar.inform("good", ("Do it", bar.hide))
    assert list(buttons(bar)) == ["Do it"]
    bar.warn("bad")
    assert bar.text == "bad"
    assert bar.accessibleName() == "bad"
    assert not buttons(bar)


def test_warnings_look_different_from_news(bar: MessageBar) -> None:
    bar.resize(600, 60)
    bar.inform("news")
    assert most_frequent_color(bar) == LIGHT.info_panel
    bar.warn("trouble")
    assert most_frequent_color(bar) == LIGHT.warning_panel


def test_what_is_told_looks_like_what_it_is(bar: MessageBar) -> None:
    bar.tell("Saved.")
    assert (bar.text, bar.property("notice")) == ("Saved.", "info")
    problem = translated(UserError("Cannot write {path}.", path="/sys/x"))
    bar.tell(problem)
    assert (bar.text, bar.property("notice")) == ("Cannot write /sys/x.", "warning")


class _Part(QObject):
    """A part of the window, with a part of its own."""

    message = Signal(object)


def test_a_problem_is_still_one_at_the_end_of_a_chain_of_signals(bar: MessageBar) -> None:
    part, whole = _Part(), _Part()
    part.message.connect(whole.message)
    whole.message.connect(bar.tell)
    part.message.emit(translated(UserError("Cannot write.")))
    assert bar.property("notice") == "warning"
    part.message.emit("Saved.")
    assert bar.property("notice") == "info"


def test_each_button_does_what_it_says_and_ends_the_message(bar: MessageBar, qtbot: QtBot) -> None:
    done: list[str] = []
    for text in ("Do it", "Leave it"):
        bar.inform("question", ("Do it", lambda: done.append("it")), ("Leave it", lambda: done.append("not")))
        assert list(buttons(bar)) == ["Do it", "Leave it"]
        qtbot.mouseClick(buttons(bar)[text], LEFT)
        assert bar.text == ""
    assert done == ["it", "not"]


def test_an_answer_may_be_another_message(bar: MessageBar, qtbot: QtBot) -> None:
    bar.inform("question", ("Do it", lambda: bar.inform("done")))
    qtbot.mouseClick(buttons(bar)["Do it"], LEFT)
    assert bar.text == "done"


def test_only_news_that_ask_for_nothing_go_by_themselves(bar: MessageBar) -> None:
    bar.inform("question", ("Do it", bar.hide))
    assert not bar._timer.isActive()
    bar.inform("news")
    assert bar._timer.isActive()
    bar.warn("trouble")
    assert not bar._timer.isActive()


def test_it_can_be_dismissed(bar: MessageBar, qtbot: QtBot) -> None:
    bar.warn("bad")
    qtbot.mouseClick(bar._close, LEFT)
    assert bar.text == ""


def test_errors_inside_errors_are_translated_too() -> None:
    inner = CheckpointError("it holds {count} tensors.", count=3)
    assert translated(UserError("Cannot open {path}: {problem}", path="x", problem=inner)) == (
        "Cannot open x: it holds 3 tensors."
    )


def test_long_messages_are_wrapped(bar: MessageBar) -> None:
    bar.warn("word " * 200)
    assert bar.minimumSizeHint().width() < 600
