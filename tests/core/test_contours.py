import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_explorer.core.contours import CONTOUR_SHARES, class_borders, density_contours, prior_contours
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.layers import density_values, prior_values
from vae_explorer.core.map_plane import MapPlane
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.tiles import TileGrid, grid_for


@settings(max_examples=10)
@given(st.integers(0, 10))
def test_the_lines_of_the_data_hold_what_they_say(seed: int) -> None:
    """Images that the density does not know lie above the lines as often as these say."""
    random = np.random.default_rng(seed)

    def draw(count: int) -> np.ndarray:
        group = random.integers(0, 3, count)
        return (np.array([[0, 0], [4, 1], [-2, 3]])[group] + random.normal(0, 0.6, (count, 2))).astype("f4")

    posterior = Posterior(draw(2000), np.full((2000, 2), 2 * math.log(0.15), np.float32))
    aggregate = AggregatePosterior(posterior)
    grid = grid_for((-6, -4, 8, 8), 100)
    values = density_values(aggregate, MapPlane(np.zeros(2), np.eye(2)), grid)
    contours = density_contours(grid, values, aggregate.at_means)
    assert [contour.share for contour in contours] == list(CONTOUR_SHARES)
    new = aggregate.log_density(draw(2000))
    for contour in contours:
        on_line = aggregate.log_density(np.concatenate(contour.lines))
        level = float(np.median(on_line))
        # The line has one height, but for the straight pieces that it consists of.
        assert np.abs(on_line - level).mean() < 0.15
        assert (new > level).mean() == pytest.approx(contour.share, abs=0.04)


@pytest.mark.parametrize("latent", [1, 2])
def test_the_lines_of_the_prior_hold_what_they_say(latent: int) -> None:
    plane = MapPlane(np.zeros(latent), np.eye(2, latent))
    grid = grid_for((-4, -4, 4, 4), 64)
    drawn = np.random.default_rng(0).normal(size=(20_000, latent))
    contours = prior_contours(plane, grid, prior_values(plane, grid))
    assert [contour.share for contour in contours] == list(CONTOUR_SHARES)
    for contour in contours:
        line = np.concatenate(contour.lines)[:, :latent]
        radius = float(np.linalg.norm(line, axis=1).mean())
        held = (np.linalg.norm(drawn, axis=1) < radius).mean()
        assert held == pytest.approx(contour.share, abs=0.012)


def test_off_the_plane_of_the_prior_the_lines_are_narrower_or_gone() -> None:
    axes = np.eye(2, 20)
    base = np.zeros(20)
    base[2] = 4.0
    grid = grid_for((-8, -8, 8, 8), 64)

    def radii(plane: MapPlane) -> dict[float | None, float]:
        contours = prior_contours(plane, grid, prior_values(plane, grid))
        return {c.share: float(np.linalg.norm(np.concatenate(c.lines), axis=1).mean()) for c in contours}

    through, beside = radii(MapPlane(np.zeros(20), axes)), radii(MapPlane(base, axes))
    for share, radius in beside.items():
        assert radius == pytest.approx(math.sqrt(through[share] ** 2 - 16), abs=0.1)


def test_borders_lie_between_places_of_different_classes() -> None:
    grid = TileGrid(1.0, 0, 0, 4, 3)
    winners = np.array([[1, 1, 7, 7]] * 3)
    (borders,) = class_borders(grid, winners)
    assert borders.share is None
    for line in borders.lines:
        np.testing.assert_allclose(line[:, 0], 1.5)
        assert {0.0, 2.0} <= set(line[:, 1].tolist())


def test_one_class_has_no_border() -> None:
    assert class_borders(TileGrid(1.0, 0, 0, 3, 3), np.ones((3, 3), int)) == ()
