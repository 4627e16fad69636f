"""The part of the map that is seen, through a saved session: chosen by the user, or as it came about."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenWindow
from tests.ui.driving import SHORT, Answers, drag, middle, train, type_path
from vae_explorer.core.session_file import load_session
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def session_file(tmp_path: Path) -> Path:
    return tmp_path / "mine.vaesession"


def save(window: MainWindow, path: Path, answers: Answers, qtbot: QtBot) -> None:
    answers.expect(type_path(path))
    window.actions_["save_session_as"].trigger()
    qtbot.waitUntil(lambda: f"Session saved as {path}" in window.map_panel.messages.text, timeout=SHORT)


def seen(window: MainWindow) -> QRectF:
    """What the map shows, with nothing said above it."""
    window.map_panel.messages.hide()
    QApplication.processEvents()
    return window.map_panel.map.getViewBox().viewRect()


def difference(one: QRectF, other: QRectF) -> float:
    """By how much of its width one shows something else than the other."""
    corners = [np.array([*rect.topLeft().toTuple(), *rect.bottomRight().toTuple()]) for rect in (one, other)]
    return float(np.abs(corners[0] - corners[1]).max() / one.width())


def zoom_in(window: MainWindow) -> None:
    """Turn the wheel over the map."""
    viewport, place = window.map_panel.map.viewport(), middle(window.map_panel.map)
    event = QWheelEvent(
        place,
        QPointF(viewport.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def pan(window: MainWindow) -> None:
    """Drag the map with the middle button."""
    start = middle(window.map_panel.map)
    way = [start + QPointF(-60, 40) * step / 4 for step in range(5)]
    drag(window.map_panel.map.viewport(), way, Qt.MouseButton.MiddleButton)


def test_a_view_that_was_zoomed_and_panned_comes_back(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    first = open_window()
    whole = seen(first)
    zoom_in(first)
    zoomed = seen(first)
    assert zoomed.width() < 0.8 * whole.width()
    pan(first)
    before = seen(first)
    assert difference(zoomed, before) > 0.05
    save(first, session_file, answers, qtbot)
    values = load_session(session_file).values
    assert values["view"] is not None
    assert values["free_view"] is None
    second = open_window(session_file)
    assert difference(before, seen(second)) < 0.01
    # It is still the user's: points that leave it do not take it away.
    spread_out(second, qtbot)
    assert difference(before, seen(second)) < 0.01


def test_a_view_that_a_training_left_comes_back_and_still_follows_the_points(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    first = open_window()
    train(first, qtbot)
    before = seen(first)
    save(first, session_file, answers, qtbot)
    values = load_session(session_file).values
    assert values["view"] is None
    assert values["free_view"] is not None
    second = open_window(session_file)
    after = seen(second)
    # The line of messages may have taken a few pixels of the map.
    assert difference(before, after) < 0.03
    # Not as a model from a file is shown: around its points.
    second.actions_["fit"].trigger()
    assert difference(before, seen(second)) > 0.08


def test_a_view_that_nobody_chose_still_follows_the_points(
    open_window: OpenWindow, session_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    first = open_window()
    save(first, session_file, answers, qtbot)
    second = open_window(session_file)
    before = seen(second)
    spread_out(second, qtbot)
    assert difference(before, seen(second)) > 0.5


def spread_out(window: MainWindow, qtbot: QtBot) -> None:
    """Show the same model with its digits three times as far from each other."""
    model = window.session.model
    assert model is not None
    wide = replace(model.posterior, mu=3 * model.posterior.mu)
    window.session.show(replace(model, posterior=wide))
    qtbot.waitUntil(lambda: not window.map_panel.map.gliding, timeout=SHORT)
