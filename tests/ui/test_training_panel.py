from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.settings import TrainingForm
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.training_panel import TrainingPanel
from vae_explorer.workers.training import TrainingProgress

FORM = TrainingForm("512, 256", 10, 7, 64, 0.0003, 42, "cpu")


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot) -> Iterator[TrainingPanel]:
    switch = ThemeSwitch(qapp, "light")
    panel = TrainingPanel(TrainingForm(), switch)
    panel.set_available(True)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.close()
    panel.deleteLater()
    switch.deleteLater()
    panel.__dict__.clear()  # see tests/ui/conftest.py


def test_the_form_is_shown_and_read_back(panel: TrainingPanel) -> None:
    assert panel.form() == TrainingForm()
    panel.show_form(FORM)
    assert panel.form() == FORM


def test_numbers_beyond_the_fields_are_cut(panel: TrainingPanel) -> None:
    panel.show_form(TrainingForm(seed=2**62, batch_size=10**6, device="quantum"))
    assert panel.form() == TrainingForm(seed=2**31 - 1, batch_size=60_000, device="auto")


def test_train_asks_with_what_was_typed(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.show_form(FORM)
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.mouseClick(panel.train_button, LEFT)
    assert asked.args == [
        VAEConfig(hidden=(512, 256), latent=10),
        TrainingConfig(epochs=7, batch_size=64, learning_rate=0.0003, seed=42, device="cpu"),
    ]


@pytest.mark.parametrize(
    ("text", "hidden"), [("", ()), ("8", (8,)), ("8 4", (8, 4)), (" 512,256-128 ", (512, 256, 128))]
)
def test_enter_in_the_widths_trains(
    panel: TrainingPanel, qtbot: QtBot, text: str, hidden: tuple[int, ...]
) -> None:
    panel.hidden.clear()
    qtbot.keyClicks(panel.hidden, text)
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.keyClick(panel.hidden, Qt.Key.Key_Return)
    assert asked.args is not None
    assert asked.args[0].hidden == hidden


@pytest.mark.parametrize("text", ["abc", "0", "-5", "1e9", "99999999", "400,", "4.5", "400; 200", "1 " * 40])
def test_widths_that_are_none_are_said_in_place_and_nothing_starts(
    panel: TrainingPanel, qtbot: QtBot, text: str
) -> None:
    panel.hidden.clear()
    qtbot.keyClicks(panel.hidden, text)
    with qtbot.assertNotEmitted(panel.train_requested):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert panel.problem
    assert panel._problem.isVisible()
    assert panel.hidden.hasFocus()
    qtbot.keyClick(panel.hidden, Qt.Key.Key_Backspace)
    assert panel.problem == ""


def test_fields_take_no_nonsense(panel: TrainingPanel, qtbot: QtBot) -> None:
    for field in (panel.latent, panel.epochs, panel.batch_size):
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(field, "-0")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert field.value() >= 1


def test_learning_rates_are_read_as_people_write_them(panel: TrainingPanel) -> None:
    assert panel.learning_rate.text() == "0.001"
    panel.learning_rate.setValue(3e-4)
    assert panel.learning_rate.text() == "0.0003"
    panel.learning_rate.stepUp()
    assert panel.learning_rate.value() == pytest.approx(3.1e-4)
    panel.learning_rate.setValue(1.0)
    assert panel.learning_rate.text() == "1"
    panel.learning_rate.setValue(-1)
    assert panel.learning_rate.value() > 0


def test_progress_is_said_with_the_time_left(panel: TrainingPanel) -> None:
    panel.show_preparing()
    assert not panel.train_button.isEnabled()
    assert panel.stop_button.isEnabled()
    assert "PyTorch" in panel.status.text()
    panel.show_progress(TrainingProgress(2, 10, 0.125, None))
    assert panel.status.text() == "Epoch 2 of 10"
    assert panel.progress.value() == 125
    panel.show_progress(TrainingProgress(3, 10, 0.25, 200))
    assert panel.status.text() == "Epoch 3 of 10 · 3 min 20 s left"
    panel.show_stopping()
    assert not panel.stop_button.isEnabled()
    panel.show_idle("done")
    assert panel.train_button.isEnabled()
    assert panel.status.text() == "done"
    assert not panel.progress.isVisible()
