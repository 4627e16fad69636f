import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.ui.map.label_layout import spread

APART = 26.0
# Ten classes at most, anywhere on a large screen, often close together or in one place.
near = st.floats(-30, 30) | st.sampled_from([0.0, 1.0, 5.0])
far = st.floats(-3000, 3000)


def places(axis: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    points = st.lists(st.tuples(axis, axis), max_size=10)
    return points.map(lambda some: np.array(some, float).reshape(-1, 2))


def least_distance(points: np.ndarray) -> float:
    gaps = points[:, None] - points[None]
    distances = np.hypot(gaps[..., 0], gaps[..., 1])
    np.fill_diagonal(distances, np.inf)
    return float(distances.min(initial=np.inf))


@given(places(near) | places(far))
def test_labels_end_up_apart(points: np.ndarray) -> None:
    # Ten of them in one straight line are the worst case: a pixel or two are still missing at the end.
    assert least_distance(spread(points, APART)) >= APART - 2


@given(places(near) | places(far))
def test_they_stay_together_where_they_were(points: np.ndarray) -> None:
    before = points.copy()
    moved = spread(points, APART)
    np.testing.assert_array_equal(points, before)
    assert moved.shape == points.shape
    if len(points):
        np.testing.assert_allclose(moved.mean(0), points.mean(0), atol=1e-6)
        # Even if all of them stood in one place, so many fit side by side.
        assert np.abs(moved - points).max() <= len(points) * APART


@given(places(far))
def test_what_is_apart_already_does_not_move(points: np.ndarray) -> None:
    if least_distance(points) >= APART:
        np.testing.assert_array_equal(spread(points, APART), points)
    spaced = points * 0 + np.arange(len(points))[:, None] * APART
    np.testing.assert_array_equal(spread(spaced, APART), spaced)


@given(places(near))
def test_the_same_places_are_always_spread_the_same_way(points: np.ndarray) -> None:
    np.testing.assert_array_equal(spread(points, APART), spread(points, APART))


def test_two_labels_part_along_the_line_between_them() -> None:
    moved = spread(np.array([[0.0, 0.0], [6.0, 8.0]]), 20)
    np.testing.assert_allclose(moved, [[-3, -4], [9, 12]])


@pytest.mark.parametrize("count", range(2, 11))
def test_labels_in_one_place_part(count: int) -> None:
    moved = spread(np.full((count, 2), 100.0), APART)
    assert least_distance(moved) >= APART - 0.5
    np.testing.assert_allclose(moved.mean(0), [100, 100])
