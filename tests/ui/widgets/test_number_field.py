from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.number_field import NumberField, doubling, plain, steps_of, tenths


@dataclass
class Fields:
    whole: NumberField
    rate: NumberField
    share: NumberField


@pytest.fixture
def fields(qtbot: QtBot) -> Fields:
    fields = Fields(
        NumberField(0, 100, steps_of(1), whole=True, off="off", before="after", unit=("epoch", "epochs")),
        NumberField(1e-7, 1, tenths()),
        NumberField(0, 0.5, steps_of(0.05), off="off", unit=("%", "%"), scale=100),
    )
    for field in (fields.whole, fields.rate, fields.share):
        qtbot.addWidget(field)
        field.show()
    return fields


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("7", 7),
        ("after 7 epochs", 7),
        ("after 1 epoch", 1),
        (" OFF ", 0),
        ("-5", -5),
        ("−5", -5),
        ("1e3", 1000),
        ("4.5", 4.5),
        ("4,5", 4.5),
        ("", ""),
        ("seven", "seven"),
        ("7 apples", "7 apples"),
        ("7 8", "7 8"),
    ],
)
def test_what_people_type_is_read(fields: Fields, text: str, entry: object) -> None:
    fields.whole.lineEdit().clear()
    fields.whole.lineEdit().insert(text)  # the keys of tests have no true minus sign
    assert fields.whole.entry() == entry
    assert type(fields.whole.entry()) is type(entry)


def test_a_finished_number_gets_its_unit_and_bad_text_stays(fields: Fields, qtbot: QtBot) -> None:
    for typed, shown in (("3", "after 3 epochs"), ("1", "after 1 epoch"), ("0", "off"), ("x", "x")):
        fields.whole.lineEdit().clear()
        qtbot.keyClicks(fields.whole, typed)
        with qtbot.waitSignal(fields.whole.committed):
            qtbot.keyClick(fields.whole, Qt.Key.Key_Return)
        assert fields.whole.text() == shown


def test_percent_is_a_share(fields: Fields, qtbot: QtBot) -> None:
    fields.share.setValue(0.125)
    assert fields.share.text() == "12.5 %"
    fields.share.lineEdit().clear()
    qtbot.keyClicks(fields.share, "7")
    assert fields.share.entry() == 0.07


def test_steps_end_at_the_limits(fields: Fields, qtbot: QtBot) -> None:
    fields.share.setValue(0.45)
    for _ in range(3):
        qtbot.keyClick(fields.share, Qt.Key.Key_Up)
    assert fields.share.value() == 0.5
    for _ in range(20):
        qtbot.keyClick(fields.share, Qt.Key.Key_Down)
    assert fields.share.text() == "off"
    fields.rate.setValue(1)
    qtbot.keyClick(fields.rate, Qt.Key.Key_Up)
    assert fields.rate.text() == "1"


@given(st.floats(1e-12, 1e12))
def test_ten_digits_of_a_number_survive_as_text(value: float) -> None:
    assert float(plain(value)) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "text"), [(3e-4, "0.0003"), (5e-5, "5e-5"), (1.0, "1"), (0.1 + 0.2, "0.3"), (12800, "12800")]
)
def test_numbers_look_as_people_write_them(value: float, text: str) -> None:
    assert plain(value) == text


@given(st.floats(1e-6, 1e3), st.integers(1, 5))
def test_steps_of_a_tenth_go_up_and_down_without_end(value: float, steps: int) -> None:
    step = tenths()
    assert step(value, steps) > value > step(value, -steps) > 0


def test_steps_begin_and_end_at_nothing_with_a_grain() -> None:
    step = tenths(0.01)
    assert step(0, 1) == 0.01
    assert step(0.02, -2) == 0
    assert step(1, 1) == 1.1
    assert step(1, -1) == 0.99
    assert step(4, 3) == pytest.approx(4.3)


def test_batches_double() -> None:
    assert doubling(128, 2) == 512
    assert doubling(128, -1) == 64
