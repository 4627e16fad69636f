from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.training_clock import TrainingProgress
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import TrainingForm, field_problem
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.widgets.number_field import NumberField

FORM = TrainingForm("512, 256", 10, 7, 64, 0.0003, 42, "cpu")
OTHER = TrainingForm(
    *("32", 5, 30, 256, 5e-5, 2**60, "cuda", 4.0, "cyclical", 7, 3, 0.25, "cosine", 5.0, 9, 0.125),
    folded=["model"],
)


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot) -> Iterator[TrainingPanel]:
    switch = ThemeSwitch(qapp, "light")
    panel = TrainingPanel(TrainingForm(), switch)
    panel.set_available(True)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=SHORT)
    yield panel
    panel.close()
    panel.deleteLater()
    switch.deleteLater()
    panel.__dict__.clear()  # see tests/ui/conftest.py


def type_into(qtbot: QtBot, field: QWidget, text: str) -> None:
    """In place of what stands there, and without leaving the field."""
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text) if text else qtbot.keyClick(field, Qt.Key.Key_Backspace)


# The form


@pytest.mark.parametrize("form", [FORM, OTHER, TrainingForm()])
def test_the_form_is_shown_and_read_back(panel: TrainingPanel, form: TrainingForm) -> None:
    panel.show_form(form)
    assert panel.form() == form


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
    type_into(qtbot, panel.hidden, text)
    assert panel.problem
    with qtbot.assertNotEmitted(panel.train_requested):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert panel.fields.rows["hidden"]._line.isVisible()
    assert panel.hidden.hasFocus()
    panel.hidden.setText("8")
    assert panel.problem == ""


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("latent", "0", "latent size must be a whole number from 1 to 4096, not 0"),
        ("latent", "", "Type a number"),
        ("epochs", "-3", "not -3"),
        ("epochs", "many", "not many"),
        ("epochs", "2.5", "not 2.5"),
        ("batch_size", "60001", "larger than the 60000"),
        ("learning_rate", "0", "above 0"),
        ("learning_rate", "2", "at most 1, not 2"),
        ("beta", "-1", "weight β must be a number from 0 to 1000"),
        ("beta", "1e999", "not inf"),
        ("free_bits", "101", "free bits"),
        ("max_norm", "-1", "longest gradient"),
        ("patience", "-1", "patience"),
        ("validation", "51", "from 0 to 50 % of the training images, not 51 %"),
        ("seed", "-1", "seed"),
    ],
)
def test_impossible_numbers_are_refused_at_the_field_while_typing(
    panel: TrainingPanel, qtbot: QtBot, name: str, text: str, says: str
) -> None:
    field = panel.fields.field(name)
    type_into(qtbot, field, text)
    assert says in panel.problem
    row = panel.fields.rows[name]
    assert row.problem == panel.problem == field.accessibleDescription()
    panel.train_button.setFocus()
    assert row.problem == panel.problem  # it is not put right behind the user's back
    with qtbot.assertNotEmitted(panel.train_requested):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert field.hasFocus()
    assert field_problem(name, getattr(panel.form(), name)) is None


def test_the_outline_of_a_field_is_seen(panel: TrainingPanel) -> None:
    frame = panel.fields.rows["epochs"]._frame

    def edge() -> str:
        image = frame.grab().toImage()
        return image.pixelColor(image.width() // 2, 0).name()

    quiet = edge()
    panel.epochs.setValue(0)
    assert edge() == panel.fields._theme.colors.warning != quiet
    panel.epochs.setValue(3)
    assert edge() == quiet


def test_contradictions_are_said_at_the_field_that_can_mend_them(panel: TrainingPanel, qtbot: QtBot) -> None:
    fields = panel.fields
    fields.choice("annealing").choose("linear")
    assert fields.problems == {}
    panel.epochs.setValue(3)
    assert set(fields.problems) == {"annealing_epochs"}
    assert "ramp of 5 epochs is longer than the training of 3" in panel.problem
    panel.beta.setValue(0)
    assert set(fields.problems) == {"annealing_epochs", "beta"}
    with qtbot.assertNotEmitted(panel.train_requested):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert panel.beta.hasFocus()  # the first of them
    fields.choice("annealing").choose("none")
    assert fields.problems == {}


def test_a_batch_fits_the_images_that_are_left(panel: TrainingPanel) -> None:
    panel.set_image_count(1000)
    panel.batch_size.setValue(1000)
    assert panel.problem == ""
    panel.fields.number("validation").setValue(0.1)
    assert "larger than the 900" in panel.problem


def test_a_model_that_is_too_large_is_said(panel: TrainingPanel) -> None:
    panel.hidden.setText("65536")
    panel.latent.setValue(4096)
    assert "parameters" in panel.fields.rows["latent"].problem
    panel.latent.setValue(2)
    panel.hidden.setText("65536, 65536")
    assert "parameters" in panel.fields.rows["hidden"].problem


def test_only_the_number_that_applies_is_there(panel: TrainingPanel, qtbot: QtBot) -> None:
    ramp, cycles = panel.fields.number("annealing_epochs"), panel.fields.number("annealing_cycles")
    annealing = panel.fields.choice("annealing")
    assert not ramp.isVisible()
    assert not cycles.isVisible()
    annealing.setFocus()
    qtbot.keyClick(annealing, Qt.Key.Key_Down)
    assert ramp.isVisible()
    assert not cycles.isVisible()
    ramp.setValue(0)
    assert panel.problem
    qtbot.keyClick(annealing, Qt.Key.Key_Down)
    assert cycles.isVisible()
    assert not ramp.isVisible()
    assert panel.problem == ""  # what is not to be seen cannot be wrong
    assert panel.form_config()[1].annealing == "cyclical"


def test_groups_fold_and_a_problem_unfolds_them(panel: TrainingPanel, qtbot: QtBot) -> None:
    heading = panel.fields.headings["objective"]
    qtbot.mouseClick(heading.button, LEFT)
    assert not panel.beta.isVisible()
    assert heading._summary.isVisible()
    assert panel.form().folded == ["objective"]
    panel.fields.choice("annealing").choose("linear")
    assert not panel.fields.number("annealing_epochs").isVisible()
    panel.epochs.setValue(2)
    assert panel.fields.number("annealing_epochs").isVisible()
    assert panel.form().folded == []


def test_every_field_explains_itself(panel: TrainingPanel) -> None:
    for name, row in panel.fields.rows.items():
        assert len(row.field.toolTip()) > 40, name
        assert row.field.accessibleName()
        assert row._label.buddy() is row.field


def test_the_wheel_scrolls_the_dock_and_changes_only_where_the_user_is(panel: TrainingPanel) -> None:
    field = panel.epochs

    def turn() -> None:
        middle = QPointF(field.rect().center())
        event = QWheelEvent(
            middle,
            field.mapToGlobal(middle),
            QPoint(0, 0),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, event)

    panel.hidden.setFocus()
    turn()
    assert field.value() == 10
    field.setFocus()
    turn()
    assert field.value() == 11
    panel.hidden.setFocus()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off_with_large_fonts(qapp: QApplication, qtbot: QtBot, theme: str) -> None:
    usual = qapp.font()
    large = qapp.font()
    large.setPointSizeF(1.5 * usual.pointSizeF())
    qapp.setFont(large)
    switch = ThemeSwitch(qapp, "dark" if theme == "dark" else "light")
    panel = TrainingPanel(OTHER, switch)
    try:
        panel.resize(panel.minimumSizeHint().width(), 700)
        with qtbot.waitExposed(panel):
            panel.show()
        assert panel.fields.width() <= panel.fields.parentWidget().width()
        for row in panel.fields.rows.values():
            if not row.field.isVisible():
                continue
            assert row._label.width() >= row._label.sizeHint().width()
            if isinstance(row.field, NumberField):
                edit = row.field.lineEdit()
                assert edit.width() >= edit.fontMetrics().horizontalAdvance(edit.text())
                assert edit.height() >= edit.fontMetrics().height() - 1
        assert panel.rect().contains(panel.train_button.geometry())
    finally:
        qapp.setFont(usual)
        panel.close()
        panel.deleteLater()
        switch.deleteLater()
        panel.__dict__.clear()


# While it runs


@pytest.fixture
def running(panel: TrainingPanel) -> TrainingPanel:
    panel.show_preparing(*OTHER.configs())
    return panel


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


def test_the_keys_of_training_do_nothing_while_one_runs(running: TrainingPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(running.train_requested):
        running.request_training()
