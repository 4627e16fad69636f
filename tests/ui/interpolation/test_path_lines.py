import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.path_kinds import PATH_KINDS
from vae_explorer.ui.interpolation.path_lines import MapLine, without_flat_corners
from vae_explorer.ui.interpolation.styles import kind_name, kind_tip, line_style
from vae_explorer.ui.theme import DARK, LIGHT


def distances(places: np.ndarray, line: np.ndarray) -> np.ndarray:
    """From each place to the nearest point of a line."""
    start, way = line[:-1], np.diff(line, axis=0)
    squares = np.maximum((way**2).sum(1), 1e-300)
    offsets = places[:, None] - start
    share = np.clip((offsets * way).sum(2) / squares, 0, 1)
    off: np.ndarray = np.linalg.norm(offsets - share[..., None] * way, axis=2).min(1)
    return off


@given(st.integers(2, 300), st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_no_corner_that_is_left_out_is_seen(count: int, seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    line = scale * np.cumsum(random.normal(size=(count, 2)), 0)
    corners = without_flat_corners(line)
    assert (corners[[0, -1]] == line[[0, -1]]).all()
    extent = np.ptp(line, axis=0).max()
    assert distances(line, corners).max() <= 2e-3 * extent


@given(st.integers(2, 300))
def test_a_straight_line_has_two_corners(count: int) -> None:
    line = np.linspace((1.0, 2.0), (-3.0, 7.0), count)
    assert len(without_flat_corners(line)) == 2


def test_a_curve_is_as_round_as_one_can_see() -> None:
    angle = np.linspace(0, np.pi, 129)
    circle = np.stack((np.cos(angle), np.sin(angle)), 1)
    corners = without_flat_corners(circle)
    assert 10 < len(corners) < 100
    assert distances(circle, corners).max() < 1e-3


def test_anchors_stay_corners() -> None:
    legs = [np.linspace(a, b, 129) for a, b in (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 0)))]
    assert without_flat_corners(np.concatenate(legs)).tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]


def test_lines_of_no_length() -> None:
    assert without_flat_corners(np.zeros((0, 2))).shape == (0, 2)
    assert len(without_flat_corners(np.ones((5, 2)))) == 2
    line = MapLine(np.ones((5, 2)), np.ones((3, 2)))
    assert len(line.dots) == 3


def test_each_kind_has_a_name_a_tip_and_dashes_of_its_own() -> None:
    for texts in ([kind_name(kind) for kind in PATH_KINDS], [kind_tip(kind) for kind in PATH_KINDS]):
        assert len(set(texts)) == len(PATH_KINDS)
        assert all(texts)
    for colors in (LIGHT, DARK):
        styles = [line_style(kind, colors) for kind in PATH_KINDS]
        assert len({style.dashes for style in styles}) == len(PATH_KINDS)
        assert {style.color for style in styles} == {colors.muted}
        chosen = line_style("linear", colors, chosen=True)
        assert (chosen.color, chosen.dashes) == (colors.accent, ())
        assert chosen.width > styles[0].width
