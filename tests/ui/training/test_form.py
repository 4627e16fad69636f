"""The training form: what its fields take, what they refuse and how they say so."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from tests.core.test_config import ACTIVATIONS
from tests.ui.driving import LEFT
from tests.ui.panels import shown
from tests.ui.training.forms import FORM, OTHER, type_into
from vae_explorer.core.config import ACTIVATION_NAMES, Activation, VAEConfig
from vae_explorer.state.training_form import TrainingForm, field_problem
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.widgets.number_field import NumberField


@pytest.mark.parametrize("form", [FORM, OTHER, TrainingForm()])
def test_the_form_is_shown_and_read_back(panel: TrainingPanel, form: TrainingForm) -> None:
    panel.show_form(form)
    assert panel.form() == form


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


def test_every_field_explains_itself(panel: TrainingPanel) -> None:
    for name, row in panel.fields.rows.items():
        assert len(row.field.toolTip()) > 40, name
        assert row.field.accessibleName()
        assert row._label.buddy() is row.field


@pytest.mark.parametrize(("index", "activation"), list(enumerate(ACTIVATIONS)))
def test_the_activation_is_chosen_with_the_keys(
    panel: TrainingPanel, qtbot: QtBot, index: int, activation: Activation
) -> None:
    field = panel.fields.choice("activation")
    field.setFocus()
    for _ in range(index):
        qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.currentText() == ACTIVATION_NAMES[activation]
    assert panel.form().activation == activation
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.mouseClick(panel.train_button, LEFT)
    assert asked.args is not None
    assert asked.args[0] == VAEConfig(activation=activation)


def test_the_heading_of_a_folded_model_names_what_is_not_usual(panel: TrainingPanel, qtbot: QtBot) -> None:
    heading = panel.fields.headings["model"]
    qtbot.mouseClick(heading.button, LEFT)
    assert heading._summary.text() == "400-2"
    panel.fields.choice("activation").choose("silu")
    assert heading._summary.text() == "400-2 SiLU"
    panel.hidden.setText("")
    assert heading._summary.text() == "2"


# What cannot be


@pytest.mark.parametrize("text", ["abc", "0", "-5", "1e9", "99999999", "400,", "4.5", "400; 200", "1 " * 40])
def test_widths_that_are_none_are_said_in_place_and_nothing_starts(
    panel: TrainingPanel, qtbot: QtBot, text: str
) -> None:
    type_into(qtbot, panel.hidden, text)
    assert panel.problem
    with qtbot.assertNotEmitted(panel.train_requested):
        qtbot.mouseClick(panel.train_button, LEFT)
    assert panel.fields.card.isVisible()
    assert panel.fields.card.text == panel.problem
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


def places(panel: TrainingPanel) -> dict[str, QRect]:
    """Where each field is that can be seen, in the panel."""
    return {
        name: QRect(row.field.mapTo(panel, QPoint(0, 0)), row.field.size())
        for name, row in panel.fields.rows.items()
        if row.field.isVisible()
    }


def card_place(panel: TrainingPanel) -> QRect:
    card = panel.fields.card
    return QRect(card.mapTo(panel, QPoint(0, 0)), card.size())


@pytest.mark.parametrize("height", [900, 300])
@pytest.mark.parametrize("name", ["hidden", "latent", "beta", "epochs", "validation", "seed"])
def test_nothing_moves_while_a_problem_comes_and_goes(
    panel: TrainingPanel, qtbot: QtBot, name: str, height: int
) -> None:
    panel.resize(panel.width(), height)
    field = panel.fields.field(name)
    scroll = panel.findChild(QScrollArea)
    assert scroll is not None
    scroll.ensureWidgetVisible(field)
    field.setFocus()
    before = places(panel)
    type_into(qtbot, field, "-1")
    QApplication.sendPostedEvents()
    assert panel.problem
    assert places(panel) == before
    assert panel.fields.card.isVisible()
    assert not card_place(panel).intersects(before[name])
    assert panel.rect().contains(card_place(panel))
    assert not card_place(panel).intersects(panel.train_button.geometry())
    type_into(qtbot, field, "1" if name == "hidden" else "0.1" if name == "beta" else "3")
    QApplication.sendPostedEvents()
    assert panel.problem == ""
    assert not panel.fields.card.isVisible()
    assert places(panel) == before


def test_the_card_makes_way_for_the_field_that_one_goes_to(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.resize(panel.width(), 900)
    type_into(qtbot, panel.epochs, "0")
    batch = places(panel)["batch_size"]
    assert card_place(panel).intersects(batch)
    # Also with the mouse, which reaches what lies under the card.
    spot = panel.batch_size.mapTo(panel.window(), panel.batch_size.rect().center())
    qtbot.mouseClick(panel.window().windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, spot)
    assert panel.batch_size.hasFocus()
    assert panel.fields.card.text == panel.fields.problems["epochs"]
    assert not card_place(panel).intersects(batch)
    assert not card_place(panel).intersects(places(panel)["epochs"])


def test_the_card_says_what_is_wrong_where_the_user_is(panel: TrainingPanel) -> None:
    panel.latent.setValue(0)
    panel.epochs.setValue(0)
    for field, name in ((panel.latent, "latent"), (panel.epochs, "epochs"), (panel.beta, "latent")):
        field.setFocus()
        assert panel.fields.card.text == panel.fields.problems[name]


def test_a_problem_out_of_sight_is_said_at_the_edge(panel: TrainingPanel) -> None:
    panel.resize(panel.width(), 300)
    panel.latent.setValue(0)
    scroll = panel.findChild(QScrollArea)
    assert scroll is not None
    scroll.verticalScrollBar().setValue(scroll.verticalScrollBar().maximum())
    assert panel.fields.card.isVisible()
    assert card_place(panel).top() == scroll.y()


def test_a_field_with_a_problem_says_it_to_the_pointer_too(panel: TrainingPanel) -> None:
    usual = panel.latent.toolTip()
    panel.latent.setValue(0)
    assert panel.latent.toolTip() == f"{panel.problem}\n\n{usual}"
    panel.latent.setValue(2)
    assert panel.latent.toolTip() == usual


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


# What is to be seen


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
def test_nothing_is_cut_off_with_large_fonts(
    large_font: None, switch: ThemeSwitch, qtbot: QtBot, theme: str
) -> None:
    switch.set_theme("dark" if theme == "dark" else "light")
    panel = TrainingPanel(OTHER, switch)
    panel.resize(panel.minimumSizeHint().width(), 700)
    with shown(panel, qtbot):
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
