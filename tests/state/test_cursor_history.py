import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.state.cursor_history import MOST_PLACES, CursorHistory

#: Visits of a place, and steps back and forward.
deeds = st.lists(st.one_of(st.integers(0, 4), st.sampled_from(["back", "forward"])), max_size=40)


@given(deeds)
def test_it_goes_as_a_browser_does(steps: list[int | str]) -> None:
    history = CursorHistory()
    behind: list[int] = []
    ahead: list[int] = []
    for step in steps:
        if step == "back":
            found = history.back()
            assert (found is None) == (len(behind) < 2)
            if found is not None:
                ahead.append(behind.pop())
        elif step == "forward":
            found = history.forward()
            assert (found is None) == (not ahead)
            if found is not None:
                behind.append(ahead.pop())
        elif isinstance(step, int) and (not behind or behind[-1] != step):
            history.visit(np.array([step, 0.0]))
            behind.append(step)
            ahead.clear()
        else:
            history.visit(np.array([behind[-1], 0.0]))
        now = history.current
        assert (None if now is None else now[0]) == (behind[-1] if behind else None)
        assert history.can_go_back == (len(behind) > 1)
        assert history.can_go_forward == bool(ahead)


def test_the_oldest_places_are_forgotten() -> None:
    history = CursorHistory()
    for x in range(MOST_PLACES + 50):
        history.visit(np.array([float(x)]))
    assert len(history) == MOST_PLACES
    while history.can_go_back:
        history.back()
    assert history.current is not None
    assert history.current[0] == 50


def test_places_of_another_latent_size_are_forgotten() -> None:
    history = CursorHistory()
    history.visit(np.zeros(2))
    history.visit(np.ones(2))
    history.back()
    history.visit(np.zeros(5))
    assert len(history) == 1
    assert not history.can_go_back
    assert not history.can_go_forward


def test_listeners_are_told_and_places_stay_as_they_were() -> None:
    history, told = CursorHistory(), []
    history.changed.connect(lambda: told.append(len(history)))
    z = np.zeros(2)
    history.visit(z)
    history.visit(z)
    z[0] = 7
    assert told == [1]
    assert history.current is not None
    assert not history.current.any()
    history.visit(np.ones(2))
    history.back()
    assert told == [1, 2, 2]
