"""What the user does with the training form, taken back and done again."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QUndoStack
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.driving import LEFT, choose, retype
from tests.ui.training.forms import FORM, OTHER, type_into
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import MODEL_FIELDS
from vae_explorer.ui.training.commands import FormEdits
from vae_explorer.ui.training.panel import TrainingPanel

Key = Qt.Key


@dataclass
class Desk:
    """The dock, and the stack that it fills."""

    panel: TrainingPanel
    stack: QUndoStack
    edits: FormEdits

    def texts(self) -> list[str]:
        return [self.stack.text(index) for index in range(self.stack.count())]


@pytest.fixture
def desk(panel: TrainingPanel) -> Desk:
    stack = QUndoStack()
    edits = FormEdits(panel, stack, panel)
    panel.start_dropped.connect(edits.drop_start)
    panel.show_form(FORM)
    return Desk(panel, stack, edits)


def start(desk: Desk) -> None:
    """Fill the form to train a model of 32 hidden and 3 latent units on."""
    snapshot = random_model(VAEConfig(hidden=(32,), latent=3, activation="silu"))
    desk.edits.prepare(snapshot, "Run 1, epoch 5", TrainingConfig(epochs=9))


# Fields


def test_each_field_is_a_step(desk: Desk, qtbot: QtBot) -> None:
    panel, fields = desk.panel, desk.panel.fields
    retype(panel.hidden, "64, 32")
    retype(panel.epochs, "12")
    choose(fields.choice("schedule"), 1, qtbot)
    retype(panel.epochs, "14")
    assert desk.texts() == [
        *("change of “Hidden widths”", "change of “Epochs”"),
        *("change of “Schedule”", "change of “Epochs”"),
    ]
    filled_in = panel.form()
    desk.stack.undo()
    assert panel.epochs.value() == 12
    desk.stack.undo()
    assert fields.choice("schedule").entry() == FORM.schedule
    desk.stack.undo()
    assert panel.epochs.value() == FORM.epochs
    desk.stack.undo()
    assert panel.form() == FORM
    desk.stack.setIndex(4)
    assert panel.form() == filled_in
    assert desk.stack.count() == 4


def test_the_activation_is_taken_back_and_chosen_again(desk: Desk, qtbot: QtBot) -> None:
    activation = desk.panel.fields.choice("activation")
    choose(activation, 3, qtbot)
    assert desk.panel.form_config()[0].activation == "tanh"
    assert desk.texts() == ["change of “Activation”"]
    desk.stack.undo()
    assert desk.panel.form() == FORM
    assert activation.entry() == "relu"
    desk.stack.redo()
    assert desk.panel.form_config()[0].activation == "tanh"


def test_what_is_typed_at_one_go_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    type_into(qtbot, desk.panel.epochs, "123")
    assert desk.stack.count() == 1
    qtbot.keyClick(desk.panel.epochs, Key.Key_Return)
    type_into(qtbot, desk.panel.epochs, "45")
    assert desk.stack.count() == 2
    desk.stack.undo()
    assert desk.panel.epochs.value() == 123


def test_arrow_steps_in_a_row_are_one_step(desk: Desk, qtbot: QtBot) -> None:
    epochs = desk.panel.epochs
    epochs.setFocus()
    for _ in range(3):
        qtbot.keyClick(epochs, Key.Key_Up)
    assert epochs.value() == FORM.epochs + 3
    assert desk.stack.count() == 1
    desk.stack.undo()
    assert desk.panel.form() == FORM


def test_typing_is_left_alone(desk: Desk, qtbot: QtBot) -> None:
    """A number on the way to another one is no other text than the user typed."""
    beta = desk.panel.beta
    type_into(qtbot, beta, "")
    for key, text in (("0", "0"), (".", "0."), ("5", "0.5"), ("e", "0.5e"), ("-", "0.5e-"), ("1", "0.5e-1")):
        qtbot.keyClicks(beta, key)
        assert beta.lineEdit().text() == text
    assert desk.panel.form().beta == 0.05
    assert desk.stack.count() == 1


def test_nonsense_can_be_taken_back_and_brought_again(desk: Desk) -> None:
    panel = desk.panel
    for field, text in ((panel.epochs, "many"), (panel.hidden, "4x")):
        retype(field, text)
        assert panel.problem
        desk.stack.undo()
        assert not panel.problem
        assert panel.form() == FORM
        desk.stack.redo()
        assert panel.problem
        desk.stack.undo()


def test_who_types_the_old_value_again_has_done_nothing(desk: Desk, qtbot: QtBot) -> None:
    retype(desk.panel.epochs, str(FORM.epochs))
    assert not desk.stack.count()


@pytest.mark.parametrize("name", ["hidden", "epochs"])
def test_the_keys_of_undo_are_the_windows(desk: Desk, qtbot: QtBot, name: str) -> None:
    undo = desk.stack.createUndoAction(desk.panel)
    undo.setShortcut(QKeySequence.StandardKey.Undo)
    desk.panel.addAction(undo)
    field: QWidget = desk.panel.fields.field(name)
    type_into(qtbot, field, "77")
    keys = undo.shortcut()[0]
    qtbot.keyClick(field, keys.key(), keys.keyboardModifiers())
    assert desk.panel.form() == FORM
    assert not desk.stack.canUndo()
    desk.panel.removeAction(undo)


def test_what_the_program_fills_in_is_no_step(desk: Desk) -> None:
    desk.panel.show_form(OTHER)
    desk.panel.show_settings(*FORM.configs())
    desk.panel.set_image_count(100)
    desk.panel.fields.headings["model"].set_folded(True)
    assert not desk.stack.count()


# The whole form


def test_the_settings_of_a_run_are_one_step(desk: Desk) -> None:
    panel = desk.panel
    retype(panel.epochs, "nonsense")
    desk.edits.use(*OTHER.configs())
    assert panel.form_config() == OTHER.configs()
    assert desk.stack.count() == 2
    desk.stack.undo()
    assert panel.epochs.text() == "nonsense"
    desk.stack.redo()
    assert panel.form_config() == OTHER.configs()
    desk.edits.use(*OTHER.configs())
    assert desk.stack.count() == 2


def test_training_on_is_one_step_with_its_weights(desk: Desk, qtbot: QtBot) -> None:
    panel, stack = desk.panel, desk.stack
    start(desk)
    there = panel.form()
    assert there.activation == "silu"
    assert desk.texts() == ["settings to train on from Run 1, epoch 5"]
    stack.undo()
    assert (panel.form(), panel.start_note.text, desk.edits.start) == (FORM, "", None)
    assert panel.hidden.isEnabled()
    stack.redo()
    assert (panel.form(), panel.start_note.text) == (there, "Run 1, epoch 5")
    for name in MODEL_FIELDS:
        assert not panel.fields.field(name).isEnabled()
    qtbot.mouseClick(panel.start_note.drop_button, LEFT)
    assert (panel.form(), panel.start_note.text) == (there, "")
    stack.undo()
    assert panel.start_note.text == "Run 1, epoch 5"
    stack.redo()
    assert panel.start_note.text == ""
    assert stack.count() == 2


def test_weights_come_back_only_with_the_form_that_they_fit(desk: Desk) -> None:
    """A training took them; what is done again after it is done as it was, with random weights."""
    start(desk)
    desk.edits.forget_start()
    retype(desk.panel.hidden, "64")
    desk.stack.setIndex(0)
    desk.stack.redo()
    assert (desk.panel.hidden.text(), desk.panel.start_note.text) == ("32", "Run 1, epoch 5")
    desk.stack.redo()
    assert (desk.panel.hidden.text(), desk.panel.start_note.text) == ("64", "")


# While a training runs


def test_a_running_training_keeps_what_it_shows(desk: Desk, qtbot: QtBot) -> None:
    panel, stack = desk.panel, desk.stack
    retype(panel.epochs, "12")
    panel.show_preparing(*OTHER.configs())
    shown = panel.fields.entries()
    stack.undo()
    assert panel.fields.entries() == shown
    stack.redo()
    stack.undo()
    assert panel.fields.entries() == shown
    panel.show_idle("")
    assert panel.form() == FORM
    stack.redo()
    assert panel.epochs.value() == 12


def test_steering_is_no_step(desk: Desk, qtbot: QtBot) -> None:
    panel = desk.panel
    panel.show_preparing(*OTHER.configs())
    with qtbot.waitSignal(panel.steered):
        retype(panel.beta, "2")
    panel.show_steered(2.0, 0.5)
    panel.beta.setFocus()
    panel.show_idle("")
    panel.epochs.setFocus()
    assert not desk.stack.count()
    assert panel.form() == FORM


def test_settings_that_are_taken_meanwhile_wait(desk: Desk) -> None:
    panel, stack = desk.panel, desk.stack
    panel.show_preparing()
    desk.edits.use(*OTHER.configs())
    stack.undo()
    stack.redo()
    panel.show_idle("")
    assert panel.form_config() == OTHER.configs()
    stack.undo()
    assert panel.form() == FORM


def test_nonsense_does_not_come_back_after_a_training(desk: Desk) -> None:
    """The form after a training is one that makes sense, whatever was undone meanwhile."""
    panel, stack = desk.panel, desk.stack
    retype(panel.epochs, "many")
    retype(panel.epochs, "3")
    panel.show_preparing()
    stack.undo()
    panel.show_idle("")
    assert not panel.problem
    assert panel.epochs.value() == 3
    stack.undo()
    assert panel.form() == FORM
