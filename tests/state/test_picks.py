import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.state.picks import Picks


def test_nothing_is_picked_at_first() -> None:
    assert len(Picks().indices) == 0
    assert Picks().focus is None


@given(st.lists(st.integers(0, 9999)))
def test_picked_digits_are_ascending_and_the_first_is_looked_at(indices: list[int]) -> None:
    picks = Picks()
    picks.pick(indices)
    assert picks.indices.tolist() == sorted(set(indices))
    assert picks.focus == min(indices, default=None)


def test_listeners_are_told_of_changes_only() -> None:
    picks, told = Picks(), []
    picks.changed.connect(lambda: told.append((picks.indices.tolist(), picks.focus)))
    picks.pick([5, 3])
    picks.pick(np.array([3, 5, 3]))
    picks.pick([3, 5], focus=5)
    picks.pick([])
    assert told == [([3, 5], 3), ([3, 5], 5), ([], None)]


def test_the_focus_is_one_of_them() -> None:
    picks = Picks()
    picks.pick([1])
    with pytest.raises(ValueError, match="digit 2"):
        picks.pick([1, 3], focus=2)
    assert picks.indices.tolist() == [1]


def test_they_cannot_be_changed_from_outside() -> None:
    picks, mine = Picks(), np.array([1, 2])
    picks.pick(mine)
    mine[0] = 9
    assert picks.indices.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        picks.indices[0] = 9
