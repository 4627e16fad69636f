import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.core.directed import random_unit
from vae_explorer.core.directions import Axis, Direction
from vae_explorer.core.edits import Edit, Term, edit_strip, edited, strip
from vae_explorer.core.errors import ConfigError

latents = st.sampled_from([1, 2, 3, 512])
seeds = st.integers(0, 1000)
alphas = st.floats(-10, 10)


def direction(latent: int, seed: int) -> Direction:
    sigma = float(np.random.default_rng(seed).uniform(0.1, 3))
    return Direction(f"d{seed}", Axis(0), random_unit(latent, seed), sigma)


def some_terms(latent: int, numbers: list[float]) -> list[Term]:
    return [(direction(latent, seed), alpha) for seed, alpha in enumerate(numbers)]


def point(latent: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, latent)


@given(latents, seeds, alphas)
def test_a_point_moves_by_alpha_times_sigma(latent: int, seed: int, alpha: float) -> None:
    some, z = direction(latent, seed), point(latent, seed)
    moved = edited(z, [(some, alpha)])
    np.testing.assert_allclose(moved, z + alpha * some.sigma * some.vector, atol=1e-12)
    assert np.linalg.norm(moved - z) == pytest.approx(abs(alpha) * some.sigma, abs=1e-9)


@given(
    hnp.arrays(st.sampled_from([np.float32, np.float64]), (3, 2), elements=st.floats(-1e6, 1e6, width=32)),
    st.lists(st.sampled_from([0.0, -0.0]), max_size=4),
)
def test_alpha_0_changes_nothing_at_all(z: np.ndarray, zeros: list[float]) -> None:
    moved = edited(z, some_terms(2, zeros))
    assert moved.tobytes() == z.astype(np.float64).tobytes()
    assert not np.shares_memory(moved, z)


@settings(max_examples=50)
@given(latents, st.lists(alphas, min_size=2, max_size=6), st.randoms())
def test_the_order_of_the_directions_does_not_matter_in_any_bit(
    latent: int, numbers: list[float], random: object
) -> None:
    terms = some_terms(latent, numbers)
    z = point(latent, 5)
    before = edited(z, terms)
    random.shuffle(terms)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(edited(z, terms), before)


@given(latents, st.lists(alphas, max_size=5), st.integers(0, 5))
def test_edits_add_up(latent: int, numbers: list[float], split: int) -> None:
    terms, z = some_terms(latent, numbers), point(latent, 5)
    one_by_one = edited(edited(z, terms[:split]), terms[split:])
    np.testing.assert_allclose(one_by_one, edited(z, terms), atol=1e-11)


@given(latents, seeds, alphas, alphas)
def test_the_same_direction_twice_adds_its_alphas(latent: int, seed: int, a: float, b: float) -> None:
    some, z = direction(latent, seed), point(latent, seed)
    np.testing.assert_allclose(edited(z, [(some, a), (some, b)]), edited(z, [(some, a + b)]), atol=1e-11)
    np.testing.assert_allclose(edited(z, [(some, a), (some, -a)]), z, atol=1e-11)


@given(latents, st.lists(alphas, max_size=3))
def test_a_selection_moves_as_each_of_its_points(latent: int, numbers: list[float]) -> None:
    terms = some_terms(latent, numbers)
    points = np.stack([point(latent, seed) for seed in range(4)])
    moved = edited(points, terms)
    for row in range(4):
        np.testing.assert_array_equal(moved[row], edited(points[row], terms))


def test_an_edit_keeps_its_base_to_itself() -> None:
    base = np.array([1.0, 2.0])
    edit = Edit(base, tuple(some_terms(2, [1.5])))
    base[:] = 9
    np.testing.assert_array_equal(edit.base, [1, 2])
    assert not edit.base.flags.writeable
    np.testing.assert_array_equal(edit.result, edited(edit.base, edit.terms))
    np.testing.assert_array_equal(Edit(edit.base).result, edit.base)


@given(latents, seeds, st.lists(alphas, max_size=5))
def test_a_strip_is_one_edit_after_the_other(latent: int, seed: int, numbers: list[float]) -> None:
    some, z = direction(latent, seed), point(latent, seed)
    points = strip(z, some, numbers)
    assert points.shape == (len(numbers), latent)
    for row, alpha in zip(points, numbers, strict=True):
        np.testing.assert_array_equal(row, edited(z, [(some, alpha)]))


def test_a_strip_of_several_goes_through_base_and_result() -> None:
    terms, z = some_terms(3, [2.0, -1.0]), point(3, 1)
    points = edit_strip(z, terms, np.linspace(-1, 1, 5))
    np.testing.assert_array_equal(points[2], z)
    np.testing.assert_array_equal(points[4], edited(z, terms))
    np.testing.assert_allclose(points[0] + points[4], 2 * z, atol=1e-12)


@pytest.mark.parametrize("alpha", [np.nan, np.inf, -np.inf])
def test_an_alpha_that_is_no_number_is_refused(alpha: float) -> None:
    with pytest.raises(ConfigError, match="α must be a finite number"):
        edited(np.zeros(2), [(direction(2, 0), alpha)])


def test_a_direction_of_another_space_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"2 latent dimension.* has 3"):
        edited(np.zeros(2), [(direction(3, 0), 1.0)])
