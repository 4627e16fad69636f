import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.directed import digits, random_unit, seeds, two_classes, unit
from vae_explorer.core.directions import (
    Arrow,
    Axis,
    ClassPair,
    Direction,
    Measured,
    angle,
    cost,
    find,
    kept_still,
    rated,
)
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.morphometry import ATTRIBUTES


def along(vector: np.ndarray) -> Direction:
    return Direction("some", Arrow(tuple(vector)), unit(vector), 1.0)


# Angles


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


# What it costs


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
