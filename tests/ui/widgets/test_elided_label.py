import pytest
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.image_view import png_bytes

LONG = "a line that is much too long for the room that there is"


@pytest.fixture
def label(qtbot: QtBot) -> ElidedLabel:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(LONG)
    label.resize(label.fontMetrics().horizontalAdvance(LONG) + 10, 30)
    label.show()
    qtbot.waitExposed(label)
    label.grab()
    return label


def test_text_that_fits_needs_no_tool_tip(label: ElidedLabel) -> None:
    assert label.toolTip() == ""


def test_text_that_does_not_fit_stands_in_the_tool_tip(label: ElidedLabel) -> None:
    label.resize(60, 30)
    label.grab()
    assert label.toolTip() == LONG
    label.resize(600, 30)
    label.grab()
    assert label.toolTip() == ""


def test_a_new_text_is_measured_too(label: ElidedLabel) -> None:
    label.setText(LONG * 2)
    label.grab()
    assert label.toolTip() == LONG * 2
    label.setText("short")
    label.grab()
    assert label.toolTip() == ""


def test_text_that_does_not_fit_ends_in_an_ellipsis(label: ElidedLabel) -> None:
    label.resize(60, 30)
    elided = label.grab().toImage()
    label.setText(LONG[:-1] + "!")  # the end is not seen
    assert png_bytes(label.grab().toImage()) == png_bytes(elided)
    label.setText("x" + LONG[1:])
    assert png_bytes(label.grab().toImage()) != png_bytes(elided)


def test_it_never_widens_its_window(label: ElidedLabel) -> None:
    assert label.minimumSizeHint().width() == 0
    assert label.minimumSizeHint().height() > 0
    label.resize(1, 30)
    assert label.width() == 1


def test_a_line_may_rather_be_empty_than_say_half_a_word(label: ElidedLabel) -> None:
    label.fewest_letters = 12
    label.resize(60, 30)
    picture = label.grab().toImage()
    label.setText("")
    assert png_bytes(label.grab().toImage()) == png_bytes(picture)
    label.setText("short")
    assert png_bytes(label.grab().toImage()) != png_bytes(picture)
    label.setText(LONG)
    label.grab()
    assert label.toolTip() == LONG
