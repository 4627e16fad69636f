import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.directed import digits, random_unit, two_classes, unit
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.directions import (
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    DigitSet,
    Direction,
    Given,
    Groups,
    Measured,
    Source,
    angle,
    cost,
    find,
    kept_still,
    rated,
)
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.morphometry import ATTRIBUTES
from vae_explorer.core.projection import plane_for

latents = st.sampled_from([1, 2, 3, 7, 20])
seeds = st.integers(0, 200)
#: One of each kind.
SOURCES: list[Source] = [
    ClassPair(3, 8),
    ClassPair(3, 8, "lda"),
    Measured("slant"),
    Groups(tuple(range(40)), tuple(range(50, 110))),
    Groups(tuple(range(40)), tuple(range(50, 110)), "lda"),
    Component(0),
    Axis(0),
    DigitPair(7, 42),
    Arrow((0.5,)),
]


def for_latent(source: Source, latent: int) -> Source:
    return Arrow(tuple(range(1, latent + 1))) if isinstance(source, Arrow) else source


def without_held_out(digits: DigitSet) -> DigitSet:
    """The digits that are held out become others altogether."""
    random = np.random.default_rng(99)
    mu, measures, held = digits.mu.copy(), digits.measures, digits.held_out
    mu[held] = random.normal(5, 9, mu[held].shape)
    if measures is not None:
        measures = measures.copy()
        measures[held] = random.normal(50, 90, measures[held].shape)
    return DigitSet(mu, digits.labels, measures)


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


# What all directions have in common


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


# Measures that are not known


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


@pytest.mark.parametrize("value", [np.nan, 4.0])
def test_an_attribute_that_no_digit_has_or_all_have_alike_is_refused(value: float) -> None:
    made, _ = digits(2)
    with pytest.raises(DataError, match="width of too few digits"):
        find(Measured("width"), replace(made, measures=np.full((600, 6), value)))


def test_digits_that_were_not_measured_are_refused() -> None:
    with pytest.raises(DataError, match="have not been measured"):
        find(Measured("width"), replace(digits(2)[0], measures=None))


# What there is too little of


def test_with_too_few_digits_to_hold_some_out_it_says_so() -> None:
    made, _ = digits(2, n=60)
    quality = find(Groups((1, 2, 3), (4, 5)), made).quality
    assert quality is not None
    assert not quality.held_out
    one = find(Groups((1,), (4,), "lda"), made)
    assert one.vector @ find(DigitPair(1, 4), made).vector == pytest.approx(1)


def test_a_class_without_members_is_refused() -> None:
    made, _ = digits(2)
    empty = replace(made, labels=np.where(made.labels == 8, 9, made.labels))
    for source in (ClassPair(3, 8), ClassPair(8, 3, "lda")):
        with pytest.raises(DataError, match="None of the digits is a 8"):
            find(source, empty)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Groups((), (1, 2)), "group of digits is empty"),
        (Groups((1,), (600,)), "no digit #600"),
        (Groups((-1,), (6,)), "no digit #-1"),
        (DigitPair(0, 600), "no digit #600"),
        (DigitPair(5, 5), "has no length"),
        (ClassPair(3, 3), "has no length"),
        (ClassPair(3, 3, "lda"), "has no length"),
        (Groups((1, 2), (2, 1)), "has no length"),
        (Arrow((0.0, 0.0)), "has no length"),
        (Arrow((np.nan, 0.0)), "has no length"),
    ],
)
def test_what_leads_nowhere_is_refused(source: Source, says: str) -> None:
    with pytest.raises(DataError, match=says):
        find(source, digits(2)[0])


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Axis(2), "no axis z3"),
        (Component(2), "no principal component pc3"),
        (Arrow((1.0,)), "the direction has 1"),
        (Given("slant"), "came from a file"),
    ],
)
def test_what_another_model_may_have_is_refused(source: Source, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        find(source, digits(2)[0])


def test_digits_that_do_not_spread_are_refused() -> None:
    flat = DigitSet(np.full((50, 2), 0.3, np.float32), np.arange(50) % 10)
    for source in (Axis(0), Component(1), Arrow((1.0, 0.0))):
        with pytest.raises(DataError, match="at the same place"):
            find(source, flat)
    with pytest.raises(DataError, match="has no length"):
        find(ClassPair(3, 8), flat)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e20])
def test_means_that_are_no_numbers_are_refused(value: float) -> None:
    mu = np.zeros((5, 2), np.float32)
    mu[3, 1] = value
    with pytest.raises(DataError, match="no longer numbers"):
        DigitSet(mu, np.zeros(5, int))


def test_no_digits_are_refused() -> None:
    with pytest.raises(DataError, match="no digits"):
        DigitSet(np.zeros((0, 2), np.float32), np.zeros(0, int))


def test_arrays_that_do_not_fit_each_other_are_a_fault() -> None:
    with pytest.raises(ValueError, match="labels"):
        DigitSet(np.zeros((5, 2), np.float32), np.zeros(4, int))
    with pytest.raises(ValueError, match="measures"):
        DigitSet(np.zeros((5, 2), np.float32), np.zeros(5, int), np.zeros((5, 2)))


def test_nobody_waits_for_a_direction_that_nobody_wants() -> None:
    for source in (Measured("slant"), ClassPair(3, 8, "lda"), Component(0)):
        with pytest.raises(CancelledError):
            find(source, digits(2)[0], lambda: True)


# Angles


def along(vector: np.ndarray) -> Direction:
    return Direction("some", Arrow(tuple(vector)), unit(vector), 1.0)


@pytest.mark.parametrize("degrees", [0, 1e-6, 30, 90, 150, 180 - 1e-6, 180])
def test_angles_are_exact_however_small(degrees: float) -> None:
    turn = math.radians(degrees)
    found = angle(along(np.array([1.0, 0.0])), along(np.array([math.cos(turn), math.sin(turn)])))
    assert found == pytest.approx(degrees, rel=1e-7, abs=1e-9)


# Keeping others still


@settings(max_examples=40)
@given(st.sampled_from([3, 4, 7, 20]), seeds, st.integers(1, 2))
def test_what_is_kept_still_is_not_moved(latent: int, seed: int, count: int) -> None:
    made, _ = digits(latent, seed)
    others = [find(Measured(name), made) for name in ATTRIBUTES[1 : 1 + count]]
    direction = find(Measured("thickness"), made)
    free = kept_still(direction, others, made)
    for other in others:
        assert abs(free.vector @ other.vector) < 1e-9
    assert math.isclose(np.linalg.norm(free.vector), 1)
    # It is the nearest of all that leave the others alone.
    assert free.vector @ direction.vector > 0
    span = np.stack([direction.vector, *(other.vector for other in others)])
    rest = free.vector - span.T @ np.linalg.lstsq(span.T, free.vector, rcond=None)[0]
    assert np.linalg.norm(rest) < 1e-6
    assert free.sigma == pytest.approx((made.mu @ free.vector).std(), rel=1e-4)


def test_for_one_other_it_is_the_formula_of_interfacegan() -> None:
    made, _ = digits(5)
    n1, n2 = (find(Measured(name), made) for name in ("slant", "area"))  # type: ignore[arg-type]
    free = kept_still(n1, [n2], made)
    np.testing.assert_allclose(free.vector, unit(n1.vector - (n1.vector @ n2.vector) * n2.vector), atol=1e-12)
    assert free.name == "slant ⊥ area"


def test_the_same_other_twice_counts_once() -> None:
    made, _ = digits(5)
    direction, other = find(Axis(0), made), find(Measured("slant"), made)
    nearly = replace(other, vector=unit(other.vector + 1e-12))
    once, twice = kept_still(direction, [other], made), kept_still(direction, [other, nearly], made)
    np.testing.assert_allclose(once.vector, twice.vector, atol=1e-9)


def test_with_no_others_nothing_changes() -> None:
    made, _ = digits(5)
    direction = find(Axis(0), made)
    assert kept_still(direction, [], made) is direction


def test_where_nothing_is_left_it_says_so() -> None:
    made, _ = digits(2)
    slant, area, width = (find(Measured(name), made) for name in ("slant", "area", "width"))  # type: ignore[arg-type]
    for others in ([slant], [area, width], [replace(slant, vector=-slant.vector)]):
        with pytest.raises(DataError, match="Nothing is left of slant once"):
            kept_still(slant, others, made)
    made, _ = digits(1)
    with pytest.raises(DataError, match="too few dimensions"):
        kept_still(find(Axis(0), made), [find(Measured("area"), made)], made)


def test_directions_of_different_spaces_are_refused() -> None:
    made, other = digits(2)[0], digits(3)[0]
    with pytest.raises(ConfigError, match="different numbers of dimensions"):
        kept_still(find(Axis(0), made), [find(Axis(0), other)], made)
    with pytest.raises(ConfigError, match="but the direction has 3"):
        rated(find(Axis(0), other), made)


@settings(max_examples=20)
@given(seeds)
def test_the_cost_of_keeping_still_is_what_is_lost_on_held_out_digits(seed: int) -> None:
    made, _ = digits(6, seed)
    direction, others = find(Measured("thickness"), made), [find(Measured("slant"), made)]
    free = kept_still(direction, others, made)
    paid = cost(direction, free, made)
    assert paid.turned == pytest.approx(abs(90 - angle(direction, others[0])), abs=1e-6)
    assert (paid.before, paid.after) == (direction.quality, free.quality)
    assert paid.before.held_out
    # The more it is turned, the more is lost.
    assert paid.lost >= -0.02
    assert paid.lost >= 0.3 * math.sin(math.radians(paid.turned)) ** 2 - 0.05


def test_the_auc_pays_too() -> None:
    made, shift = two_classes(3, 2, np.diag([1.0, 1.0, 1.0]))
    direction = find(ClassPair(0, 1), made)
    across = along(unit(shift) + 0.5 * random_unit(3, 5))
    paid = cost(direction, kept_still(direction, [across], made), made)
    assert paid.before.kind == "auc"
    assert paid.lost > 0.1


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
