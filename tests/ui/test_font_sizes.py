"""With fonts of up to 200 % all texts of the window can be read: none is cut off without a way to see the rest."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui.clipping import cut_off
from tests.ui.conftest import OpenWindow
from tests.ui.driving import SHORT, Answers, fill_every_panel, raise_dock
from tests.ui.opening import fill_docks_made_on_sight
from tests.ui.panels import shown
from vae_explorer.ui.dialogs import ask_before_closing, error_dialog
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.form_scroll import FormScroll

#: The docks in front of each other are looked at in turn.
PAIRS = (
    *(("decoder", "curves"), ("digit", "runs"), ("drawing", "traversal"), ("picked", "bookmarks")),
    ("decoder", "attributes"),
    ("digit", "interpolation"),
)


@pytest.fixture(params=[1.0, 1.5, 2.0], ids=["100%", "150%", "200%"])
def letters(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[float]:
    """How large the letters of what is made after this are."""
    usual, scaled = qapp.font(), qapp.font()
    scaled.setPointSizeF(request.param * usual.pointSizeF())
    qapp.setFont(scaled)
    yield request.param
    qapp.setFont(usual)


@pytest.fixture
def full(letters: float, open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window in which every panel has something to show."""
    window = open_window()
    fill_every_panel(window, qtbot)
    fill_docks_made_on_sight(window, qtbot)
    return window


def test_no_text_of_the_window_is_cut_off(full: MainWindow, qtbot: QtBot) -> None:
    for names in PAIRS:
        for name in names:
            raise_dock(full, name)
        # Panels in front now ask for what they show.
        assert_readable(full, qtbot)


def test_a_message_can_be_read(full: MainWindow, qtbot: QtBot) -> None:
    # The map itself must be high enough for it.
    full.resize(1920, 1200)
    full.map_panel.messages.warn(
        "Cannot open /home/me/models/some-model.safetensors: it is no safetensors file.",
        ("Resume", lambda: None),
    )
    assert_readable(full, qtbot)


@pytest.mark.parametrize("color_by", ["label", "predicted", "elbo"])
def test_the_legend_can_be_read(full: MainWindow, qtbot: QtBot, color_by: str) -> None:
    full.looks.look.set_color_by(color_by)
    assert_readable(full, qtbot)


def test_what_opens_beside_the_window_can_be_read(full: MainWindow, qtbot: QtBot, answers: Answers) -> None:
    for name in ("first_steps", "glossary", "shortcuts"):
        full.actions_[name].trigger()
        dialog = next(dialog for dialog in full.findChildren(QDialog) if dialog.isVisible())
        assert_readable(dialog, qtbot)
        dialog.close()
    error = error_dialog(full, "Traceback", "/home/me/.local/state/VAE Explorer/log.txt")
    error.show()
    assert_readable(error, qtbot)
    error.close()
    error.deleteLater()
    problems: list[str] = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        problems.extend(cut_off(dialog))
        dialog.reject()

    answers.expect(look)
    ask_before_closing(full, training=True, unsaved=("Run 1: 784-400-2",), to_save="Run 1: 784-400-2")
    assert not problems


def test_what_opens_at_the_map_can_be_read(full: MainWindow, qtbot: QtBot) -> None:
    menu = full.map_panel.legend.findChildren(QWidget)
    points = next(part for part in menu if type(part).__name__ == "PointsMenu")
    plane = next(part for part in full.map_panel.background.findChildren(QWidget) if hasattr(part, "chooser"))
    for button, opened in ((points, points.choices), (plane, plane.chooser)):  # type: ignore[attr-defined]
        button.open()  # type: ignore[attr-defined]
        assert_readable(opened, qtbot)
        opened.close()


def assert_readable(window: QWidget, qtbot: QtBot) -> None:
    """Once everything has its place."""
    found: list[str] = []

    def none() -> bool:
        window.grab()
        found[:] = cut_off(window)
        return not found

    try:
        qtbot.waitUntil(none, timeout=SHORT // 4)
    except Exception:  # noqa: BLE001 - whichever way it says that time is up
        pytest.fail("\n".join(found))


# What finds them


def too_long(kind: str) -> QWidget:
    """Something that says more than its 40 pixels can show."""
    text = "Validation share of the training images"
    match kind:
        case "list":
            box = QComboBox()
            box.addItem(text)
            return box
        case "number":
            field = QSpinBox()
            field.setRange(0, 10**9)
            field.setValue(10**9)
            return field
        case "elided":
            label = ElidedLabel(text)
            # As if it forgot to say what is missing.
            label.paintEvent = lambda _event: None  # type: ignore[method-assign]
            return label
    kinds = {"label": QLabel, "button": QPushButton, "box": QCheckBox}
    return kinds[kind](text)


@pytest.mark.parametrize("kind", ["label", "button", "box", "list", "number", "elided"])
def test_text_without_room_is_found(kind: str, qtbot: QtBot) -> None:
    part = too_long(kind)
    part.setFixedWidth(40)
    with shown(in_a_row(part), qtbot) as row:
        assert cut_off(row)


def test_text_that_sticks_out_is_found_unless_it_can_be_scrolled_to(qtbot: QtBot) -> None:
    label = QLabel("Validation share of the training images")
    scroll = FormScroll(in_a_row(label))
    scroll.resize(60, 100)
    with shown(scroll, qtbot):
        assert "sticks out" in "".join(cut_off(scroll))


def test_what_has_room_is_not_found(qtbot: QtBot) -> None:
    parts = [QLabel("Seed"), QPushButton("Train"), QCheckBox("Labels"), ElidedLabel("Mean")]
    column = QWidget()
    rows = QVBoxLayout(column)
    for part in parts:
        rows.addWidget(part)
    scroll = FormScroll(column)
    scroll.resize(200, 50)
    with shown(scroll, qtbot):
        assert cut_off(scroll) == []


def in_a_row(part: QWidget) -> QWidget:
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.addWidget(part)
    return widget
