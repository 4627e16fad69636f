from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui import panels
from tests.ui.driving import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.image_terms import ellipse
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.picks import Picks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.map.ellipses import SIGMAS, PosteriorEllipses, clipped
from vae_explorer.ui.map.panel import MapPanel
from vae_explorer.ui.theme import ThemeSwitch

switch = panels.switch


class Shown:
    """A map with the ellipses, alone on the screen."""

    def __init__(self, images: ImageSet, theme: ThemeSwitch) -> None:
        self.images = images
        self.session, self.picks = Session(), Picks()
        self.panel = MapPanel(self.session, Selection(), theme)
        self.ellipses = PosteriorEllipses(self.panel.map, self.session, self.picks, theme)
        self.session.set_images(images)

    def show_model(self, latent: int = 2, seed: int = 0) -> OpenModel:
        snapshot = random_model(VAEConfig(hidden=(24,), latent=latent), seed)
        model = replace(open_model(snapshot, self.images, "random", "file"), run="r")
        self.panel._selection.move_to(np.zeros(latent))
        self.session.show(model)
        return model

    def assert_drawn(self, index: int) -> None:
        model = self.session.model
        assert model is not None
        lines = self.ellipses.item.lines
        assert len(lines) == len(SIGMAS)
        for sigmas, line in zip(SIGMAS, lines, strict=True):
            expected = ellipse(
                model.posterior.mu[index], model.posterior.logvar[index], model.projection, sigmas
            )
            np.testing.assert_allclose(line, expected)
        assert self.ellipses.item.isVisible()


@pytest.fixture
def map_(few_digits: ImageSet, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Shown]:
    shown = Shown(few_digits, switch)
    shown.panel.resize(600, 500)
    with panels.shown(shown.panel, qtbot):
        yield shown
    shown.__dict__.clear()  # see tests/ui/conftest.py


@pytest.mark.parametrize("latent", [1, 2, 3, 20])
def test_the_posterior_of_the_digit_in_focus_is_drawn_in_any_projection(map_: Shown, latent: int) -> None:
    map_.show_model(latent)
    assert not map_.ellipses.item.isVisible()
    map_.picks.pick([3, 8], 8)
    map_.assert_drawn(8)
    map_.picks.pick([3, 8], 3)
    map_.assert_drawn(3)
    map_.panel.grab()
    map_.picks.pick([])
    assert not map_.ellipses.item.lines


def test_it_is_around_its_point(map_: Shown) -> None:
    model = map_.show_model()
    map_.picks.pick([8])
    for line in map_.ellipses.item.lines:
        np.testing.assert_allclose(line[:-1].mean(0), model.on_map[8], atol=1e-6)


def test_after_a_glide_it_is_at_the_new_place(map_: Shown, qtbot: QtBot) -> None:
    map_.show_model()
    map_.picks.pick([8])
    map_.show_model(seed=1)
    qtbot.waitUntil(lambda: not map_.panel.map.gliding, timeout=SHORT)
    map_.assert_drawn(8)


def test_a_model_with_fewer_digits_than_the_focus_draws_nothing(map_: Shown) -> None:
    map_.show_model()
    map_.picks.pick([10_000])
    assert not map_.ellipses.item.isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_seen_on_the_map(map_: Shown, switch: ThemeSwitch, theme: str) -> None:
    switch.set_theme("dark" if theme == "dark" else "light")
    model = map_.show_model()
    map_.picks.pick([8])
    line = map_.ellipses.item.lines[0]
    box = map_.panel.map.getViewBox()
    (left, bottom), (right, top) = line.min(0), line.max(0)
    box.setRange(QRectF(left - 1, bottom - 1, right - left + 2, top - bottom + 2), padding=0)
    image = map_.panel.map.grab().toImage()
    text = QColor(switch.colors.text)
    near = sum(
        _is_near(image.pixelColor(spot + QPoint(dx, dy)), text)
        for spot in (map_.panel.map.pixel_at(place).toPoint() for place in line[:-1:8])
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    )
    assert near >= 6
    assert model.run


def _is_near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


@pytest.mark.parametrize("logvar", [-60.0, 20.0, 200.0])
def test_tiny_and_huge_ones_are_painted_without_trouble(map_: Shown, logvar: float) -> None:
    model = map_.show_model()
    posterior = Posterior(model.posterior.mu, np.full_like(model.posterior.logvar, logvar))
    map_.session.show(replace(model, posterior=posterior))
    map_.panel.map._glide.finish()
    map_.picks.pick([8])
    map_.panel.grab()
    map_.assert_drawn(8)


# Cutting off

LOW, HIGH = np.array([-1.0, -2.0]), np.array([1.0, 2.0])


@given(hnp.arrays(np.float64, (7, 2), elements=st.floats(-1e4, 1e4)))
def test_what_is_cut_off_lies_outside(line: np.ndarray) -> None:
    pieces = clipped(line, LOW, HIGH)
    assert (pieces >= LOW - 1e-6).all()
    assert (pieces <= HIGH + 1e-6).all()
    # Of a fine row of points along the line those inside are on a piece.
    share = np.linspace(0, 1, 50)[:, None]
    for start, end in pairwise(line):
        points = start + share * (end - start)
        inside = points[((points >= LOW) & (points <= HIGH)).all(1)]
        assert all(_distance(point, pieces) < 1e-6 for point in inside)


def _distance(point: np.ndarray, pieces: np.ndarray) -> float:
    start, step = pieces[:, 0], pieces[:, 1] - pieces[:, 0]
    length = np.einsum("nd,nd->n", step, step)
    share = np.clip(((point - start) * step).sum(1) / np.where(length == 0, 1, length), 0, 1)
    nearest = start + share[:, None] * step
    return float(np.linalg.norm(nearest - point, axis=1).min(initial=np.inf))
