import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.directed import SOURCES, digits, for_latent, latents, seeds, two_classes, unit
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.directions import (
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Measured,
    Source,
    find,
)
from vae_explorer.core.morphometry import ATTRIBUTES
from vae_explorer.core.projection import plane_for

# Directions that are known are found


@settings(max_examples=25)
@given(latents, seeds, st.sampled_from(ATTRIBUTES))
def test_the_direction_of_a_measured_attribute_is_recovered(latent: int, seed: int, name: str) -> None:
    made, factors = digits(latent, seed)
    k = ATTRIBUTES.index(name)  # type: ignore[arg-type]
    direction = find(Measured(name), made)  # type: ignore[arg-type]
    assert direction.vector @ factors[k] >= 0.98
    assert direction.quality is not None
    assert (direction.quality.kind, direction.quality.held_out) == ("r2", True)
    assert direction.quality.value >= 0.95


@settings(max_examples=25)
@given(latents, seeds)
def test_the_difference_of_two_classes_is_recovered(latent: int, seed: int) -> None:
    made, shift = two_classes(latent, seed, 0.3 * np.eye(latent))
    for method in ("means", "lda"):
        direction = find(ClassPair(0, 1, method), made)  # type: ignore[arg-type]
        assert direction.vector @ unit(shift) >= 0.98
        assert direction.quality is not None
        assert direction.quality.value >= 0.99


@settings(max_examples=25)
@given(st.sampled_from([2, 3, 7, 20]), seeds)
def test_lda_is_the_covariance_inverted_times_the_difference(latent: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.standard_normal((latent, latent)))[0]
    mixing = turn * np.geomspace(0.3, 3, latent)
    made, shift = two_classes(latent, seed, mixing, n=20_000)
    best = unit(np.linalg.solve(mixing @ mixing.T, shift))
    lda, means = find(ClassPair(0, 1, "lda"), made), find(ClassPair(0, 1), made)
    # In the metric of the covariance: along an axis on which the classes are wide, little depends on the vector.
    assert unit(mixing.T @ lda.vector) @ unit(mixing.T @ best) >= 0.98
    assert lda.quality is not None
    assert means.quality is not None
    assert lda.quality.value >= means.quality.value - 0.01


def test_in_512_dimensions_with_fewer_digits_than_dimensions() -> None:
    made, factors = digits(512, n=400, noise=0)
    for source in SOURCES:
        direction = find(for_latent(source, 512), made)
        assert np.isfinite(direction.vector).all()
        assert direction.vector.shape == (512,)
    # Singular, but not hopeless: what 320 digits span holds 5/8 of the true direction's square.
    assert find(Measured("slant"), made).vector @ factors[1] >= 0.6
    made, shift = two_classes(512, 0, 0.1 * np.eye(512), n=300)
    assert find(ClassPair(0, 1, "lda"), made).vector @ unit(shift) >= 0.8


@settings(max_examples=40)
@given(latents, seeds, st.sampled_from(SOURCES))
def test_a_direction_has_length_1_and_the_spread_of_the_digits(
    latent: int, seed: int, source: Source
) -> None:
    made, _ = digits(latent, seed)
    direction = find(for_latent(source, latent), made)
    assert math.isclose(np.linalg.norm(direction.vector), 1)
    assert direction.sigma == pytest.approx((made.mu @ direction.vector).std(), rel=1e-4)
    assert not direction.vector.flags.writeable
    assert direction.quality is not None


def test_nobody_waits_for_a_direction_that_nobody_wants() -> None:
    for source in (Measured("slant"), ClassPair(3, 8, "lda"), Component(0)):
        with pytest.raises(CancelledError):
            find(source, digits(2)[0], lambda: True)


# Which way they point


@given(latents, seeds)
def test_from_a_to_b_points_towards_b(latent: int, seed: int) -> None:
    made, _ = digits(latent, seed)
    for method in ("means", "lda"):
        there, back = find(ClassPair(3, 8, method), made), find(ClassPair(8, 3, method), made)  # type: ignore[arg-type]
        fit = ~made.held_out
        ahead = made.mu[fit & (made.labels == 8)].mean(0) - made.mu[fit & (made.labels == 3)].mean(0)
        assert there.vector @ ahead > 0
        np.testing.assert_allclose(there.vector, -back.vector, atol=1e-9)
    np.testing.assert_allclose(
        find(DigitPair(7, 42), made).vector, unit(np.subtract(made.mu[42], made.mu[7], dtype=np.float64))
    )


@given(latents, seeds)
def test_an_attribute_points_to_more_of_it(latent: int, seed: int) -> None:
    made, _ = digits(latent, seed)
    turned = replace(made, measures=-made.measures)  # type: ignore[operator]
    more, less = find(Measured("width"), made), find(Measured("width"), turned)
    np.testing.assert_allclose(more.vector, -less.vector, atol=1e-9)
    assert np.corrcoef(made.mu @ more.vector, made.measures[:, 2])[0, 1] > 0  # type: ignore[index]


def test_components_are_those_of_the_map() -> None:
    made, _ = digits(5)
    axes = plane_for(made.mu).axes
    found = [find(Component(k), made) for k in range(5)]
    for k in range(2):
        np.testing.assert_allclose(found[k].vector, axes[k], atol=1e-5)
    shares = [direction.quality.value for direction in found if direction.quality]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert {direction.quality.kind for direction in found if direction.quality} == {"variance"}


def test_an_axis_points_to_larger_values_and_knows_its_share() -> None:
    made, _ = digits(3)
    direction = find(Axis(1), made)
    np.testing.assert_array_equal(direction.vector, [0, 1, 0])
    assert direction.quality is not None
    assert direction.quality.value == pytest.approx(made.mu[:, 1].var() / made.mu.var(0).sum(), rel=1e-4)


@given(st.lists(st.floats(-1e300, 1e300).filter(bool), min_size=3, max_size=3))
def test_an_arrow_of_any_length_keeps_its_direction(numbers: list[float]) -> None:
    direction = find(Arrow(tuple(numbers)), digits(3)[0])
    scaled = np.array(numbers) / np.abs(numbers).max()
    assert direction.vector @ unit(scaled) == pytest.approx(1)
