import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import random_model
from vae_explorer.core import traversal as module
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.images import gray_levels
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.traversal import TRAVERSAL_VALUES, dimension_order, traversal


def grid_of(model: ModelSnapshot, z0: np.ndarray, dimensions: list[int], *values: float) -> np.ndarray:
    pictures = traversal(model, z0, dimensions, values or TRAVERSAL_VALUES)
    assert pictures is not None
    return pictures


@settings(deadline=None)
@given(st.integers(1, 6), st.lists(st.integers(0, 5), max_size=7), st.lists(st.floats(-5, 5), max_size=6))
def test_each_picture_is_the_point_with_one_coordinate_set(
    latent: int, chosen: list[int], values: list[float]
) -> None:
    model = random_model(VAEConfig(16, (8,), latent))
    z0 = np.random.default_rng(0).standard_normal(latent)
    dimensions = [dimension % latent for dimension in chosen]
    pictures = traversal(model, z0, dimensions, values)
    assert pictures is not None
    assert pictures.dtype == np.uint8
    assert pictures.shape == (len(dimensions), len(values), 4, 4)
    for row, dimension in enumerate(dimensions):
        for column, value in enumerate(values):
            z = z0.copy()
            z[dimension] = value
            expected = gray_levels(model.decode(z[None])[0])
            assert np.abs(pictures[row, column].ravel().astype(int) - expected).max() <= 1


def test_it_goes_three_standard_deviations_each_way(small_model: ModelSnapshot) -> None:
    assert len(TRAVERSAL_VALUES) == 13
    assert (min(TRAVERSAL_VALUES), max(TRAVERSAL_VALUES)) == (-3, 3)
    pictures = grid_of(small_model, np.zeros(3), [0, 1, 2])
    # In the middle all rows show z0.
    assert (pictures[:, 6] == pictures[0, 6]).all()
    assert (pictures[:, 0] != pictures[:, -1]).any((1, 2)).all()


def test_parts_make_the_same_whole(small_model: ModelSnapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = grid_of(small_model, np.ones(3), [2, 0, 1])
    monkeypatch.setattr(module, "_CHUNK_VALUES", 19 * 5)
    parts = grid_of(small_model, np.ones(3), [2, 0, 1])
    assert np.abs(parts.astype(int) - whole).max() <= 1
    answers = iter([False, True])
    assert traversal(small_model, np.ones(3), [0, 1, 2], cancelled=lambda: next(answers)) is None


def test_overflow_is_black_without_a_warning(small_model: ModelSnapshot) -> None:
    with warnings.catch_warnings(action="error"):
        pictures = grid_of(small_model, np.zeros(3), [0], 1e300, 1.0)
    assert not pictures[0, 0].any()
    assert pictures[0, 1].any()


def test_all_of_512_dimensions() -> None:
    model = random_model(VAEConfig(16, (8,), 512))
    assert grid_of(model, np.zeros(512), list(range(512))).shape == (512, 13, 4, 4)


def test_active_dimensions_come_first_and_the_most_telling_of_them() -> None:
    order = dimension_order([0.1, 3.0, 2.0, 0.5], [True, False, True, True])
    assert order.tolist() == [2, 3, 0, 1]


kls = st.lists(st.tuples(st.floats(0, 50) | st.just(np.nan), st.booleans()), min_size=1, max_size=20)


@given(kls)
def test_every_dimension_comes_once_in_order(dimensions: list[tuple[float, bool]]) -> None:
    kl, active = zip(*dimensions, strict=True)
    order = dimension_order(kl, active).tolist()
    assert sorted(order) == list(range(len(kl)))
    # Equal dimensions stay in their own order.
    keys = [(not active[j], np.isnan(kl[j]), 0 if np.isnan(kl[j]) else -kl[j], j) for j in order]
    assert keys == sorted(keys)
