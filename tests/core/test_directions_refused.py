from dataclasses import replace

import numpy as np
import pytest

from tests.core.directed import digits
from vae_explorer.core.directions import (
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    DigitSet,
    Given,
    Groups,
    Measured,
    Source,
    find,
)
from vae_explorer.core.errors import ConfigError, DataError

# What cannot be found


@pytest.mark.parametrize("value", [np.nan, 4.0])
def test_an_attribute_that_no_digit_has_or_all_have_alike_is_refused(value: float) -> None:
    made, _ = digits(2)
    with pytest.raises(DataError, match="width of too few digits"):
        find(Measured("width"), replace(made, measures=np.full((600, 6), value)))


def test_digits_that_were_not_measured_are_refused() -> None:
    with pytest.raises(DataError, match="have not been measured"):
        find(Measured("width"), replace(digits(2)[0], measures=None))


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


# Digits that cannot be used


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
