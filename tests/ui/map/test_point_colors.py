import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.clipping import cut_off
from tests.ui.driving import LEFT, SHORT
from tests.ui.panels import large_font, shown, switch
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.image_terms import image_terms
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.resources import resource_path
from vae_explorer.state.map_look import ColorBy, MapLook
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.state.settings import Theme
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.legend import Legend
from vae_explorer.ui.map.point_colors import PointColors
from vae_explorer.ui.map.point_scale import STEPS, scale_of
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch
from vae_explorer.workers.image_terms import PointValues
from vae_explorer.workers.jobs import Jobs

__all__ = ["large_font", "switch"]


class Bench:
    """A map whose points are coloured."""

    def __init__(self, session: Session, theme: ThemeSwitch, jobs: Jobs) -> None:
        self.session, self.look, self.jobs = session, MapLook(), jobs
        self.map, self.legend = LatentMap(theme), Legend()
        self.colors = PointColors(session, self.look, PointValues(jobs), theme, self.map, self.legend)
        session.model_changed.connect(lambda _before: self.show_points())

    def show_points(self) -> None:
        self.map.set_points(self.model.on_map, self.images.labels, ("z1", "z2"))

    @property
    def model(self) -> OpenModel:
        assert self.session.model is not None
        return self.session.model

    @property
    def images(self) -> ImageSet:
        assert self.session.images is not None
        return self.session.images

    @property
    def drawn(self) -> np.ndarray:
        """Number of each point's colour, shape (n,)."""
        return self.map._points.cloud._colors

    @property
    def palette(self) -> list[str]:
        return self.map._points.cloud._palette

    def color_by(self, color_by: ColorBy, qtbot: QtBot) -> None:
        self.look.set_color_by(color_by)
        qtbot.waitUntil(lambda: self.map._points._coloring is not None, timeout=SHORT)


@pytest.fixture
def bench(few_digits: ImageSet, tutorial_model: Path, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Bench]:
    session, jobs, window = Session(), Jobs(), QWidget()
    bench = Bench(session, switch, jobs)
    layout = QVBoxLayout(window)
    layout.addWidget(bench.legend)
    layout.addWidget(bench.map)
    window.resize(800, 600)
    with shown(window, qtbot):
        session.set_images(few_digits)
        session.show(open_model(load_model(tutorial_model), few_digits, "tutorial", "file"))
        yield bench
        bench.colors.stop()
        jobs.stop()
    bench.map.__dict__.clear()  # see tests/ui/conftest.py


@pytest.mark.parametrize("color_by", ["elbo", "reconstruction", "kl"])
def test_colours_follow_the_numbers(bench: Bench, color_by: ColorBy, qtbot: QtBot) -> None:
    bench.color_by(color_by, qtbot)
    terms = image_terms(bench.model.snapshot, bench.images.images, bench.model.posterior)
    assert terms is not None
    values = getattr(terms, color_by)
    steps = bench.drawn
    assert steps.min() == 0
    assert steps.max() == STEPS - 1
    assert (np.diff(steps[values.argsort()]) >= 0).all()
    low, high = np.percentile(values, (1, 99))
    assert bench.legend.scale.isVisible()
    assert (
        f"{abs(low):.0f}" in bench.legend.scale.text.replace(".", " ")
        or f"{low:.1f}" in bench.legend.scale.text
    )
    assert bench.legend.scale.text.endswith("nats")
    assert high > low
    assert bench.legend.scale.toolTip()


def test_predicted_classes_and_how_many_are_wrong(bench: Bench, qtbot: QtBot) -> None:
    bench.color_by("predicted", qtbot)
    predicted = Neighbours(bench.model.posterior.mu, bench.images.labels).predicted_for_points()
    wrong = predicted != bench.images.labels
    assert 0 < wrong.sum() < len(wrong)
    assert [bench.palette[color] for color in bench.drawn[wrong]] == [
        CLASS_COLORS[k] for k in predicted[wrong]
    ]
    np.testing.assert_array_equal(bench.drawn[~wrong], predicted[~wrong])
    assert bench.legend.note.text() == f"{wrong.sum()} predicted wrongly"
    assert f"{wrong.mean():.1%}" in bench.legend.note.toolTip()
    bench.legend.note.grab()
    assert bench.legend.note.toolTip()


def test_labels_come_back(bench: Bench, qtbot: QtBot) -> None:
    before = bench.map.grab().toImage()
    bench.color_by("elbo", qtbot)
    assert bench.map.grab().toImage() != before
    assert bench.legend.button(3).icon().isNull()
    bench.look.set_color_by("label")
    assert bench.map.grab().toImage() == before
    assert not bench.legend.scale.isVisible()
    assert not bench.legend.button(3).icon().isNull()


def test_only_the_newest_wish_is_shown(bench: Bench, qtbot: QtBot) -> None:
    bench.look.set_color_by("predicted")
    assert bench.legend.note.text() == "computing…"
    bench.color_by("kl", qtbot)
    assert not bench.legend.note.isVisible()
    assert len(bench.palette) == STEPS
    bench.look.set_color_by("predicted")
    bench.look.set_color_by("label")
    assert bench.palette == list(CLASS_COLORS)


def test_what_is_known_is_there_at_once(bench: Bench, qtbot: QtBot) -> None:
    bench.color_by("elbo", qtbot)
    elbo = bench.drawn
    bench.look.set_color_by("kl")
    assert (bench.drawn != elbo).any()
    bench.look.set_color_by("elbo")
    np.testing.assert_array_equal(bench.drawn, elbo)


def test_hidden_classes_stay_hidden_in_other_colours(bench: Bench, qtbot: QtBot) -> None:
    bench.legend.toggled.connect(bench.map.set_class_shown)
    qtbot.mouseClick(bench.legend.button(2), LEFT)
    bench.color_by("elbo", qtbot)
    cloud = bench.map._points.cloud
    drawn = cloud._inside(cloud.boundingRect())
    np.testing.assert_array_equal(np.sort(drawn), np.flatnonzero(bench.images.labels != 2))


def test_another_model_is_coloured_anew(bench: Bench, qtbot: QtBot) -> None:
    bench.color_by("kl", qtbot)
    before = bench.drawn
    other = load_model(resource_path("models", "mnist-deep-2d.safetensors"))
    bench.session.show(open_model(other, bench.images, "other", "file"))
    assert bench.legend.note.text() == "computing…"
    qtbot.waitUntil(lambda: bool((bench.drawn != before).any()), timeout=SHORT)


def test_both_themes_have_colours_of_their_own(bench: Bench, switch: ThemeSwitch, qtbot: QtBot) -> None:
    bench.color_by("elbo", qtbot)
    light = bench.palette
    switch.set_theme("dark")
    assert bench.palette != light
    assert len(set(bench.palette)) == STEPS


def test_size_and_opacity_arrive(bench: Bench) -> None:
    before = bench.map.grab().toImage()
    bench.look.set_points(2, 1)
    cloud = bench.map._points.cloud
    assert (cloud._diameter, cloud._alpha) == (2, 1)
    assert bench.map.grab().toImage() != before


def test_without_a_model_nothing_happens(switch: ThemeSwitch, qtbot: QtBot) -> None:
    jobs, window = Jobs(), QWidget()
    bench = Bench(Session(), switch, jobs)
    layout = QVBoxLayout(window)
    layout.addWidget(bench.legend)
    layout.addWidget(bench.map)
    with shown(window, qtbot):
        bench.look.set_color_by("elbo")
        assert bench.palette == list(CLASS_COLORS)
        jobs.stop()


def test_the_legend_says_what_is_drawn_as_density(bench: Bench) -> None:
    many = np.random.default_rng(0).normal(size=(120_000, 2))
    labels = np.resize(bench.images.labels, len(many))
    bench.map.set_points(many, labels, ("z1", "z2"))
    assert bench.legend._density.isVisible()
    bench.show_points()
    assert not bench.legend._density.isVisible()


def test_a_scale_for_values_that_are_all_the_same_or_no_numbers() -> None:
    same = scale_of(np.full(50, 3.0))
    assert (same.low, same.high) == (3, 3)
    assert not same.steps.any()
    wild = scale_of(np.r_[np.linspace(0, 1, 100), np.inf, -np.inf, np.nan])
    assert wild.steps[-3:].tolist() == [STEPS - 1, 0, STEPS - 1]
    assert np.isfinite((wild.low, wild.high)).all()
    assert not scale_of(np.full(3, np.nan)).low


# While a model learns


class Course:
    """A run on the map of a bench: any of its moments, and whether it is in training.

    Attributes:
        live: whether the map shows the training as it goes.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench, self.start = bench, bench.model
        self.live = True
        bench.colors.is_live = lambda: self.live

    def moment(self, epoch: float) -> OpenModel:
        """Weights, and where they put the images."""
        weights = {name: (1 + epoch / 50) * values for name, values in self.start.snapshot.weights.items()}
        snapshot = replace(self.start.snapshot, weights=weights)
        posterior = snapshot.encode(self.bench.images.images)
        return replace(self.start, snapshot=snapshot, posterior=posterior, run="a", epoch=epoch)

    def show(self, epoch: float) -> None:
        self.bench.session.show(self.moment(epoch))

    def show_weights(self, epoch: float) -> None:
        """Newer weights come without places of their own most of the time."""
        self.bench.session.show(replace(self.bench.model, snapshot=self.moment(epoch).snapshot, epoch=epoch))

    def steps(self, epoch: float, color_by: ColorBy = "elbo") -> np.ndarray:
        """The colours of a moment, shape (n,)."""
        moment = self.moment(epoch)
        terms = image_terms(moment.snapshot, self.bench.images.images, moment.posterior)
        return scale_of(getattr(terms, color_by)).steps

    def is_colored(self, epoch: float) -> bool:
        """Whether the colours, and what the legend says, are those of this moment, which is on the map."""
        return np.array_equal(self.bench.drawn, self.steps(epoch)) and not self.bench.legend.age.text()


@pytest.fixture
def course(bench: Bench, qtbot: QtBot) -> Course:
    """A run in training that is coloured by its ELBO; epoch 3 is on the map."""
    course = Course(bench)
    course.show(2)
    bench.color_by("elbo", qtbot)
    course.show(3)
    # The first one counts as what the user came to.
    bench.colors._later.stop()
    bench.colors.catch_up()
    qtbot.waitUntil(lambda: course.is_colored(3), timeout=SHORT)
    return course


def test_newer_weights_without_places_change_no_colours(bench: Bench, course: Course, qtbot: QtBot) -> None:
    course.show_weights(3.5)
    assert not bench.colors._later.isActive()
    assert course.is_colored(3)
    # Nor do they when the user asks for other terms, or the training pauses.
    bench.look.set_color_by("kl")
    bench.look.set_color_by("label")
    course.live = False
    bench.look.set_color_by("elbo")
    bench.colors.settle()
    qtbot.waitUntil(lambda: course.is_colored(3), timeout=SHORT)


def test_who_comes_back_to_newer_weights_sees_their_own_terms(
    bench: Bench, course: Course, qtbot: QtBot
) -> None:
    """A training that went on unseen is shown again: its newest weights, with places of an epoch before."""
    mixed = replace(course.moment(8), posterior=course.moment(7).posterior)
    bench.session.show(course.start)
    bench.session.show(mixed)
    qtbot.waitUntil(lambda: course.is_colored(8), timeout=SHORT)


def test_colours_of_a_training_may_lag_and_the_legend_says_so(bench: Bench, course: Course) -> None:
    scale = bench.legend.scale.text
    course.show(5)
    assert bench.colors._later.isActive()
    assert bench.colors._later.remainingTime() > 1000
    np.testing.assert_array_equal(bench.drawn, course.steps(3))
    assert bench.legend.scale.text == scale
    assert bench.legend.age.isVisible()
    assert bench.legend.age.text() == "ELBO of epoch 3 (the map shows epoch 5)"
    course.show(6.7)
    assert bench.legend.age.text() == "ELBO of epoch 3 (the map shows epoch 6)"


def test_when_the_pause_is_over_the_newest_places_are_coloured(
    bench: Bench, course: Course, qtbot: QtBot
) -> None:
    course.show(5)
    course.show(6)
    bench.colors._later.start(0)
    qtbot.waitUntil(lambda: course.is_colored(6), timeout=SHORT)
    assert not bench.colors._later.isActive()


def test_within_one_epoch_the_legend_names_no_number_twice(bench: Bench, course: Course) -> None:
    course.show(3.25)
    assert bench.legend.age.text() == "ELBO of a moment ago (the map has moved on)"


def test_when_a_training_pauses_or_ends_the_colours_come_up_to_date_at_once(
    bench: Bench, course: Course, qtbot: QtBot
) -> None:
    course.show(5)
    bench.colors.settle()
    assert bench.colors._later.isActive()
    course.live = False
    bench.colors.settle()
    assert not bench.colors._later.isActive()
    qtbot.waitUntil(lambda: course.is_colored(5), timeout=SHORT)


def test_who_scrubs_and_who_comes_back_does_not_wait(bench: Bench, course: Course, qtbot: QtBot) -> None:
    course.show(5)
    course.live = False
    course.show(1)
    assert not bench.colors._later.isActive()
    qtbot.waitUntil(lambda: course.is_colored(1), timeout=SHORT)
    course.live = True
    course.show(6)
    assert not bench.colors._later.isActive()
    qtbot.waitUntil(lambda: course.is_colored(6), timeout=SHORT)
    course.show(7)
    assert bench.colors._later.isActive()


@pytest.mark.parametrize("color_by", ["elbo", "predicted"])
def test_a_replay_is_coloured_as_it_goes(
    bench: Bench, course: Course, color_by: ColorBy, qtbot: QtBot
) -> None:
    """What was begun is shown although the map has moved on, and then the newest; what came between is left out."""
    names = {"elbo": "ELBO", "predicted": "Predicted classes"}
    course.live = False
    age, gates = bench.legend.age, (threading.Event(), threading.Event())
    bench.color_by(color_by, qtbot)
    qtbot.waitUntil(lambda: age.isVisible() and not age.text(), timeout=SHORT)
    bench.jobs._pool.setMaxThreadCount(1)
    bench.jobs.start(gates[0].wait, lambda _: None, lambda _: None)
    course.show(4)
    bench.jobs.start(gates[1].wait, lambda _: None, lambda _: None)
    assert age.text() == f"{names[color_by]} of epoch 3 (the map shows epoch 4)"
    course.show(5)
    course.show(6)
    assert age.text() == f"{names[color_by]} of epoch 3 (the map shows epoch 6)"
    gates[0].set()
    expected = f"{names[color_by]} of epoch 4 (the map shows epoch 6)"
    qtbot.waitUntil(lambda: age.text() == expected, timeout=SHORT)
    gates[1].set()
    qtbot.waitUntil(lambda: not age.text(), timeout=SHORT)


def test_another_theme_does_not_make_old_colours_new(
    bench: Bench, course: Course, switch: ThemeSwitch
) -> None:
    course.show(5)
    light, text = bench.palette, bench.legend.age.text()
    switch.set_theme("dark")
    assert bench.palette != light
    np.testing.assert_array_equal(bench.drawn, course.steps(3))
    assert bench.legend.age.text() == text
    assert bench.colors._later.isActive()


def test_another_model_has_no_age(bench: Bench, course: Course, qtbot: QtBot) -> None:
    course.show(5)
    bench.session.show(course.start)
    assert bench.legend.note.text() == "computing…"
    assert bench.legend.age.isHidden()
    qtbot.waitUntil(lambda: bench.legend.note.isHidden(), timeout=SHORT)
    np.testing.assert_array_equal(bench.drawn, course.steps(0))
    assert bench.legend.age.isHidden()
    assert not bench.colors._later.isActive()


def test_labels_have_no_age(bench: Bench, course: Course) -> None:
    course.show(5)
    bench.look.set_color_by("label")
    assert bench.legend.age.isHidden()
    course.show(6)
    assert bench.legend.age.isHidden()
    assert not bench.colors._later.isActive()


def test_nothing_moves_when_the_legend_says_how_old_the_colours_are(bench: Bench, course: Course) -> None:
    room = bench.legend.age.sizeHint()
    for epoch in (3.5, 5, 9):
        course.show(epoch)
        assert bench.legend.age.text()
        assert bench.legend.age.sizeHint() == room


@pytest.mark.usefixtures("large_font")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color_by", ["elbo", "reconstruction", "kl", "predicted"])
def test_large_letters_fit(
    bench: Bench, course: Course, switch: ThemeSwitch, theme: Theme, color_by: ColorBy, qtbot: QtBot
) -> None:
    switch.set_theme(theme)
    age, window = bench.legend.age, bench.legend.window()
    bench.color_by(color_by, qtbot)
    qtbot.waitUntil(age.isVisible, timeout=SHORT)
    course.show(15)
    # The least width of the map, with the margins of this window, and one with much room.
    for width, ending in ((1000, "of epoch 3 (the map shows epoch 15)"), (380, "15)")):
        window.resize(width, 600)
        qtbot.waitUntil(lambda width=width: window.width() == width, timeout=SHORT)
        window.grab()
        assert age.text().endswith(ending)
        assert age.width() >= age.fontMetrics().horizontalAdvance(age.text())
        assert not cut_off(bench.legend)
