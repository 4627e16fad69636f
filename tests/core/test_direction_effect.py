import threading
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.leaning import Bundled, leaning_model
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.direction_effect import (
    ALPHAS,
    JUDGED,
    effect,
    effect_of,
    responses,
    summary,
)
from vae_explorer.core.morphometry import ATTRIBUTES, measure

SCALES = np.ones(len(ATTRIBUTES))
THICKNESS, SLANT = ATTRIBUTES.index("thickness"), ATTRIBUTES.index("slant")


@dataclass(frozen=True)
class Step:
    """A direction."""

    vector: np.ndarray
    sigma: float


# The figures ---------------------------------------------------------------------------------------------


def test_a_step_of_nothing_changes_nothing(bundled: Bundled) -> None:
    bases = bundled.mu[:3]
    found = responses(bundled.snapshot, bases, np.ones((3, 2)), grids=1)
    # Not only in the figures, which are differences from it.
    decoded = measure(bundled.snapshot.decode(bases))
    assert found[:, ALPHAS.index(0.0)] == pytest.approx(decoded, rel=1e-6)
    shown = summary(found, SCALES)
    zero = ALPHAS.index(0.0)
    assert np.array_equal(np.stack((shown.mean, shown.lower, shown.upper))[:, :, zero], np.zeros((3, 6)))


def test_a_direction_that_is_known_to_lean_the_digit_does_so() -> None:
    shown = effect(leaning_model(), Step(np.array([1.0, 0]), 0.1), np.zeros((2, 2)), SCALES, grids=1)
    assert shown.rising[SLANT] == 1
    assert shown.falling[SLANT] == 0
    assert shown.slopes[SLANT] > 0.02
    assert shown.counted.tolist() == [2] * 6
    leakage = dict(zip(ATTRIBUTES, shown.leakage("slant"), strict=True))
    assert leakage["slant"] == 1
    assert (np.diff(shown.mean[SLANT]) > 0).all()
    back = effect(leaning_model(), Step(np.array([-1.0, 0]), 0.1), np.zeros((2, 2)), SCALES, grids=1)
    assert back.falling[SLANT] == 1
    assert back.slopes == pytest.approx(-shown.slopes, rel=1e-6)


def test_a_direction_that_does_nothing_has_no_effect() -> None:
    shown = effect(leaning_model(), Step(np.array([0, 1.0]), 1.0), np.zeros((1, 2)), SCALES, grids=1)
    assert shown.mean == pytest.approx(np.zeros((6, len(ALPHAS))), abs=1e-9)
    assert shown.slopes == pytest.approx(np.zeros(6), abs=1e-9)
    # A standstill does not rise, and does not fall; nor does rounding.
    assert not shown.rising.any()
    assert not shown.falling.any()


@settings(max_examples=30)
@given(arrays(np.float64, (5, len(ALPHAS), 6), elements=st.floats(-50, 50)), st.floats(0.1, 10))
def test_shares_and_slopes_by_their_definition(measures: np.ndarray, scale: float) -> None:
    shown = summary(measures, np.full(6, scale))
    steps = np.array(ALPHAS)
    whole = measures[:, [ALPHAS.index(alpha) for alpha in JUDGED]]
    for k in range(6):
        rising = [all(b - a > 1e-9 for a, b in pairwise(row)) for row in whole[:, :, k].tolist()]
        assert shown.rising[k] == np.mean(rising)
        near = np.abs(steps) <= 2
        slope = np.mean([np.polyfit(steps[near], row, 1)[0] for row in measures[:, near, k]])
        assert shown.slopes[k] == pytest.approx(slope / scale, abs=1e-9)
    assert (shown.rising + shown.falling <= 1).all()
    assert (shown.lower <= shown.upper).all()


def test_one_fall_however_small_is_not_rising() -> None:
    measures = np.zeros((2, len(ALPHAS), 6)) + np.array(ALPHAS)[None, :, None]
    assert (summary(measures, SCALES).rising == 1).all()
    measures[0, ALPHAS.index(1.0), SLANT] = -1e-6
    assert summary(measures, SCALES).rising[SLANT] == 0.5
    # What lies between the steps or farther out does not count.
    measures[1, ALPHAS.index(0.5)] = measures[1, ALPHAS.index(3.0)] = -9
    assert summary(measures, SCALES).rising[THICKNESS] == 1


def test_images_without_ink_do_not_count() -> None:
    measures = np.zeros((3, len(ALPHAS), 6)) + np.array(ALPHAS)[None, :, None]
    measures[1, 4, THICKNESS] = np.nan
    measures[:, 0, SLANT] = np.nan
    shown = summary(measures, SCALES)
    assert shown.counted.tolist() == [2, 0, 3, 3, 3, 3]
    assert shown.rising[THICKNESS] == 1
    assert np.isnan([shown.rising[SLANT], shown.slopes[SLANT], *shown.mean[SLANT]]).all()


def test_each_base_can_have_a_direction_of_its_own() -> None:
    moves = np.array([[0.1, 0], [-0.1, 0]])
    shown = effect_of(leaning_model(), np.zeros((2, 2)), moves, SCALES, grids=1)
    assert (shown.rising[SLANT], shown.falling[SLANT]) == (0.5, 0.5)


def test_steps_that_are_needed_must_be_there() -> None:
    with pytest.raises(ValueError, match="must include"):
        summary(np.zeros((1, 3, 6)), SCALES, (-1, 0, 1))


def test_it_can_be_followed_and_cancelled(bundled: Bundled) -> None:
    told: list[float] = []
    moves = np.full((20, 2), 0.1)
    responses(bundled.snapshot, bundled.mu[:20], moves, progress=told.append, grids=1)
    assert told == sorted(told)
    assert told[-1] == 1
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        responses(bundled.snapshot, bundled.mu[:20], moves, cancelled=stop.is_set)
