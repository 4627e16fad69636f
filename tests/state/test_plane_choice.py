import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.planes import PRINCIPAL, AxesPlane
from vae_explorer.state.picks import Picks
from vae_explorer.state.plane_choice import LastPicked, PlaneChoice


def test_listeners_are_told_of_other_planes_only() -> None:
    choice, told = PlaneChoice(), []
    choice.changed.connect(lambda: told.append(choice.plane))
    choice.choose(PRINCIPAL)
    choice.choose(AxesPlane(1, 2))
    choice.choose(AxesPlane(1, 2))
    choice.choose(PRINCIPAL)
    assert told == [AxesPlane(1, 2), PRINCIPAL]


@given(st.lists(st.integers(0, 9), max_size=12))
def test_the_last_three_digits_that_were_clicked(clicks: list[int]) -> None:
    picks = Picks()
    last = LastPicked(picks)
    for digit in clicks:
        picks.pick([digit])
    expected = list(dict.fromkeys(reversed(clicks)))[:3]
    assert list(last.digits) == expected[::-1]


def test_digits_that_are_added_to_those_picked_count() -> None:
    picks = Picks()
    last = LastPicked(picks)
    picks.pick([7])
    picks.pick([7, 9], focus=9)
    picks.pick([2, 7, 9], focus=2)
    assert last.digits == (7, 9, 2)
    picks.pick([])
    assert last.digits == (7, 9, 2)


def test_of_many_that_are_caught_together_only_the_one_looked_at_counts() -> None:
    picks = Picks()
    picks.pick([1])
    last = LastPicked(picks)
    assert last.digits == (1,)
    picks.pick(np.arange(50, 90), focus=60)
    assert last.digits == (1, 60)
    picks.pick([3, 4, 5])
    assert last.digits == (4, 5, 3)
