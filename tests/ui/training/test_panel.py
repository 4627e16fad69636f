"""The training dock: it asks for a training, and says and offers what can be done while one runs."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT
from tests.ui.training.forms import FORM, OTHER, type_into
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_clock import TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import TrainingForm
from vae_explorer.ui.training.panel import TrainingPanel


def test_train_asks_with_what_was_typed(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.show_form(FORM)
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.mouseClick(panel.train_button, LEFT)
    assert asked.args == [
        VAEConfig(hidden=(512, 256), latent=10),
        TrainingConfig(epochs=7, batch_size=64, learning_rate=0.0003, seed=42, device="cpu"),
    ]


def test_settings_of_a_run_fill_the_form(panel: TrainingPanel) -> None:
    panel.show_form(TrainingForm(folded=["optimiser"]))
    config, settings = OTHER.configs()
    panel.show_settings(config, settings)
    assert panel.form_config() == (config, settings)
    assert panel.form().folded == ["optimiser"]


# While it runs


def test_progress_is_said_with_the_time_left(panel: TrainingPanel) -> None:
    panel.show_preparing()
    assert not panel.train_button.isVisible()
    assert panel.stop_button.isEnabled()
    assert "PyTorch" in panel.status_text
    panel.show_running(TrainingProgress(2, 10, 0.125, None))
    assert panel.status_text == "Epoch 2 of 10"
    assert panel.progress.value() == 125
    panel.show_running(TrainingProgress(3, 10, 0.25, 200))
    assert panel.status_text == "Epoch 3 of 10 · 3 min 20 s left"
    panel.show_stopping()
    assert not panel.stop_button.isEnabled()
    assert not panel.pause_button.isEnabled()
    panel.show_running(TrainingProgress(3, 10, 0.26, 200))
    assert panel.status_text == "Stopping…"
    panel.show_idle("done")
    assert panel.train_button.isEnabled()
    assert panel.status_text == "done"
    assert not panel.progress.isVisible()


def test_the_buttons_do_what_can_be_done_now(running: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.pause_requested):
        qtbot.mouseClick(running.pause_button, LEFT)
    running.show_paused("Paused in epoch 2.")
    assert not running.pause_button.isVisible()
    assert running.status_text == "Paused in epoch 2."
    with qtbot.waitSignal(running.resume_requested):
        qtbot.mouseClick(running.resume_button, LEFT)
    running.show_resumed()
    assert not running.resume_button.isVisible()
    assert running.pause_button.isEnabled()
    with qtbot.waitSignal(running.stop_requested):
        qtbot.mouseClick(running.stop_button, LEFT)
    running.show_idle("")
    assert running.train_button.isVisible()
    assert not running.stop_button.isVisible()


def test_the_fields_show_the_training_and_come_back(panel: TrainingPanel) -> None:
    panel.show_form(FORM)
    panel.show_preparing(*OTHER.configs())
    assert panel.epochs.value() == 30
    assert panel.form() == FORM
    enabled = {name for name, row in panel.fields.rows.items() if row.field.isEnabled()}
    assert enabled == {"beta", "learning_rate"}
    assert panel.fields.rows["beta"]._line.text() == "changes at once"
    panel.show_idle("")
    assert panel.fields.form() == FORM
    assert all(row.field.isEnabled() for row in panel.fields.rows.values())
    assert panel.fields.rows["beta"]._line.text() == ""


def test_settings_asked_for_while_it_runs_are_there_afterwards(running: TrainingPanel) -> None:
    running.show_settings(*FORM.configs())
    assert running.epochs.value() == 30
    running.show_idle("")
    assert running.form_config() == FORM.configs()


def test_the_keys_of_training_do_nothing_while_one_runs(running: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(running.train_requested):
        running.request_training()


# Steering


@pytest.mark.parametrize(("name", "text", "value"), [("beta", "0.5", 0.5), ("learning_rate", "3e-4", 3e-4)])
def test_enter_steers(running: TrainingPanel, qtbot: QtBot, name: str, text: str, value: float) -> None:
    field = running.fields.field(name)
    with qtbot.assertNotEmitted(running.steered):
        type_into(qtbot, field, text)
    with qtbot.waitSignal(running.steered) as steered:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert steered.args == [name, value]
    with qtbot.assertNotEmitted(running.steered):
        qtbot.keyClick(field, Qt.Key.Key_Return)


def test_leaving_the_field_steers(running: TrainingPanel, qtbot: QtBot) -> None:
    type_into(qtbot, running.beta, "2")
    with qtbot.waitSignal(running.steered) as steered:
        running.learning_rate.setFocus()
    assert steered.args == ["beta", 2.0]


def test_arrow_steps_steer_once_they_come_to_rest(running: TrainingPanel, qtbot: QtBot) -> None:
    running.beta.setFocus()
    seen: list[tuple[str, float]] = []
    running.steered.connect(lambda name, value: seen.append((name, value)))
    with qtbot.waitSignal(running.steered, timeout=SHORT):
        for _ in range(3):
            qtbot.keyClick(running.beta, Qt.Key.Key_Up)
    assert seen == [("beta", pytest.approx(4.3))]


def test_steering_out_of_range_is_refused_at_the_field(running: TrainingPanel, qtbot: QtBot) -> None:
    type_into(qtbot, running.learning_rate, "2")
    with qtbot.assertNotEmitted(running.steered):
        qtbot.keyClick(running.learning_rate, Qt.Key.Key_Return)
    assert "at most 1" in running.problem
    type_into(qtbot, running.beta, "0")  # not a contradiction to annealing: it was fine when it began
    assert "beta" not in running.fields.problems


def test_what_was_steered_elsewhere_is_shown_but_not_over_what_is_typed(
    running: TrainingPanel, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(running.steered):
        running.show_steered(2.0, 1e-4)
    assert (running.beta.value(), running.learning_rate.value()) == (2.0, 1e-4)
    type_into(qtbot, running.beta, "0.7")
    running.show_steered(3.0, 1e-3)
    assert (running.beta.value(), running.learning_rate.value()) == (0.7, 1e-3)


def test_nothing_is_steered_while_nothing_runs(panel: TrainingPanel, qtbot: QtBot) -> None:
    type_into(qtbot, panel.beta, "3")
    with qtbot.assertNotEmitted(panel.steered):
        qtbot.keyClick(panel.beta, Qt.Key.Key_Return)


def test_the_focus_never_slips_into_a_field_that_steers(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.hidden.setFocus()
    panel.show_preparing()
    assert panel.pause_button.hasFocus()
    panel.show_paused("")
    assert panel.resume_button.hasFocus()
    panel.show_idle("")
    assert panel.train_button.hasFocus()
