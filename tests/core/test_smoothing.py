import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_explorer.core.smoothing import MAX_WEIGHT, Smoother, smooth

rows = arrays(np.float64, st.integers(0, 300), elements=st.floats(-1e6, 1e6, allow_subnormal=False))
weights = st.floats(0, MAX_WEIGHT)


def one_by_one(values: np.ndarray, weight: float) -> list[float]:
    """The definition, as TensorBoard computes it."""
    average, smoothed = 0.0, []
    for count, value in enumerate(values, start=1):
        average = average * weight + (1 - weight) * value
        smoothed.append(average / (1 - weight**count))
    return smoothed


@given(rows, weights)
def test_it_is_the_definition(values: np.ndarray, weight: float) -> None:
    scale = np.abs(values).max(initial=1)
    np.testing.assert_allclose(
        smooth(values, weight), one_by_one(values, weight), rtol=1e-9, atol=1e-9 * scale
    )


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9, 0.99])
def test_many_blocks_are_the_definition_too(weight: float) -> None:
    values = np.random.default_rng(0).normal(-150, 20, 60_000)
    np.testing.assert_allclose(smooth(values, weight), one_by_one(values, weight), rtol=1e-12)


@given(rows, weights, st.lists(st.integers(0, 60), max_size=8))
def test_a_growing_row_is_smoothed_as_if_it_came_at_once(
    values: np.ndarray, weight: float, sizes: list[int]
) -> None:
    smoother = Smoother(weight)
    parts = [
        smoother.extend(part) for part in np.split(values, np.minimum(np.cumsum([0, *sizes]), len(values)))
    ]
    scale = np.abs(values).max(initial=1)
    np.testing.assert_allclose(np.concatenate(parts), smooth(values, weight), rtol=1e-9, atol=1e-9 * scale)


@given(rows, weights)
def test_it_stays_between_the_least_and_the_largest_value(values: np.ndarray, weight: float) -> None:
    smoothed = smooth(values, weight)
    slack = 1e-9 * np.abs(values).max(initial=1)
    assert np.isfinite(smoothed).all()
    assert (smoothed >= values.min(initial=np.inf) - slack).all()
    assert (smoothed <= values.max(initial=-np.inf) + slack).all()


@given(st.floats(-1e6, 1e6), weights, st.integers(1, 200))
def test_a_constant_stays_what_it_is_from_the_first_entry_on(value: float, weight: float, count: int) -> None:
    np.testing.assert_allclose(smooth(np.full(count, value), weight), value, rtol=1e-9, atol=1e-9)


@given(rows)
def test_a_weight_of_zero_changes_nothing_and_gives_a_copy(values: np.ndarray) -> None:
    smoothed = smooth(values, 0.0)
    np.testing.assert_array_equal(smoothed, values)
    assert smoothed is not values


@pytest.mark.parametrize("weight", [-0.1, 1.0, float("nan")])
def test_a_weight_that_makes_no_sense_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        Smoother(weight)
