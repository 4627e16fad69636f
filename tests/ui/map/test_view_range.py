import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_explorer.ui.map.view_range import MARGIN, ROOM, fitted, still_fits

clouds = hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-100, 100))


@given(clouds, st.sampled_from([MARGIN, ROOM]))
def test_a_fitted_range_shows_every_point_and_still_fits(xy: np.ndarray, margin: float) -> None:
    low, high = view = fitted(xy, margin)
    assert (low < high).all()
    assert (xy >= low).all()
    assert (xy <= high).all()
    assert still_fits(xy, view)


def test_small_changes_still_fit_and_large_ones_do_not() -> None:
    xy = np.random.default_rng(0).normal(size=(500, 2)) * 5
    view = fitted(xy, ROOM)
    assert still_fits(xy * 1.1, view)
    assert still_fits(xy * 0.7, view)
    assert not still_fits(xy * 1.3, view)
    assert not still_fits(xy * 0.3, view)
    assert not still_fits(xy + np.array([10, 0]), view)


def test_points_of_a_collapsed_posterior_are_seen_on_the_scale_of_the_prior() -> None:
    xy = 0.01 * np.random.default_rng(0).normal(size=(500, 2)) + (3, 0)
    low, high = view = fitted(xy, margin=0)
    np.testing.assert_allclose(high - low, 4)
    np.testing.assert_allclose((low + high) / 2, (3, 0), atol=0.05)
    assert still_fits(xy / 2 + (1.5, 0), view)


def test_a_cloud_that_is_long_in_one_direction_fills_its_view() -> None:
    xy = np.random.default_rng(0).normal(size=(500, 2)) * (30, 1)
    view = fitted(xy)
    view[:, 1] = view[:, 0]  # as a view of one scale has it
    assert still_fits(xy, view)


def test_a_cloud_far_from_the_middle_does_not_fit() -> None:
    xy = np.random.default_rng(0).normal(size=(500, 2))
    view = fitted(xy)
    view[:, 0] += (-4, 12)  # wider, and off to one side
    assert not still_fits(xy, view)
    view[:, 0] -= 4
    assert still_fits(xy, view)
