from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.directed import SOURCES, digits, latents, seeds, two_classes
from vae_explorer.core.directions import (
    Arrow,
    ClassPair,
    DigitPair,
    DigitSet,
    Groups,
    Measured,
    Source,
    find,
    rated,
)


def without_held_out(digits: DigitSet) -> DigitSet:
    """The digits that are held out become others altogether."""
    random = np.random.default_rng(99)
    mu, measures, held = digits.mu.copy(), digits.measures, digits.held_out
    mu[held] = random.normal(5, 9, mu[held].shape)
    if measures is not None:
        measures = measures.copy()
        measures[held] = random.normal(50, 90, measures[held].shape)
    return DigitSet(mu, digits.labels, measures)


# What judges, and what is judged


def test_lda_is_better_where_the_classes_are_long_and_side_by_side() -> None:
    mixing = np.array([[2.0, 0.0], [1.9, 0.2]])
    made, _ = two_classes(2, 1, mixing)
    lda, means = (find(ClassPair(0, 1, method), made).quality for method in ("lda", "means"))  # type: ignore[arg-type]
    assert lda is not None
    assert means is not None
    assert lda.value > means.value + 0.1


def test_an_attribute_that_follows_nothing_has_no_r2() -> None:
    made, _ = digits(5)
    made = replace(made, measures=np.random.default_rng(3).standard_normal((600, 6)))
    quality = find(Measured("area"), made).quality
    assert quality is not None
    assert quality.value < 0.1


@settings(max_examples=40)
@given(latents, seeds, st.sampled_from(SOURCES[:5]))
def test_nothing_is_fitted_to_the_digits_that_judge_it(latent: int, seed: int, source: Source) -> None:
    made, _ = digits(latent, seed)
    before, after = find(source, made), find(source, without_held_out(made))
    np.testing.assert_array_equal(before.vector, after.vector)
    assert before.quality is not None
    assert before.quality.held_out


@settings(max_examples=20)
@given(latents, seeds, st.sampled_from(SOURCES[:5]))
def test_nothing_is_judged_by_the_digits_that_it_was_fitted_to(
    latent: int, seed: int, source: Source
) -> None:
    made, _ = digits(latent, seed)
    direction = find(source, made)
    mu = made.mu.copy()
    if isinstance(source, Measured):
        # The line that tells the attribute is fitted too: there, the measures of the digits held out must do it all.
        measures = np.full_like(made.measures, np.nan)
        measures[made.held_out] = made.measures[made.held_out]  # type: ignore[index]
        again = rated(direction, replace(made, measures=measures)).quality
        assert again is not None
        assert not again.held_out
        assert direction.quality is not None
        assert again.value == pytest.approx(direction.quality.value, abs=0.05)
    else:
        mu[~made.held_out] = 7
        assert rated(direction, DigitSet(mu, made.labels, made.measures)).quality == direction.quality


def test_a_fifth_of_the_digits_is_held_out_whoever_asks() -> None:
    made, other = digits(2)[0], digits(20, seed=4)[0]
    assert made.held_out.sum() == 120
    np.testing.assert_array_equal(made.held_out, other.held_out)


def test_with_too_few_digits_to_hold_some_out_it_says_so() -> None:
    made, _ = digits(2, n=60)
    quality = find(Groups((1, 2, 3), (4, 5)), made).quality
    assert quality is not None
    assert not quality.held_out
    one = find(Groups((1,), (4,), "lda"), made)
    assert one.vector @ find(DigitPair(1, 4), made).vector == pytest.approx(1)


def test_digits_without_a_measure_are_left_out() -> None:
    made, _ = digits(4)
    assert made.measures is not None
    gaps = made.measures.copy()
    gaps[::3] = np.nan
    kept = np.arange(600) % 3 != 0
    direction = find(Measured("height"), replace(made, measures=gaps))
    wild = made.mu.copy()
    wild[~kept] *= -1
    again = find(Measured("height"), replace(made, mu=wild, measures=gaps))
    np.testing.assert_array_equal(direction.vector, again.vector)
    assert direction.quality is not None
    assert again.quality is not None
    assert direction.quality.value == pytest.approx(again.quality.value, abs=1e-5)


# What has no score of its own


MAKERS: list[Callable[[float], Source]] = [
    lambda x: Arrow((x, 1.0)),
    lambda x: Arrow((-x, -1.0)),
]


@given(st.sampled_from(MAKERS), st.floats(-1, 1))
def test_what_has_no_quality_of_its_own_has_its_share_of_the_variance(
    make: Callable[[float], Source], x: float
) -> None:
    made, _ = digits(2)
    direction = find(make(x), made)
    share = (made.mu @ direction.vector).var() / made.mu.var(0).sum()
    assert direction.quality is not None
    assert direction.quality.value == pytest.approx(share, rel=1e-3)
    assert not direction.quality.held_out
