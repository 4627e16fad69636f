from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT
from tests.ui.panels import shown, switch
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.image_terms import image_terms
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.state.map_look import ColorBy, MapLook
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.legend import Legend
from vae_explorer.ui.map.point_colors import PointColors
from vae_explorer.ui.map.point_scale import STEPS, scale_of
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch
from vae_explorer.workers.image_terms import PointValues
from vae_explorer.workers.jobs import Jobs

__all__ = ["switch"]


class Bench:
    """A map whose points are coloured."""

    def __init__(self, session: Session, theme: ThemeSwitch, jobs: Jobs) -> None:
        self.session, self.look = session, MapLook()
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
    posterior = bench.model.posterior
    other = replace(bench.model, posterior=replace(posterior, mu=posterior.mu[::-1].copy()))
    bench.session.show(other)
    qtbot.waitUntil(lambda: bool((bench.drawn != before).any()), timeout=SHORT)


def test_newer_weights_of_a_run_do_not_pile_up(bench: Bench, qtbot: QtBot) -> None:
    bench.session.show(replace(bench.model, run="a"))
    bench.color_by("kl", qtbot)
    shown = bench.drawn
    # The same posterior with newer weights, and then a newer posterior within the pause.
    bench.session.show(replace(bench.model))
    assert not bench.colors._later.isActive()
    posterior = bench.model.posterior
    bench.session.show(replace(bench.model, posterior=replace(posterior, mu=posterior.mu * 2)))
    assert bench.colors._later.isActive()
    np.testing.assert_array_equal(bench.drawn, shown)
    bench.colors._later.start(0)
    qtbot.waitUntil(lambda: bool((bench.drawn != shown).any()), timeout=SHORT)


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
