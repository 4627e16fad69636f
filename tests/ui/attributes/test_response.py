"""What a direction really does, on the screen: curves, their names, and the words around them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.attributes.conftest import Desk
from tests.ui.clipping import cut_off
from tests.ui.driving import color_at
from tests.ui.panels import shown
from tests.waiting import LONG, SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_effect import ALPHAS, Effect
from vae_explorer.core.direction_sources import Axis, Measured
from vae_explorer.core.directions import Direction
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.ui.attributes.effects import Found, Question
from vae_explorer.ui.attributes.response_plot import CurveNames, ResponsePlot, spread
from vae_explorer.ui.attributes.response_texts import at_curve, details, explanation, headline, in_words
from vae_explorer.ui.theme import ThemeSwitch

SLOPES = np.array([0.05, 0.8, -0.4, 0.0, 0.02, -0.001])
SCALES = np.array([0.5, 0.2, 3.0, 2.0, 8.0, 40.0])


def an_effect(slopes: np.ndarray = SLOPES, counted: int = 50) -> Effect:
    """Straight responses of these slopes, in σ a step."""
    alphas = np.array(ALPHAS)
    mean = (slopes * SCALES)[:, None] * alphas
    rising = np.where(slopes > 0, 0.84, 0.0)
    falling = np.where(slopes < 0, 0.7, 0.0)
    count = np.full(6, counted, np.intp)
    return Effect(alphas, mean, mean - 0.1, mean + 0.1, slopes, rising, falling, count)


@pytest.fixture
def found(deep_model: ModelSnapshot, sixty: ImageSet) -> Found:
    direction = Direction("slant", Measured("slant"), np.array([1.0, 0.0]), 1.0)
    question = Question(deep_model, deep_model.encode(sixty.images), direction, sixty)
    measures = np.zeros((60, len(ALPHAS), 6))
    return Found(question, an_effect(), SCALES, 60, rough=False, measures=measures)


@pytest.fixture
def plot(switch: ThemeSwitch, qtbot: QtBot) -> Iterator[ResponsePlot]:
    plot = ResponsePlot(switch)
    plot.resize(360, 200)
    plot.show_effect(an_effect(), SCALES, "slant")
    with shown(plot, qtbot):
        yield plot


# Words


def test_words_about_a_measured_direction(found: Found) -> None:
    assert headline(found, "slant") == "Slant grows steadily for 84\u00a0% of 50 test digits"
    assert details(found, "slant", {"pc": 91.0}) == "Also changes width 0.5× as fast"
    text = explanation(found, "slant", {"pc": 91.0}).replace("\u00a0", " ")
    assert "width: −0.40 σ for each step of α, grows steadily for 0 %, shrinks steadily for 70 %" in text
    assert "; 0.5× as fast as slant\n" in text
    assert "slant: +0.80 σ for each step of α, grows steadily for 84 %, shrinks steadily for 0 %\n" in text
    assert "91° to pc" in text


def test_words_about_other_directions(found: Found) -> None:
    assert headline(found, None) == "Changes slant most: +0.80 σ for each step of α"
    assert details(found, None, {"3 → 8": 78.3, "pc": 91.0}) == "78° from 3 → 8"
    assert details(found, None, {}) == ""
    assert "as fast as" not in explanation(found, None, {})


def test_words_about_what_does_nothing(found: Found) -> None:
    still = replace(found, effect=an_effect(np.zeros(6)))
    assert headline(still, None) == "It changes none of the measured attributes"
    assert details(still, "slant", {}) == "Hardly changes any other attribute"
    nothing = Effect(
        np.array(ALPHAS), *(np.full((6, 13), np.nan),) * 3, *(np.full(6, np.nan),) * 3, np.zeros(6, np.intp)
    )
    unknown = replace(found, effect=nothing)
    assert headline(unknown, "slant") == "Slant grows steadily for – of 0 test digits"
    assert headline(unknown, None) == "It changes none of the measured attributes"
    assert "slant: – σ for each step" in explanation(unknown, "slant", {})
    assert "slant – σ to – σ" in in_words(unknown)


def test_words_about_one_place_of_a_curve(found: Found) -> None:
    text = at_curve(found, "slant", 8)
    assert text == "α 1.0: slant +9.2 °, +0.80 σ (half of the digits +0.30 … +1.30 σ)"
    assert at_curve(found, "height", 6).startswith("α 0.0: height 0.0 px, 0.00 σ")


def test_the_curves_are_said_in_words(found: Found) -> None:
    text = in_words(found)
    assert text.startswith("Mean change from α = −3 to α = 3: thickness −0.15 σ to +0.15 σ, slant −2.40 σ to")
    assert "width +1.20 σ to −1.20 σ" in text


# Curves


def test_heights_are_in_standard_deviations(plot: ResponsePlot) -> None:
    np.testing.assert_allclose(plot.heights, SLOPES[:, None] * np.array(ALPHAS))
    low, high = plot.getViewBox().viewRange()[1]
    assert low < -2.4 < 2.4 < high
    plot.show_effect(None, SCALES, None)
    assert not plot.shown


def test_a_weak_direction_does_not_look_strong(plot: ResponsePlot) -> None:
    plot.show_effect(an_effect(SLOPES / 100), SCALES, "slant")
    low, high = plot.getViewBox().viewRange()[1]
    assert low <= -0.5
    assert high >= 0.5


def test_the_pointer_finds_a_curve(plot: ResponsePlot, qtbot: QtBot) -> None:
    place = plot.pixel_of(QPointF(2.0, 1.6))
    qtbot.mouseMove(plot.viewport(), place)
    assert plot.at == ("slant", 10)
    qtbot.mouseMove(plot.viewport(), plot.pixel_of(QPointF(2.0, -0.8)))
    assert plot.at == ("width", 10)
    qtbot.mouseMove(plot.viewport(), plot.pixel_of(QPointF(-2.5, 1.9)))
    assert plot.at == (None, -1)


def test_keys_walk_over_the_curves(plot: ResponsePlot) -> None:
    plot.setFocus()
    seen = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(plot, key)
        seen.append(plot.at)
    assert seen == [("slant", 12), ("thickness", 12), ("thickness", 11), ("slant", 11), ("slant", 11)]
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.at == ("slant", 12)


def test_the_curve_that_is_meant_stands_out(plot: ResponsePlot, switch: ThemeSwitch) -> None:
    assert plot.color_of("slant") == switch.colors.accent
    assert plot.color_of("width") == switch.colors.grid
    plot.point_to("width")
    assert plot.color_of("width") == switch.colors.text
    assert plot.color_of("slant") == switch.colors.accent
    switch.set_theme("dark")
    assert plot.color_of("width") == switch.colors.text
    switch.set_theme("light")


def test_names_stand_beside_the_ends(plot: ResponsePlot, switch: ThemeSwitch, qtbot: QtBot) -> None:
    names = CurveNames(plot, switch)
    for height, least in ((200, 6), (2 * names.fontMetrics().height(), 2)):
        names.resize(names.sizeHint().width(), height)
        places = names.places()
        assert len(places) == 6 if least == 6 else least - 1 <= len(places) < 6
        middles = sorted(middle for middle, _end in places.values())
        assert all(b - a >= 8 for a, b in pairwise(middles))
        assert middles[0] >= 0
        assert middles[-1] <= height
        assert "slant" in places
    names.deleteLater()


@given(
    places=st.lists(st.floats(-50, 250), min_size=1, max_size=6).map(sorted),
    apart=st.floats(1, 30),
)
def test_spread_places_are_apart(places: list[float], apart: float) -> None:
    low, high = apart / 2, 200 - apart / 2
    moved = spread(places, apart, low, high)
    assert all(b - a >= apart - 1e-9 for a, b in pairwise(moved))
    assert low - 1e-9 <= moved[0]
    assert moved[-1] <= high + 1e-9


def test_spread_leaves_what_has_room() -> None:
    assert spread([20, 60, 100], 15, 0, 200) == [20, 60, 100]


# The view


def test_the_effect_of_the_current_direction(desk: Desk) -> None:
    response = desk.panel.response
    assert response.hint == "Add a direction to see what it really does to digits."
    direction = desk.add("one", Axis(1))
    desk.qtbot.waitUntil(lambda: response.effects.found is not None, timeout=LONG)
    found = response.effects.found
    assert found is not None
    assert found.question.direction is direction
    assert response.hint == ""
    assert response.headline == headline(found, None)
    assert response.plot.shown
    response.plot.point_to("slant", 12)
    assert response.details == at_curve(found, "slant", 12)
    assert response.details in response.plot.accessibleDescription()
    assert response.plot.toolTip() == response.details
    response.plot.point_to(None)
    assert in_words(found) in response.plot.accessibleDescription()
    assert "arrow keys" in response.plot.accessibleDescription()


def test_what_is_measured_more_exactly_says_how_far_that_is(desk: Desk) -> None:
    response, said = desk.panel.response, set[str]()
    desk.panel.response.effects.changed.connect(lambda: said.add(response.details))
    desk.add("one", Axis(1))
    desk.qtbot.waitUntil(
        lambda: response.effects.found is not None and not response.effects.busy, timeout=LONG
    )
    assert any(text.startswith("First estimate; measuring exactly… ") for text in said)
    assert not response.details.startswith("First estimate")


def test_escape_and_leaving_let_go_of_a_curve(desk: Desk) -> None:
    desk.add("one", Axis(1))
    plot = desk.panel.response.plot
    desk.qtbot.waitUntil(lambda: plot.shown, timeout=LONG)
    for leave in (lambda: QTest.keyClick(plot, Qt.Key.Key_Escape), desk.panel.base_box.setFocus):
        plot.setFocus()
        QTest.keyClick(plot, Qt.Key.Key_Down)
        assert plot.at != (None, -1)
        leave()
        assert plot.at == (None, -1)


def test_every_heading_and_figure_is_explained(desk: Desk) -> None:
    desk.add("Thickness", Measured("thickness"))
    desk.qtbot.waitUntil(lambda: desk.panel.response.effects.found is not None, timeout=LONG)
    response, row = desk.panel.response, desk.panel.list.row("Thickness")
    for root in (response, row):
        for label in root.findChildren(QLabel):
            if label.isVisible() and label.text() and label.text() not in ("Thickness", "α, σ"):
                assert label.toolTip(), label.text()
    for part in (row.slider, row.field, row.reset, row.more, response.plot, response.plot.parentWidget()):
        assert part.toolTip(), part
    assert "Grows steadily" in response.plot.toolTip()


@pytest.mark.parametrize("width", [240, 320])
def test_the_words_are_all_to_be_read(desk: Desk, large_font: None, width: int) -> None:
    desk.add("Thickness", Measured("thickness"))
    response = desk.panel.response
    desk.qtbot.waitUntil(lambda: response.effects.found is not None, timeout=LONG)
    response.setFixedWidth(width)
    QApplication.processEvents()
    assert response.headline.startswith("Thickness grows steadily for ")
    assert cut_off(response) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_names_stand_on_the_canvas_of_the_plot(
    desk: Desk, switch: ThemeSwitch, theme: Literal["light", "dark"]
) -> None:
    switch.set_theme(theme)
    desk.add("one", Axis(1))
    desk.qtbot.waitUntil(lambda: desk.panel.response.effects.found is not None, timeout=LONG)
    both = desk.panel.response.plot.parentWidget()
    for corner in (QPoint(both.width() - 2, 1), QPoint(1, 1)):
        assert color_at(both, corner) == switch.colors.canvas
    switch.set_theme("light")


def test_alpha_is_marked(desk: Desk) -> None:
    desk.add("one", Axis(1))
    response = desk.panel.response
    desk.qtbot.waitUntil(lambda: response.effects.found is not None, timeout=LONG)
    desk.edits.set_alpha("one", 1.25)
    assert response.plot._marker.value() == 1.25
    assert response.plot._marker.isVisible()


def test_hidden_it_asks_nothing(desk: Desk) -> None:
    desk.panel.hide()
    desk.edits.add("one", Axis(1))
    desk.panel.response.set_current("one")
    assert not desk.panel.response.effects.busy
    desk.panel.show()
    desk.qtbot.waitUntil(lambda: desk.panel.response.effects.busy, timeout=SHORT)
    desk.panel.hide()
    assert not desk.panel.response.effects.busy
    assert desk.panel.response.effects.found is None


def test_a_problem_is_said_in_words(desk: Desk) -> None:
    desk.edits.add("z7", Axis(6))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    desk.panel.list.set_current("z7")
    assert desk.panel.response.hint == "This model has 2 latent dimension(s), so there is no axis z7."
    assert desk.panel.view.hint == ""


def test_another_model_has_another_answer(desk: Desk) -> None:
    desk.add("one", Axis(1))
    effects = desk.panel.response.effects
    desk.qtbot.waitUntil(lambda: effects.found is not None, timeout=LONG)
    first = effects.found
    desk.open(random_model(VAEConfig(hidden=(16,), latent=2), seed=3))
    desk.qtbot.waitUntil(
        lambda: (
            effects.found is not None
            and effects.found is not first
            and effects.found.question.posterior is desk.model.posterior
        ),
        timeout=LONG,
    )
    assert effects.found is not None
    assert effects.found.question.direction is desk.direction("one")
