import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui import panels
from tests.ui.driving import LEFT, NONE, SHORT, click, drag, send_mouse
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.timeline.bar import TimelineBar

EPOCHS = tuple(range(1, 21))


class Shown:
    """A bar for a run of twenty epochs whose map goes wherever the bar asks it to."""

    def __init__(self, bar: TimelineBar) -> None:
        self.bar = bar
        self.chosen: list[int] = []
        self.epochs = EPOCHS
        bar.epoch_chosen.connect(self.go_to)

    def go_to(self, epoch: int) -> None:
        self.chosen.append(epoch)
        self.show(epoch)

    def show(self, epoch: int, **changed: object) -> None:
        values: dict[str, object] = {
            "latest": max(self.epochs, default=0),
            "stride": 1,
            "budget": 256 * 2**20,
            "elbo": -154.069,
            "live": False,
            "best": 15,
        }
        self.bar.show_run(self.epochs, epoch, **(values | changed))  # type: ignore[arg-type]

    def stop_at(self, epoch: int) -> QPointF:
        """Where the handle is at an epoch."""
        slider = self.bar.slider
        return QPointF(round(slider.x_of(epoch)), slider.height() // 2)


theme = panels.switch


@pytest.fixture
def run(theme: ThemeSwitch, qtbot: QtBot) -> Shown:
    bar = TimelineBar(theme)
    qtbot.addWidget(bar)
    bar.resize(900, bar.sizeHint().height())
    shown = Shown(bar)
    with qtbot.waitExposed(bar):
        shown.show(7)
    return shown


def turn_wheel(run: Shown, angle: int) -> None:
    slider = run.bar.slider
    place = QPointF(slider.rect().center())
    wheel = QWheelEvent(
        place,
        QPointF(slider.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, angle),
        NONE,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, wheel)


def arrive(run: Shown, epoch: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(run.chosen) and run.chosen[-1] == epoch, timeout=SHORT)


# What it says


def test_it_is_there_for_a_run_only(theme: ThemeSwitch, qtbot: QtBot) -> None:
    bar = TimelineBar(theme)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    Shown(bar).show(7)
    assert bar.isVisible()
    bar.hide_run()
    assert bar.isHidden()


def test_it_says_what_is_on_the_map(run: Shown) -> None:
    bar = run.bar
    assert bar._text.text() == "Epoch 7 of 20 trained"
    assert bar._score.text() == "test ELBO −154.07 nats"
    assert bar._note.text() == ""
    assert bar.slider.epoch == 7
    run.show(8, elbo=None, stride=4)
    assert bar._text.text() == "Epoch 8 of 20 trained"
    assert bar._score.text() == ""
    assert bar._note.text() == "1 epoch in 4 kept (256 MB)"


def test_its_buttons_mean_the_epoch_on_the_map(run: Shown, qtbot: QtBot) -> None:
    for button, signal in (
        (run.bar.save_button, run.bar.save_requested),
        (run.bar.continue_button, run.bar.continue_requested),
    ):
        with qtbot.waitSignal(signal) as requested:
            qtbot.mouseClick(button, LEFT)
        assert requested.args == [7]


def test_the_live_button_is_on_while_the_map_follows(run: Shown, qtbot: QtBot) -> None:
    live = run.bar.live_button
    assert not live.isChecked()
    assert live.text() == "Latest"
    with qtbot.waitSignal(run.bar.live_requested):
        qtbot.mouseClick(live, LEFT)
    # It is for the map to follow; the button only asks.
    assert not live.isChecked()
    run.show(20, live=True)
    assert live.isChecked()
    assert live.text() == "Live"
    with qtbot.waitSignal(run.bar.live_requested):
        qtbot.mouseClick(live, LEFT)
    assert live.isChecked()
    run.show(20)
    assert not live.isEnabled()


def test_the_best_epoch_is_marked(run: Shown) -> None:
    slider = run.bar.slider
    marked = slider.grab().toImage()
    run.show(7, best=0)
    plain = slider.grab().toImage()
    changed = [
        x
        for x in range(marked.width())
        if any(marked.pixel(x, y) != plain.pixel(x, y) for y in range(marked.height()))
    ]
    assert changed
    assert abs(sum(changed) / len(changed) / slider.devicePixelRatioF() - slider.x_of(15)) < 2


def test_its_parts_have_names(run: Shown) -> None:
    assert run.bar.slider.accessibleName() == "Epoch"
    assert run.bar.play_button.accessibleName() == "Play the run"
    assert run.bar.save_button.text() == "Save this snapshot…"
    assert run.bar.continue_button.text() == "Continue from here…"


def test_texts_make_way_for_pictures_where_it_is_narrow(run: Shown) -> None:
    style = Qt.ToolButtonStyle
    assert run.bar.save_button.toolButtonStyle() == style.ToolButtonTextBesideIcon
    run.bar.resize(450, run.bar.height())
    assert run.bar.save_button.toolButtonStyle() == style.ToolButtonIconOnly
    assert run.bar.minimumSizeHint().width() <= 450


def test_a_run_without_epochs_offers_nothing(run: Shown) -> None:
    run.epochs = ()
    run.show(0, latest=0, elbo=None, best=0)
    for part in (run.bar.slider, run.bar.play_button, run.bar.save_button, run.bar.continue_button):
        assert not part.isEnabled()
    assert run.chosen == []


# Going to an epoch


@pytest.mark.parametrize("epoch", [1, 2, 13, 20])
def test_a_click_goes_to_the_epoch_under_it(run: Shown, epoch: int) -> None:
    click(run.bar.slider, run.stop_at(epoch))
    assert run.chosen == [epoch]
    assert run.bar._text.text() == f"Epoch {epoch} of 20 trained"


def test_a_fast_drag_brings_the_newest_epoch_only(run: Shown, qtbot: QtBot) -> None:
    # All of this within one frame: nothing is painted in between.
    drag(run.bar.slider, [run.stop_at(epoch) for epoch in range(2, 19)])
    assert run.chosen == [2]
    arrive(run, 18, qtbot)
    assert run.chosen == [2, 18]
    assert run.bar.slider.epoch == 18


def test_a_slow_drag_brings_each_epoch(run: Shown, qtbot: QtBot) -> None:
    slider = run.bar.slider
    send_mouse(slider, QEvent.Type.MouseButtonPress, run.stop_at(4))
    for epoch in (5, 6, 7):
        send_mouse(slider, QEvent.Type.MouseMove, run.stop_at(epoch), NONE, LEFT)
        arrive(run, epoch, qtbot)
    send_mouse(slider, QEvent.Type.MouseButtonRelease, run.stop_at(7), LEFT, NONE)
    assert run.chosen == [4, 5, 6, 7]


def test_a_held_handle_stays_at_its_epoch_while_the_run_grows_and_is_thinned(
    run: Shown, qtbot: QtBot
) -> None:
    slider = run.bar.slider
    send_mouse(slider, QEvent.Type.MouseButtonPress, run.stop_at(8))
    run.epochs = (*EPOCHS, 21)
    run.show(21, live=True)
    assert slider.epoch == 8
    run.epochs = (1, 4, 8, 12, 16, 20, 24)
    run.show(24, live=True)
    assert slider.epoch == 8
    send_mouse(slider, QEvent.Type.MouseButtonRelease, run.stop_at(8), LEFT, NONE)
    qtbot.waitUntil(lambda: not slider._frame.isActive(), timeout=SHORT)
    run.show(24)
    assert slider.epoch == 24
    assert run.chosen == [8]


@pytest.mark.parametrize(
    ("key", "epoch"),
    [
        (Qt.Key.Key_Left, 6),
        (Qt.Key.Key_Right, 8),
        (Qt.Key.Key_Home, 1),
        (Qt.Key.Key_End, 20),
    ],
)
def test_keys_go_to_neighbours_and_ends(run: Shown, qtbot: QtBot, key: Qt.Key, epoch: int) -> None:
    run.bar.slider.setFocus()
    qtbot.keyClick(run.bar.slider, key)
    assert run.chosen == [epoch]


def test_the_wheel_goes_one_epoch_a_notch(run: Shown, qtbot: QtBot) -> None:
    turn_wheel(run, 120)
    arrive(run, 8, qtbot)
    turn_wheel(run, -240)
    arrive(run, 6, qtbot)
    turn_wheel(run, -60)
    turn_wheel(run, -60)
    arrive(run, 5, qtbot)
    assert run.chosen == [8, 6, 5]


def test_showing_an_epoch_asks_for_nothing(run: Shown) -> None:
    for epoch in (3, 20, 1):
        run.show(epoch)
        assert run.bar.slider.epoch == epoch
    assert run.chosen == []


def test_an_epoch_that_made_way_is_shown_at_its_nearest_neighbour(run: Shown) -> None:
    run.epochs = (1, 4, 8, 12)
    run.show(9)
    assert run.bar.slider.epoch == 8
    assert run.bar._text.text() == "Epoch 9 of 12 trained"


# Playing


def test_playing_steps_to_the_end_and_stops_there(run: Shown, qtbot: QtBot) -> None:
    run.show(17)
    qtbot.mouseClick(run.bar.play_button, LEFT)
    assert run.bar.playing
    assert run.bar.play_button.accessibleName() == "Pause"
    qtbot.waitUntil(lambda: not run.bar.playing, timeout=SHORT)
    assert run.chosen == [18, 19, 20]
    assert run.bar.play_button.accessibleName() == "Play the run"


def test_playing_at_the_end_begins_anew(run: Shown, qtbot: QtBot) -> None:
    run.epochs = (1, 2, 3)
    run.show(3)
    qtbot.mouseClick(run.bar.play_button, LEFT)
    qtbot.waitUntil(lambda: not run.bar.playing, timeout=SHORT)
    assert run.chosen == [1, 2, 3]


def test_the_same_button_pauses(run: Shown, qtbot: QtBot) -> None:
    qtbot.mouseClick(run.bar.play_button, LEFT)
    qtbot.mouseClick(run.bar.play_button, LEFT)
    assert not run.bar.playing


@pytest.mark.parametrize("how", ["click", "key", "wheel", "hide", "live"])
def test_playing_ends_when_the_user_takes_over(run: Shown, qtbot: QtBot, how: str) -> None:
    qtbot.mouseClick(run.bar.play_button, LEFT)
    assert run.bar.playing
    if how == "click":
        click(run.bar.slider, run.stop_at(7))
    elif how == "key":
        qtbot.keyClick(run.bar.slider, Qt.Key.Key_Left)
    elif how == "wheel":
        turn_wheel(run, 120)
    elif how == "hide":
        run.bar.hide_run()
    else:
        run.show(20, live=True)
    assert not run.bar.playing
