import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.runs import CONFIG, snapshot
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.timeline import Moment, Timeline, kept, stride_of, thinned

EMPTY = np.empty((0, CONFIG.latent), np.float32)


def moment(epoch: int) -> Moment:
    return Moment(epoch, snapshot(epoch), Posterior(EMPTY, EMPTY))


SIZE = moment(1).bytes


def filled(epochs: int, budget: int, best: int = 0) -> Timeline:
    timeline = Timeline(budget)
    for epoch in range(1, epochs + 1):
        timeline.add(moment(epoch), best)
    return timeline


def test_the_bytes_are_those_of_the_arrays() -> None:
    posterior = Posterior(np.zeros((10, 3), np.float32), np.zeros((10, 3), np.float32))
    assert Moment(1, snapshot(1), posterior).bytes == 4 * (CONFIG.parameter_count + 60)
    timeline = filled(3, 10**9)
    assert timeline.bytes == 3 * SIZE
    assert len(timeline) == 3
    assert [moment.epoch for moment in timeline] == [1, 2, 3]


def test_within_the_budget_everything_stays() -> None:
    timeline = filled(20, 20 * SIZE)
    assert timeline.epochs == tuple(range(1, 21))
    assert timeline.stride == 1
    there = timeline.get(7)
    assert there is not None
    assert there.epoch == 7
    assert timeline.get(21) is None


def test_over_the_budget_every_other_one_goes() -> None:
    assert filled(10, 9 * SIZE).epochs == (1, 2, 4, 6, 8, 10)
    assert filled(11, 9 * SIZE).epochs == (1, 2, 4, 6, 8, 10, 11)
    assert filled(12, 9 * SIZE).epochs == (1, 2, 4, 6, 8, 10, 12)
    assert filled(100, 9 * SIZE).epochs == (1, 16, 32, 48, 64, 80, 96, 100)


def test_the_best_stays_as_long_as_it_is_the_best() -> None:
    timeline = filled(30, 6 * SIZE, best=5)
    assert 5 in timeline.epochs
    timeline.add(moment(31), 31)
    assert 5 not in timeline.epochs


def test_a_budget_too_small_for_anything_leaves_first_last_and_best() -> None:
    assert filled(9, 0, best=4).epochs == (1, 4, 9)
    assert filled(1, 0).epochs == (1,)


@given(st.integers(1, 80), st.integers(0, 90 * SIZE), st.integers(0, 80))
def test_the_budget_holds_and_the_ends_stay(epochs: int, budget: int, best: int) -> None:
    timeline = filled(epochs, budget, best)
    ends = {1, epochs} | ({best} if 1 <= best <= epochs else set())
    assert ends <= set(timeline.epochs)
    assert timeline.bytes <= budget or set(timeline.epochs) == ends
    assert all(epoch % timeline.stride == 0 for epoch in set(timeline.epochs) - ends)
    assert timeline.epochs == tuple(sorted(timeline.epochs))


def test_what_comes_after_a_cut_is_forgotten() -> None:
    timeline = filled(5, 10**9)
    timeline.cut(3)
    assert timeline.epochs == (1, 2, 3)


def test_nothing_is_thinned_to_nothing() -> None:
    assert kept((), 4) == ()
    assert thinned({}, 0, 1) == ((), 1)


@given(st.integers(1, 200), st.integers(0, 7), st.integers(0, 200))
def test_the_distance_is_seen_from_what_is_there(last: int, exponent: int, best: int) -> None:
    epochs = kept(range(1, last + 1), 2**exponent, best)
    seen = stride_of(epochs, best)
    # Few may look as if they had been thinned less, but what would stay of them is the same.
    assert seen <= 2**exponent
    assert kept(range(1, last + 1), seen, best) == epochs


@pytest.mark.parametrize("epochs", [(), (1,), (1, 2, 3), (3, 5, 6), (1, 2, 4, 7, 8, 9)])
def test_what_was_not_thinned_has_a_distance_of_one(epochs: tuple[int, ...]) -> None:
    assert stride_of(epochs) == 1
