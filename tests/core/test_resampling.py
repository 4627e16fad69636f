import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.resampling import area_weights, shrink_squares

sizes = st.integers(1, 60)


@given(sizes, sizes)
def test_weights_add_up_to_one_and_take_every_pixel_alike(source: int, target: int) -> None:
    weights = area_weights(source, target)
    assert weights.shape == (target, source)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(weights.sum(0), target / source, atol=1e-5)


@given(st.integers(1, 12), st.integers(1, 8))
def test_a_whole_factor_averages_blocks_and_repeats_pixels(size: int, factor: int) -> None:
    line = np.random.default_rng(size).random(size * factor).astype(np.float32)
    blocks = line.reshape(size, factor).mean(1)
    np.testing.assert_allclose(area_weights(size * factor, size) @ line, blocks, atol=1e-6)
    np.testing.assert_allclose(area_weights(size, size * factor) @ blocks, blocks.repeat(factor), atol=1e-6)


def test_a_pixel_counts_by_the_share_that_is_covered() -> None:
    np.testing.assert_allclose(area_weights(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], atol=1e-7)


@pytest.mark.parametrize("side", [1, 3, 4, 7])
def test_pictures_shrink_each_for_itself(side: int) -> None:
    pictures = np.random.default_rng(0).random((5, 7, 7)).astype(np.float32)
    weights = area_weights(7, side)
    np.testing.assert_allclose(shrink_squares(pictures, weights), weights @ pictures @ weights.T, atol=1e-6)
