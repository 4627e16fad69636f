"""The Attributes dock in the window: by mouse and keys, with the map beside it and while a model learns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LEFT,
    SHORT,
    choose,
    click,
    drag,
    next_epoch,
    pixel,
    raise_dock,
    retype,
    slide,
    stop_training,
)
from tests.ui.opening import choose_from_menu, click_tab, redo, undo
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ByteArray
from vae_explorer.core.direction_sources import ClassPair, Component, Measured
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.drawing import SIDE
from vae_explorer.state.edits import Entry
from vae_explorer.ui.attributes.editing import ALPHAS
from vae_explorer.ui.attributes.panel import AttributesPanel
from vae_explorer.ui.attributes.row import DirectionRow
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.image_view import ImageView

CLASSES = "From one class to another…"
KEEP_STILL = "Move without changing"


@pytest.fixture
def attributes(window: MainWindow) -> MainWindow:
    """The window with the dock in front, which was never seen before."""
    window.resize(1440, 900)
    assert "attributes" not in window.exploration.__dict__, "it is made when it is first seen"
    click_tab(window, "Attributes")
    assert panel_of(window).isVisible()
    return window


def panel_of(window: MainWindow) -> AttributesPanel:
    return window.exploration.attributes


def wait_found(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel_of(window).finder.up_to_date, timeout=SHORT)


def add_classes(window: MainWindow, qtbot: QtBot) -> str:
    """The direction from the 3s towards the 8s, by the menu and the bar that it opens; its name."""
    panel = panel_of(window)
    choose_from_menu(panel.button("add"), CLASSES)
    click(panel.add_menu.classes.add_button, QPointF(panel.add_menu.classes.add_button.rect().center()))
    wait_found(window, qtbot)
    return panel.list.current


def add_component(window: MainWindow, qtbot: QtBot, number: int = 1) -> str:
    choose_from_menu(panel_of(window).button("add"), "Principal component", f"PC {number}")
    wait_found(window, qtbot)
    return panel_of(window).list.current


def entry_of(window: MainWindow, name: str) -> Entry:
    entry = window.looks.edits.find(name)
    assert entry is not None
    return entry


def row_of(window: MainWindow, name: str) -> DirectionRow:
    return panel_of(window).list.row(name)


def decoded(window: MainWindow, points: Sequence[np.ndarray] | np.ndarray) -> ByteArray:
    assert window.session.model is not None
    return decoded_frames(window.session.model.snapshot, np.asarray(points, np.float64))


def picture_in(view: ImageView) -> ByteArray:
    """The gray levels that are shown, shape (side, side)."""
    assert view.image is not None
    image = view.image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : image.width()].copy()


def moved_by(window: MainWindow, name: str, alpha: float, base: np.ndarray | None = None) -> np.ndarray:
    """Where α along one direction takes a point, computed here: the cursor, unless another one is named."""
    used = entry_of(window, name).used
    assert used is not None
    start = window.selection.z if base is None else base
    return np.asarray(start, np.float64) + alpha * used.sigma * used.vector


def is_seen(window: MainWindow) -> bool:
    """Whether anything of the edit is on the map."""
    arrow = panel_of(window).arrow
    return any(item.isVisible() for item in (arrow.track, arrow.arrow, arrow.point))


def assert_map_shows(window: MainWindow, point: np.ndarray) -> None:
    """The edited point, and an arrow that leads there from the cursor."""
    model, arrow = window.session.model, panel_of(window).arrow
    assert model is not None
    assert arrow.arrow.isVisible()
    assert arrow.point.isVisible()
    np.testing.assert_allclose(arrow.point.pos().toTuple(), model.projection.project(point), rtol=1e-6)
    cursor = model.projection.project(window.selection.z)
    np.testing.assert_allclose(arrow.arrow.pos().toTuple(), cursor, rtol=1e-6, atol=1e-12)
    map_ = window.map_panel.map
    tip = map_.pixel_at(model.projection.project(point)) - map_.pixel_at(cursor)
    np.testing.assert_allclose(arrow.arrow.end.toTuple(), tip.toTuple(), atol=1.5)


def test_directions_that_were_there_before_the_dock_are_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.looks.edits.add("4 → 9", ClassPair(4, 9))
    click_tab(window, "Attributes")
    panel = panel_of(window)
    assert panel.list.current == "4 → 9"
    qtbot.waitUntil(lambda: len(panel.view.strip.frames) == len(ALPHAS), timeout=SHORT)


def test_the_first_direction_does_not_take_the_keyboard_elsewhere(window: MainWindow) -> None:
    click_tab(window, "Attributes")
    panel = panel_of(window)
    panel.list._add_button.setFocus()
    edits = window.looks.edits
    for name in ("first", "second"):
        edits.add(name, ClassPair(4, 9))
        assert panel.list.isAncestorOf(QApplication.focusWidget())
    for name in ("second", "first"):
        row_of(window, name).slider.setFocus()
        edits.remove(name)
        assert panel.list.isAncestorOf(QApplication.focusWidget())
        assert not panel.visibleRegion().isEmpty()


# One direction


def test_a_direction_from_its_menu_is_gone_along_with_the_mouse(attributes: MainWindow, qtbot: QtBot) -> None:
    map_, panel = attributes.map_panel.map, panel_of(attributes)
    click(map_.viewport(), pixel(map_, 0.4, -0.3))
    name = add_classes(attributes, qtbot)
    assert entry_of(attributes, name).source == ClassPair(3, 8)
    base = decoded(attributes, [attributes.selection.z])[0]
    np.testing.assert_array_equal(picture_in(panel.view.edited), base, "α = 0 changes nothing")
    steps = attributes.undo_stack.count()

    slide(row_of(attributes, name).slider, 0.3)
    alpha = entry_of(attributes, name).alpha
    assert 1 < alpha < 3
    point = moved_by(attributes, name, alpha)
    np.testing.assert_array_equal(picture_in(panel.view.base), base)
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])
    assert (picture_in(panel.view.edited) != base).any()
    along = [moved_by(attributes, name, each) for each in ALPHAS]
    np.testing.assert_array_equal(panel.view.strip.frames, decoded(attributes, along))
    assert abs(ALPHAS[panel.view.strip.current] - alpha) <= 0.25
    assert_map_shows(attributes, point)
    assert attributes.undo_stack.count() == steps + 1, "a whole drag is one step"

    undo(attributes, qtbot)
    assert entry_of(attributes, name).alpha == 0
    np.testing.assert_array_equal(picture_in(panel.view.edited), base)
    assert not panel.arrow.arrow.isVisible()
    redo(attributes, qtbot)
    assert entry_of(attributes, name).alpha == alpha
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])
    assert_map_shows(attributes, point)
    undo(attributes, qtbot)
    undo(attributes, qtbot)
    assert len(attributes.looks.edits) == 0


def test_typed_farther_than_the_slider_goes_and_reset(attributes: MainWindow, qtbot: QtBot) -> None:
    name = add_classes(attributes, qtbot)
    row = row_of(attributes, name)
    retype(row.field, "-4.5")
    assert entry_of(attributes, name).alpha == -4.5
    assert row.slider.value() == row.slider.minimum()
    picture = decoded(attributes, [moved_by(attributes, name, -4.5)])[0]
    np.testing.assert_array_equal(picture_in(panel_of(attributes).view.edited), picture)
    qtbot.mouseClick(panel_of(attributes).button("reset"), LEFT)
    assert not attributes.looks.edits.moves
    undo(attributes, qtbot)
    assert entry_of(attributes, name).alpha == -4.5


def test_a_drag_over_the_strip_goes_along_the_direction_as_one_step(
    attributes: MainWindow, qtbot: QtBot
) -> None:
    name = add_classes(attributes, qtbot)
    strip, steps = panel_of(attributes).view.strip, attributes.undo_stack.count()
    drag(strip, [QPointF(strip.rect_of(frame).center()) for frame in (6, 8, 10)])
    assert entry_of(attributes, name).alpha == ALPHAS[10]
    assert attributes.undo_stack.count() == steps + 1
    assert_map_shows(attributes, moved_by(attributes, name, ALPHAS[10]))


def test_the_edit_follows_the_cursor_and_the_cursor_goes_to_the_edit(
    attributes: MainWindow, qtbot: QtBot
) -> None:
    name = add_classes(attributes, qtbot)
    retype(row_of(attributes, name).field, "2")
    map_, panel = attributes.map_panel.map, panel_of(attributes)
    click(map_.viewport(), pixel(map_, -0.6, 0.5))
    point = moved_by(attributes, name, 2)
    assert_map_shows(attributes, point)
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])
    before = attributes.selection.z
    qtbot.mouseClick(panel.view.go_button, LEFT)
    np.testing.assert_allclose(attributes.selection.z, point)
    assert not attributes.looks.edits.moves
    undo(attributes, qtbot)
    np.testing.assert_array_equal(attributes.selection.z, before)
    assert entry_of(attributes, name).alpha == 2


def test_behind_another_tab_nothing_is_on_the_map_and_nothing_computes(
    attributes: MainWindow, qtbot: QtBot
) -> None:
    name = add_classes(attributes, qtbot)
    retype(row_of(attributes, name).field, "2")
    panel = panel_of(attributes)
    assert is_seen(attributes)
    click_tab(attributes, "Runs")
    assert not is_seen(attributes)
    qtbot.waitUntil(lambda: not panel.response.effects.busy, timeout=SHORT)
    drawn = list[None]()
    panel.editing.drawn.connect(lambda: drawn.append(None))
    panel.finder.found.connect(lambda: drawn.append(None))
    map_ = attributes.map_panel.map
    click(map_.viewport(), pixel(map_, 0.7, 0.7))
    attributes.looks.edits.add("hidden", Component(0))
    QCoreApplication.processEvents()
    assert drawn == []
    assert not panel.finder._finding.busy
    assert not panel.response.effects.busy
    assert entry_of(attributes, "hidden").used is None
    click_tab(attributes, "Attributes")
    wait_found(attributes, qtbot)
    assert entry_of(attributes, "hidden").used is not None
    assert_map_shows(attributes, moved_by(attributes, name, 2))


# Several, and what they keep still


def test_a_direction_that_keeps_another_still_is_orthogonal_to_it(
    attributes: MainWindow, qtbot: QtBot
) -> None:
    component, pair = add_component(attributes, qtbot), add_classes(attributes, qtbot)
    row, panel = row_of(attributes, pair), panel_of(attributes)
    retype(row.field, "1.5")
    plain = entry_of(attributes, pair).used
    other = entry_of(attributes, component).used
    assert plain is not None
    assert other is not None
    assert abs(plain.vector @ other.vector) > 0.01
    choose_from_menu(row.more, KEEP_STILL, component)
    wait_found(attributes, qtbot)
    entry = entry_of(attributes, pair)
    assert entry.still == (component,)
    assert entry.used is not None
    assert abs(entry.used.vector @ other.vector) < 1e-6
    assert component in row.note, "it says what that costs"
    point = moved_by(attributes, pair, 1.5)
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])
    assert_map_shows(attributes, point)
    undo(attributes, qtbot)
    wait_found(attributes, qtbot)
    freed = entry_of(attributes, pair)
    assert not freed.still
    assert freed.used is not None
    np.testing.assert_array_equal(freed.used.vector, plain.vector)


def test_measured_directions_wait_for_the_digits_to_be_measured(attributes: MainWindow, qtbot: QtBot) -> None:
    panel = panel_of(attributes)
    choose_from_menu(panel.button("add"), "Measured attribute", "Thickness")
    assert panel.finder.measuring
    wait_found(attributes, qtbot)
    (entry,) = attributes.looks.edits
    assert entry.source == Measured("thickness")
    assert entry.used is not None
    assert panel.finder.measures is not None
    assert panel.finder.measures.shape == (600, 6)
    assert "R²" in row_of(attributes, entry.name).quality
    qtbot.waitUntil(lambda: bool(panel.response.headline), timeout=SHORT)


# What is edited


def test_a_picked_digit_or_a_drawing_is_edited_instead_of_the_cursor(
    attributes: MainWindow, qtbot: QtBot
) -> None:
    name, panel = add_classes(attributes, qtbot), panel_of(attributes)
    retype(row_of(attributes, name).field, "2")
    steps = attributes.undo_stack.count()
    choose(panel.base_box, panel.base_box.findText("Picked digit"), qtbot)
    assert panel.view.hint == "Click a digit on the map: it is edited then."
    assert not is_seen(attributes)
    map_, model = attributes.map_panel.map, attributes.session.model
    assert model is not None
    click(map_.viewport(), pixel(map_, *map_.places[17]))
    focus = attributes.looks.picks.focus
    assert focus is not None
    point = moved_by(attributes, name, 2, model.posterior.mu[focus])
    assert panel.view.hint == ""
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])

    choose(panel.base_box, panel.base_box.findText("Drawing"), qtbot)
    assert panel.view.hint == "Draw a digit in the Draw dock: it is edited then."
    raise_dock(attributes, "drawing")
    pad = attributes.exploration.drawing.pad
    rect = pad.picture_rect()
    drag(pad, [QPointF(rect.topLeft()) + QPointF(14, y) * rect.width() / SIDE for y in (5, 14, 23)])
    found = attributes.exploration.encoding.result
    assert found is not None
    point = moved_by(attributes, name, 2, found.mu)
    np.testing.assert_array_equal(picture_in(panel.view.edited), decoded(attributes, [point])[0])
    while attributes.undo_stack.index() > steps:
        undo(attributes, qtbot)
    assert attributes.looks.edits.base == "cursor"
    assert panel.base_box.currentText() == "Cursor"


# While a model learns, and other models


def test_directions_are_found_anew_while_a_model_learns(busy: MainWindow, qtbot: QtBot) -> None:
    busy.resize(1440, 900)
    click_tab(busy, "Attributes")
    choose_from_menu(panel_of(busy).button("add"), CLASSES)
    add = panel_of(busy).add_menu.classes.add_button
    click(add, QPointF(add.rect().center()))
    choose_from_menu(panel_of(busy).button("add"), "Measured attribute", "Slant")
    pair, slant = (entry.name for entry in busy.looks.edits)
    qtbot.waitUntil(lambda: all(entry.used is not None for entry in busy.looks.edits), timeout=SHORT)
    retype(row_of(busy, pair).field, "2")
    before = {name: entry_of(busy, name).used for name in (pair, slant)}
    next_epoch(busy, qtbot)

    def all_new() -> bool:
        return all(entry_of(busy, name).used is not before[name] for name in before)

    qtbot.waitUntil(all_new, timeout=SHORT)
    assert [entry.problem for entry in busy.looks.edits] == [None, None]
    stop_training(busy, qtbot)
    wait_found(busy, qtbot)
    assert_map_shows(busy, moved_by(busy, pair, 2))


@pytest.mark.parametrize("latent", [1, 3])
def test_a_model_of_another_latent_size_is_opened(
    attributes: MainWindow, qtbot: QtBot, tmp_path: Path, latent: int
) -> None:
    pair, second = add_classes(attributes, qtbot), add_component(attributes, qtbot, 2)
    assert [entry.name for entry in attributes.looks.edits] == [pair, second]
    for name in (pair, second):
        retype(row_of(attributes, name).field, "1")
    path = save_random_model(tmp_path / "other.safetensors", VAEConfig(hidden=(8,), latent=latent))
    attributes.files.open_file(path)
    qtbot.waitUntil(lambda: len(attributes.selection.z) == latent, timeout=SHORT)
    wait_found(attributes, qtbot)
    found = entry_of(attributes, pair).used
    assert found is not None
    assert found.latent == latent
    missing = entry_of(attributes, second)
    assert (missing.used is None) == (latent == 1)
    row = row_of(attributes, second)
    assert row.slider.isEnabled() == (latent != 1)
    if latent == 1:
        assert row.note, "it says why it cannot be had"
        point = moved_by(attributes, pair, 1)
    else:
        assert missing.used is not None
        point = moved_by(attributes, second, 1, moved_by(attributes, pair, 1))
    np.testing.assert_allclose(panel_of(attributes).editing.point, point)
    assert_map_shows(attributes, point)
    np.testing.assert_array_equal(
        picture_in(panel_of(attributes).view.edited), decoded(attributes, [point])[0]
    )


def test_the_window_closes_while_digits_are_measured(open_window: OpenWindow, attributes: MainWindow) -> None:
    """What the test leaves behind, and how long closing takes, is looked at after each test."""
    panel = panel_of(attributes)
    choose_from_menu(panel.button("add"), "Measured attribute", "Width")
    assert panel.finder.measuring
    attributes.close()
    assert not panel.finder.measuring
    assert panel.finder.measures is None
